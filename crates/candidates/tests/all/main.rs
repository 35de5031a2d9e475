//! The index as `flow` uses it: built in shards, searched, merged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blocked;
mod common;
mod exact;
mod golden;
mod index_file;
mod phonetic;
mod shards;
mod token;
