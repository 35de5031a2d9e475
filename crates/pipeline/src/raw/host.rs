//! A host of an `arbitrate` stage.

use crate::decode::{BoundedInteger, OneOrMany, RequestRate, keywords, record};

record! {
    /// What a host may be used for.
    Host {
        /// The HTTP methods that may be used. Default: `POST`.
        Optional methods: OneOrMany<HttpMethod>,
        /// Whether the name may resolve to a private, loopback or link-local address, and may be contacted without TLS.
        /// Default: `true` for `localhost` and for addresses, otherwise `false`.
        Optional private: bool,
        /// The environment variables whose values may be sent in headers to this host. Default: the `secrets` of the stage.
        Optional secrets: OneOrMany<String>,
        /// Maximum number of requests in flight. Default: the `concurrency` of the stage.
        Optional concurrency: BoundedInteger<1, 10_000>,
        /// Maximum number of requests started in a period. Default: the `rate` of the stage. Example: `500/m`.
        Optional rate: RequestRate,
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HttpMethod(pub(crate) &'static str);

keywords!(HttpMethod, "a method" {
    "GET" => HttpMethod("GET"), "Read.",
    "HEAD" => HttpMethod("HEAD"), "Read the headers only.",
    "POST" => HttpMethod("POST"), "Send a request with a body.",
    "PUT" => HttpMethod("PUT"), "Replace.",
    "PATCH" => HttpMethod("PATCH"), "Change.",
    "DELETE" => HttpMethod("DELETE"), "Delete.",
});
