//! The server over real sockets on loopback: limits, attacks, tokens, TLS, its OpenAPI document, the reconciliation API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;
mod companies;
mod interface;
mod limits;
mod reconcile;
mod security;
