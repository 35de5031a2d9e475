//! Limits on the size and duration of requests.

use std::time::Duration;

/// Limits on requests and connections: nothing that a client sends can grow without bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeLimits {
    /// Maximum size of a request's body in bytes.
    pub body_bytes_max: usize,
    /// Maximum number of rows per request.
    pub rows_max: usize,
    /// Maximum number of rows waiting for a scoring thread, over all requests. A request that would exceed it is
    /// refused (429).
    pub queued_rows_max: usize,
    /// Time from the first byte of a request to its answer.
    pub deadline: Duration,
    /// Time until a request's headers are complete, and for which an idle connection stays open.
    pub header_timeout: Duration,
    /// Maximum number of concurrent connections. If it is exceeded, the one that has been idle longest is closed.
    pub connections_max: usize,
    /// How long requests in progress may take after the server is stopped.
    pub stop_timeout: Duration,
}

impl Default for ServeLimits {
    fn default() -> ServeLimits {
        ServeLimits {
            body_bytes_max: 8 << 20,
            rows_max: 1_000,
            queued_rows_max: 8_192,
            deadline: Duration::from_secs(30),
            header_timeout: Duration::from_secs(15),
            connections_max: 1_000,
            stop_timeout: Duration::from_secs(30),
        }
    }
}
