//! The DuckDB checkpoint: where outcomes become durable, and where a run finds what earlier ones did.
//!
//! **Limits.** One process writes a file; while it does, no other can even read it. One thread writes.
//!
//! **Invariants.**
//! - An epoch is there whole or not at all: its results, its rejects and its `epochs` row are one transaction.
//! - What [`commit`](matchflow_model::store::EpochStore::commit) answered `Ok` to survives a kill.
//! - No fault removes or overwrites a file. A file that is not this pipeline's checkpoint is left as it is; a damaged one
//!   is mended or replaced only where a fallback is allowed, and kept under another name.
//!
//! **How.** [`Checkpoint::open`] takes the checkpoint or, where that place is at fault, its fallback, and takes over the
//! runs that it finds in the other of the two, so that resume, exports and counts look at one file. Epochs are appended
//! through Arrow; `latest` picks the newest result of each key. [`read_results`] and [`peek`] only read.
//!
//! DuckDB's automatic checkpoint is put off ([`open::CHECKPOINT_THRESHOLD`]): it is the slow tail of commits and, on a
//! full disk, turns a failed commit into a dead database. [`Checkpoint::finish`] checkpoints instead.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod adopt;
mod aside;
mod checkpoint;
mod clusters;
mod error;
mod layout;
mod mend;
mod one_to_one;
mod open;
mod peek;
mod place;
mod run;
mod tables;
mod upgrade;
mod write;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod damage_tests;

pub use checkpoint::{Checkpoint, Opened};
pub use clusters::{ClusterRow, Clustering, EdgeRow, EventRow, MemberRow, PairsRow};
pub use error::SinkError;
pub use layout::LAYOUT_VERSION;
pub use peek::{Peek, peek};
pub use run::{RunInfo, RunStatus, RunSummary};
pub use tables::{Batches, Results, Resume, StageCount, Stale, Tables, read_results};
pub use write::CommitCost;
