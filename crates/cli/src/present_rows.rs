//! Tracks which rows of earlier runs are still in the supplier file.
//!
//! **Limits.** A row that was read is remembered as a 64-bit hash of its key, 8 bytes per row: with three million
//! removed rows, the probability that any is mistaken for present is one in two million.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::store::DoneRows;
use matchflow_model::{columns, digest};

use crate::sync::lock;

/// The keys read by a run that earlier runs have decided.
#[derive(Clone, Default)]
pub(crate) struct PresentRows {
    done: Arc<DoneRows>,
    read: Arc<Mutex<ReadKeys>>,
}

#[derive(Default)]
struct ReadKeys {
    hashes: HashSet<u64>,
    /// Whether the file was read to its end.
    is_complete: bool,
}

impl PresentRows {
    pub(crate) fn new(done: &Arc<DoneRows>) -> PresentRows {
        PresentRows { done: Arc::clone(done), read: Arc::default() }
    }

    /// Records the rows of a batch; `None` is the end of the file.
    pub(crate) fn note(&self, rows: Option<&RecordBatch>) {
        let mut read = lock(&self.read);
        let Some(rows) = rows else {
            read.is_complete = true;
            return;
        };
        let Ok(keys) = columns::text(rows, columns::KEY) else { return };
        let decided = keys.iter().flatten().filter(|key| self.done.contains_key(*key));
        read.hashes.extend(decided.map(|key| digest::exchange(key.as_bytes())));
    }

    /// The removed keys, sorted; none if the file was not read to its end.
    pub(crate) fn removed_keys(&self) -> Vec<String> {
        let read = lock(&self.read);
        if !read.is_complete || read.hashes.len() == self.done.len() {
            return Vec::new();
        }
        let is_removed = |key: &&String| !read.hashes.contains(&digest::exchange(key.as_bytes()));
        let mut removed: Vec<String> = self.done.keys().filter(is_removed).cloned().collect();
        removed.sort_unstable();
        removed
    }
}
