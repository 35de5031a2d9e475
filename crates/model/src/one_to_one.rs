//! Assigns a registry entry that several rows matched to one of them, if an entry may have only one row.
//!
//! Pure, and the same for any order of the claims: a row that a person decided gets the entry, then the most probable one gets the entry; of equally probable ones the one
//! with the greater match weight, then the first in the file, then the lower key.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::reason::Reason;

/// A row that matched an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The entry's id.
    pub id: String,
    /// The row's key.
    pub key: String,
    /// Whether a person decided it: then it goes before all others.
    pub is_by_person: bool,
    /// The row's number in its file.
    pub row: u64,
    /// The probability of the match.
    pub score: Option<f64>,
    /// The match weight, in bits.
    pub weight: Option<f64>,
}

/// A claim on an entry that is assigned to another row.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimConflict {
    /// The row's key.
    pub key: String,
    /// The row that has the entry.
    pub reason: Reason,
}

/// The claims on entries that are assigned to other rows, sorted by row.
pub fn find_conflicts(claims: impl IntoIterator<Item = Claim>) -> Vec<ClaimConflict> {
    let mut entries: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        entries.entry(claim.id.clone()).or_default().push(claim);
    }
    let mut conflicts: Vec<(u64, ClaimConflict)> = Vec::new();
    for (id, mut claims) in entries {
        claims.sort_by(order);
        let mut claims = claims.into_iter();
        let Some(winner) = claims.next() else { continue };
        let reason = Reason::EntryAssigned { id, key: winner.key, score: winner.score };
        conflicts.extend(claims.map(|claim| (claim.row, ClaimConflict { key: claim.key, reason: reason.clone() })));
    }
    conflicts.sort_by(|(row, one), (other_row, other)| row.cmp(other_row).then_with(|| one.key.cmp(&other.key)));
    conflicts.into_iter().map(|(_, conflict)| conflict).collect()
}

/// Sorts the winning claim first.
fn order(one: &Claim, other: &Claim) -> Ordering {
    let highest = |one: Option<f64>, other: Option<f64>| {
        other.unwrap_or(f64::NEG_INFINITY).total_cmp(&one.unwrap_or(f64::NEG_INFINITY))
    };
    let by_person = other.is_by_person.cmp(&one.is_by_person);
    let by_score = highest(one.score, other.score).then_with(|| highest(one.weight, other.weight));
    by_person.then(by_score).then(one.row.cmp(&other.row)).then_with(|| one.key.cmp(&other.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(id: &str, key: &str, row: u64, score: f64, weight: f64) -> Claim {
        Claim {
            id: id.to_owned(),
            key: key.to_owned(),
            is_by_person: false,
            row,
            score: Some(score),
            weight: Some(weight),
        }
    }

    #[test]
    fn the_most_probable_row_gets_the_entry_in_any_order() {
        let mut claims = vec![
            claim("1", "a", 2, 0.9, 20.0),
            claim("1", "b", 3, 0.95, 10.0),
            claim("2", "c", 4, 1.0, 20.0),
            claim("2", "d", 5, 1.0, 30.0),
            claim("3", "f", 6, 1.0, 30.0),
            claim("4", "h", 8, 1.0, 30.0),
            claim("4", "g", 7, 1.0, 30.0),
        ];
        for _ in 0..claims.len() {
            let conflicts = find_conflicts(claims.clone());
            let keys: Vec<&str> = conflicts.iter().map(|conflict| conflict.key.as_str()).collect();
            assert_eq!(keys, ["a", "c", "h"]);
            let reason = Reason::EntryAssigned { id: "1".to_owned(), key: "b".to_owned(), score: Some(0.95) };
            assert_eq!(conflicts[0].reason, reason);
            claims.rotate_left(1);
        }
        assert!(find_conflicts([]).is_empty());
    }
}
