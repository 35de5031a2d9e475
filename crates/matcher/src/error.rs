//! What can keep rows from being matched, other than the rows themselves.

use matchflow_model::arrow::error::ArrowError;
use matchflow_model::columns::MissingColumn;
use matchflow_plugin_host::HostError;

/// Says whether work that is under way is to be cut short. It is asked between calls of a plug-in.
pub type StopCheck<'a> = &'a dyn Fn() -> bool;

/// An error of whoever reads rows or entries, kept as it was.
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
    /// A stage was given plug-ins that are not those of its scorers.
    #[error("{given} plug-ins were given for the {scorers} scorers of {stage}")]
    Plugins {
        /// The stage's label.
        stage: String,
        /// The plug-ins given.
        given: usize,
        /// The scorers of the stage.
        scorers: usize,
    },
    /// A stage met a batch that does not have the shape that the plan promises, or a scorer that the plan does not let
    /// fail failed.
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

/// What a step of a stage can fail with before the stage's name is added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A batch lacks a column.
    #[error(transparent)]
    Column(#[from] MissingColumn),
    /// Arrow refused an operation.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A row's values have no JSON.
    #[error("a row's values could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A scorer failed whose `on_failure` ends the run.
    #[error("scorer `{scorer}` failed on {rows}, and its `on_failure` is `stop`: {source}")]
    Plugin {
        /// The scorer's name in the plan.
        scorer: String,
        /// The rows, for people.
        rows: String,
        /// What it failed with.
        source: Box<HostError>,
    },
}
