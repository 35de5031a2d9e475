//! What `matchflow bench` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) part: Option<BenchPart>,
    #[command(flatten)]
    pub(crate) data: BenchData,
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchPart {
    /// Reading the supplier file and the registry, and nothing else
    Ingest(BenchData),
    /// Indexing the registry, and searching every row with every candidate stage
    Candidates(BenchData),
    /// The scoring threads in a run whose results are forgotten
    Scoring(BenchData),
    /// The same run with epochs of 10, 100, 1,000 and 10,000, against one commit at the end
    Commit(BenchData),
    /// Duplicates of a large file: all of it, and then a few changed rows
    Dedupe(BenchDedupeArgs),
    /// Both schedules over remote ends of several kinds and over skewed work of the processor
    Schedule(BenchScheduleArgs),
    /// A whole run, by stage (what `bench` alone does)
    Run(BenchData),
}

/// How often what is measured, and where the figures go.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchRounds {
    /// Supplier rows. Default: 100,000; of a schedule 5,000, of duplicates 1,000,000
    #[arg(long, value_name = "N", alias = "suppliers")]
    pub(crate) rows: Option<u64>,
    /// Measures so many times the rows, one after the other: `1,2,4`
    #[arg(long, value_name = "TIMES", value_delimiter = ',', default_value = "1")]
    pub(crate) scale: Vec<f64>,
    /// Rounds; all sizes take turns, and the middle one of each figure is told
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) rounds: usize,
    /// Writes the figures for programs and for --compare; `-` prints them in place of the table
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Draws throughput, memory and time by stage as the input grows
    #[arg(long, value_name = "SVG")]
    pub(crate) plot: Option<PathBuf>,
    /// Says what moved since an earlier --json
    #[arg(long, value_name = "JSON")]
    pub(crate) compare: Option<PathBuf>,
    /// Measures once, with so many rows, in this process, and prints the figures for the one that started it
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) point: Option<u64>,
}

/// The files, generated or given, and the pipeline that is run on them.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchData {
    #[command(flatten)]
    pub(crate) rounds: BenchRounds,
    /// The pipeline whose stages are measured
    #[arg(long, default_value = "pipelines/suppliers.yaml")]
    pub(crate) pipeline: PathBuf,
    /// Reads the files that the pipeline names, the first rows of them, and generates none
    #[arg(long)]
    pub(crate) given: bool,
    /// Registry establishments that are generated
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) establishments: u64,
    /// The seed of the generated files
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Where the generated files are kept between benchmarks
    #[arg(long = "data", value_name = "DIR", default_value = "target/bench-data")]
    pub(crate) folder: PathBuf,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub(crate) workers: Option<usize>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchDedupeArgs {
    #[command(flatten)]
    pub(crate) rounds: BenchRounds,
    /// The pipeline, one with `dedupe`
    #[arg(long, default_value = "pipelines/duplicates.yaml")]
    pub(crate) pipeline: PathBuf,
    /// Rows that change between the two runs
    #[arg(long, default_value_t = 1_000)]
    pub(crate) changed: u64,
    /// The seed of the generated files
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Where the files are kept
    #[arg(long = "data", value_name = "DIR", default_value = "target/bench-data")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchScheduleArgs {
    #[command(flatten)]
    pub(crate) rounds: BenchRounds,
    /// Rows in flight, and requests open at once
    #[arg(long, default_value_t = 64)]
    pub(crate) in_flight: usize,
    /// Only the cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// The folder of the built plug-ins
    #[arg(long, value_name = "DIR", default_value = "plugins/dist")]
    pub(crate) plugins: PathBuf,
    /// The folder for the files of the benchmark; emptied before each run
    #[arg(long, value_name = "DIR", default_value = "target/bench-data/schedule")]
    pub(crate) work: PathBuf,
}
