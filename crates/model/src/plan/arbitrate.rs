//! The stage that asks a remote service about rows that the scores leave undecided.

use std::path::PathBuf;

use serde::Serialize;

use super::{DecidePlan, OnFailure};

/// An arbiter and its limits.
///
/// The stage follows the last `decide`. It asks about rows that this decision leaves for review; a row without a choice
/// keeps the outcome of the decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArbitratePlan {
    /// The WASM component.
    pub plugin: PathBuf,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// Its parameters: a JSON object, as text.
    pub parameters: String,
    /// The rows to ask about.
    pub when: AskWhen,
    /// The preceding decision, which applies to rows without a request or without a choice.
    pub decide: DecidePlan,
    /// The supplier fields that the arbiter receives.
    pub row_fields: Vec<String>,
    /// The registry fields that the arbiter receives.
    pub entry_fields: Vec<String>,
    /// Maximum number of candidates per row that the arbiter receives, best first.
    pub candidates_max: usize,
    /// Rows per call of the plug-in. With more than 1, a resumed run may group rows differently and ask again.
    pub rows_together: usize,
    /// A choice with a lower confidence goes to review. 0 to 1.
    pub confidence_min: f64,
    /// Once this cost is reached, no further requests are sent; in the currency of the prices, over all runs of the
    /// checkpoint.
    pub cost_max: Option<f64>,
    /// How rows with a failed request are treated; [`OnFailure::SkipPlugin`] keeps the outcome of the decision.
    pub on_failure: OnFailure,
    /// Whether rows without a choice are passed on to another arbiter.
    pub pass_on: bool,
    /// Time limit of a call of the plug-in.
    pub timeout_ms: u64,
    /// Maximum memory of an instance.
    pub memory_bytes_max: usize,
    /// Maximum size of a call's result.
    pub output_bytes_max: usize,
    /// How the requests are sent. Nothing here changes an answer.
    pub remote: RemotePlan,
}

/// The rows to ask about, by the preceding decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskWhen {
    /// All rows left for review.
    Review,
    /// Those whose best score is accepted, but another group is too close.
    Tied,
    /// Those whose best score is below `accept`.
    Band,
}

/// How requests are sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RemotePlan {
    /// The only hosts that may be contacted.
    pub hosts: Vec<HostPlan>,
    /// Time limit of one attempt.
    pub timeout_ms: u64,
    /// Time limit of all attempts of a request, including the pauses between them.
    pub deadline_ms: u64,
    /// Maximum number of attempts of a request, at least 1.
    pub tries_max: u32,
    /// Maximum size of an answer's body.
    pub response_bytes_max: usize,
    /// The prices of answers.
    pub prices: Prices,
    /// Recorded requests and answers for tests: a JSON file.
    pub fixtures: Option<PathBuf>,
}

/// A host that may be contacted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostPlan {
    /// A name in lower case, or an address.
    pub name: String,
    /// The port; `None` for the default of the scheme.
    pub port: Option<u16>,
    /// The allowed HTTP methods, in upper case.
    pub methods: Vec<String>,
    /// Whether it may be a private, loopback or link-local address, and contacted without TLS.
    pub private: bool,
    /// The environment variables whose values may be sent in headers to this host.
    pub secrets: Vec<String>,
    /// Maximum number of requests in flight.
    pub in_flight_max: usize,
    /// Maximum number of requests started in a period.
    pub rate: Option<Rate>,
}

/// A number of requests per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// The number of requests, at least 1.
    pub requests: u32,
    /// The period.
    pub period_ms: u64,
}

/// The prices of answers, in any one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Prices {
    /// Price of a million input tokens.
    pub input: f64,
    /// Price of a million input tokens that the service had cached.
    pub cached_input: Option<f64>,
    /// Price of a million output tokens.
    pub output: f64,
    /// Price of a request, regardless of its tokens.
    pub request: f64,
}
