//! A local web application in which people decide about rows: `matchflow review`.
//!
//! - [`ReviewServer`]: listens on loopback, answers the page and its requests.
//! - [`StoredCandidate`]: the candidates of a result with their evidence, for `explain` too.
//! - [`row_decision`], [`entry_fields`]: what is recorded of a verdict, for `decisions import` too.
//!
//! # Limits
//!
//! Pipelines with a registry. All rows are in memory in short, some 300 bytes each; results are read from the checkpoint one
//! row at a time, and the file is open no longer than that. What a run changes meanwhile is reported, not followed.
//!
//! # Invariants
//!
//! - A verdict that was acknowledged is on the disk ([`matchflow_decisions`]).
//! - Nothing is decided by a request without the token, from a page of another origin, or under another host's name.
//! - The page loads nothing from elsewhere: its files are in the binary, and its policy allows no other.
//!
//! # How
//!
//! ```text
//! page (web/src) ──> session_guard ──> handlers ──> queue, facet, row_order ──> row_list   (read once)
//!                                         ├──────> row_view, word_marks        ──> checkpoint (one row)
//!                                         └──────> verdict_requests, bulk_requests            ──> decision_board ──> file of decisions
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod assets;
mod bulk_requests;
mod candidate_evidence;
mod decision_board;
mod error;
mod facet;
mod handlers;
mod queue;
mod result_cache;
mod review_server;
mod review_state;
mod routes;
mod row_decision;
mod row_list;
mod row_order;
mod row_status;
mod row_view;
mod session_guard;
mod verdict_requests;
mod word_marks;

pub use candidate_evidence::{ComparisonWeight, Deficit, StoredCandidate};
pub use error::ReviewError;
pub use review_server::ReviewServer;
pub use review_state::{Clock, ReviewOptions};
pub use row_decision::{entry_fields, row_decision};
