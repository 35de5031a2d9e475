//! Real and hostile files, through the public functions alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archive;
mod corpus;
mod fuzz;
mod hostile;
mod split;
#[path = "../../fuzz/src/lib.rs"]
mod targets;
