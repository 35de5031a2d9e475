//! Finds entries by id and by group, without a stored index.
//!
//! Ids that begin with their group are in the order of the entries and are found by bisection; others are hashed on the
//! first lookup, at six bytes per entry.

use matchflow_model::columns::{self, MissingColumn};
use matchflow_model::digest;

use crate::csr::HashIndex;
use crate::id_index::IdIndex;
use crate::registry::{Registry, TextField};
use crate::shard::Shard;

impl IdIndex {
    fn build(registry: &Registry, ids: TextField) -> IdIndex {
        let (mut buffer, mut before) = (String::new(), String::new());
        let is_ascending = (0..registry.entries()).all(|entry| {
            let id = registry.any_value(ids, entry, &mut buffer).unwrap_or("");
            let follows = before.as_str() <= id;
            before.clear();
            before.push_str(id);
            follows
        });
        if is_ascending {
            return IdIndex::Ascending;
        }
        let index = HashIndex::build(registry.entries() as usize, |file| {
            let mut buffer = String::new();
            for entry in 0..registry.entries() {
                let id = registry.any_value(ids, entry, &mut buffer).unwrap_or("");
                file(digest::exchange(id.as_bytes()), entry);
            }
        });
        // A shard has fewer entries than the capacity of a hash index.
        IdIndex::Hashed(index.unwrap_or_default())
    }
}

impl Registry {
    /// The entry with this id; the first if several have it.
    pub(crate) fn entry_of_id(&self, id: &str) -> Result<Option<u32>, MissingColumn> {
        let ids = self.text(columns::ID)?;
        let mut buffer = String::new();
        let mut has_id = |entry: &u32| self.any_value(ids, *entry, &mut buffer) == Some(id);
        Ok(match self.id_index().get_or_init(|| IdIndex::build(self, ids)) {
            IdIndex::Hashed(index) => {
                index.get(digest::exchange(id.as_bytes())).iter().copied().find(|entry| has_id(entry))
            }
            IdIndex::Ascending => Some(self.first_id_from(ids, id)).filter(|entry| has_id(entry)),
        })
    }

    /// The entries whose ids begin with `prefix`, if ids ascend with the entries; otherwise those of the groups whose
    /// names begin with it.
    pub(crate) fn entries_beginning(&self, prefix: &str) -> Result<std::ops::Range<u32>, MissingColumn> {
        let ids = self.text(columns::ID)?;
        let field = match self.id_index().get_or_init(|| IdIndex::build(self, ids)) {
            IdIndex::Ascending => ids,
            IdIndex::Hashed(_) => self.text(columns::GROUP)?,
        };
        let (start, mut buffer) = (self.first_id_from(field, prefix), String::new());
        let (mut low, mut high) = (start, self.entries());
        while low < high {
            let middle = low + (high - low) / 2;
            let begins = self.any_value(field, middle, &mut buffer).is_some_and(|value| value.starts_with(prefix));
            if begins { low = middle + 1 } else { high = middle }
        }
        Ok(start..low)
    }

    /// The first entry whose value is not less than `value`, in a field that ascends with the entries.
    fn first_id_from(&self, field: TextField, value: &str) -> u32 {
        let (mut low, mut high, mut buffer) = (0, self.entries(), String::new());
        while low < high {
            let middle = low + (high - low) / 2;
            let is_before = self.any_value(field, middle, &mut buffer).unwrap_or("") < value;
            if is_before { low = middle + 1 } else { high = middle }
        }
        low
    }
}

impl Shard {
    /// The entry with this id (`columns::ID`).
    ///
    /// # Errors
    ///
    /// A registry without ids.
    pub fn entry_of_id(&self, id: &str) -> Result<Option<u32>, crate::Error> {
        Ok(if self.is_empty() { None } else { self.data.registry.entry_of_id(id)? })
    }

    /// The entries of this group (`columns::GROUP`).
    ///
    /// # Errors
    ///
    /// A registry without groups.
    pub fn entries_of_group(&self, group: &str) -> Result<std::ops::Range<u32>, crate::Error> {
        if self.is_empty() {
            return Ok(0..0);
        }
        let registry = &self.data.registry;
        let number = registry.groups_before(group)?;
        let is_it = number < registry.groups() && registry.group_name(number)? == group;
        Ok(if is_it { registry.members(number) } else { 0..0 })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};

    use super::*;
    use crate::ShardBuilder;

    /// Entries as pairs of group and id.
    fn shard(entries: &[(&str, &str)]) -> Shard {
        let text = |values: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(values)) };
        let batch = RecordBatch::try_from_iter_with_nullable([
            (columns::ID, text(entries.iter().map(|(_, id)| *id).collect()), false),
            (columns::GROUP, text(entries.iter().map(|(group, _)| *group).collect()), false),
            (columns::OPEN, Arc::new(BooleanArray::from(vec![true; entries.len()])), false),
        ]);
        let mut builder = ShardBuilder::new(&[]);
        builder.push(&batch.unwrap()).unwrap();
        builder.finish().unwrap().0
    }

    fn id_of(shard: &Shard, entry: u32) -> String {
        let rows = shard.take(&[entry]).unwrap();
        columns::text(&rows, columns::ID).unwrap().value(0).to_owned()
    }

    #[test]
    fn an_entry_is_found_by_id_in_any_order_of_ids() {
        let ascending = [("A", "A1"), ("A", "A3"), ("B", "B2"), ("C", "C1")];
        let others = [("A", "9"), ("A", "z"), ("B", "1"), ("C", "é")];
        for entries in [ascending, others] {
            let shard = shard(&entries);
            for (group, id) in entries {
                let entry = shard.entry_of_id(id).unwrap().unwrap();
                assert_eq!(id_of(&shard, entry), id);
                assert!(shard.entries_of_group(group).unwrap().contains(&entry));
            }
            for unknown in ["", "A", "A2", "zz"] {
                assert_eq!(shard.entry_of_id(unknown).unwrap(), None, "{unknown}");
            }
            assert_eq!(shard.entries_of_group("AA").unwrap(), 0..0);
        }
        let empty = ShardBuilder::new(&[]).finish().unwrap().0;
        assert_eq!((empty.entry_of_id("A").unwrap(), empty.entries_of_group("A").unwrap()), (None, 0..0));
    }

    #[test]
    fn prefixes_match_ids_or_groups() {
        let ascending = shard(&[("73", "730"), ("73", "731"), ("74", "740")]);
        assert_eq!(ascending.data.registry.entries_beginning("73").unwrap(), 0..2);
        assert_eq!(ascending.data.registry.entries_beginning("731").unwrap(), 1..2);
        assert_eq!(ascending.data.registry.entries_beginning("8").unwrap(), 3..3);
        let hashed = shard(&[("73", "x"), ("73", "y"), ("74", "a")]);
        assert_eq!(hashed.data.registry.entries_beginning("73").unwrap(), 0..2);
    }
}
