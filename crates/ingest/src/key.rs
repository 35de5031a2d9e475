//! Record keys, which are only made here. The key of a row never changes.
//!
//! The key is the first of the plan's id columns that is not empty. A row whose key another row already has gets
//! `key#2`, `key#3` and so on, skipping those that are keys themselves. A row without a key gets `#` and its number.
//!
//! Memory: 64-bit hashes of the keys seen, 9 to 18 bytes per row, not the keys. If two keys share a hash (a chance of
//! three in a million for ten million rows), the later one gets a suffix that it did not need; keys stay unique.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{BuildHasherDefault, Hasher};

use arrow::array::{StringArray, StringBuilder};
use matchflow_model::columns::KEY;
use matchflow_model::digest::exchange;
use matchflow_model::expectation::Expectation;
use matchflow_model::plan::IdColumn;

use crate::block::CellKind;
use crate::counts::CellFates;
use crate::error::IngestError;
use crate::field::{BlockRows, RejectedCell, Rejects};
use crate::select::Selector;

/// Assigns the keys of a run.
pub(crate) struct RecordKeys {
    columns: Vec<KeyColumn>,
    known: HashSet<u64, BuildHasherDefault<IdentityHasher>>,
    /// Number of occurrences of the repeated keys.
    repeated: HashMap<u64, u64, BuildHasherDefault<IdentityHasher>>,
    /// Rows whose key another row already had.
    pub(crate) duplicates: u64,
    /// Rows without a key.
    pub(crate) missing: u64,
}

enum KeyColumn {
    /// A position in the selection.
    Slot(usize),
    Index,
}

impl RecordKeys {
    pub(crate) fn new(plan: &[IdColumn], selector: &mut Selector<'_>) -> Result<Self, IngestError> {
        let column = |id: &IdColumn| match id {
            IdColumn::Index => Ok(KeyColumn::Index),
            IdColumn::Column(name) => selector.select(name).map(KeyColumn::Slot),
        };
        Ok(RecordKeys {
            columns: plan.iter().map(column).collect::<Result<_, _>>()?,
            known: HashSet::default(),
            repeated: HashMap::default(),
            duplicates: 0,
            missing: 0,
        })
    }

    /// The keys of all rows of a block, and rejects for key cells that cannot be used.
    pub(crate) fn keys(&mut self, rows: &BlockRows<'_>, fates: &mut CellFates, rejects: &mut Rejects) -> StringArray {
        let mut keys = StringBuilder::with_capacity(rows.indices.len(), rows.indices.len() * 12);
        let mut raw = String::new();
        for &row in rows.indices {
            let first_reject = rejects.len();
            raw.clear();
            if !self.raw_key(rows, row, fates, rejects, &mut raw) {
                self.missing += 1;
                let rejected = RejectedCell { field: KEY, raw: "", expected: &Expectation::RecordKey };
                rejects.push(rows.reject(row, "", self.first_slot(), rejected));
                // Writing to a `String` never fails.
                let _ = write!(raw, "#{}", rows.block.number(row));
            }
            self.make_unique(&mut raw);
            rejects.iter_mut().skip(first_reject).for_each(|(_, reject)| reject.key.clone_from(&raw));
            keys.append_value(&raw);
        }
        keys.finish()
    }

    /// Writes the key of the row; false if it has none.
    fn raw_key(
        &self,
        rows: &BlockRows<'_>,
        row: usize,
        fates: &mut CellFates,
        rejects: &mut Rejects,
        out: &mut String,
    ) -> bool {
        for column in &self.columns {
            match column {
                KeyColumn::Index => {
                    let _ = write!(out, "{}", rows.block.number(row));
                    return true;
                }
                KeyColumn::Slot(slot) => {
                    let cell = rows.block.cell(row, *slot);
                    match cell.kind {
                        CellKind::Empty => {}
                        CellKind::Error => {
                            fates.reject(*slot, row);
                            let rejected =
                                RejectedCell { field: KEY, raw: cell.text, expected: &Expectation::RecordKey };
                            rejects.push(rows.reject(row, "", Some(*slot), rejected));
                        }
                        _ => {
                            fates.take(*slot, row);
                            out.push_str(cell.text);
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    fn first_slot(&self) -> Option<usize> {
        self.columns.iter().find_map(|column| match column {
            KeyColumn::Slot(slot) => Some(*slot),
            KeyColumn::Index => None,
        })
    }

    fn make_unique(&mut self, key: &mut String) {
        let hash = exchange(key.as_bytes());
        if self.known.insert(hash) {
            return;
        }
        self.duplicates += 1;
        let occurrences = self.repeated.entry(hash).or_insert(1);
        let length = key.len();
        loop {
            *occurrences += 1;
            key.truncate(length);
            let _ = write!(key, "#{occurrences}");
            if self.known.insert(exchange(key.as_bytes())) {
                return;
            }
        }
    }
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub(crate) struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = exchange(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> RecordKeys {
        let (known, repeated) = (HashSet::default(), HashMap::default());
        RecordKeys { columns: Vec::new(), known, repeated, duplicates: 0, missing: 0 }
    }

    fn unique(keys: &mut RecordKeys, key: &str) -> String {
        let mut key = key.to_owned();
        keys.make_unique(&mut key);
        key
    }

    #[test]
    fn repeated_keys_are_numbered_past_real_ones() {
        let mut keys = keys();
        let given = ["A", "A#2", "B", "A", "A", "A#2"].map(|key| unique(&mut keys, key));
        assert_eq!(given, ["A", "A#2", "B", "A#3", "A#4", "A#2#2"]);
        assert_eq!(keys.duplicates, 3);
    }

    proptest! {
        #[test]
        fn no_two_rows_share_a_key(raw in proptest::collection::vec("[AB](#[23]){0,2}", 0..60)) {
            let mut keys = keys();
            let given: Vec<String> = raw.iter().map(|key| unique(&mut keys, key)).collect();
            let distinct: HashSet<&String> = given.iter().collect();
            prop_assert_eq!(distinct.len(), raw.len());
        }
    }
}
