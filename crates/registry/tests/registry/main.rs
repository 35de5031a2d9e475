//! Registries fetched from a server on loopback that behaves as the publishers' do, and from files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod differences;
mod fetch;
mod publisher;
mod refusals;
