//! Errors that end a run.

use matchflow_matcher::StepError;
use matchflow_model::panic_message;
use matchflow_model::store::CommitError;

/// An error of a reader, unchanged.
pub type FeedError = Box<dyn std::error::Error + Send + Sync>;

/// Why a run ended early. Earlier commits are kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// Reading the supplier file failed.
    #[error("cannot read the rest of the supplier file: {0}")]
    Source(#[source] FeedError),
    /// Reading the registry failed.
    #[error("cannot read the registry: {0}")]
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
    /// The machine has no memory for a scorer.
    #[error("stage {stage}: {source}")]
    Machine {
        /// The stage's label.
        stage: String,
        /// The scorer, and what the machine refused.
        source: StepError,
    },
    /// A batch that violates the plan (a bug in the engine), or a scorer with `on_failure: stop`.
    #[error("stage {stage}: {reason}")]
    Stage {
        /// The stage's label.
        stage: String,
        /// The problem.
        reason: String,
    },
    /// A panic: a bug in the engine.
    #[error("{place} panicked: {message}")]
    Panic {
        /// The thread.
        place: String,
        /// The panic's message.
        message: String,
    },
    /// The dataflow cannot start.
    #[error("cannot start the workers: {0}")]
    Start(String),
    /// The system refused a thread.
    #[error(
        "the system refused the thread `{name}`: raise the limit on processes (`ulimit -u`) or on memory (`ulimit -d`, `-v`), or use fewer threads"
    )]
    Thread {
        /// The thread.
        name: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Another process of the run disconnected.
    #[error(
        "process {process} (`{address}`) was lost: {why}. Start all processes again: the run resumes from the last commit"
    )]
    PeerDisconnected {
        /// Its number.
        process: usize,
        /// Its address.
        address: String,
        /// How the loss was detected.
        why: String,
    },
    /// Another process ended the run.
    #[error("process {process} (`{address}`) ended the run: {cause}")]
    PeerFailed {
        /// Its number.
        process: usize,
        /// Its address.
        address: String,
        /// Its error.
        cause: String,
    },
    /// Rows read and outcomes committed differ: a bug in the engine.
    #[error("{read} rows were read, but {committed} outcomes were committed")]
    Unreconciled {
        /// Rows passed to the flow.
        read: u64,
        /// Outcomes made durable.
        committed: u64,
    },
}

impl FlowError {
    /// An error of a step of a stage.
    pub(crate) fn step(stage: &str, error: StepError) -> FlowError {
        match error {
            StepError::Machine { .. } => FlowError::Machine { stage: stage.to_owned(), source: error },
            other => FlowError::stage(stage, other),
        }
    }

    /// An error of a stage.
    pub(crate) fn stage(stage: &str, reason: impl ToString) -> FlowError {
        FlowError::Stage { stage: stage.to_owned(), reason: reason.to_string() }
    }

    /// A refused thread.
    pub(crate) fn thread(name: impl Into<String>) -> impl FnOnce(std::io::Error) -> FlowError {
        let name = name.into();
        move |source| FlowError::Thread { name, source }
    }

    /// A caught panic.
    pub(crate) fn panic(place: &str, payload: &(dyn std::any::Any + Send)) -> FlowError {
        FlowError::Panic { place: place.to_owned(), message: panic_message(payload) }
    }
}
