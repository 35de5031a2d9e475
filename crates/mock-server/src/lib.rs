//! A small HTTP server on loopback that stands in for the remote end of an arbiter, in tests and in benchmarks.
//!
//! Real sockets, HTTP/1.1 with keep-alive, a thread a connection: some hundreds at once are fine. Requests need a
//! `Content-Length`; bodies of 16 MiB at most. No TLS.
//!
//! **Invariants.** What happens to a request follows from the seed, its body and how often that body came before, never
//! from the order of arrival: the same row is as slow and as unlucky in every run. Every request is written down with
//! the moments at which it came and was answered, so a test can count what was sent twice. When the server is dropped,
//! its port is closed and its threads have ended.
//!
//! ```
//! use std::time::Duration;
//! use matchflow_mock_server::{Behaviour, Latency, MockServer, chat};
//!
//! let latency = Latency::LogNormal { median: Duration::from_millis(50), sigma: 1.5 };
//! let behaviour = Behaviour { seed: 1, latency, ..Behaviour::default() };
//! let server = MockServer::start(behaviour, chat(|_| r#"{"choice": 1}"#.to_owned())).unwrap();
//! println!("{} {}", server.url("/v1"), server.log().requests());
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod agreement;
mod behaviour;
mod http;
mod log;
mod replies;
mod server;

pub use agreement::{agreement_chat, agreement_webhook};
pub use behaviour::{Behaviour, Faults, Latency};
pub use log::{Exchange, Log};
pub use replies::{ReceivedRequest, Reply, Responder, chat, json};
pub use server::MockServer;
