//! Real files in temporary folders, through the public API only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod compressed;
mod contents;
mod corpus;
mod counts;
mod csv;
mod errors;
mod jsonl;
mod legacy;
mod made;
mod options;
mod parquet_types;
mod parts;
mod registry;
mod same;
mod support;
mod xlsx;
