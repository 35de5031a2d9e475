//! The pipeline file as it is written: one record a map. What the keys mean together is checked in [`crate::check`].
//!
//! The comments here are what the JSON Schema says to editors.

mod arbitrate;
mod dedupe;
mod input;
mod match_model;
mod stages;
mod test;

pub(crate) use arbitrate::{Arbitrate, Host};
pub(crate) use dedupe::{Dedupe, Golden, GoldenWord};
pub(crate) use input::{Field, Reference, Source};
pub(crate) use match_model::{ChanceFrom, Level, Model, ModelChoice};
pub(crate) use stages::{Aside, Broad, Candidates, Clean, Decide, Inputs, Local, Scorer, Stage, When};
pub(crate) use test::{Expect, Row, Test};

use matchflow_model::language::Language;
use matchflow_model::plan::Schedule;

use crate::decode::{Brief, Path, Spanned, Whole, record, words};

record! {
    /// A matchflow pipeline: which files are matched, through which stages, and where the results go.
    Pipeline {
        /// The pipeline's name, as results and progress lines show it.
        Required name: String,
        /// The language of results: reasons, headings and workbooks. Default: that of the locale (`LC_ALL`, `LC_MESSAGES`,
        /// `LANG`) if it is French, otherwise English.
        Optional language: Language,
        /// The supplier file.
        Required source: Source,
        /// The registry.
        Either reference: Reference,
        /// Instead of a registry: the rows of the supplier file are compared with each other, and those that are the same
        /// company become a cluster. The stages are `clean`, `candidates` and `score`; there is no `decide`.
        Either dedupe: Dedupe,
        /// The match model, which turns scores into probabilities: `suppliers` (against a registry), `duplicates`
        /// (with each other), or `{path: my.model.yaml}`. Default: none,
        /// a candidate's score is the weighted mean of its scorers'.
        Optional model: ModelChoice,
        /// The stages that a row passes, in order. The last one is a `decide`, but with `dedupe`.
        Required stages: Vec<Spanned<Stage>>,
        /// The DuckDB checkpoint, where outcomes become durable.
        Required sink: Sink,
        /// Files written at the end.
        Optional outputs: Vec<Spanned<Output>>,
        /// Workers, queues and limits. Nothing here changes a result.
        Optional execution: Execution,
        /// Small cases, run by `matchflow test`.
        Optional tests: Vec<Spanned<Test>>,
    }
}

words!(Language, "a language" {
    "en" => Language::English,
    "fr" => Language::French,
});

record! {
    /// The DuckDB checkpoint.
    Sink {
        /// The DuckDB file. A run goes on from what it holds.
        Required checkpoint: Path,
        /// Outcomes committed together. Default: 100.
        Optional batch_size: Whole<1, 1_000_000>,
        /// Where the run goes on when the checkpoint cannot be used: `{path: ...}`, `temp` (the system's folder of
        /// temporary files) or `none` (it stops). A damaged checkpoint is moved aside, never deleted. Default: none.
        Optional fallback: Fallback,
    }
}

/// A word, or a file of one's own.
pub(crate) type Fallback = Brief<Elsewhere, FallbackFile>;

/// A place that needs no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// The system's folder of temporary files.
    Temp,
    /// Nowhere: the run stops.
    None,
}

words!(Elsewhere, "`{path: ...}`, `temp` or `none`" {
    "temp" => Elsewhere::Temp,
    "none" => Elsewhere::None,
});

record! {
    /// A checkpoint that stands in for the other.
    FallbackFile {
        /// The DuckDB file. Resume looks at both.
        Required path: Path,
    }
}

words!(Schedule, "a schedule" {
    "unordered" => Schedule::Unordered,
    "chunked" => Schedule::Chunked,
});

record! {
    /// A file written at the end.
    Output {
        /// An Excel workbook with the results and a summary.
        Either xlsx: Path,
        /// UTF-8 text with commas and a header.
        Either csv: Path,
    }
}

record! {
    /// How the work is spread. Nothing here changes a result.
    Execution {
        /// Dataflow workers. Default: the machine's cores.
        Optional workers: Whole<1, 256>,
        /// Threads that run plug-ins. Default: the machine's cores.
        Optional scoring_threads: Whole<1, 256>,
        /// Rows handed on together. Default: 64, fewer where few rows are in flight.
        Optional chunk: Whole<1, 65_536>,
        /// Rows between the source and a commit, at most; this bounds memory. Default: 4096.
        Optional in_flight: Whole<1, 100_000>,
        /// `unordered`: a slot that comes free takes the next row. `chunked`: all rows in flight are waited for before
        /// the next ones, as a comparison. Default: unordered.
        Optional schedule: Schedule,
        /// New rows to process, at most. Default: all.
        Optional limit: Whole<1, 1_000_000_000_000>,
        /// Whether the rows are tried again that failed in an earlier run, and no others. Default: false.
        Optional retry_errors: bool,
    }
}
