//! The command line. Flags only choose; what they mean is in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Prints the JSON Schema of pipeline files, for editors
    Schema,
    /// Makes a supplier file, a registry and the truth between them, of any size, from a seed
    Generate(GenerateArgs),
    /// Compares results with the truth: precision, recall, F1, the worst mistakes
    Evaluate(EvaluateArgs),
    /// Measures a whole run on generated data
    Bench(BenchArgs),
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

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Processes at most N rows that are not done yet
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Tries the rows again that failed in an earlier run
    #[arg(long)]
    pub(crate) retry_errors: bool,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub(crate) workers: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
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
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Runs only the cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Supplier rows
    #[arg(long, default_value_t = 2_500)]
    pub(crate) suppliers: u64,
    /// Registry establishments
    #[arg(long, default_value_t = 50_000)]
    pub(crate) establishments: u64,
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
pub(crate) struct EvaluateArgs {
    /// Results: the CSV that a run writes, or its DuckDB checkpoint
    pub(crate) results: PathBuf,
    /// The truth: a key, then `siret` and/or `siren`, empty where there is no entry
    #[arg(long, value_name = "CSV")]
    pub(crate) truth: PathBuf,
    /// Shows the worst N mistakes
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) worst: usize,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The pipeline whose stages are measured
    #[arg(long, default_value = "pipelines/suppliers.yaml")]
    pub(crate) pipeline: PathBuf,
    /// Supplier rows
    #[arg(long, default_value_t = 100_000)]
    pub(crate) suppliers: u64,
    /// Registry establishments
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) establishments: u64,
    /// The seed of the generated files
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Where the generated files are kept between benchmarks
    #[arg(long, value_name = "DIR", default_value = "target/bench-data")]
    pub(crate) data: PathBuf,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}
