//! Who keeps a registry entry that several suppliers are matched with, where each may have one at most.
//!
//! Pure, and the same for any order of the claims: the most probable supplier keeps the entry; of equally probable ones
//! the one with the greater match weight, then the one that stands first in the file, then the lower key.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A supplier that is matched with an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The entry's id.
    pub id: String,
    /// The supplier's key.
    pub key: String,
    /// The row's number in its file.
    pub row: u64,
    /// How probable the match is.
    pub score: Option<f64>,
    /// The match weight, in bits.
    pub weight: Option<f64>,
}

/// A claim that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The supplier's key.
    pub key: String,
    /// Who keeps the entry, in words that end a reason.
    pub reason: String,
}

/// The claims that do not hold, by row.
pub fn lost_claims(claims: impl IntoIterator<Item = Claim>) -> Vec<Lost> {
    let mut entries: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        entries.entry(claim.id.clone()).or_default().push(claim);
    }
    let mut lost: Vec<(u64, Lost)> = Vec::new();
    for (id, mut claims) in entries {
        claims.sort_by(order);
        let mut claims = claims.into_iter();
        let Some(kept) = claims.next() else { continue };
        let score = kept.score.map_or_else(String::new, |score| format!(" ({score:.4})"));
        let reason = format!("one-to-one: row {}{score} is matched with {id} and keeps it", kept.key);
        lost.extend(claims.map(|claim| (claim.row, Lost { key: claim.key, reason: reason.clone() })));
    }
    lost.sort_by(|(row, lost), (other_row, other)| row.cmp(other_row).then_with(|| lost.key.cmp(&other.key)));
    lost.into_iter().map(|(_, lost)| lost).collect()
}

/// The claim that holds first.
fn order(one: &Claim, other: &Claim) -> Ordering {
    let highest = |one: Option<f64>, other: Option<f64>| {
        other.unwrap_or(f64::NEG_INFINITY).total_cmp(&one.unwrap_or(f64::NEG_INFINITY))
    };
    let by_score = highest(one.score, other.score).then_with(|| highest(one.weight, other.weight));
    by_score.then(one.row.cmp(&other.row)).then_with(|| one.key.cmp(&other.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(id: &str, key: &str, row: u64, score: f64, weight: f64) -> Claim {
        Claim { id: id.to_owned(), key: key.to_owned(), row, score: Some(score), weight: Some(weight) }
    }

    #[test]
    fn the_most_probable_keeps_the_entry_whatever_the_order() {
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
            let lost = lost_claims(claims.clone());
            let keys: Vec<&str> = lost.iter().map(|lost| lost.key.as_str()).collect();
            assert_eq!(keys, ["a", "c", "h"]);
            assert_eq!(lost[0].reason, "one-to-one: row b (0.9500) is matched with 1 and keeps it");
            claims.rotate_left(1);
        }
        assert!(lost_claims([]).is_empty());
    }
}
