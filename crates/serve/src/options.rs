//! How a server listens, and who may send requests.

use std::net::SocketAddr;

use crate::access_log::AccessLog;
use crate::limits::ServeLimits;
use crate::tls::TlsIdentity;
use crate::tokens::TokenList;

/// How a server listens, and its limits.
pub struct ServeOptions {
    /// The address; port 0 picks any free port.
    pub listen: SocketAddr,
    /// Limits on requests and connections.
    pub limits: ServeLimits,
    /// Threads that match rows.
    pub scoring_threads: usize,
    /// Receives a record of each request.
    pub log: Option<AccessLog>,
    /// Tokens of the clients that may send requests; without them, anyone who can connect may.
    pub tokens: Option<TokenList>,
    /// The certificate of the server; without one, it speaks plain HTTP.
    pub tls: Option<TlsIdentity>,
}
