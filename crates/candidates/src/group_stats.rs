//! What the registry knows of the groups of entries: whoever chooses one of a company's establishments asks how many
//! there are. All entries of a group are in one shard, so each shard knows it of its own.

use std::collections::HashMap;

use crate::registry::Registry;

/// Parallel columns, an entry each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupStats {
    /// How many open entries its group has.
    pub(crate) open_entries: Vec<u32>,
    /// Whether it is the head office.
    pub(crate) head_office: Vec<bool>,
}

impl GroupStats {
    /// Of these entries.
    pub(crate) fn of(registry: &Registry, entries: &[u32]) -> GroupStats {
        // A company may have ten thousand entries, and many of them may be candidates: each group is counted once.
        let mut counted: HashMap<u32, u32> = HashMap::new();
        let mut open_entries = |entry| {
            let group = group_of(registry, entry);
            let count = || registry.members(group).filter(|member| registry.flags(*member).open).count() as u32;
            *counted.entry(group).or_insert_with(count)
        };
        GroupStats {
            open_entries: entries.iter().map(|entry| open_entries(*entry)).collect(),
            head_office: entries.iter().map(|entry| registry.flags(*entry).head_office).collect(),
        }
    }
}

/// The group of an entry: groups lie one after the other, so the last that starts no later.
fn group_of(registry: &Registry, entry: u32) -> u32 {
    let (mut low, mut high) = (0, registry.groups());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if registry.members(middle).start <= entry { low = middle } else { high = middle }
    }
    low
}
