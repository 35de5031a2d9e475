//! Entries that have the same value as the row: identifiers.
//!
//! The index holds a number an entry and value, no text: a value found by its hash is compared with the entry's own.
//! The group key is indexed by group, so that a company of ten thousand establishments is one number.

use matchflow_model::{columns, digest};

use crate::error::Error;
use crate::lists::HashIndex;
use crate::registry::{Registry, TextField};

/// The index of one registry field.
#[derive(Debug)]
pub(crate) struct ExactIndex {
    pub(crate) field: String,
    text: TextField,
    /// Entries, or groups where the field is the group key.
    owners: HashIndex,
    by_group: bool,
}

impl ExactIndex {
    pub(crate) fn build(registry: &Registry, field: &str) -> Result<ExactIndex, Error> {
        let text = registry.text(field)?;
        let by_group = field == columns::GROUP;
        let count = if by_group { registry.groups() } else { registry.entries() };
        let owners = HashIndex::build(count as usize, |file| {
            for owner in 0..count {
                let entry = if by_group { registry.members(owner).start } else { owner };
                let cell = registry.value(&text, entry).unwrap_or("");
                columns::alternatives(cell).for_each(|value| file(digest::exchange(value.as_bytes()), owner));
            }
        })?;
        Ok(ExactIndex { field: field.to_owned(), text, owners, by_group })
    }

    /// Adds the entries that have `value` to `entries`, in their order.
    pub(crate) fn find(&self, registry: &Registry, value: &str, entries: &mut Vec<u32>) {
        for owner in self.owners.get(digest::exchange(value.as_bytes())) {
            let members = if self.by_group { registry.members(*owner) } else { *owner..*owner + 1 };
            let cell = registry.value(&self.text, members.start);
            if cell.is_some_and(|cell| columns::alternatives(cell).any(|own| own == value)) {
                entries.extend(members);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.owners.memory_bytes()
    }
}
