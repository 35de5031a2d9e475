//! The number of open entries in an entry's group, and whether the entry is the head office, both needed to choose
//! between a company's establishments. All entries of a group are in one shard, so a shard can count them.

use std::collections::HashMap;

use crate::registry::Registry;

/// The groups of some entries: parallel columns with a value per entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupStats {
    /// The number of open entries in its group.
    pub(crate) open_entries: Vec<u32>,
    /// Whether it is the head office.
    pub(crate) head_office: Vec<bool>,
}

impl GroupStats {
    /// The statistics of the groups of these entries.
    pub(crate) fn for_entries(registry: &Registry, entries: &[u32]) -> GroupStats {
        // A company may have ten thousand entries, many of which may be candidates: each group is counted once.
        let mut counted: HashMap<u32, u32> = HashMap::new();
        let mut open_entries = |entry| {
            let group = group_at(registry, entry);
            let count = || registry.members(group).filter(|member| registry.flags(*member).open).count() as u32;
            *counted.entry(group).or_insert_with(count)
        };
        GroupStats {
            open_entries: entries.iter().map(|entry| open_entries(*entry)).collect(),
            head_office: entries.iter().map(|entry| registry.flags(*entry).head_office).collect(),
        }
    }
}

/// The group of an entry: groups are contiguous, so it is the last one that starts at or before the entry.
fn group_at(registry: &Registry, entry: u32) -> u32 {
    let (mut low, mut high) = (0, registry.groups());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if registry.members(middle).start <= entry { low = middle } else { high = middle }
    }
    low
}
