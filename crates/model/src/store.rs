//! Where outcomes become durable. The flow writes through this trait; the checkpoint implements it, tests keep it in
//! memory.

use std::collections::HashMap;

use arrow::array::RecordBatch;

use crate::outcome::Counts;
use crate::reject::Reject;

/// One commit epoch: what becomes durable in a single transaction.
#[derive(Debug, Clone)]
pub struct Epoch {
    /// The epoch's number in its run, from 0, without gaps.
    pub number: u64,
    /// The outcomes: batches of [`crate::outcome::schema`], in the order in which they were finished.
    pub batches: Vec<RecordBatch>,
    /// The counts of the batches by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// The cells rejected while reading the rows of this epoch.
    pub rejects: Vec<Reject>,
}

/// A failure to make an epoch durable: fatal for the run; earlier commits are kept.
#[derive(Debug, thiserror::Error)]
#[error("epoch {epoch} could not be committed to {place}: {reason}")]
pub struct CommitError {
    /// The epoch.
    pub epoch: u64,
    /// The destination file.
    pub place: String,
    /// The store's error.
    pub reason: String,
}

/// A store in which epochs become durable, in one transaction each. Called from one thread.
pub trait EpochStore: Send {
    /// Makes the epoch durable. Once this returns `Ok`, it survives a killed process.
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError>;
}

/// The state of a row after earlier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneRow {
    /// The digest that the row had.
    pub digest: u64,
    /// Whether it failed.
    pub failed: bool,
    /// Whether an arbiter was not asked about it, because the cost limit had been reached.
    pub unasked: bool,
    /// Whether it was decided with other plug-ins, parameters or another registry.
    pub stale: bool,
    /// Whether people have decided about it since, or undone what they had decided.
    pub reopened: bool,
    /// How often the rows had been clustered before it was compared with the others.
    pub generation: u32,
}

/// The rows decided by earlier runs, by key.
pub type DoneRows = HashMap<String, DoneRow>;
