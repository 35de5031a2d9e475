//! `matchflow decisions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PipelineArgs;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum DecisionsCommand {
    /// Lists the decisions of a pipeline, and the rows that people disagree about
    List(DecisionsListArgs),
    /// Writes the decisions to a CSV file or a workbook, which `import` reads
    Export(DecisionsExportArgs),
    /// Takes the verdicts that people filled in: in the workbook of a run, or in any CSV file or workbook with the columns
    /// `key` and `verdict`
    Import(DecisionsImportArgs),
    /// Adds the decisions of other files of decisions, and lists the rows that people disagree about
    Merge(DecisionsMergeArgs),
    /// Undoes decisions; they stay in the file, and undoing that brings them back
    Undo(DecisionsUndoArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsListArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Also lists what was undone or replaced
    #[arg(long)]
    pub(crate) all: bool,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsExportArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The file to write: `.csv` or `.xlsx`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsImportArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The files that people filled in
    #[arg(required = true, num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
    /// Who decided, for rows without a column `by` [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsMergeArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The files of decisions (`.decisions.jsonl`) of other people or machines
    #[arg(required = true, num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionsUndoArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The ids of records or of acts (a whole import), as `list` has them; their first characters are enough
    #[arg(required_unless_present = "key", num_args = 0..)]
    pub(crate) ids: Vec<String>,
    /// Undoes the decisions about the row with this key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Who undoes them [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}
