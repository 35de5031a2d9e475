//! The record keys: `Auxiliaire`, else `Code tiers`, else the row's number; the n-th row with a key gets `key#n`.
//!
//! Which rows repeat the key of an earlier one is determined by their numbers: a row repeats one of the [`WINDOW`] rows
//! before it, so only these have to be visited to count earlier rows with the same key.

use crate::stream::{Stream, Topic};

/// Maximum distance to the row whose key is repeated.
const WINDOW: u64 = 20;
/// The number of the first data row in its sheet.
const ROW_FIRST: u64 = 2;

/// The key cells of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) auxiliary: Option<String>,
    pub(crate) third_party: Option<String>,
    /// The record's key, computed like the engine does.
    pub(crate) key: String,
    /// Whether an earlier row has the same cells.
    pub(crate) is_duplicate: bool,
}

impl Key {
    /// The key of data row `row`, from 0.
    pub(crate) fn of(seed: u64, row: u64) -> Self {
        let target = duplicate_of(seed, row);
        let number = target.unwrap_or(row) + 1;
        let (drawn, has_both) = draw(seed, target.unwrap_or(row));
        let auxiliary = (drawn < 930).then(|| format!("F{number:06}"));
        let third_party = if drawn < 930 { has_both } else { drawn < 992 }.then(|| format!("T{number:05}"));
        let first = auxiliary.clone().or_else(|| third_party.clone());
        let key = match (first, target) {
            (None, _) => (row + ROW_FIRST).to_string(),
            (Some(first), None) => first,
            (Some(first), Some(target)) => {
                let earlier = (target + 1..row).filter(|other| duplicate_of(seed, *other) == Some(target)).count();
                format!("{first}#{}", earlier + 2)
            }
        };
        Self { auxiliary, third_party, key, is_duplicate: target.is_some() }
    }
}

/// The random number of a row, and whether it has both cells.
fn draw(seed: u64, row: u64) -> (u32, bool) {
    let mut stream = Stream::new(seed, Topic::Key, row);
    (stream.below(1000), stream.chance(400))
}

/// The row whose key cells are repeated by `row`: one that repeats none itself, and has a key.
fn duplicate_of(seed: u64, row: u64) -> Option<u64> {
    let target = original_row(seed, row)?;
    (original_row(seed, target).is_none() && draw(seed, target).0 < 992).then_some(target)
}

fn original_row(seed: u64, row: u64) -> Option<u64> {
    let mut stream = Stream::new(seed, Topic::Key, row | 1 << 63);
    if row == 0 || !stream.chance(5) {
        return None;
    }
    Some(row - 1 - stream.below_wide(WINDOW.min(row)))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn keys_are_unique_and_equal_those_of_the_engine() {
        let (mut seen, mut keys, mut duplicates, mut numbered) = (HashMap::new(), HashSet::new(), 0, 0);
        for row in 0..50_000 {
            let key = Key::of(9, row);
            let first = [&key.auxiliary, &key.third_party].into_iter().flatten().next().cloned();
            numbered += u32::from(first.is_none());
            let first = first.unwrap_or_else(|| (row + 2).to_string());
            let count = seen.entry(first.clone()).or_insert(0);
            *count += 1;
            let original_row = if *count == 1 { first } else { format!("{first}#{count}") };
            assert_eq!(key.key, original_row);
            assert_eq!(key.is_duplicate, *count > 1);
            duplicates += u32::from(key.is_duplicate);
            assert!(keys.insert(key.key));
        }
        assert!((150..350).contains(&duplicates), "{duplicates}");
        assert!((200..700).contains(&numbered), "{numbered}");
    }
}
