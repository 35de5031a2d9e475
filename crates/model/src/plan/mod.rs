//! The checked plan of a pipeline, which the engine runs. Built from YAML by the `pipeline` crate, or by tests
//! directly.
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

/// A complete, checked pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The pipeline's name in results and checkpoints.
    pub name: String,
    /// The language of reasons, headings and workbooks. Never affects a match.
    pub language: Language,
    /// The rows whose evidence is kept. Never affects a match.
    pub evidence: EvidenceScope,
    /// The supplier file.
    pub source: SourcePlan,
    /// The registry.
    pub reference: ReferencePlan,
    /// How pairs become clusters, if the rows are compared with each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<DedupePlan>,
    /// The stages between reading and committing, in the order in which a row passes them.
    pub stages: Vec<StagePlan>,
    /// Whether an entry may have only one supplier. Resolved at the end, over all rows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_to_one: bool,
    /// The checkpoint.
    pub sink: SinkPlan,
    /// The files written from the checkpoint at the end.
    pub outputs: Vec<OutputPlan>,
    /// What the files show in addition to the results. Never affects a match.
    pub report: ReportPlan,
    /// Workers, queues and limits. Never affect a result.
    pub execution: ExecutionPlan,
}

impl Plan {
    /// Sets the evidence that every decision keeps.
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
    /// Outcomes per commit epoch (the last one may have fewer). At least 1.
    pub batch_size: usize,
    /// The fallback if `checkpoint` cannot be used. `None`: such a run stops instead.
    pub fallback: Option<PathBuf>,
}

/// What output files show in addition to the results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReportPlan {
    /// The supplier field with the row's amount of money: it is summed, and rows are sorted by it.
    pub amount: Option<String>,
    /// The address of a company's page in a public register, with `{id}` or `{group}` as placeholders for its ids.
    pub page: Option<String>,
}

/// A file written from the checkpoint at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputPlan {
    /// A workbook with a results sheet and a summary sheet.
    Xlsx {
        /// The path.
        path: PathBuf,
    },
    /// UTF-8 CSV with a header.
    Csv {
        /// The path.
        path: PathBuf,
        /// The dialect.
        dialect: CsvDialect,
    },
    /// Parquet, typed, with nested lists.
    Parquet {
        /// The path.
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
    /// The separator of cells: one ASCII character.
    pub delimiter: u8,
    /// The decimal separator.
    pub decimal: DecimalMark,
    /// Whether the file begins with a byte order mark, by which spreadsheets recognise UTF-8.
    pub byte_order_mark: bool,
    /// How values that a spreadsheet would run as formulas are written.
    pub formulas: CsvFormulas,
    /// The columns, in order; empty: all of them.
    pub columns: Vec<String>,
}

impl CsvDialect {
    /// The dialect that programs everywhere read.
    pub const PLAIN: CsvDialect = CsvDialect {
        delimiter: b',',
        decimal: DecimalMark::Point,
        byte_order_mark: false,
        formulas: CsvFormulas::Escape,
        columns: Vec::new(),
    };

    /// The dialect that a spreadsheet in that language opens directly.
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

/// The decimal separator of a CSV file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `0.5`
    #[default]
    Point,
    /// `0,5`
    Comma,
}

/// How values in a CSV file that a spreadsheet would run as formulas are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvFormulas {
    /// With an apostrophe prepended ([`crate::formula`]).
    #[default]
    Escape,
    /// Unchanged.
    Keep,
}

/// How the work is distributed. Nothing here affects a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExecutionPlan {
    /// Timely workers in this process.
    pub workers: usize,
    /// Threads that run WASM scorers.
    pub scoring_threads: usize,
    /// Rows passed on together. Small for slow matchers, larger for CPU-bound ones.
    pub chunk_rows: usize,
    /// Maximum number of rows between the source and the commit thread: together with `batch_size` finished rows
    /// waiting for their commit, this bounds memory.
    pub in_flight_rows: usize,
    /// Maximum number of new rows to process; rows done by earlier runs do not count.
    pub limit_rows: Option<u64>,
    /// How free slots are filled.
    pub schedule: Schedule,
    /// Whether this run retries only the rows that failed in an earlier run.
    pub retry_errors: bool,
    /// How to treat rows that an earlier run decided with other plug-ins, parameters or registry.
    pub stale: StalePolicy,
}

/// How free slots are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// A free slot takes the next row; outcomes are passed on as soon as they are ready.
    #[default]
    Unordered,
    /// As many rows as fit in flight are started together, and all of them are waited for. For comparison.
    Chunked,
}

/// How to treat rows that an earlier run decided with other plug-ins, parameters or registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StalePolicy {
    /// Keep their results, with a warning.
    #[default]
    Keep,
    /// Match them again.
    Redo,
}
