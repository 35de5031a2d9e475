//! The stage that asks a remote end about rows that the scores leave open.

use std::path::PathBuf;

use serde::Serialize;

use super::{DecidePlan, OnFailure};

/// An arbiter and what it may do.
///
/// The stage follows the last `decide`. It asks about rows that this decision leaves for review; a row that nobody
/// chooses for keeps the outcome of the decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArbitratePlan {
    /// The WASM component.
    pub plugin: PathBuf,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// Its parameters: a JSON object, as text.
    pub parameters: String,
    /// The rows that are asked about.
    pub when: AskWhen,
    /// The preceding decision, which applies to rows without a request or without a choice.
    pub decide: DecidePlan,
    /// The supplier fields that the arbiter sees.
    pub row_fields: Vec<String>,
    /// The registry fields that the arbiter sees.
    pub entry_fields: Vec<String>,
    /// Candidates of a row that the arbiter sees, the best ones.
    pub candidates_max: usize,
    /// Rows that one call of the plug-in sees. With more than 1 a resumed run may group rows otherwise and ask again.
    pub rows_together: usize,
    /// A choice with less confidence goes to review. 0 to 1.
    pub confidence_min: f64,
    /// From this cost on nobody is asked any more, in the currency of the prices, over all runs of the checkpoint.
    pub cost_max: Option<f64>,
    /// How rows with a failed request are treated; [`OnFailure::SkipPlugin`] leaves them the outcome of the decision.
    pub on_failure: OnFailure,
    /// Whether rows that nobody chose for go on to a further arbiter.
    pub pass_on: bool,
    /// A call of the plug-in that takes longer fails.
    pub timeout_ms: u64,
    /// Memory of one instance at most.
    pub memory_bytes_max: usize,
    /// What one call may give back.
    pub output_bytes_max: usize,
    /// How the requests are sent. Nothing here changes an answer.
    pub remote: RemotePlan,
}

/// The rows that an arbiter is asked about, by what the decision before leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskWhen {
    /// All that are left for review.
    Review,
    /// Those whose best score is accepted, and another group is too close.
    Tied,
    /// Those whose best score is below `accept`.
    Band,
}

/// How requests are sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RemotePlan {
    /// The only hosts that are spoken to.
    pub hosts: Vec<HostPlan>,
    /// One try takes at most this long.
    pub timeout_ms: u64,
    /// All tries of a request with the pauses between them take at most this long.
    pub deadline_ms: u64,
    /// Tries of a request at most, at least 1.
    pub tries_max: u32,
    /// An answer's body at most.
    pub response_bytes_max: usize,
    /// What answers cost.
    pub prices: Prices,
    /// Recorded requests and answers for tests: a JSON file.
    pub fixtures: Option<PathBuf>,
}

/// A host that may be spoken to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostPlan {
    /// A name in lower case, or an address.
    pub name: String,
    /// The port; `None`: that of the scheme.
    pub port: Option<u16>,
    /// The HTTP methods allowed, upper case.
    pub methods: Vec<String>,
    /// Whether it may be a private, loopback or link-local address, and spoken to without TLS.
    pub private: bool,
    /// The environment variables whose values may be put into headers of requests to this host.
    pub secrets: Vec<String>,
    /// Requests open at once at most.
    pub in_flight_max: usize,
    /// Requests started in a time at most.
    pub rate: Option<Rate>,
}

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many, at least 1.
    pub requests: u32,
    /// In how long.
    pub period_ms: u64,
}

/// What answers cost, in any one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Prices {
    /// A million tokens of input.
    pub input: f64,
    /// A million tokens of input that the remote end had in its cache.
    pub cached_input: Option<f64>,
    /// A million tokens of output.
    pub output: f64,
    /// A request, regardless of its tokens.
    pub request: f64,
}
