//! The command line. Flags are only parsed here; `commands` implements them.

mod decisions;
mod evaluate;
mod guided;
mod plugin;
mod processes;
mod registry;
mod report;
mod review;
mod serve;
mod watch;

use std::path::PathBuf;
use std::sync::OnceLock;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use matchflow_bench::{BenchArgs, GenerateArgs};
use matchflow_model::plan::StalePolicy;

pub(crate) use decisions::{
    DecisionsCommand, DecisionsExportArgs, DecisionsImportArgs, DecisionsListArgs, DecisionsMergeArgs,
    DecisionsUndoArgs,
};
pub(crate) use evaluate::EvaluateArgs;
pub(crate) use guided::{DedupeArgs, InitArgs, MatchArgs, ResultArgs, SupplierFileArgs};
pub(crate) use plugin::{GuestLanguage, PluginBenchArgs, PluginCommand, PluginNewArgs, PluginTestArgs, World};
pub(crate) use processes::ProcessArgs;
pub(crate) use registry::{RegistryCommand, RegistryDiffArgs, RegistryFetchArgs, RegistryName, RegistryUpdateArgs};
pub(crate) use report::ReportArgs;
pub(crate) use review::{OpenBrowser, ReviewArgs};
pub(crate) use serve::ServeArgs;
pub(crate) use watch::WatchArgs;

/// Matches the rows of a supplier file with the companies of a registry
#[derive(Debug, Parser)]
#[command(name = "matchflow", version = version(), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The version, with the commit and its date where the build knows them.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let build = [option_env!("MATCHFLOW_COMMIT"), option_env!("MATCHFLOW_COMMIT_DATE")];
        let build: Vec<&str> = build.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let build = if build.is_empty() { String::new() } else { format!(" ({})", build.join(", ")) };
        format!("{}{build}", env!("CARGO_PKG_VERSION"))
    })
}

/// A whole number on the command line.
fn whole_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "it must be a whole number, such as 500".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Matches a supplier file with a registry, without a pipeline file
    Match(MatchArgs),
    /// Finds the duplicates in a supplier file, without a pipeline file
    Dedupe(DedupeArgs),
    /// Writes a pipeline for a supplier file; asks what is not clear
    Init(InitArgs),
    /// Runs a pipeline, resuming where the last run stopped
    Run(RunArgs),
    /// Lists, imports, exports, merges and undoes what people decided about rows
    #[command(subcommand)]
    Decisions(DecisionsCommand),
    /// Opens a local page in which people decide about rows
    Review(ReviewArgs),
    /// Reports on the results as a page, as JSON, or by conditions on its figures: what changed, why, and what is worth a look
    Report(ReportArgs),
    /// Checks a pipeline file and every file it names, without running it
    Validate(PipelineArgs),
    /// Shows the stages, their plug-ins, and the rows that a resumed run would skip
    Plan(PlanArgs),
    /// Runs the test cases under `tests:` in a pipeline file
    Test(TestArgs),
    /// Describes a table: sheets, columns, values that would be rejected, and the `source` block that reads it
    Inspect(InspectArgs),
    /// Prints the JSON Schema of pipeline files, for editors
    Schema,
    /// Generates a supplier file, a registry and the true matches between them, of any size
    Generate(GenerateArgs),
    /// Compares results with the true matches: precision, recall, F1, thresholds, worst mistakes
    Evaluate(EvaluateArgs),
    /// Explains why a row has its result: `explain PIPELINE KEY`; with --recall, the recall of the candidate stages
    Explain(ExplainArgs),
    /// Learns the match weights of a pipeline from its suppliers, with or without known matches
    Train(TrainArgs),
    /// Converts the model of Splink's settings to a match model
    Import(ImportArgs),
    /// Creates, builds, tests and measures plug-ins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Indexes the registry once, so that later runs start immediately
    Index(IndexArgs),
    /// Fetches registries from their publishers, and keeps their editions
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Lists which matched suppliers closed, moved, got another name or a successor in a new edition of the registry
    Watch(WatchArgs),
    /// Matches rows as they come, over HTTP
    Serve(ServeArgs),
    /// Measures a run or one of its parts, and how it scales with the number of rows
    Bench(Box<BenchArgs>),
    /// Checks what this machine, or a pipeline's files, lack for a run, and how to fix it
    Doctor(DoctorArgs),
    /// Prints the completions of a shell: `matchflow completions bash > /etc/bash_completion.d/matchflow`
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the manual page
    Man {
        /// Writes the pages of all commands to this folder instead
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// A pipeline file and the values set in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct PipelineArgs {
    /// The pipeline file (YAML)
    pub(crate) pipeline: PathBuf,
    /// Sets a value of the file, such as `sink.batch_size=500`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A pipeline file, whose files are checked too
    pub(crate) pipeline: Option<PathBuf>,
    /// Sets a value of the file, such as `sink.checkpoint=other.duckdb`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Prints the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The settings to convert.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Splink's settings (JSON)
    pub(crate) settings: PathBuf,
    /// The model file to write [default: standard output]
    #[arg(long, short, value_name = "YAML")]
    pub(crate) output: Option<PathBuf>,
    /// Rows of the registry: turns Splink's probability of a random pair into the fraction of suppliers in the registry
    #[arg(long, value_name = "N")]
    pub(crate) registry_rows: Option<u64>,
}

/// A table to describe.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The workbook, CSV or Parquet file
    pub(crate) file: PathBuf,
    /// The sheet's name, or its position from 1 [default: the sheet with the largest table]
    #[arg(long)]
    pub(crate) sheet: Option<String>,
    /// The row of the header, from 1 [default: detected]
    #[arg(long, value_name = "ROW")]
    pub(crate) header: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Processes at most N new rows
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(crate) limit: Option<u64>,
    /// Retries only the rows that failed in an earlier run
    #[arg(long)]
    pub(crate) retry_errors: bool,
    /// How to treat rows decided before a plug-in, a parameter or the registry changed
    #[arg(long, value_enum, default_value_t = ResumePolicy::Keep)]
    pub(crate) resume: ResumePolicy,
    /// Uses a registry of an older edition than that of the last run, as its `manifest.json` names it
    #[arg(long)]
    pub(crate) allow_older_edition: bool,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Reloads a scorer when its file changes; an invalid file leaves the loaded one in use
    #[arg(long)]
    pub(crate) watch_plugins: bool,
    /// Waits while another process uses the checkpoint, for at most this many seconds [default: no limit]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "4294967295", require_equals = true)]
    pub(crate) wait: Option<u32>,
    /// How to show progress, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Prints warnings, errors and the last line with the outcomes only
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Also prints where the time went, and what was read
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Appends every message and progress line to this file, with a time stamp
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Records the activity of each thread as a Chrome trace, for ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) process_args: ProcessArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A progress bar on a terminal, lines otherwise
    Auto,
    /// One line per commit, at most one per second
    Plain,
    /// JSON lines, including messages, for programs
    Json,
    /// Messages only
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ResumePolicy {
    /// Leaves their results as they are, and lists what changed
    Keep,
    /// Matches them again
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
    /// The output format
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Counts the pairs that each candidate stage finds in the first N rows [default: all rows]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "18446744073709551615")]
    pub(crate) count: Option<u64>,
    /// The true matches; with --count, also prints recall at 1, 5, 20 and 50 by stage
    #[arg(long, value_name = "CSV", requires = "count")]
    pub(crate) truth: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PlanFormat {
    /// Text
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// How to show progress, on standard error
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Workers that build the index, one shard each: more workers build it faster, fewer shards are searched faster
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
    /// Sends requests that have no recorded answer, and records the answers in the stages' `fixtures`
    #[arg(long)]
    pub(crate) record: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Known matches: a key, then `siret` and/or `siren`, empty for suppliers not in the registry
    #[arg(long, value_name = "CSV")]
    pub(crate) truth: Option<PathBuf>,
    /// Supplier rows to learn from
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// Random pairs to sample when estimating u-probabilities (chance agreement)
    #[arg(long, alias = "blind", value_name = "N", default_value_t = 200_000)]
    pub(crate) random_pairs: u64,
    /// The seed of the random pairs
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The model file to write, for `model: {path: ...}` in a pipeline
    #[arg(long, value_name = "YAML")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The pipeline file, or the checkpoint of a run (`.duckdb`)
    pub(crate) file: PathBuf,
    /// The key of the supplier row to explain
    #[arg(required_unless_present = "recall", conflicts_with = "recall")]
    pub(crate) key: Option<String>,
    /// Sets a value of the pipeline file; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Measures the recall of the candidate stages; every stage searches every row
    #[arg(long, requires = "truth")]
    pub(crate) recall: bool,
    /// The true matches: a key, then `siret` and/or `siren`, empty for suppliers not in the registry
    #[arg(long, value_name = "CSV", requires = "recall")]
    pub(crate) truth: Option<PathBuf>,
    /// Searches only the first N rows
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Shows the first N rows whose match no stage found
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) missed: usize,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}
