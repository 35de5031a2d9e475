//! The DuckDB checkpoint: stores outcomes durably, and provides those of earlier runs.
//!
//! **Limits.** One process writes a file, in one thread; meanwhile other processes cannot even read it.
//!
//! **Invariants.**
//! - An epoch is there completely or not at all: its results, its rejects and its `epochs` row are one transaction.
//! - An epoch for which [`commit`](matchflow_model::store::EpochStore::commit) returned `Ok` survives a kill.
//! - No error removes or overwrites a file. A file that is not this pipeline's checkpoint stays unchanged; a damaged
//!   one is repaired or replaced only where a fallback is allowed, and stays under another name.
//!
//! **How.** [`Checkpoint::open`] opens the checkpoint or, if it cannot be used, its fallback (`fallback` decides), and
//! imports the runs of the other one, so that resume, exports and counts read one file. Epochs are appended through
//! Arrow; `latest` selects the newest result of each key, and `latest_results` reads them in order. [`read_results`]
//! and [`preview`] only read.
//!
//! DuckDB's automatic checkpoint is postponed (`open::CHECKPOINT_THRESHOLD`): it dominates the tail latency of commits
//! and, on a full disk, turns a failed commit into an unusable database. [`Checkpoint::finish`] checkpoints instead.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod assignment;
mod checkpoint;
mod clock;
mod clusters;
mod copy_tables;
mod duckdb_version;
mod error;
mod fallback;
mod import_runs;
mod latest_results;
mod layout;
mod open;
mod output_files;
mod output_layout;
mod own_file;
mod prepare;
mod preview;
mod quarantine;
mod reference_page;
mod repair;
mod review_rows;
mod review_worth;
mod reviewable_results;
mod run;
mod run_scope;
mod tables;
mod typed_rows;
mod upgrade;
mod views;
mod write_epoch;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod message_tests;

pub use checkpoint::{Checkpoint, OpenedCheckpoint};
pub use clusters::{ClusterRow, Clustering, EdgeRow, EventRow, MemberRow, PairsRow};
pub use duckdb_version::duckdb_version;
pub use error::CheckpointError;
pub use latest_results::LatestResults;
pub use layout::{ColumnLayout, LAYOUT_VERSION, TableLayout, tables};
pub use matchflow_database::duckdb_message::is_out_of_memory;
pub use preview::{ResumePreview, preview};
pub use reference_page::reference_page;
pub use review_rows::ReviewRow;
pub use review_worth::ReviewBand;
pub use reviewable_results::ReviewableResult;
pub use run::{RunInfo, RunStatus, RunSummary};
pub use tables::{CheckpointReader, CheckpointTables, ResultBatches, ResumeState, StageCount, StaleRows, read_results};
pub use write_epoch::CommitCost;
