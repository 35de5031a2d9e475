//! The checked plan of a pipeline: what the engine runs. Built by the `pipeline` crate from YAML, or by tests directly.
//!
//! Everything here is plain data: paths are resolved, names are known to exist, numbers are within their limits.
//! Only a plan reaches the engine; the raw YAML never does.

mod arbitrate;
mod dedupe;
mod input;
mod key;
mod match_model;
mod search;
mod stage;

pub use arbitrate::{ArbitratePlan, AskWhen, HostPlan, Prices, Rate, RemotePlan};
pub use dedupe::{DedupePlan, GoldenField, GoldenRule, GuardPlan, MATCHED_GROUP, MATCHED_ID};
pub use input::{
    FieldPlan, FieldType, Filter, IdColumn, IdWidths, InlineTable, Join, ReferencePlan, SourcePlan, StatusPlan,
    TablePlan, ValueComparison,
};
pub use key::{KEYS_MAX, KeyError, KeyExpression, KeyPart};
pub use match_model::{Chance, Comparison, ComparisonLevel, Condition, EntryIdentifier, HeadOffice, MatchModel};
pub use search::{MissingParameter, Search, SearchValue};
pub use stage::{
    CandidatesPlan, CleanPlan, CleanStep, CleanerId, DecidePlan, EvidenceScope, ExactKey, InputPair, OnFailure,
    OutOfScopePlan, ScorePlan, ScorerPlan, StageKind, StagePlan, plugin_name, scorer_names,
};

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::language::Language;

/// A whole pipeline, checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The pipeline's name, as results and checkpoints show it.
    pub name: String,
    /// The language of reasons, headings and workbooks. Never changes a match.
    pub language: Language,
    /// Of which rows the evidence is kept. Never changes a match.
    pub evidence: EvidenceScope,
    /// The supplier file.
    pub source: SourcePlan,
    /// The registry.
    pub reference: ReferencePlan,
    /// What is made of the pairs, where the rows are compared with each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<DedupePlan>,
    /// The stages between reading and committing, in the order in which a row passes them.
    pub stages: Vec<StagePlan>,
    /// Whether an entry may have one supplier at most. It is settled at the end, over all rows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_to_one: bool,
    /// The checkpoint.
    pub sink: SinkPlan,
    /// The files written from the checkpoint at the end.
    pub outputs: Vec<OutputPlan>,
    /// What the files show besides the results. Never changes a match.
    pub report: ReportPlan,
    /// Workers, queues and limits. Never changes a result.
    pub execution: ExecutionPlan,
}

impl Plan {
    /// Has every decision keep this evidence.
    pub fn keep_evidence(&mut self, evidence: EvidenceScope) {
        self.evidence = evidence;
        for stage in &mut self.stages {
            match &mut stage.kind {
                StageKind::Decide(decide) => decide.evidence = evidence,
                StageKind::Arbitrate(arbitrate) => arbitrate.decide.evidence = evidence,
                _ => {}
            }
        }
    }
}

/// The DuckDB checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SinkPlan {
    /// The DuckDB file.
    pub checkpoint: PathBuf,
    /// Outcomes a commit epoch holds (the last one may hold fewer). At least 1.
    pub batch_size: usize,
    /// Where the checkpoint goes when `checkpoint` cannot be used. `None`: such a run stops instead.
    pub fallback: Option<PathBuf>,
}

/// What output files show besides the results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReportPlan {
    /// The supplier field with the money of a row: it is summed, and rows with much of it come first.
    pub amount: Option<String>,
    /// The address of a company's page in a public register, with `{id}` or `{group}` for its ids.
    pub page: Option<String>,
}

/// A file written from the checkpoint at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputPlan {
    /// A workbook with a results sheet and a summary sheet.
    Xlsx {
        /// Where to.
        path: PathBuf,
    },
    /// UTF-8 CSV with a header.
    Csv {
        /// Where to.
        path: PathBuf,
        /// How it is written.
        dialect: CsvDialect,
    },
    /// Parquet, typed, with nested lists.
    Parquet {
        /// Where to.
        path: PathBuf,
    },
    /// JSON lines: an object a row, typed as Parquet is.
    Jsonl {
        /// Where to.
        path: PathBuf,
    },
    /// A table of a DuckDB database.
    Duckdb {
        /// The database.
        path: PathBuf,
        /// The table.
        table: String,
        /// What becomes of the rows in it.
        mode: TableMode,
    },
    /// A table of a PostgreSQL database.
    Postgres {
        /// The address, which has no password.
        url: String,
        /// The table.
        table: String,
        /// What becomes of the rows in it.
        mode: TableMode,
    },
}

/// What becomes of the rows that a table of results has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum TableMode {
    /// The results replace them.
    #[default]
    Replace,
    /// They stay, and the results are added.
    Append,
}

impl OutputPlan {
    /// The file that is written; `None` for a table of a server.
    pub fn path(&self) -> Option<&Path> {
        match self {
            OutputPlan::Xlsx { path }
            | OutputPlan::Csv { path, .. }
            | OutputPlan::Parquet { path }
            | OutputPlan::Jsonl { path }
            | OutputPlan::Duckdb { path, .. } => Some(path),
            OutputPlan::Postgres { .. } => None,
        }
    }

    /// The file, or the address of the server.
    pub fn place(&self) -> String {
        match self {
            OutputPlan::Postgres { url, .. } => url.clone(),
            output => output.path().map(|path| path.display().to_string()).unwrap_or_default(),
        }
    }

    /// The format's key in a pipeline.
    pub fn format(&self) -> &'static str {
        match self {
            OutputPlan::Xlsx { .. } => "xlsx",
            OutputPlan::Csv { .. } => "csv",
            OutputPlan::Parquet { .. } => "parquet",
            OutputPlan::Jsonl { .. } => "jsonl",
            OutputPlan::Duckdb { .. } => "duckdb",
            OutputPlan::Postgres { .. } => "postgres",
        }
    }
}

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CsvDialect {
    /// Between the cells: one ASCII character.
    pub delimiter: u8,
    /// Between the whole part and the decimals of a number.
    pub decimal: DecimalMark,
    /// Whether the file begins with a byte order mark, by which spreadsheets know UTF-8.
    pub byte_order_mark: bool,
    /// What becomes of values that a spreadsheet would take for formulas.
    pub formulas: CsvFormulas,
    /// The columns, in order; empty: all of them.
    pub columns: Vec<String>,
}

impl CsvDialect {
    /// What programs everywhere read.
    pub const PLAIN: CsvDialect = CsvDialect {
        delimiter: b',',
        decimal: DecimalMark::Point,
        byte_order_mark: false,
        formulas: CsvFormulas::Escape,
        columns: Vec::new(),
    };

    /// What a spreadsheet of that language opens by a click.
    pub fn of_language(language: Language) -> CsvDialect {
        match language {
            Language::English => CsvDialect::PLAIN,
            Language::French => {
                CsvDialect { delimiter: b';', decimal: DecimalMark::Comma, byte_order_mark: true, ..CsvDialect::PLAIN }
            }
        }
    }
}

impl Default for CsvDialect {
    fn default() -> CsvDialect {
        CsvDialect::PLAIN
    }
}

/// What separates the decimals of a number in a CSV file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `0.5`
    #[default]
    Point,
    /// `0,5`
    Comma,
}

/// What becomes of values in a CSV file that a spreadsheet would take for formulas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvFormulas {
    /// An apostrophe is put before them ([`crate::formula`]).
    #[default]
    Escape,
    /// They are written as they are.
    Keep,
}

/// How the work is spread. Nothing here changes a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExecutionPlan {
    /// Timely workers in this process.
    pub workers: usize,
    /// Threads that run WASM scorers.
    pub scoring_threads: usize,
    /// Rows handed on together. Small for slow matchers, larger for those bound by the processor.
    pub chunk_rows: usize,
    /// Rows between the source and the commit thread, at most: with `batch_size` finished rows waiting for their commit,
    /// this bounds memory.
    pub in_flight_rows: usize,
    /// New rows to process at most; rows done by earlier runs do not count.
    pub limit_rows: Option<u64>,
    /// How free slots are filled.
    pub schedule: Schedule,
    /// Whether this run tries the rows again that failed in an earlier run, and no others.
    pub retry_errors: bool,
    /// How rows are treated that an earlier run decided with other plug-ins, parameters or registry.
    pub stale: StalePolicy,
}

/// How free slots are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// A slot that comes free takes the next row; outcomes go on the moment they are ready.
    #[default]
    Unordered,
    /// As many rows as fit in flight are handed out together, and all of them are waited for. To compare with.
    Chunked,
}

/// How rows are treated that an earlier run decided with other plug-ins, parameters or registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StalePolicy {
    /// They are kept, with a warning.
    #[default]
    Keep,
    /// They are done again.
    Redo,
}
