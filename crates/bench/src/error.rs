//! Errors of benchmarks and of generating files.

/// A benchmark that ended early.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The command line or the pipeline file is invalid; nothing was measured.
    #[error("{0}")]
    Usage(String),
    /// A measurement failed.
    #[error("{0}")]
    Failed(String),
    /// The figures could not be printed.
    #[error("the figures cannot be printed: {0}")]
    Output(#[from] std::io::Error),
}

impl BenchError {
    /// A failed measurement: the error, and the operation that failed.
    pub fn failed(action: &str, error: &(dyn std::error::Error + 'static)) -> BenchError {
        BenchError::Failed(format!("{error}\n  while {action}"))
    }
}
