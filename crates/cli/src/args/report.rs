//! Flags of `report`.

use std::path::PathBuf;

use clap::Args;

use super::PipelineArgs;

/// The pipeline to report on, and where to.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Writes the report as a page, one file that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Writes its numbers as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Displays no row: no cell of a supplier or of the registry is in the report
    #[arg(long)]
    pub(crate) no_rows: bool,
    /// The true matches, as of `evaluate`: adds precision, recall and the mistakes at each threshold
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// Fails (exit code 7) if this is so, such as `matched_share < 0.8`; may be repeated
    #[arg(long, value_name = "CONDITION")]
    pub(crate) fail_if: Vec<String>,
    /// The language of the page, `en` or `fr` [default: the pipeline's]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
}
