//! Flags of the commands that need no pipeline file: `match`, `dedupe` and `init`.

use std::path::PathBuf;

use clap::Args;

use super::ProgressMode;

/// A supplier file without a pipeline.
#[derive(Debug, Args)]
pub(crate) struct SupplierFileArgs {
    /// The supplier file: a workbook, CSV, JSON lines or Parquet, also as gzip, zip or Zstandard; a folder or a pattern
    /// (`'suppliers/*.csv'`) of files with the same columns; `-` for standard input
    pub(crate) file: PathBuf,
    /// The sheet's name, or its position from 1 [default: the sheet with the largest table]
    #[arg(long)]
    pub(crate) sheet: Option<String>,
    /// The row of the header, from 1 [default: detected]
    #[arg(long, value_name = "ROW")]
    pub(crate) header: Option<u32>,
    /// The kind of a column, such as `name=Raison sociale` or `other=Contact`; may be repeated
    #[arg(long = "column", value_name = "KIND=COLUMN")]
    pub(crate) columns: Vec<String>,
    /// Takes the best guess instead of asking
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
}

/// Where results go, and how progress is shown.
#[derive(Debug, Args)]
pub(crate) struct ResultArgs {
    /// The results: `.xlsx`, `.csv`, `.parquet`, or `-` for CSV on standard output [default: next to the supplier file]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Writes the pipeline that was run, to be changed and run again
    #[arg(long, value_name = "YAML")]
    pub(crate) write_pipeline: Option<PathBuf>,
    /// Processes at most N rows
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How to show progress, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
}

#[derive(Debug, Args)]
pub(crate) struct MatchArgs {
    #[command(flatten)]
    pub(crate) supplier_file: SupplierFileArgs,
    /// The registry: one file, a folder or a pattern of files with the same columns, a folder with INSEE's files, or the two
    /// files of units and establishments (Parquet, or CSV as zip or gzip)
    #[arg(long, short = 'r', value_name = "PATH", required = true, num_args = 1..=2)]
    pub(crate) registry: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DedupeArgs {
    #[command(flatten)]
    pub(crate) supplier_file: SupplierFileArgs,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) supplier_file: SupplierFileArgs,
    /// The registry, as for `match` [default: the pipeline finds duplicates]
    #[arg(long, short = 'r', value_name = "PATH", num_args = 1..=2)]
    pub(crate) registry: Vec<PathBuf>,
    /// The pipeline file to write [default: next to the supplier file]
    #[arg(long, short = 'o', value_name = "YAML")]
    pub(crate) output: Option<PathBuf>,
}
