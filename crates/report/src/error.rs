//! Why a report cannot be made.

use matchflow_checkpoint::CheckpointError;
use matchflow_decisions::DecisionError;
use matchflow_evaluate::EvaluateError;

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The results cannot be read.
    #[error(transparent)]
    Results(#[from] CheckpointError),
    /// The decisions cannot be read.
    #[error(transparent)]
    Decisions(#[from] DecisionError),
    /// The truth cannot be read.
    #[error(transparent)]
    Truth(#[from] EvaluateError),
    /// The report cannot be written as JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
