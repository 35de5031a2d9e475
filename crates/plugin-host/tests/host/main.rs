//! The host with real components: those of `plugins/dist`, and hostile ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arbiters;
mod cache;
mod common;
mod dist;
mod hostile;
mod hostile_arbiters;
mod versions;
