//! Which records count: those that no record that counts has undone or replaced.
//!
//! **Invariant:** the answer follows from the set of records. A record can only name records that were there before it,
//! since ids are digests: there are no circles.

use std::collections::{BTreeMap, HashMap};

use crate::record::RecordLine;

/// Whether each record counts, by id.
pub(crate) fn validity(records: &BTreeMap<String, RecordLine>) -> HashMap<&str, bool> {
    // For each record how many of those that end it are undecided yet.
    let mut open: HashMap<&str, usize> = records.keys().map(|id| (id.as_str(), 0)).collect();
    let ended = |line: &RecordLine| -> Vec<&str> {
        let mut ids: Vec<&str> =
            line.record.ends().iter().filter_map(|id| records.get_key_value(id).map(|(id, _)| id.as_str())).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    for line in records.values() {
        for id in ended(line) {
            *open.entry(id).or_default() += 1;
        }
    }
    let mut valid: HashMap<&str, bool> = records.keys().map(|id| (id.as_str(), true)).collect();
    let mut ready: Vec<&str> = open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    while let Some(id) = ready.pop() {
        let ends = valid.get(id).copied().unwrap_or_default();
        for target in records.get(id).map(ended).unwrap_or_default() {
            if ends {
                valid.insert(target, false);
            }
            if let Some(count) = open.get_mut(target) {
                *count -= 1;
                if *count == 0 {
                    ready.push(target);
                }
            }
        }
    }
    valid
}
