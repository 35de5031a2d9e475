//! What can end a run.

use matchflow_model::panic_message;
use matchflow_model::store::CommitError;

/// An error of whoever feeds the flow (a reader), kept as it was.
pub type FeedError = Box<dyn std::error::Error + Send + Sync>;

/// Why a run ended before its end. What was committed stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// Reading the supplier file failed.
    #[error("the supplier file could not be read further: {0}")]
    Source(#[source] FeedError),
    /// Reading the registry failed.
    #[error("the registry could not be read: {0}")]
    Reference(#[source] FeedError),
    /// The registry has no entry that passes its filters.
    #[error("the registry `{reference}` is empty: it has no entry, or none that passes `filter` and `status`")]
    EmptyReference {
        /// The registry's file.
        reference: String,
    },
    /// The checkpoint refused an epoch.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A stage met a batch that does not have the shape that the plan promises: a fault of the engine.
    #[error("stage {stage}: {reason}")]
    Stage {
        /// The stage's label.
        stage: String,
        /// What was wrong.
        reason: String,
    },
    /// Something panicked: a fault of the engine.
    #[error("{place} panicked: {message}")]
    Panic {
        /// The thread.
        place: String,
        /// The panic's message.
        message: String,
    },
    /// The dataflow could not be started.
    #[error("the workers could not be started: {0}")]
    Start(String),
    /// Another process of the run is gone.
    #[error(
        "process {process} (`{address}`) was lost: {why}. Start all of them again: the run goes on from what is committed"
    )]
    Lost {
        /// Its number.
        process: usize,
        /// Its address.
        address: String,
        /// How it was noticed.
        why: String,
    },
    /// Another process ended the run.
    #[error("process {process} (`{address}`) ended the run: {cause}")]
    Elsewhere {
        /// Its number.
        process: usize,
        /// Its address.
        address: String,
        /// What it says.
        cause: String,
    },
    /// The outcomes do not add up to the rows read: a fault of the engine.
    #[error("{read} rows were read but {committed} outcomes were committed")]
    Unreconciled {
        /// Rows handed to the flow.
        read: u64,
        /// Outcomes made durable.
        committed: u64,
    },
}

impl FlowError {
    /// An error of a stage.
    pub(crate) fn stage(stage: &str, reason: impl ToString) -> FlowError {
        FlowError::Stage { stage: stage.to_owned(), reason: reason.to_string() }
    }

    /// A caught panic.
    pub(crate) fn panic(place: &str, payload: &(dyn std::any::Any + Send)) -> FlowError {
        FlowError::Panic { place: place.to_owned(), message: panic_message(payload) }
    }
}
