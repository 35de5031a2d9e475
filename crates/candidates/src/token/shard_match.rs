//! A row's matches in terms of a shard, and how much of a name they meet.

use crate::rank::rounded;
use crate::token::bound::Sum;
use crate::token::index::TokenIndex;
use crate::token::query::TokenQuery;

/// A match in terms of this shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShardMatch {
    pub(super) slots: u64,
    pub(super) terms: (u32, Option<u32>),
    pub(super) sum: Sum,
    pub(super) groups: u32,
    pub(super) gathers: bool,
    /// The whole weight of the name, if its initials are matched.
    pub(super) initials: Option<f32>,
}

impl TokenIndex {
    /// Fills `matches` with those whose words are in this shard, in their order.
    pub(super) fn localise(&self, query: &TokenQuery, matches: &mut Vec<ShardMatch>) {
        matches.clear();
        for found in &query.matches {
            let Some(first) = self.term(found.words.0) else { continue };
            let second = match found.words.1.map(|word| self.term(word)) {
                None => None,
                Some(Some(term)) => Some(term),
                Some(None) => continue,
            };
            matches.push(ShardMatch {
                slots: found.slots,
                terms: (first, second),
                sum: Sum { gain: found.factor * found.weight, covered: found.covered },
                groups: found.groups,
                gathers: found.gathers,
                initials: found.initials.then_some(found.factor),
            });
        }
    }
}

/// An upper bound on what the matches that have not gathered can add to a name: for each word of the row, the best of
/// them.
pub(super) fn rest(query: &TokenQuery, matches: &[ShardMatch]) -> Sum {
    let mut rest = Sum::default();
    for (slot, weight) in query.weights.iter().enumerate() {
        let left =
            matches.iter().filter(|found| !found.gathers && found.initials.is_none() && found.slots >> slot & 1 == 1);
        if let Some(best) = left.map(|found| found.sum.gain).max_by(f32::total_cmp) {
            rest.gain += best;
            rest.covered += weight;
        }
    }
    rest
}

/// The similarity of a name, 0 to 1 (the formula is in [`crate::token`]).
pub(super) fn similarity(matches: &[ShardMatch], query_total: f32, terms: &[u32], total: f32) -> f32 {
    let bit = |term: u32| terms.binary_search(&term).ok().map(|at| 1u64 << at.min(63));
    let (mut slots, mut used) = (0u64, 0u64);
    let (mut shared, mut covered) = (0.0f32, 0.0f32);
    for found in matches {
        if found.slots & slots != 0 {
            continue;
        }
        let Some(first) = bit(found.terms.0) else { continue };
        if let Some(factor) = found.initials {
            if used == 0 {
                (slots, used) = (slots | found.slots, u64::MAX);
                shared = factor * total;
                covered = found.sum.covered;
            }
            continue;
        }
        let second = match found.terms.1.map(bit) {
            None => 0,
            Some(Some(second)) => second,
            Some(None) => continue,
        };
        if (first | second) & used == 0 {
            slots |= found.slots;
            used |= first | second;
            shared += found.sum.gain;
            covered += found.sum.covered;
        }
    }
    rounded(shared / ((query_total - covered).max(0.0) + total))
}
