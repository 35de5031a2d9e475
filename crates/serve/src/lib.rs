//! A server that matches rows on request: `matchflow serve`.
//!
//! - [`Server`]: listens, answers, stops; [`ServerHandle`] loads its pipelines and stops it from other threads.
//! - [`ServedPipeline`]: a plan with its matcher.
//! - [`PageServer`]: the same connections, limits and problems for the pages of `matchflow review`.
//!
//! # Limits
//!
//! HTTP/1.1. Everything that a client can make grow is bounded ([`ServeLimits`]). Arbiters are not asked, and
//! `one_to_one`, which depends on all rows of a run, does not apply.
//!
//! # Invariants
//!
//! - A row gets exactly the decision that a run gives it, to the bit, whatever other rows are matched with it.
//! - A request is answered from one state of the pipelines; once accepted, it is answered even while the server stops
//!   or reloads its pipelines.
//! - Problems of a request are reported with their place and what is allowed ([RFC 9457]); no part of a request is
//!   silently dropped.
//! - No value of a row, no path and no header gets into a log or a counter.
//!
//! # How
//!
//! ```text
//! listener ──> handlers ──> row_formats, row_table ──> match_queue ──> scoring_threads
//! (tokio)      (routes)     (rows, by ingest)          (fair, bounded)  (matcher)
//!    └── connections            answer <───────────────── decisions ───────┘
//! ```
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod access_log;
mod answer;
mod api_service;
#[cfg(test)]
#[path = "../tests/service/companies.rs"]
mod companies;
mod connections;
mod exchange;
mod handlers;
mod limits;
mod listener;
mod listening_server;
mod match_queue;
mod media;
mod metrics;
mod openapi;
mod options;
mod page_server;
mod problem;
mod reconcile;
mod reconcile_handlers;
mod registry_entry;
mod route_table;
mod routes;
mod row_formats;
mod row_table;
mod scoring_threads;
mod served_pipeline;
mod server;
mod shared_state;
mod suggest;
mod tls;
mod tokens;
mod transport;
mod unique_json;

pub use access_log::AccessLog;
pub use limits::ServeLimits;
pub use listening_server::ServeError;
pub use options::ServeOptions;
pub use page_server::{AnswerPage, PageAnswer, PageRequest, PageServer, PageServerHandle};
pub use problem::{FieldError, Problem, ProblemKind};
pub use registry_entry::RegistryEntry;
pub use route_table::{ParameterForm, QueryParameter, Route};
pub use routes::{FoundRoute, find_route, query_values};
pub use served_pipeline::ServedPipeline;
pub use server::{Server, ServerHandle};
pub use shared_state::LoadPipelines;
pub use suggest::suggest;
pub use tls::{TlsError, TlsIdentity};
pub use tokens::{TokenFileError, TokenList};
