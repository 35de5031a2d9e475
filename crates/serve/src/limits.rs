//! What a request may take, and how long.

use std::time::Duration;

/// Limits on requests and connections. Each has a bound: nothing that a client sends grows without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeLimits {
    /// Bytes of a request's body.
    pub body_bytes_max: usize,
    /// Rows of a request.
    pub rows_max: usize,
    /// Rows that wait for a scoring thread, over all requests. A request that would exceed it is refused (429).
    pub queued_rows_max: usize,
    /// From the first byte of a request to its answer.
    pub deadline: Duration,
    /// Until a request's headers are complete, and how long an idle connection stays open.
    pub header_timeout: Duration,
    /// Connections at once. Where there are more, the one that has been idle longest is closed.
    pub connections_max: usize,
    /// How long requests in progress may take once the server is stopped.
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
