//! What is recorded about each request.
//!
//! **Invariant:** a record has the route, but not the requested path or query, and no headers: those may contain values
//! of suppliers or secrets.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// Receives a record of each request.
pub type AccessLog = Box<dyn Fn(Map<String, Value>) + Send + Sync>;

/// A request that was answered.
#[derive(Debug, Clone)]
pub(crate) struct AccessRecord<'a> {
    pub(crate) peer: SocketAddr,
    pub(crate) method: &'a str,
    /// The route template; empty for an unknown path.
    pub(crate) route: &'static str,
    /// The pipeline, if one with this name exists.
    pub(crate) pipeline: Option<String>,
    /// The name of the token.
    pub(crate) token: Option<String>,
    pub(crate) status: u16,
    pub(crate) rows: usize,
    pub(crate) bytes_in: usize,
    pub(crate) bytes_out: usize,
    pub(crate) time: Duration,
}

impl AccessRecord<'_> {
    /// The record as an object, without the time of day.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let record = json!({
            "event": "request",
            "peer": self.peer.to_string(),
            "token": self.token,
            "method": self.method,
            "route": self.route,
            "pipeline": self.pipeline,
            "status": self.status,
            "rows": self.rows,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ms": (self.time.as_secs_f64() * 1e6).round() / 1e3,
        });
        match record {
            Value::Object(record) => record,
            _ => Map::new(),
        }
    }
}
