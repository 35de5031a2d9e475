//! Rows that a stage could not process.

use matchflow_model::row_error::RowError;

/// The failure of a stage on one row.
#[derive(Debug, Clone)]
pub struct RowFailure {
    /// The row's number in the chunk.
    pub row: usize,
    /// The name of the plug-in at fault, as in the plan.
    pub plugin: Option<String>,
    /// How often the row was tried.
    pub tries: u32,
    /// The cause.
    pub error: RowError,
    /// Whether a retry may succeed.
    pub retryable: bool,
}
