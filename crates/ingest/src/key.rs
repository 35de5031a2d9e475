//! Record keys: the one place where they are made. A key never changes once the row has it.
//!
//! The key is the first of the plan's id columns that is not empty. A row with a key that another row had before gets
//! `key#2`, `key#3` and so on, past those that are taken as keys of their own. A row without any is `#` and its number.
//!
//! Memory: 64-bit hashes of the keys seen, 9 to 18 bytes a row, not the keys. Two keys that share a hash (three in a
//! million for ten million rows) cost the later one a suffix that it did not need; keys stay unique.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use matchflow_model::columns::KEY;
use matchflow_model::digest::exchange;
use matchflow_model::plan::IdColumn;
use matchflow_model::reject::Reject;

use crate::block::{Block, Kind};
use crate::error::IngestError;
use crate::field::Row;
use crate::header::Header;
use crate::select::Selector;

/// Makes the keys of a run.
pub(crate) struct Keys {
    columns: Vec<KeyColumn>,
    seen: HashSet<u64, BuildHasherDefault<Identity>>,
    /// Occurrences of those keys that occurred again.
    repeated: HashMap<u64, u64, BuildHasherDefault<Identity>>,
    /// Rows whose key another row had before.
    pub(crate) duplicates: u64,
    /// Rows without a key of their own.
    pub(crate) missing: u64,
}

enum KeyColumn {
    Column { column: usize, slot: usize },
    Index,
}

impl Keys {
    pub(crate) fn new(plan: &[IdColumn], selector: &mut Selector<'_>) -> Result<Self, IngestError> {
        let column = |id: &IdColumn| match id {
            IdColumn::Index => Ok(KeyColumn::Index),
            IdColumn::Column(name) => selector.select(name).map(|(column, slot)| KeyColumn::Column { column, slot }),
        };
        Ok(Keys {
            columns: plan.iter().map(column).collect::<Result<_, _>>()?,
            seen: HashSet::default(),
            repeated: HashMap::default(),
            duplicates: 0,
            missing: 0,
        })
    }

    /// The key of a row, and rejects for the cells that should have had it.
    pub(crate) fn key(&mut self, header: &Header, block: &Block, index: usize, rejects: &mut Vec<Reject>) -> String {
        let first_reject = rejects.len();
        let row = Row { header, block, index, key: "" };
        let found = self.columns.iter().find_map(|column| match column {
            KeyColumn::Index => Some(block.number(index).to_string()),
            KeyColumn::Column { column, slot } => {
                let cell = block.cell(index, *slot);
                match cell.kind {
                    Kind::Empty => None,
                    Kind::Error => {
                        rejects.push(row.reject(Some(*column), KEY, cell.text, "a record key"));
                        None
                    }
                    _ => Some(cell.text.to_owned()),
                }
            }
        });
        let key = found.unwrap_or_else(|| {
            self.missing += 1;
            rejects.push(row.reject(self.first_column(), KEY, "", "a record key"));
            format!("#{}", block.number(index))
        });
        let key = self.unique(key);
        rejects.iter_mut().skip(first_reject).for_each(|reject| reject.key.clone_from(&key));
        key
    }

    fn first_column(&self) -> Option<usize> {
        self.columns.iter().find_map(|column| match column {
            KeyColumn::Column { column, .. } => Some(*column),
            KeyColumn::Index => None,
        })
    }

    fn unique(&mut self, key: String) -> String {
        let hash = exchange(key.as_bytes());
        if self.seen.insert(hash) {
            return key;
        }
        self.duplicates += 1;
        let occurrences = self.repeated.entry(hash).or_insert(1);
        loop {
            *occurrences += 1;
            let numbered = format!("{key}#{occurrences}");
            if self.seen.insert(exchange(numbered.as_bytes())) {
                return numbered;
            }
        }
    }
}

/// The keys of the sets are hashes already.
#[derive(Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
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

    fn keys() -> Keys {
        let (seen, repeated) = (HashSet::default(), HashMap::default());
        Keys { columns: Vec::new(), seen, repeated, duplicates: 0, missing: 0 }
    }

    #[test]
    fn repeated_keys_are_numbered_past_real_ones() {
        let mut keys = keys();
        let given = ["A", "A#2", "B", "A", "A", "A#2"].map(|key| keys.unique(key.to_owned()));
        assert_eq!(given, ["A", "A#2", "B", "A#3", "A#4", "A#2#2"]);
        assert_eq!(keys.duplicates, 3);
    }

    proptest! {
        #[test]
        fn no_two_rows_share_a_key(raw in proptest::collection::vec("[AB](#[23]){0,2}", 0..60)) {
            let mut keys = keys();
            let given: Vec<String> = raw.iter().map(|key| keys.unique(key.clone())).collect();
            let distinct: HashSet<&String> = given.iter().collect();
            prop_assert_eq!(distinct.len(), raw.len());
        }
    }
}
