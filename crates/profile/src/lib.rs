//! Profiles a table that nobody has described: the sheet that has it, its header row, and the kind of each column. Used
//! by `matchflow match`, `init`, `dedupe` and `inspect`.
//!
//! **Limits.** The kind of cells is detected from the first [`SAMPLE_ROWS`] rows of a sheet. Whether a column is a key
//! and fits a type is checked on all rows of a supplier file, and on the sample of a registry.
//!
//! **Invariants.** A kind is a guess with a confidence from 0 to 1, never a fact: callers show both. The same file gives
//! the same guesses.
//!
//! **How.** A column's header is compared with words of several languages (`header_words.txt`), its cells with the
//! pattern of each kind (`column_kind.rs`). Both are evidence; for kinds with check digits, a header that contradicts
//! the cells counts less. For kinds that a table has once, the column with the most evidence is taken.
//!
//! To add a kind: add its line in `COLUMN_KINDS` and its words in `header_words.txt`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod cell_pattern;
mod classify;
mod column_kind;
mod column_sample;
mod header_words;
mod registry;
mod table_choice;

pub use classify::{ColumnGuess, classify};
pub use column_kind::{COLUMN_KINDS, ColumnKind, KindInfo};
pub use column_sample::{ColumnSample, SAMPLE_ROWS, sample};
pub use registry::{RegistryKind, registry_kind};
pub use table_choice::{TableChoice, TableProfile, choose_table, profile, sheet_choices};
