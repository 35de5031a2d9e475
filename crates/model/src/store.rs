//! Where outcomes become durable. The flow writes through this, the sink implements it, tests keep it in memory.

use std::collections::HashMap;

use arrow::array::RecordBatch;

use crate::outcome::Counts;
use crate::reject::Reject;

/// One commit epoch: what becomes durable in one transaction or not at all.
#[derive(Debug, Clone)]
pub struct Epoch {
    /// The epoch's number in its run, from 0, without holes.
    pub number: u64,
    /// The outcomes, batches of [`crate::outcome::schema`], in the order in which they were finished.
    pub batches: Vec<RecordBatch>,
    /// What the batches count, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// The cells rejected in reading the rows of this epoch.
    pub rejects: Vec<Reject>,
}

/// A failure to make an epoch durable: fatal for the run, what was committed before stays.
#[derive(Debug, thiserror::Error)]
#[error("epoch {epoch} could not be committed to {place}: {reason}")]
pub struct CommitError {
    /// The epoch.
    pub epoch: u64,
    /// The file it was meant for.
    pub place: String,
    /// The store's error.
    pub reason: String,
}

/// A place where epochs become durable, in one transaction each. Called from one thread.
pub trait EpochStore: Send {
    /// Makes the epoch durable. When this returns `Ok`, a killed process has it after a restart.
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError>;
}

/// What an earlier run left of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneRow {
    /// The digest that the row had then.
    pub digest: u64,
    /// Whether it failed then.
    pub failed: bool,
    /// Whether an arbiter was not asked about it, for the limit on its cost was reached.
    pub unasked: bool,
    /// Whether other plug-ins, parameters or another registry decided it.
    pub stale: bool,
    /// Whether people have decided about it since, or undone what they had decided.
    pub reopened: bool,
    /// How often the rows had been clustered before it was compared with the others.
    pub generation: u32,
}

/// The rows that earlier runs brought to an outcome, by key.
pub type DoneRows = HashMap<String, DoneRow>;
