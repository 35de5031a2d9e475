//! Errors that prevent matching as a whole, rather than failing a single row.

use matchflow_model::arrow::error::ArrowError;
use matchflow_model::columns::MissingColumn;
use matchflow_plugin_host::HostError;

/// Whether work in progress must stop. Called between calls of a plug-in. Once true, it must stay true.
pub type StopCheck<'a> = &'a dyn Fn() -> bool;

/// An error of a reader of rows or entries.
pub type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// Why rows could not be matched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// Reading the registry failed.
    #[error("the registry could not be read: {0}")]
    Reference(#[source] ReadError),
    /// The registry has no entry that passes its filters.
    #[error("the registry `{reference}` is empty: it has no entry, or none that passes `filter` and `status`")]
    EmptyReference {
        /// The registry's file.
        reference: String,
    },
    /// A stage does not have a plug-in for each of its scorers.
    #[error("{given} plug-ins were given for the {scorers} scorers of {stage}")]
    Plugins {
        /// The stage's label.
        stage: String,
        /// The plug-ins given.
        given: usize,
        /// The scorers of the stage.
        scorers: usize,
    },
    /// Ended by the stop check. There are no decisions.
    #[error("matching was stopped")]
    Stopped,
    /// Rows were left after the last stage: a bug in the engine, or a plan that was not checked.
    #[error("{rows} rows have no decision after the last stage")]
    Undecided {
        /// The number of rows.
        rows: usize,
    },
    /// A batch does not have the schema of the plan, or a scorer with `on_failure: stop` failed.
    #[error("stage {stage}: {reason}")]
    Stage {
        /// The stage's label.
        stage: String,
        /// What was wrong.
        reason: String,
    },
}

impl MatchError {
    /// An error of a stage.
    pub(crate) fn stage(stage: &str, reason: impl ToString) -> MatchError {
        MatchError::Stage { stage: stage.to_owned(), reason: reason.to_string() }
    }
}

/// An error of a step of a stage, before the stage's label is added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A batch lacks a column.
    #[error(transparent)]
    Column(#[from] MissingColumn),
    /// Arrow refused an operation.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A plan names an unknown cleaner.
    #[error(transparent)]
    Cleaner(#[from] matchflow_text::UnknownCleaner),
    /// A search failed.
    #[error(transparent)]
    Candidates(#[from] matchflow_candidates::Error),
    /// A row's values cannot be written as JSON.
    #[error("a row's values could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The machine is at fault, not a scorer.
    #[error("scorer `{scorer}` cannot run: {source}")]
    Machine {
        /// The scorer's name in the plan.
        scorer: String,
        /// What failed.
        source: Box<HostError>,
    },
    /// A scorer failed whose `on_failure` ends the run.
    #[error("scorer `{scorer}` failed on {rows}, and its `on_failure` is `stop`: {source}")]
    Plugin {
        /// The scorer's name in the plan.
        scorer: String,
        /// The rows, formatted for a message.
        rows: String,
        /// The plug-in's error.
        source: Box<HostError>,
    },
    /// A scorer gave pairs of a row different scores when it scored them again.
    #[error("scorer `{scorer}` did not repeat its scores of row `{row}`: {source}")]
    Repetition {
        /// The scorer's name in the plan.
        scorer: String,
        /// The row's key.
        row: String,
        /// The plug-in and the difference.
        source: Box<HostError>,
    },
}
