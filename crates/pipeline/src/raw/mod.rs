//! The pipeline file as written: one record per map. What the keys mean together is checked in [`crate::check`].
//!
//! The doc comments here become the descriptions in the JSON Schema.

mod arbitrate;
mod clean;
mod dedupe;
mod host;
mod input;
mod language;
mod match_model;
mod preset;
mod renamed;
mod stages;
mod test;

pub(crate) use arbitrate::Arbitrate;
pub(crate) use clean::{Clean, InputSelection};
pub(crate) use dedupe::{Dedupe, Golden, GoldenKeyword};
pub(crate) use host::Host;
pub(crate) use input::{Field, FilterValues, Reference, Source, SourceColumns};
pub(crate) use match_model::{ChanceRule, Level, Model, ModelChoice};
pub(crate) use preset::{PresetRegistry, PresetStages, RegistryPreset, StagePreset};
pub(crate) use renamed::{KeyFile, add_deprecated_keys, current_search_name, rename_keys};
pub(crate) use stages::{Candidates, Decide, OutOfScope, Scorer, SearchCondition, Stage};
pub(crate) use test::{Expect, Test, TestRow};

use matchflow_model::language::Language;
use matchflow_model::plan::{CsvFormulas, DecimalMark, EvidenceScope, Schedule, TableMode};

use crate::decode::{BoundedInteger, Delimiter, FilePath, OneOrMany, ShortOrLong, Spanned, keywords, record};

record! {
    /// A matchflow pipeline: the files to match, the stages to match them through, and where the results go.
    Pipeline {
        /// The pipeline's name, as results and progress lines show it. Example: `suppliers`.
        Required name: String,
        /// The language of results: reasons, headings and workbooks. Default: `fr` if the locale (`LC_ALL`, `LC_MESSAGES`,
        /// `LANG`) is French, otherwise `en`.
        Optional language: Language,
        /// The rows whose evidence is stored: what was compared for the candidates, and with what result. `matchflow
        /// explain` recomputes it for other rows. This never changes a match. Not used with `dedupe`.
        Optional evidence: EvidenceScope = "review",
        /// The supplier file.
        Required source: Source,
        /// The registry.
        Either reference: Reference,
        /// Instead of a registry: the rows of the supplier file are compared with each other, and grouped into clusters of
        /// the same company. The stages are `clean`, `candidates` and `score`; there is no `decide`.
        Either dedupe: Dedupe,
        /// The match model, which turns scores into probabilities: `suppliers`, `companies`, `duplicates`, or `{path: my.model.yaml}`.
        /// Default: none; a candidate's score is the weighted mean of its scorers.
        Optional model: ModelChoice,
        /// The stages and the match model of a bundled preset, instead of `stages` and `model`. Parts for which the
        /// files have no column are left out. Default: none. Example: `suppliers`.
        Optional preset: StagePreset,
        /// The stages that a row passes, in order. The last one is a `decide` or an `arbitrate`, except with `dedupe`. Not
        /// required with `preset`.
        UnlessPreset stages: Vec<Spanned<Stage>>,
        /// The checkpoint.
        Required sink: Sink,
        /// The files to write at the end. Default: none.
        Optional outputs: Vec<Spanned<Output>>,
        /// Workers, queues and limits. They never change a result.
        Optional execution: Execution,
        /// Test cases for `matchflow test`. Default: none.
        Optional tests: Vec<Spanned<Test>>,
    }
}

record! {
    /// The DuckDB checkpoint, in which outcomes become durable.
    Sink {
        /// The DuckDB file. A run resumes from it.
        Required checkpoint: FilePath,
        /// Number of outcomes committed together.
        Optional batch_size: BoundedInteger<1, 1_000_000> = 100,
        /// The checkpoint to use if `checkpoint` cannot be used: `{path: ...}`, `temp` or `none`. A damaged checkpoint is
        /// moved out of the way, never deleted.
        Optional fallback: Fallback = "none",
    }
}

/// A keyword, or a file chosen by the user.
pub(crate) type Fallback = ShortOrLong<FallbackKeyword, FallbackFile>;

/// A fallback without a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FallbackKeyword {
    /// A file in the system's folder for temporary files.
    Temp,
    /// No fallback.
    None,
}

keywords!(FallbackKeyword, "`{path: ...}`, `temp` or `none`" {
    "temp" => FallbackKeyword::Temp, "A file in the system's folder for temporary files.",
    "none" => FallbackKeyword::None, "No fallback: the run stops.",
});

record! {
    /// A checkpoint that replaces the other one.
    FallbackFile {
        /// The DuckDB file. A run resumes from both.
        Required path: FilePath,
    }
}

keywords!(EvidenceScope, "`review`, `all` or `none`" {
    "review" => EvidenceScope::Review, "Of rows in review, and of those that an arbiter decided. The others keep the scores of their best candidate, and the level that it reached in each comparison.",
    "all" => EvidenceScope::All, "Of every row: some 3 kB a row.",
    "none" => EvidenceScope::None, "Of no row, but those that an arbiter decided.",
});

keywords!(Schedule, "a schedule" {
    "unordered" => Schedule::Unordered, "A free slot takes the next row.",
    "chunked" => Schedule::Chunked, "All rows in flight are finished before the next ones start; for comparisons.",
});

record! {
    /// A file, or a table of a database, to write at the end.
    Output {
        /// An Excel workbook with the results and a summary.
        Either xlsx: FilePath,
        /// UTF-8 text with a header: its path, or its path with options. With `language: fr`, a French spreadsheet
        /// program can open it directly: semicolons, decimal commas, a byte order mark.
        Either csv: ShortOrLong<FilePath, CsvOutput>,
        /// Parquet for programs: typed columns, candidates and evidence as nested lists.
        Either parquet: FilePath,
        /// JSON lines for programs: an object a row, typed as Parquet is.
        Either jsonl: FilePath,
        /// A table of a DuckDB database, typed as Parquet is: the database, or the database with its table. It is written in
        /// one transaction.
        Either duckdb: ShortOrLong<FilePath, DuckdbOutput>,
        /// A table of a PostgreSQL database, typed as Parquet is, with `jsonb` for nested columns. It is written in one
        /// transaction.
        Either postgres: PostgresOutput,
    }
}

record! {
    /// A table of a DuckDB database.
    DuckdbOutput {
        /// The database, which is made where it is missing. It must be another one than those that are read.
        Required path: FilePath,
        /// The table, with its schema where that is not `main`.
        Optional table: String = "results",
        /// What becomes of the rows that the table has.
        Optional mode: TableMode = "replace",
    }
}

record! {
    /// A table of a PostgreSQL database.
    PostgresOutput {
        /// The address of the database. It must have no password: that is in the environment variable `PGPASSWORD`, or in the
        /// password file of PostgreSQL (`~/.pgpass`, or what `PGPASSFILE` names). A connection to another machine is encrypted
        /// and the server's certificate is verified, unless the address ends in `?sslmode=disable`.
        Required url: String,
        /// The table, with its schema where that is not the first of the search path.
        Optional table: String = "results",
        /// What becomes of the rows that the table has.
        Optional mode: TableMode = "replace",
    }
}

keywords!(TableMode, "a mode" {
    "replace" => TableMode::Replace, "The results replace them. A table that matchflow did not write is refused.",
    "append" => TableMode::Append, "They stay, and the results are added, with the time in a column `written_at`. The table must have the same columns.",
});

record! {
    /// A CSV file to write.
    CsvOutput {
        /// The file.
        Required path: FilePath,
        /// What to do with values that a spreadsheet would run as formulas, such as `=HYPERLINK(...)`: those that begin
        /// with `=`, `+`, `-`, `@`, a tab or a line break. Numbers in numeric columns are not formulas.
        Optional formulas: CsvFormulas = "escape",
        /// The columns to write, in this order, by their names in the header of a file with all columns. Default: all
        /// columns. Example: `[key, outcome, id, in_name]`.
        Optional columns: OneOrMany<String>,
        /// The separator of cells: one ASCII character, or `tab`. Default: `;` with `language: fr`, otherwise `,`.
        Optional delimiter: Delimiter,
        /// The decimal separator of numbers. Default: `comma` with `language: fr`, otherwise `point`.
        Optional decimal: DecimalMark,
        /// Whether the file begins with a byte order mark, by which Excel recognizes UTF-8. Default: `true` with
        /// `language: fr`, otherwise `false`.
        Optional bom: bool,
    }
}

keywords!(DecimalMark, "a decimal mark" {
    "point" => DecimalMark::Point, "A point: `0.5`.",
    "comma" => DecimalMark::Comma, "A comma: `0,5`.",
});

keywords!(CsvFormulas, "a treatment of formulas" {
    "escape" => CsvFormulas::Escape, "An apostrophe is put before the value, so that a spreadsheet takes it for text.",
    "keep" => CsvFormulas::Keep, "The value is written as it is, for programs.",
});

record! {
    /// How the work is distributed. It never changes a result.
    Execution {
        /// Number of dataflow workers. Default: the number of cores.
        Optional workers: BoundedInteger<1, 256>,
        /// Number of threads that run plug-ins. Default: the number of cores.
        Optional scoring_threads: BoundedInteger<1, 256>,
        /// Number of rows passed on together. Default: `64`, fewer if `in_flight` is small.
        Optional chunk: BoundedInteger<1, 65_536>,
        /// Maximum number of rows between the source and a commit; this bounds memory. Default: `4096`, or `chunk` if that
        /// is more.
        Optional in_flight: BoundedInteger<1, 100_000>,
        /// How free slots are filled.
        Optional schedule: Schedule = "unordered",
        /// Maximum number of new rows to process. Default: no limit.
        Optional limit: BoundedInteger<1, 1_000_000_000_000>,
        /// Whether to process only the rows that failed in an earlier run, again.
        Optional retry_errors: bool = false,
    }
}
