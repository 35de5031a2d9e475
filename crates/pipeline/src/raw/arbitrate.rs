//! `arbitrate`.

use matchflow_model::plan::{AskWhen, OnFailure};

use super::Host;
use crate::decode::{
    BoundedInteger, ByteSize, FilePath, Fraction, HostMap, JsonObject, Milliseconds, MoneyAmount, OneOrMany,
    RequestRate, keywords, record,
};

record! {
    /// Asks a remote service about the rows that the last `decide` leaves for review. A row for which the service chooses
    /// no candidate stays in review with its best candidate.
    Arbitrate {
        /// The stage's label in results.
        Optional label: String = "ARBITRATE",
        /// The arbiter: a WASM component, relative to the pipeline file.
        Required plugin: FilePath,
        /// The arbiter's parameters, as its own schema defines them. Example: `{model: my-model}`.
        Optional parameters: JsonObject,
        /// The rows to ask about.
        Optional when: AskWhen = "review",
        /// The supplier fields that the arbiter receives, and may send. Default: all.
        Optional row: OneOrMany<String>,
        /// The registry fields that the arbiter receives, and may send. Default: all.
        Optional entry: OneOrMany<String>,
        /// Maximum number of candidates of a row that the arbiter receives, best first.
        Optional candidates: BoundedInteger<1, 100> = 10,
        /// Number of rows in one request, if the arbiter supports it. With more than 1, a resumed run may group rows
        /// differently and ask again.
        Optional rows: BoundedInteger<1, 100> = 1,
        /// Minimum confidence of a choice; a choice below it goes to review.
        Optional confidence: Fraction = 0,
        /// The only hosts that may be contacted: a list of `name` or `name:port`, or a map from those to their settings.
        /// Example: `[api.example.com]`.
        Required hosts: HostMap<Host>,
        /// The environment variables whose values may be sent in headers, for hosts without `secrets` of their own.
        /// Default: none.
        Optional secrets: OneOrMany<String>,
        /// Maximum number of requests in flight to a host, for hosts without `concurrency` of their own.
        Optional concurrency: BoundedInteger<1, 10_000> = 64,
        /// Maximum number of requests started in a period, for hosts without `rate` of their own. Default: no limit.
        /// Example: `500/m`.
        Optional rate: RequestRate,
        /// Time limit of one attempt.
        Optional timeout: Milliseconds = "60s",
        /// Time limit of all attempts of a request, including the pauses between them. At least `timeout`.
        Optional deadline: Milliseconds = "3m",
        /// Maximum number of attempts of a request.
        Optional tries: BoundedInteger<1, 100> = 5,
        /// What the service costs, in any one currency. Default: nothing.
        Optional prices: Prices,
        /// Maximum total cost, in the currency of `prices`; once it is reached, no further row is asked about and such
        /// rows stay in review. Answers of earlier runs count. Default: no limit. Example: `2.50`.
        Optional max_cost: MoneyAmount,
        /// What to do with rows whose request failed.
        Optional on_failure: OnFailure = "fail-rows",
        /// Recorded requests and answers for `matchflow test`: a JSON file, relative to the pipeline file. Default: none.
        Optional fixtures: FilePath,
        /// Maximum size of an answer's body.
        Optional response: ByteSize = "4MiB",
        /// Time limit of one call of the arbiter.
        Optional call_timeout: Milliseconds = "5s",
        /// Maximum memory of one instance of the arbiter.
        Optional memory: ByteSize = "64MiB",
    }
}

keywords!(AskWhen, "a condition" {
    "review" => AskWhen::Review, "All rows that are left for review.",
    "tied" => AskWhen::Tied, "Rows whose best score is at least `accept`, but with another group too close (see `margin`).",
    "band" => AskWhen::Band, "Rows whose best score is below `accept`.",
});

record! {
    /// What a service costs.
    Prices {
        /// Price of a million input tokens.
        Optional input: MoneyAmount = 0,
        /// Price of a million input tokens that the service had cached. Default: as `input`.
        Optional cached_input: MoneyAmount,
        /// Price of a million output tokens.
        Optional output: MoneyAmount = 0,
        /// Price of a request, regardless of its tokens.
        Optional request: MoneyAmount = 0,
    }
}
