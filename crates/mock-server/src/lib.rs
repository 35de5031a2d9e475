//! A small HTTP server on loopback that mocks a remote service, in tests and in benchmarks: that of an arbiter, or a
//! publisher's server of large files ([`FileServer`]).
//!
//! Real sockets, HTTP/1.1 with keep-alive, one thread per connection: hundreds of concurrent connections are fine.
//! Requests need a `Content-Length`; bodies have at most 16 MiB. No TLS.
//!
//! **Invariants.** What happens to a request is determined by the seed, its body and how often that body has been
//! received, never by the order of arrival: the same row has the same latency and faults in every run. Every request is
//! logged with the times at which it was received and answered, so a test can count requests that were sent twice. When
//! the server is dropped, its port is closed and its threads have ended.
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
mod file_server;
mod http;
mod log;
mod replies;
mod server;

pub use agreement::{agreement_chat, agreement_webhook};
pub use behaviour::{Behaviour, Faults, Latency};
pub use file_server::{FileFault, FileRequest, FileServer, ServedFile};
pub use log::{Exchange, Log};
pub use replies::{ReceivedRequest, Reply, Responder, chat, json};
pub use server::MockServer;
