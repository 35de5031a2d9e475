//! The command line. Flags only choose; what they mean is in `commands`.

mod bench;
mod evaluate;
mod plugin;
mod processes;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use matchflow_model::plan::StalePolicy;

pub(crate) use bench::{BenchArgs, BenchData, BenchDedupeArgs, BenchPart, BenchRounds, BenchScheduleArgs};
pub(crate) use evaluate::EvaluateArgs;
pub(crate) use plugin::{Language, PluginBenchArgs, PluginCommand, PluginNewArgs, PluginTestArgs, World};
pub(crate) use processes::ProcessArgs;

/// Finds the registry company that each row of a supplier file is.
#[derive(Debug, Parser)]
#[command(name = "matchflow", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a pipeline, from where the last run left it
    Run(RunArgs),
    /// Checks a pipeline file and all that it names, and runs nothing
    Validate(PipelineArgs),
    /// Shows the wired stages, the plug-ins and what a resumed run would skip
    Plan(PlanArgs),
    /// Runs the cases that a pipeline file holds under `tests:`
    Test(TestArgs),
    /// Tells what a file holds: sheets, columns, what would be lost; and the `source` block that reads it
    Inspect(InspectArgs),
    /// Prints the JSON Schema of pipeline files, for editors
    Schema,
    /// Makes a supplier file, a registry and the truth between them, of any size, from a seed
    Generate(GenerateArgs),
    /// Compares results with the truth: precision, recall, F1, thresholds, the worst mistakes; fails below a floor
    Evaluate(EvaluateArgs),
    /// Tells which true entries are among the candidates: recall at 1, 5, 20 and 50 by stage, and what was missed
    Explain(ExplainArgs),
    /// Learns the weights of a pipeline's match model from its suppliers, with or without known answers
    Train(TrainArgs),
    /// Writes, builds, tests and measures matchers
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Indexes the registry once, so that later runs start at once
    Index(IndexArgs),
    /// Measures a run or a part of it, and how it grows with the input
    Bench(Box<BenchArgs>),
}

/// A pipeline file and what is changed in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct PipelineArgs {
    /// The pipeline file (YAML)
    pub(crate) pipeline: PathBuf,
    /// Sets a value of the file: `sink.batch_size=500`, `stages.BROAD.broad.top=50`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

/// A table to look at.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The workbook, CSV or Parquet file
    pub(crate) file: PathBuf,
    /// The sheet's name, or its position from 1; the first visible one unless said
    #[arg(long)]
    pub(crate) sheet: Option<String>,
    /// The row of the header, from 1; guessed unless said
    #[arg(long, value_name = "ROW")]
    pub(crate) header: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Processes at most N rows that are not done yet
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Tries the rows again that failed in an earlier run, and no others
    #[arg(long)]
    pub(crate) retry_errors: bool,
    /// What becomes of rows that an earlier run decided before a plug-in, a parameter or the registry changed
    #[arg(long, value_enum, default_value_t = ResumePolicy::Keep)]
    pub(crate) resume: ResumePolicy,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Lets a scorer whose file changes take over at the next batch; a broken file leaves the old one in place
    #[arg(long)]
    pub(crate) watch_plugins: bool,
    /// How progress is told, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Adds every message and progress line to the end of this file, with the time
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Writes what each thread did, and waited for, as a Chrome trace: open it in ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cluster: ProcessArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, lines elsewhere
    Auto,
    /// One line at every commit, at most one a second
    Plain,
    /// JSON lines, messages among them, for programs
    Json,
    /// Nothing but messages
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ResumePolicy {
    /// They are kept; what changed is told
    Keep,
    /// They are done again
    Redo,
}

impl From<ResumePolicy> for StalePolicy {
    fn from(policy: ResumePolicy) -> StalePolicy {
        match policy {
            ResumePolicy::Keep => StalePolicy::Keep,
            ResumePolicy::Redo => StalePolicy::Redo,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Counts the pairs that each candidate stage finds, on the first N rows (without N: on all)
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "18446744073709551615")]
    pub(crate) count: Option<u64>,
    /// With --count, the truth: recall at 1, 5, 20 and 50 by stage is told too
    #[arg(long, value_name = "CSV", requires = "count")]
    pub(crate) truth: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For reading
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Workers that build it, and its shards. More build it faster; fewer shards are searched faster, by any number of
    /// workers
    #[arg(long, short = 'w', value_name = "N", default_value_t = 1)]
    pub(crate) workers: usize,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Runs only the cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Sends the requests that have no recorded answer, and writes the answers to the stages' `fixtures`
    #[arg(long)]
    pub(crate) record: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Supplier rows
    #[arg(long, default_value_t = 2_500)]
    pub(crate) suppliers: u64,
    /// Registry establishments
    #[arg(long, default_value_t = 50_000)]
    pub(crate) establishments: u64,
    /// The share of rows that are an earlier supplier once more, written another way (below 1)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) duplicates: f64,
    /// The same seed gives the same files
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The supplier file's format
    #[arg(long, value_enum, default_value_t = SupplierFormat::Xlsx)]
    pub(crate) format: SupplierFormat,
    /// Writes the registry as the two files that INSEE publishes, not as one
    #[arg(long)]
    pub(crate) sirene: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SupplierFormat {
    Xlsx,
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Known answers: a key, then `siret` and/or `siren`, empty where there is no entry
    #[arg(long, value_name = "CSV")]
    pub(crate) truth: Option<PathBuf>,
    /// Learns from the first N rows
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// Pairs put together blindly, to count what agrees by chance
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub(crate) blind: u64,
    /// The seed of the blind pairs
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The model file to write; a pipeline names it with `model: {path: ...}`
    #[arg(long, value_name = "YAML")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The checkpoint of a run (`.duckdb`) to explain a result of; with --recall the pipeline file
    pub(crate) file: PathBuf,
    /// The key of the supplier
    #[arg(required_unless_present = "recall", conflicts_with = "recall")]
    pub(crate) key: Option<String>,
    /// Sets a value of the pipeline file, with --recall
    #[arg(long = "set", value_name = "PATH=VALUE", requires = "recall")]
    pub(crate) set: Vec<String>,
    /// Recall of the candidate stages; every stage searches every row
    #[arg(long, requires = "truth")]
    pub(crate) recall: bool,
    /// The truth: a key, then `siret` and/or `siren`, empty where there is no entry
    #[arg(long, value_name = "CSV", requires = "recall")]
    pub(crate) truth: Option<PathBuf>,
    /// Searches the first N rows only
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Shows the first N rows that no stage found
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) missed: usize,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}
