//! Errors: of the client, and of one request.

use std::path::PathBuf;

use matchflow_model::request_failure::RequestFailure;
use matchflow_model::row_error::RowError;

/// The client cannot be set up, or cannot continue.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// Environment variables for secrets of the plan are missing.
    #[error("missing environment {} named by `secrets`; set it or remove it from the pipeline", variables(names))]
    MissingSecrets {
        /// The variables.
        names: Vec<String>,
    },
    /// A secret is not a valid header value.
    #[error(
        "the variable `{name}` is not a valid HTTP header value; allowed are ASCII letters, digits and punctuation"
    )]
    InvalidSecret {
        /// The variable.
        name: String,
    },
    /// The file of recorded answers cannot be used.
    #[error("the recorded answers {path} cannot be {action}: {reason}")]
    Answers {
        /// The file.
        path: PathBuf,
        /// The failed operation: `opened`, `read`, `written`.
        action: &'static str,
        /// The system's error.
        reason: String,
    },
    /// The fixtures cannot be used.
    #[error("the fixtures {path} cannot be {action}: {reason}")]
    Fixtures {
        /// The file.
        path: PathBuf,
        /// The failed operation: `read`, `written`.
        action: &'static str,
        /// The problem.
        reason: String,
    },
    /// The HTTP client does not start.
    #[error("cannot start the HTTP client: {reason}")]
    Client {
        /// The client's error.
        reason: String,
    },
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.row_error())]
pub struct AskError {
    /// The host of the request, if it has one.
    pub host: String,
    /// Why there is no answer.
    pub cause: RequestFailure,
    /// Attempts to send the request.
    pub tries: u32,
}

impl AskError {
    /// The error as stored in a row's outcome.
    pub fn row_error(&self) -> RowError {
        RowError::Request { host: self.host.clone(), cause: Box::new(self.cause.clone()), tries: u64::from(self.tries) }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match &self.cause {
            RequestFailure::Status { status, .. } | RequestFailure::Redirect { status } => {
                u16::try_from(*status).is_ok_and(crate::retry::is_retryable)
            }
            RequestFailure::Connection { .. }
            | RequestFailure::Timeout { .. }
            | RequestFailure::Deadline { .. }
            | RequestFailure::RetryTooLate { .. }
            | RequestFailure::Paused { .. }
            | RequestFailure::NotStored { .. }
            | RequestFailure::NotRead { .. }
            | RequestFailure::Panicked { .. }
            | RequestFailure::Stopped => true,
            // A new kind is not retried until it is listed above.
            _ => false,
        }
    }
}

fn variables(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("variable{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}
