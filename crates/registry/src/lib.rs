//! Registries as their publishers have them, on this machine: fetched, checked, joined into one sorted table, kept as
//! editions, and compared.
//!
//! **Limits.** Memory does not grow with a registry, apart from the links of successions (24 bytes each) and, where a file
//! is not in the order of its ids, a bounded number of rows at a time. The addresses, columns and smallest row counts of
//! each registry are data: `descriptors/*.json`.
//!
//! **Invariants.**
//! - An edition is a folder with a table and its manifest, which appears by one rename when both are complete. Whatever
//!   ends a command, the editions that were there still are, and `latest` leads to one of them.
//! - A table is sorted by the registry's id, without duplicates, so two editions are compared in one pass.
//! - Nothing is taken over in part: a file that is cut, has another digest, lacks a column or has too few rows is named,
//!   and no edition is made of it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod build;
mod change;
mod change_file;
mod columns;
mod descriptor;
mod diff;
mod edition;
mod edition_rows;
mod error;
mod fetch;
mod folder;
mod join;
mod manifest;
mod obtain;
mod sort;
mod source_table;
mod stream;
mod successions;
mod table_writer;

pub use change::{ChangeCounts, ChangeKind, EntryChange};
pub use change_file::ChangeFile;
pub use columns::ColumnProblem;
pub use descriptor::{Descriptor, descriptor, descriptors};
pub use diff::{EditionPair, diff, names_of};
pub use edition::Edition;
pub use error::RegistryError;
pub use fetch::{FetchNote, FetchOptions, FetchOutcome, FetchProgress, fetch};
pub use folder::{LATEST, RegistryFolder, StoredEdition};
pub use manifest::{EntryCounts, Manifest, SourceFacts, TableFile, manifest_beside};
