//! The names that score best, their groups, and the entries of these groups.
//!
//! The words that gather add up an upper bound for each name that they occur in; names are then scored exactly from
//! the highest bound down, until no bound that is left can reach the groups kept. A name's score is a sum over the
//! row's matches in their fixed order, so it does not depend on what else the shard holds.

use std::collections::BinaryHeap;

use crate::agreement::Comparison;
use crate::broad::index::{BroadIndex, Ranking};
use crate::broad::query::Query;
use crate::error::Error;
use crate::rank::{AGREEMENT_WEIGHT, Rank, agreement_bonus, rounded};
use crate::registry::Registry;

/// Bounds are sums in another order than scores, and scores are rounded: what that can differ by.
const BOUND_SLACK: f32 = 4e-5;

/// An entry found for a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) rank: Rank,
    pub(crate) entry: u32,
    pub(crate) similarity: f32,
}

/// How many to keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) groups: usize,
    pub(crate) per_group: usize,
}

/// Buffers used again for every row.
#[derive(Debug, Default)]
pub(crate) struct BroadScratch {
    /// Name to the sum so far; zero between rows.
    sums: Vec<f32>,
    touched: Vec<u32>,
    /// Bounds and names, packed.
    bounds: Vec<u64>,
    matches: Vec<LocalMatch>,
    scored: Scored,
}

/// A match in the terms of this shard.
#[derive(Debug, Clone, Copy)]
struct LocalMatch {
    slots: u64,
    terms: (u32, Option<u32>),
    gain: f32,
    covered: f32,
    gathers: bool,
}

/// Groups scored so far, some of them more than once.
#[derive(Debug, Default)]
struct Scored {
    groups: Vec<(u32, f32)>,
    similarities: Vec<f32>,
}

impl Scored {
    /// Leaves the best similarity of each group, and tells that of the last one among the best `count`; below zero if
    /// there are fewer.
    fn settle(&mut self, count: usize) -> f32 {
        self.groups.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        self.groups.dedup_by_key(|scored| scored.0);
        if self.groups.len() < count || count == 0 {
            return -1.0;
        }
        self.similarities.clear();
        self.similarities.extend(self.groups.iter().map(|scored| scored.1));
        *self.similarities.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a)).1
    }
}

impl BroadIndex {
    /// Scores the groups whose names may be the row's into `scratch`. Call it for each of the row's names, then
    /// [`BroadIndex::choose`]. `agreement` says whether the row has something to agree on.
    pub(crate) fn score(
        &self,
        query: &Query,
        wanted: Wanted,
        agreement: bool,
        scratch: &mut BroadScratch,
    ) -> Result<(), Error> {
        let no_vocabulary = || Error::NoVocabulary { field: self.field.clone() };
        let ranking = self.ranking.as_ref().ok_or_else(no_vocabulary)?;
        localise(query, ranking, &mut scratch.matches);
        self.gather(query, ranking, scratch);
        let reach = if agreement { AGREEMENT_WEIGHT } else { 0.0 };
        let mut bounds = BinaryHeap::from(std::mem::take(&mut scratch.bounds));
        let scored = &mut scratch.scored;
        let mut threshold = scored.settle(wanted.groups);
        let mut settle_at = (2 * scored.groups.len()).max(2 * wanted.groups);
        while let Some(packed) = bounds.pop() {
            if f32::from_bits((packed >> 32) as u32) + reach + BOUND_SLACK < threshold {
                break;
            }
            let name = packed as u32 as usize;
            let total = ranking.totals.get(name).copied().unwrap_or(0.0);
            let similarity = similarity(&scratch.matches, query.total, self.terms.get(name), total);
            scored.groups.extend(self.groups.get(name).map(|group| (*group, similarity)));
            if scored.groups.len() >= settle_at {
                threshold = scored.settle(wanted.groups);
                settle_at = (2 * scored.groups.len()).max(settle_at);
            }
        }
        scratch.bounds = bounds.into_vec();
        scratch.bounds.clear();
        Ok(())
    }

    /// Fills `scratch.bounds` with the names that the gathering matches occur in.
    fn gather(&self, query: &Query, ranking: &Ranking, scratch: &mut BroadScratch) {
        scratch.sums.resize(self.groups.len(), 0.0);
        for found in scratch.matches.iter().filter(|found| found.gathers) {
            for name in self.names.get(found.terms.0 as usize) {
                if let Some(sum) = scratch.sums.get_mut(*name as usize) {
                    if *sum == 0.0 {
                        scratch.touched.push(*name);
                    }
                    *sum += found.gain;
                }
            }
        }
        let rest: f32 = scratch.matches.iter().filter(|found| !found.gathers).map(|found| found.gain).sum();
        let covered_per_gain = scratch.matches.iter().map(|found| found.covered / found.gain).fold(1.0, f32::max);
        scratch.bounds.clear();
        for name in scratch.touched.drain(..) {
            let Some(sum) = scratch.sums.get_mut(name as usize) else { continue };
            let shared = std::mem::take(sum) + rest;
            let total = ranking.totals.get(name as usize).copied().unwrap_or(0.0);
            let bound = shared / ((query.total - shared * covered_per_gain).max(0.0) + total);
            scratch.bounds.push(u64::from(bound.min(1.0).to_bits()) << 32 | u64::from(name));
        }
    }

    /// Adds the entries of the best groups to `hits`, best first, and empties `scratch` for the next row.
    pub(crate) fn choose(
        &self,
        registry: &Registry,
        comparison: &Comparison<'_>,
        wanted: Wanted,
        scratch: &mut BroadScratch,
        hits: &mut Vec<Hit>,
    ) {
        let threshold = scratch.scored.settle(wanted.groups);
        let reach = if comparison.fields() > 0 { AGREEMENT_WEIGHT } else { 0.0 };
        let hit = |entry: u32, similarity: f32| {
            let bonus = agreement_bonus(comparison.mask(registry, entry), comparison.fields());
            Hit { rank: Rank::new(0, similarity + bonus, registry.flags(entry)), entry, similarity }
        };
        let mut best: Vec<(Rank, u32, f32)> = Vec::new();
        for (group, similarity) in scratch.scored.groups.drain(..) {
            if similarity + reach + BOUND_SLACK >= threshold && similarity > 0.0 {
                let rank = registry.members(group).map(|entry| hit(entry, similarity).rank).min();
                best.extend(rank.map(|rank| (rank, group, similarity)));
            }
        }
        best.sort_unstable_by_key(|(rank, group, _)| (*rank, *group));
        best.truncate(wanted.groups);
        let (start, mut members) = (hits.len(), Vec::new());
        for (_, group, similarity) in best {
            members.clear();
            members.extend(registry.members(group).map(|entry| hit(entry, similarity)));
            members.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
            hits.extend(members.iter().take(wanted.per_group));
        }
        if let Some(own) = hits.get_mut(start..) {
            own.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
        }
    }
}

/// Leaves the matches whose words this shard has, in their order.
fn localise(query: &Query, ranking: &Ranking, matches: &mut Vec<LocalMatch>) {
    matches.clear();
    for found in &query.matches {
        let Some(first) = ranking.term(found.words.0) else { continue };
        let second = match found.words.1.map(|word| ranking.term(word)) {
            None => None,
            Some(Some(term)) => Some(term),
            Some(None) => continue,
        };
        matches.push(LocalMatch {
            slots: found.slots,
            terms: (first, second),
            gain: found.factor * found.weight,
            covered: found.covered,
            gathers: found.gathers,
        });
    }
}

/// The similarity of a name, 0 to 1 (the module [`crate::broad`] has the formula).
fn similarity(matches: &[LocalMatch], query_total: f32, terms: &[u32], total: f32) -> f32 {
    let bit = |term: u32| terms.binary_search(&term).ok().map(|at| 1u64 << at.min(63));
    let (mut slots, mut used) = (0u64, 0u64);
    let (mut shared, mut covered) = (0.0f32, 0.0f32);
    for found in matches {
        if found.slots & slots != 0 {
            continue;
        }
        let Some(first) = bit(found.terms.0) else { continue };
        let second = match found.terms.1.map(bit) {
            None => 0,
            Some(Some(second)) => second,
            Some(None) => continue,
        };
        if (first | second) & used == 0 {
            slots |= found.slots;
            used |= first | second;
            shared += found.gain;
            covered += found.covered;
        }
    }
    rounded(shared / ((query_total - covered).max(0.0) + total))
}
