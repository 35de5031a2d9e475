//! Errors: of the client, and of one request.

use std::path::PathBuf;

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
        /// What is wrong.
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
#[error("{}{cause}{}", prefix(host), after(*tries))]
pub struct AskError {
    /// The host of the request, if it has one.
    pub host: String,
    /// Why there is no answer.
    pub cause: Cause,
    /// Attempts to send the request.
    pub tries: u32,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The request may not be sent.
    #[error("the request is not allowed: {reason}")]
    Refused {
        /// What is not allowed, and the allowed values.
        reason: String,
    },
    /// The service answered with a status other than 2xx.
    #[error("answered {status}{}", after_colon(text))]
    Status {
        /// The status.
        status: u16,
        /// The beginning of its answer.
        text: String,
    },
    /// No complete answer arrived.
    #[error("no answer: {reason}")]
    Connection {
        /// What happened.
        reason: String,
    },
    /// The deadline passed.
    #[error("no answer within {deadline_ms} ms{}", after_colon(last))]
    Deadline {
        /// The limit.
        deadline_ms: u64,
        /// Result of the last attempt, if there was one.
        last: String,
    },
    /// The answer is larger than allowed.
    #[error("the answer exceeds the limit of {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The cost limit was reached before the request was sent. Not a failure of the row.
    #[error("not asked: the answers so far cost {spent}, and `max_cost` is {limit}")]
    CostLimit {
        /// What was spent.
        spent: String,
        /// The limit.
        limit: String,
    },
    /// In replay, the request is not among the fixtures.
    #[error(
        "no recorded answer: {request} is not in {fixtures}; `matchflow test --record` sends the request and records the answer"
    )]
    NotRecorded {
        /// The request's beginning.
        request: String,
        /// The file of fixtures.
        fixtures: String,
    },
    /// The answer arrived and cannot be recorded. The run must end: the answer would be paid for twice.
    #[error("the answer cannot be recorded: {reason}")]
    NotStored {
        /// The system's error.
        reason: String,
    },
    /// The answer is recorded and cannot be read. The run must end: the answer would be paid for twice.
    #[error("the recorded answer cannot be read: {reason}")]
    NotRead {
        /// What is wrong.
        reason: String,
    },
    /// A defect of the client. The run must end.
    #[error("the HTTP task panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The client is shutting down.
    #[error("the run ended before the request was sent")]
    Stopped,
}

impl AskError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match &self.cause {
            Cause::Status { status, .. } => crate::retry::is_retryable(*status),
            Cause::Connection { .. } | Cause::Deadline { .. } | Cause::NotStored { .. } | Cause::NotRead { .. } => true,
            Cause::Panicked { .. } | Cause::Stopped => true,
            Cause::Refused { .. } | Cause::TooLarge { .. } | Cause::CostLimit { .. } | Cause::NotRecorded { .. } => {
                false
            }
        }
    }
}

fn variables(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("variable{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

fn prefix(host: &str) -> String {
    if host.is_empty() { String::new() } else { format!("{host}: ") }
}

fn after(tries: u32) -> String {
    match tries {
        0 => String::new(),
        1 => " (1 try)".to_owned(),
        tries => format!(" ({tries} tries)"),
    }
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
