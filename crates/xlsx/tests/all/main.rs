//! Real and hostile files, through the public functions alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archive;
mod corpus;
mod fuzz;
mod hostile;
mod split;
#[allow(unreachable_pub, reason = "a crate of its own, but for these tests")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;
