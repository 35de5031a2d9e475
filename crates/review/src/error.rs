//! Why a review cannot begin, and what cannot be done in one.

use matchflow_checkpoint::CheckpointError;
use matchflow_decisions::DecisionError;
use matchflow_serve::{Problem, ProblemKind, ServeError};

/// Why a review cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The results cannot be read.
    #[error(transparent)]
    Results(#[from] CheckpointError),
    /// The decisions cannot be read.
    #[error(transparent)]
    Decisions(#[from] DecisionError),
    /// The server cannot be started.
    #[error(transparent)]
    Server(#[from] ServeError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers for the token: {0}")]
    Random(#[source] getrandom::Error),
}

/// What cannot be done now, as a problem of the request.
pub(crate) fn failed(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}
