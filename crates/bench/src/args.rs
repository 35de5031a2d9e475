//! Arguments of `matchflow bench` and `matchflow generate`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `matchflow bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    /// The part to measure.
    #[command(subcommand)]
    pub part: Option<BenchPart>,
    /// Arguments without a part.
    #[command(flatten)]
    pub data: BenchData,
}

/// The part of a run that is measured.
#[derive(Debug, Subcommand)]
pub enum BenchPart {
    /// Reads the supplier file and the registry, and nothing else
    Ingest(BenchData),
    /// Indexes the registry, and searches every row with every candidate stage
    Candidates(BenchData),
    /// Measures the scoring threads in a run whose results are discarded
    Scoring(BenchData),
    /// Compares epochs of 10, 100, 1,000 and 10,000 rows with a single commit at the end
    Commit(BenchData),
    /// Finds the duplicates of a large file, then again after a few rows have changed
    Dedupe(BenchDedupeArgs),
    /// Sends requests of one row to a running `matchflow serve`, at a fixed rate
    Serve(BenchServeArgs),
    /// Measures a complete run by stage (the default)
    Run(BenchData),
}

impl BenchArgs {
    /// The pipeline, and the sizes and files of figures, of a part that is measured in rounds.
    pub fn pipeline_and_rounds(&self) -> Option<(&Path, &BenchRounds)> {
        Some(match &self.part {
            Some(BenchPart::Serve(_)) => return None,
            Some(BenchPart::Dedupe(args)) => (&args.pipeline, &args.rounds),
            Some(
                BenchPart::Ingest(data)
                | BenchPart::Candidates(data)
                | BenchPart::Scoring(data)
                | BenchPart::Commit(data)
                | BenchPart::Run(data),
            ) => (&data.pipeline, &data.rounds),
            None => (&self.data.pipeline, &self.data.rounds),
        })
    }
}

/// Sizes, repetitions, and where the figures go.
#[derive(Debug, Clone, Args)]
pub struct BenchRounds {
    /// Supplier rows [default: 100,000; for `candidates` 20,000, for `dedupe` 1,000,000]
    #[arg(long, value_name = "N", alias = "suppliers")]
    pub rows: Option<u64>,
    /// Multiples of the rows to measure, one after the other: `1,2,4`
    #[arg(long, value_name = "FACTORS", value_delimiter = ',', default_value = "1")]
    pub scale: Vec<f64>,
    /// Repetitions; sizes are interleaved and the median is reported
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub rounds: usize,
    /// Writes the figures as JSON, for programs and for --compare; `-` prints them instead of the table
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Plots throughput, memory and time by stage against the number of rows
    #[arg(long, value_name = "SVG")]
    pub plot: Option<PathBuf>,
    /// Lists what changed since an earlier --json report
    #[arg(long, value_name = "JSON")]
    pub compare: Option<PathBuf>,
    /// Measures once, with N rows, in this process, and prints the figures for the process that started it
    #[arg(long, value_name = "N", hide = true)]
    pub point: Option<u64>,
}

/// The pipeline to measure, and its files.
#[derive(Debug, Clone, Args)]
pub struct BenchData {
    /// Sizes and repetitions.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// The pipeline whose stages are measured
    #[arg(long, default_value = "pipelines/suppliers.yaml")]
    pub pipeline: PathBuf,
    /// Reads the first rows of the pipeline's own files instead of generating any
    #[arg(long)]
    pub given: bool,
    /// Registry establishments to generate
    #[arg(long, default_value_t = 1_000_000)]
    pub establishments: u64,
    /// The seed of the generated files
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// The folder in which generated files are reused between benchmarks [default: `bench` in the cache folder]
    #[arg(long = "data", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Timely workers
    #[arg(long, short = 'w', value_name = "N")]
    pub workers: Option<usize>,
}

/// Arguments of `matchflow bench dedupe`.
#[derive(Debug, Clone, Args)]
pub struct BenchDedupeArgs {
    /// Sizes and repetitions.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// A pipeline with `dedupe`
    #[arg(long, default_value = "pipelines/duplicates.yaml")]
    pub pipeline: PathBuf,
    /// Rows that change between the two runs
    #[arg(long, default_value_t = 1_000)]
    pub changed: u64,
    /// The seed of the generated files
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// The folder in which generated files are reused between benchmarks [default: `bench` in the cache folder]
    #[arg(long = "data", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Arguments of `matchflow bench serve`.
#[derive(Debug, Clone, Args)]
pub struct BenchServeArgs {
    /// The server
    #[arg(default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// The pipeline that it serves: requests have the rows of its supplier file
    #[arg(long, default_value = "pipelines/suppliers.yaml")]
    pub pipeline: PathBuf,
    /// Sets a value of the pipeline, such as `source.xlsx.path=suppliers.xlsx`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Requests a second; `inf` sends as many as are answered
    #[arg(long, value_name = "N", default_value_t = 500.0)]
    pub rate: f64,
    /// Seconds to send for; with `--rate inf`, 1,000 requests for each
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub seconds: u64,
    /// Connections, each with one request at a time
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub connections: usize,
    /// Prints the figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `matchflow generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Supplier rows
    #[arg(long, default_value_t = 2_500)]
    pub suppliers: u64,
    /// Registry establishments
    #[arg(long, default_value_t = 50_000)]
    pub establishments: u64,
    /// Share of rows that repeat an earlier supplier, written differently (below 1)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub duplicates: f64,
    /// Share of rows that are companies in no registry, at the address of one that is
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub strangers: f64,
    /// The seed; the same seed gives the same files
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The folder to write to; created if missing
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The format of the supplier file
    #[arg(long, value_enum, default_value_t = SupplierFileFormat::Xlsx)]
    pub format: SupplierFileFormat,
    /// Writes the registry as the two files that INSEE publishes instead of one
    #[arg(long)]
    pub sirene: bool,
    /// Writes the edition of the registry that follows: some entries closed, moved or got another name; `changes.csv` lists them
    #[arg(long)]
    pub next: bool,
    /// Replaces files that exist
    #[arg(long)]
    pub overwrite: bool,
}

/// The format of a generated supplier file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SupplierFileFormat {
    /// A workbook
    Xlsx,
    /// A CSV file
    Csv,
}
