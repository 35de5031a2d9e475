//! How a server listens, and who may send what.

use std::net::SocketAddr;

use crate::access_log::AccessLog;
use crate::limits::ServeLimits;
use crate::tls::TlsIdentity;
use crate::tokens::TokenList;

/// How a server listens, and what it takes.
pub struct ServeOptions {
    /// The address; port 0 is any that is free.
    pub listen: SocketAddr,
    /// Limits on requests and connections.
    pub limits: ServeLimits,
    /// Threads that match rows.
    pub scoring_threads: usize,
    /// Takes a record of each request.
    pub log: Option<AccessLog>,
    /// Those who may send requests; without, everybody who can connect.
    pub tokens: Option<TokenList>,
    /// The certificate of the server; without, it speaks plain HTTP.
    pub tls: Option<TlsIdentity>,
}
