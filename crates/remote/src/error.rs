//! What can go wrong: with the remote side as a whole, and with one request.

use std::path::PathBuf;

/// The remote side cannot be set up, or cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// Secrets that the plan names are not in the environment.
    #[error("the environment has no {}, which `secrets` names; set it, or take it out of the pipeline", listed(names))]
    SecretMissing {
        /// The variables.
        names: Vec<String>,
    },
    /// A secret cannot be sent in a header.
    #[error(
        "the variable `{name}` holds what no HTTP header can: letters, digits and punctuation of ASCII are allowed"
    )]
    SecretUnfit {
        /// The variable.
        name: String,
    },
    /// The file of recorded answers cannot be used.
    #[error("the recorded answers {path} cannot be {action}: {reason}")]
    Answers {
        /// The file.
        path: PathBuf,
        /// What was tried: `opened`, `read`, `written`.
        action: &'static str,
        /// What the system said.
        reason: String,
    },
    /// The fixtures cannot be used.
    #[error("the fixtures {path} cannot be {action}: {reason}")]
    Fixtures {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `written`.
        action: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The HTTP client does not start.
    #[error("the HTTP client does not start: {reason}")]
    Client {
        /// What it said.
        reason: String,
    },
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{cause}{}", prefix(host), after(*tries))]
pub struct AskError {
    /// The host that was meant, where the request names one.
    pub host: String,
    /// Why there is no answer.
    pub cause: Cause,
    /// How often the request was sent.
    pub tries: u32,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The request may not be sent.
    #[error("the request is not allowed: {reason}")]
    Refused {
        /// What is not allowed, and what is.
        reason: String,
    },
    /// The remote end answered something else than 2xx.
    #[error("answered {status}{}", said(text))]
    Status {
        /// The status.
        status: u16,
        /// The beginning of what it said.
        text: String,
    },
    /// There was no whole answer.
    #[error("no answer: {reason}")]
    Connection {
        /// What happened.
        reason: String,
    },
    /// The time was up.
    #[error("no answer within {deadline_ms} ms{}", said(last))]
    Deadline {
        /// The limit.
        deadline_ms: u64,
        /// What the last try came to, if anything.
        last: String,
    },
    /// The answer is larger than allowed.
    #[error("the answer has more than the {bytes_max} bytes that are allowed")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The cost limit was reached before the request was sent. No failure: nobody was asked.
    #[error("not asked: the answers so far cost {spent}, and `max_cost` is {limit}")]
    CostLimit {
        /// What was spent.
        spent: String,
        /// The limit.
        limit: String,
    },
    /// Replaying, and this request is not among the fixtures.
    #[error("no recorded answer: {request} is not in {fixtures}; `matchflow test --record` asks and records it")]
    NotRecorded {
        /// The request's beginning.
        request: String,
        /// Where it was looked for.
        fixtures: String,
    },
    /// The answer came and could not be recorded. The run must end: it would be paid for again.
    #[error("the answer could not be recorded: {reason}")]
    NotKept {
        /// What the system said.
        reason: String,
    },
    /// The answer is recorded and cannot be read. The run must end: it would be paid for again.
    #[error("the recorded answer could not be used: {reason}")]
    NotRead {
        /// What is wrong.
        reason: String,
    },
    /// A fault of the remote side itself. The run must end.
    #[error("the HTTP task panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The remote side is being shut down.
    #[error("the run ended before it was asked")]
    Stopped,
}

impl AskError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match &self.cause {
            Cause::Status { status, .. } => crate::retry::is_retryable(*status),
            Cause::Connection { .. } | Cause::Deadline { .. } | Cause::NotKept { .. } | Cause::NotRead { .. } => true,
            Cause::Panicked { .. } | Cause::Stopped => true,
            Cause::Refused { .. } | Cause::TooLarge { .. } | Cause::CostLimit { .. } | Cause::NotRecorded { .. } => {
                false
            }
        }
    }
}

fn listed(names: &[String]) -> String {
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

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
