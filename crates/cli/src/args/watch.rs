//! `matchflow watch`.

use std::path::PathBuf;

use clap::Args;

use super::PipelineArgs;

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The edition to compare with, such as `2026-09-30` [default: that of the last run, else the one before]
    #[arg(long, value_name = "EDITION")]
    pub(crate) since: Option<String>,
    /// Writes the list as a workbook
    #[arg(long, value_name = "FILE")]
    pub(crate) xlsx: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}
