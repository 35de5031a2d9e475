//! What a run on several processes takes.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use matchflow_flow::PROCESSES_MAX;

/// Which of several processes this one is: all three of the first flags, or none.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProcessArgs {
    /// Runs on N processes together, on one machine or several; each is started with the same pipeline
    #[arg(long, value_name = "N", requires_all = ["process", "hosts"], value_parser = processes())]
    pub(crate) processes: Option<usize>,
    /// Which of them this is, from 0; process 0 reads the suppliers and keeps the results
    #[arg(long, value_name = "I", requires = "processes")]
    pub(crate) process: Option<usize>,
    /// Where they listen: one `host:port` a line, the first of process 0
    #[arg(long, value_name = "FILE", requires = "processes")]
    pub(crate) hosts: Option<PathBuf>,
    /// Waits so long for the others to be there
    #[arg(long, value_name = "SECONDS", requires = "processes", default_value_t = 60)]
    pub(crate) connect_timeout_s: u32,
}

fn processes() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(2..=PROCESSES_MAX as u64)
}
