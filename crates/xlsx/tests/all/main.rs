//! Real and hostile files, through the public functions alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archive;
mod corpus;
mod hostile;
mod split;
