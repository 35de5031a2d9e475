//! `arbitrate`.

use matchflow_model::plan::{AskWhen, OnFailure};

use crate::decode::{Hosts, Json, Millis, Money, OneOrMany, Path, Rate, Share, Size, Whole, record, words};

record! {
    /// Asks a remote end about the rows that the last `decide` leaves for review. A row that nobody chooses for stays in
    /// review with its best candidate.
    Arbitrate {
        /// The stage's name. Default: ARBITRATE.
        Optional label: String,
        /// The WASM component, relative to the pipeline file.
        Required plugin: Path,
        /// Its parameters.
        Optional parameters: Json,
        /// The rows that are asked about: `review` (all that are left for review), `tied` (the best score is accepted, but
        /// another company is too close), `band` (the best score is below `accept`). Default: review.
        Optional when: AskWhen,
        /// The supplier fields that the plug-in sees, and may send. Default: all.
        Optional row: OneOrMany<String>,
        /// The registry fields that the plug-in sees, and may send. Default: all.
        Optional entry: OneOrMany<String>,
        /// Candidates of a row that the plug-in sees, the best ones. Default: 10.
        Optional candidates: Whole<1, 100>,
        /// Rows asked about together, where the plug-in does that; a resumed run may group them otherwise and ask again.
        /// Default: 1.
        Optional rows: Whole<1, 100>,
        /// A choice with less confidence goes to review. Default: 0.
        Optional confidence: Share,
        /// The only hosts that are spoken to: a list of `name` or `name:port`, or a map from those to their settings.
        Required hosts: Hosts,
        /// The environment variables whose values may be put into headers, where a host does not say otherwise.
        Optional secrets: OneOrMany<String>,
        /// Requests open at once at a host, where it does not say otherwise. Default: 64.
        Optional concurrency: Whole<1, 10_000>,
        /// Requests started at a host in a time, where it does not say otherwise, like `500/m`. Default: no limit.
        Optional rate: Rate,
        /// One try takes at most this long. Default: 60s.
        Optional timeout: Millis,
        /// All tries of a request, with the pauses between them, take at most this long. Default: 3m.
        Optional deadline: Millis,
        /// Tries of a request at most. Default: 5.
        Optional tries: Whole<1, 100>,
        /// What answers cost, in any one currency. Default: nothing.
        Optional prices: Prices,
        /// From this cost on nobody is asked any more; the rows stay in review. Answers of earlier runs count.
        Optional max_cost: Money,
        /// What becomes of rows whose request failed: `fail-rows` (they are failed, and can be tried again), `skip-plugin`
        /// (they stay in review), `stop` (the run ends). Default: fail-rows.
        Optional on_failure: OnFailure,
        /// Recorded requests and answers for `matchflow test`: a JSON file, relative to the pipeline file.
        Optional fixtures: Path,
        /// An answer's body at most. Default: 4MiB.
        Optional response: Size,
        /// A call of the plug-in that takes longer fails. Default: 5s.
        Optional call_timeout: Millis,
        /// Memory of one instance, at most. Default: 64MiB.
        Optional memory: Size,
    }
}

words!(AskWhen, "a condition" {
    "review" => AskWhen::Review,
    "tied" => AskWhen::Tied,
    "band" => AskWhen::Band,
});

record! {
    /// What a host may be used for.
    Host {
        /// The HTTP methods. Default: POST.
        Optional methods: OneOrMany<Method>,
        /// Whether the name may lead to a private, loopback or link-local address, and be spoken to without TLS. `localhost`
        /// and addresses may, because they are named. Default: false.
        Optional private: bool,
        /// The environment variables whose values may be put into headers of requests to this host.
        Optional secrets: OneOrMany<String>,
        /// Requests open at once.
        Optional concurrency: Whole<1, 10_000>,
        /// Requests started in a time, like `500/m`.
        Optional rate: Rate,
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method(pub(crate) &'static str);

words!(Method, "a method" {
    "GET" => Method("GET"),
    "HEAD" => Method("HEAD"),
    "POST" => Method("POST"),
    "PUT" => Method("PUT"),
    "PATCH" => Method("PATCH"),
    "DELETE" => Method("DELETE"),
});

record! {
    /// What answers cost.
    Prices {
        /// A million tokens read.
        Optional input: Money,
        /// A million tokens read that the service had in its cache. Default: as `input`.
        Optional cached_input: Money,
        /// A million tokens written.
        Optional output: Money,
        /// A request, whatever its tokens.
        Optional request: Money,
    }
}
