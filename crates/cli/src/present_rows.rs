//! Which rows of earlier runs are still in the supplier file.
//!
//! **Limits.** A row that is read is remembered by 64 bits of a hash of its key, 8 bytes a row: of three million rows that
//! are gone, one is taken for present with a chance of one in two million.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::store::DoneRows;
use matchflow_model::{columns, digest};

use crate::sync::lock;

/// The keys that a run has read, of those that earlier runs have decided.
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

    /// Notes the rows of a batch; `None` is the end of the file.
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

    /// The keys that are gone, sorted; none where the file was not read to its end.
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
