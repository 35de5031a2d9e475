//! The number of groups that share a whole name.
//!
//! The rarity of words estimates how many share a name if words were independent; they are not (`espaces verts`,
//! `maison des jeunes`). So if rows are compared with each other, whole names are counted too.
//!
//! Twelve bytes per distinct name while shards count; afterwards only for names of at least two groups. Names are
//! identified by a 64-bit hash: among a million names, the probability of any collision is below one in ten million.

use matchflow_model::{columns, digest};
use serde::{Deserialize, Serialize};

use crate::codec::codec;
use crate::registry::{Registry, TextField};

/// Names of one field, by hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameFrequencies {
    /// Ascending, without duplicates.
    names: Vec<u64>,
    /// The number of groups with the name at the same position.
    groups: Vec<u32>,
}

codec!(NameFrequencies { names, groups });

impl NameFrequencies {
    /// Counts the names of one shard.
    pub(crate) fn count(registry: &Registry, text: TextField) -> NameFrequencies {
        let mut all = Vec::with_capacity(registry.entries() as usize);
        let mut hashes: Vec<u64> = Vec::new();
        for group in 0..registry.groups() {
            hashes.clear();
            for entry in registry.members(group) {
                let names = columns::alternatives(registry.value(text, entry).unwrap_or(""));
                hashes.extend(names.map(|name| digest::exchange(name.as_bytes())));
            }
            hashes.sort_unstable();
            hashes.dedup();
            all.extend(hashes.iter().map(|name| (*name, 1)));
        }
        NameFrequencies::summed(all)
    }

    /// The counts of all shards; names of a single group are dropped.
    pub(crate) fn merge<'a>(shards: impl IntoIterator<Item = &'a NameFrequencies>) -> NameFrequencies {
        let counted = |shard: &'a NameFrequencies| shard.names.iter().copied().zip(shard.groups.iter().copied());
        let mut merged = NameFrequencies::summed(shards.into_iter().flat_map(counted).collect());
        let mut counts = merged.groups.iter();
        merged.names.retain(|_| counts.next().is_some_and(|groups| *groups > 1));
        merged.groups.retain(|groups| *groups > 1);
        merged.names.shrink_to_fit();
        merged.groups.shrink_to_fit();
        merged
    }

    fn summed(mut counted: Vec<(u64, u32)>) -> NameFrequencies {
        counted.sort_unstable();
        let sum = |same: &[(u64, u32)]| same.iter().fold(0u32, |sum, (_, groups)| sum.saturating_add(*groups));
        let same = || counted.chunk_by(|one, other| one.0 == other.0);
        NameFrequencies {
            names: same().filter_map(|same| same.first()).map(|(name, _)| *name).collect(),
            groups: same().map(sum).collect(),
        }
    }

    /// The number of groups with a name of the field; an unknown name belongs to at most one.
    pub(crate) fn groups(&self, name: &str) -> u32 {
        let place = self.names.binary_search(&digest::exchange(name.as_bytes())).ok();
        place.and_then(|place| self.groups.get(place)).copied().unwrap_or(1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.names.capacity() * size_of::<u64>() + self.groups.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(names: &[(&str, u32)]) -> NameFrequencies {
        NameFrequencies::summed(
            names.iter().map(|(name, groups)| (digest::exchange(name.as_bytes()), *groups)).collect(),
        )
    }

    #[test]
    fn shards_add_up_in_any_order_and_unique_names_are_dropped() {
        let (one, other) = (counted(&[("martin", 2), ("zoo", 1)]), counted(&[("martin", 3), ("auto", 1)]));
        for shards in [[&one, &other], [&other, &one]] {
            let merged = NameFrequencies::merge(shards);
            assert_eq!(merged, counted(&[("martin", 5)]));
            assert_eq!((merged.groups("martin"), merged.groups("zoo"), merged.groups("nobody")), (5, 1, 1));
        }
    }
}
