//! Flags of `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::whole_number;

/// The pipelines to serve, and where.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// The pipeline files (YAML); each is served under its name
    #[arg(required = true, value_name = "PIPELINE")]
    pub(crate) pipelines: Vec<PathBuf>,
    /// Sets a value of all files, such as `reference.parquet.path=registry.parquet`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// The address and port to listen on; port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// A file with a name and the SHA-256 of a token per line: requests need one of these tokens
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The server's certificates (PEM, its own first), for HTTPS
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Listens on an address that others can reach without TLS, as behind a proxy
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) insecure_no_tls: bool,
    /// Threads that match rows [default: one for each core]
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(crate) threads: Option<u64>,
    /// Maximum number of rows in a request
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = whole_number)]
    pub(crate) max_rows: u64,
    /// Maximum size of a request in bytes
    #[arg(long, value_name = "N", default_value_t = 8 << 20, value_parser = whole_number)]
    pub(crate) max_body: u64,
    /// Maximum number of rows waiting, over all requests; more are refused (429)
    #[arg(long, value_name = "N", default_value_t = 8_192, value_parser = whole_number)]
    pub(crate) max_queue: u64,
    /// Maximum number of connections; a new one replaces the one that has been idle longest
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = whole_number)]
    pub(crate) max_connections: u64,
    /// Seconds until an answer must be ready
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = whole_number)]
    pub(crate) deadline: u64,
    /// Appends a JSON line for each request to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) access_log: Option<PathBuf>,
}
