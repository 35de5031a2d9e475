//! Flags of a run on several processes.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use matchflow_flow::PROCESSES_MAX;

/// The position of this process among several. The first three flags must be given together.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ProcessArgs {
    /// Runs as one of N processes, on one machine or several, each started with the same pipeline
    #[arg(long, value_name = "N", requires_all = ["process", "hosts"], value_parser = processes())]
    pub(crate) processes: Option<usize>,
    /// The number of this process, from 0; process 0 reads the suppliers and stores the results
    #[arg(long, value_name = "I", requires = "processes")]
    pub(crate) process: Option<usize>,
    /// A file with the address of each process, one `host:port` per line, process 0 first
    #[arg(long, value_name = "FILE", requires = "processes")]
    pub(crate) hosts: Option<PathBuf>,
    /// A file with the secret that all processes share. Default: the variable `MATCHFLOW_PROCESSES_SECRET`; needed unless all are on this machine
    #[arg(long, value_name = "FILE", requires = "processes")]
    pub(crate) secret_file: Option<PathBuf>,
    /// How long to wait for the other processes to connect
    #[arg(long, value_name = "SECONDS", requires = "processes", default_value_t = 60)]
    pub(crate) connect_timeout_s: u32,
}

fn processes() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(2..=PROCESSES_MAX as u64)
}
