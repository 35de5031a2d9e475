//! The names that score best, their groups, and the entries of these groups.
//!
//! The words that gather add up an upper bound for each name that they occur in, the rarest word first. As soon as
//! enough groups are known to be better than any name with only the words that are left, those gather no more (the
//! idea of MaxScore, Turtle and Flood 1995); where only names that agree on the preferred fields can still be better, only
//! those are gathered. Names are then scored exactly where their bound can still reach the
//! groups kept. Nothing is lost by either, and a name's score is a sum over the row's matches in their fixed order:
//! the result does not depend on what else the shard holds.

use crate::broad::bonus::Bonuses;
use crate::broad::index::{BroadIndex, TOTAL_UNIT};
use crate::broad::query::Query;
use crate::rank::{Rank, rounded};

/// Bounds are sums in another order than scores, and scores are rounded: what that can differ by.
const BOUND_SLACK: f32 = 4e-5;
/// A word in fewer names of the shard is gathered without asking whether it can bring in anything.
const PROBE_NAMES_MIN: usize = 256;

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
    /// Name to the packed sum so far; zero between rows.
    sums: Vec<u32>,
    touched: Vec<u32>,
    /// Bounds and names, packed so that they sort.
    bounds: Vec<u64>,
    matches: Vec<LocalMatch>,
    /// The matches that gather, the rarest first.
    order: Vec<usize>,
    scored: Scored,
    /// Names from here on do not count.
    names_end: u32,
}

/// Weights of what is met: of the name's words by factor, and of the row's.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    gain: f32,
    covered: f32,
}

impl Sum {
    /// At least the similarity of a name of weight `total`, when `self` is at least what it meets.
    fn bound(self, rest: Sum, query_total: f32, total: f32) -> f32 {
        let (gain, whole) = self.shares(rest, query_total, total);
        (gain / whole).min(1.0)
    }

    /// Whether [`Sum::bound`] may be as much as `needed`: without a division, as most names are asked only this.
    fn may_reach(self, needed: f32, rest: Sum, query_total: f32, total: f32) -> bool {
        let (gain, whole) = self.shares(rest, query_total, total);
        gain >= needed * whole
    }

    /// What is in common at most, and what it is a share of.
    fn shares(self, rest: Sum, query_total: f32, total: f32) -> (f32, f32) {
        let covered = self.covered + rest.covered;
        (self.gain + rest.gain, (query_total - covered).max(0.0) + total)
    }
}

/// Sums of one row in 16 bits each, rounded up: half the memory that a search touches.
#[derive(Debug, Clone, Copy)]
struct Packing {
    unit: f32,
}

impl Packing {
    /// All sums of these matches fit, each match rounded up by one.
    fn of(matches: &[LocalMatch]) -> Packing {
        let (gain, covered) = matches
            .iter()
            .filter(|found| found.gathers)
            .fold((0.0f32, 0.0f32), |sum, found| (sum.0 + found.sum.gain, sum.1 + found.sum.covered));
        let room = f32::from(u16::MAX) - 8.0 - 2.0 * matches.len() as f32;
        Packing { unit: (gain.max(covered) / room.max(1.0)).max(f32::MIN_POSITIVE) }
    }

    fn pack(self, sum: Sum) -> u32 {
        let units = |value: f32| (value / self.unit).ceil() as u32 + 1;
        units(sum.gain) << 16 | units(sum.covered)
    }

    fn unpack(self, packed: u32) -> Sum {
        Sum { gain: (packed >> 16) as f32 * self.unit, covered: (packed & 0xffff) as f32 * self.unit }
    }
}

/// A match in the terms of this shard.
#[derive(Debug, Clone, Copy)]
struct LocalMatch {
    slots: u64,
    terms: (u32, Option<u32>),
    sum: Sum,
    groups: u32,
    gathers: bool,
    /// The name's whole weight counts: its initials are met.
    initials: Option<f32>,
}

/// Groups scored so far, some of them more than once.
#[derive(Debug, Default)]
struct Scored {
    groups: Vec<ScoredGroup>,
    scores: Vec<f32>,
    /// The score of the last of the groups wanted, when last settled; below zero while there are fewer.
    threshold: f32,
    settle_at: usize,
}

#[derive(Debug, Clone, Copy)]
struct ScoredGroup {
    group: u32,
    similarity: f32,
    bonus: f32,
}

impl Scored {
    fn restart(&mut self, wanted: usize) {
        self.groups.clear();
        self.threshold = -1.0;
        self.settle_at = wanted.max(8).saturating_mul(2);
    }

    fn push(&mut self, scored: ScoredGroup, wanted: usize) {
        self.groups.push(scored);
        if self.groups.len() >= self.settle_at {
            self.settle(wanted);
            self.settle_at = self.settle_at.max(2 * self.groups.len());
        }
    }

    /// Leaves the best similarity of each group, and sets the threshold.
    fn settle(&mut self, wanted: usize) {
        self.groups.sort_unstable_by(|a, b| a.group.cmp(&b.group).then(b.similarity.total_cmp(&a.similarity)));
        self.groups.dedup_by_key(|scored| scored.group);
        if wanted > 0 && self.groups.len() >= wanted {
            self.scores.clear();
            self.scores.extend(self.groups.iter().map(|scored| scored.similarity + scored.bonus));
            self.threshold = *self.scores.select_nth_unstable_by(wanted - 1, |a, b| b.total_cmp(a)).1;
        }
    }

    /// A bound below this is too low to enter with any bonus up to `reach`.
    fn needed(&self, reach: f32) -> f32 {
        self.threshold - reach - 2.0 * BOUND_SLACK
    }

    /// Whether a score that is at most `bound` may be among those wanted.
    fn may_enter(&self, bound: f32) -> bool {
        bound + BOUND_SLACK >= self.threshold
    }
}

impl BroadScratch {
    /// Forgets the row before; of the names, only those before `names_end` count.
    pub(crate) fn restart(&mut self, wanted: Wanted, names_end: u32) {
        self.names_end = names_end;
        self.scored.restart(wanted.groups);
    }
}

impl BroadIndex {
    /// Scores the groups whose names may be the row's into `scratch`: after [`BroadScratch::restart`], for each of the
    /// row's names, before [`BroadIndex::choose`].
    pub(crate) fn score(&self, query: &Query, wanted: Wanted, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        self.localise(query, &mut scratch.matches);
        scratch.sums.resize(self.groups.len(), 0);
        let packing = Packing::of(&scratch.matches);
        let mut order = std::mem::take(&mut scratch.order);
        order.clear();
        order.extend(
            (0..scratch.matches.len()).filter(|at| scratch.matches.get(*at).is_some_and(|found| found.gathers)),
        );
        order.sort_by_key(|at| scratch.matches.get(*at).map(|found| found.groups));
        scratch.matches.iter_mut().for_each(|found| found.gathers = false);
        self.score_initials(query, wanted, bonuses, scratch);
        let mut probed = 0;
        for at in &order {
            let Some(found) = scratch.matches.get(*at).copied() else { continue };
            let names = self.names_of(found.terms.0, scratch.names_end);
            let mut least = None;
            if names.len() >= PROBE_NAMES_MIN && !scratch.touched.is_empty() {
                if scratch.touched.len() >= 2 * probed {
                    self.score_touched(query, packing, wanted, bonuses, true, scratch);
                    probed = scratch.touched.len();
                }
                // A name has at least the weight of the words in it that are met.
                let rest = rest(query, &scratch.matches);
                let bound = rest.bound(Sum::default(), query.total, rest.gain);
                if !scratch.scored.may_enter(bound + bonuses.reach()) {
                    break;
                }
                least = (!scratch.scored.may_enter(bound)).then_some(bound);
            }
            let met = packing.pack(found.sum);
            match least {
                None => gather(names, met, &mut scratch.sums, &mut scratch.touched),
                Some(bound) => self.gather_agreeing(names, met, bound, bonuses, scratch),
            }
            if let Some(found) = scratch.matches.get_mut(*at) {
                found.gathers = true;
            }
        }
        self.score_touched(query, packing, wanted, bonuses, false, scratch);
        for name in scratch.touched.drain(..) {
            if let Some(sum) = scratch.sums.get_mut(name as usize) {
                *sum = 0;
            }
        }
        scratch.order = order;
    }

    /// As [`gather`] for a word that brings in names only where they agree with the row on the preferred fields: names
    /// new to the row have at most the similarity `bound`. Those that are passed over cannot enter by later words either.
    fn gather_agreeing(&self, names: &[u32], met: u32, bound: f32, bonuses: &Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { sums, touched, scored, .. } = scratch;
        for name in names {
            let Some(sum) = sums.get_mut(*name as usize) else { continue };
            if *sum == 0 {
                let signature = self.signatures.get(*name as usize).copied().unwrap_or(0);
                if !scored.may_enter(bound + bonuses.bound(signature)) {
                    continue;
                }
                touched.push(*name);
            }
            *sum += met;
        }
    }

    /// Scores the names whose initials the row has: few, and no bound says how much they meet.
    fn score_initials(&self, query: &Query, wanted: Wanted, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { matches, scored, names_end, .. } = scratch;
        for found in matches.iter().filter(|found| found.initials.is_some()) {
            for name in self.names_of(found.terms.0, *names_end) {
                self.score_name(*name, query, matches, wanted, bonuses, scored);
            }
        }
    }

    fn score_name(
        &self,
        name: u32,
        query: &Query,
        matches: &[LocalMatch],
        wanted: Wanted,
        bonuses: &mut Bonuses<'_>,
        scored: &mut Scored,
    ) {
        let at = name as usize;
        let (Some(group), Some(signature)) = (self.groups.get(at), self.signatures.get(at)) else { return };
        let terms = self.terms.get(name as usize);
        let similarity = similarity(matches, query.total, terms, self.weight(terms));
        // A name gathered by one half of a split word may meet nothing: its bonus must not raise the threshold.
        if similarity > 0.0 && scored.may_enter(similarity + bonuses.bound(*signature)) {
            let (group, bonus) = (*group, bonuses.of(*group));
            scored.push(ScoredGroup { group, similarity, bonus }, wanted.groups);
        }
    }

    /// Scores the names touched: those of the highest bounds, and unless this is a probe, then all that may enter.
    fn score_touched(
        &self,
        query: &Query,
        packing: Packing,
        wanted: Wanted,
        bonuses: &mut Bonuses<'_>,
        probe: bool,
        scratch: &mut BroadScratch,
    ) {
        let BroadScratch { sums, touched, bounds, matches, scored, .. } = scratch;
        let rest = rest(query, matches);
        let reach = bonuses.reach();
        let needed = scored.needed(reach);
        bounds.clear();
        for name in touched.iter() {
            let (Some(sum), Some(total)) = (sums.get(*name as usize), self.totals.get(*name as usize)) else {
                continue;
            };
            let (sum, total) = (packing.unpack(*sum), f32::from(*total) * TOTAL_UNIT);
            if !sum.may_reach(needed, rest, query.total, total) {
                continue;
            }
            let bound = sum.bound(rest, query.total, total);
            if scored.may_enter(bound + reach) {
                bounds.push(u64::from(bound.to_bits()) << 32 | u64::from(*name));
            }
        }
        let first = wanted.groups.saturating_mul(2).min(bounds.len());
        if first < bounds.len() {
            bounds.select_nth_unstable_by(first, |a, b| b.cmp(a));
        }
        let scored_now = if probe { first } else { bounds.len() };
        for (place, packed) in bounds.iter().take(scored_now).enumerate() {
            if place == first {
                scored.settle(wanted.groups);
            }
            let (bound, name) = (f32::from_bits((packed >> 32) as u32), *packed as u32);
            if !scored.may_enter(bound + reach) {
                continue;
            }
            let signature = self.signatures.get(name as usize).copied().unwrap_or(0);
            if scored.may_enter(bound + bonuses.bound(signature)) {
                self.score_name(name, query, matches, wanted, bonuses, scored);
            }
        }
        scored.settle(wanted.groups);
    }

    /// Leaves the matches whose words this shard has, in their order.
    fn localise(&self, query: &Query, matches: &mut Vec<LocalMatch>) {
        matches.clear();
        for found in &query.matches {
            let Some(first) = self.term(found.words.0) else { continue };
            let second = match found.words.1.map(|word| self.term(word)) {
                None => None,
                Some(Some(term)) => Some(term),
                Some(None) => continue,
            };
            matches.push(LocalMatch {
                slots: found.slots,
                terms: (first, second),
                sum: Sum { gain: found.factor * found.weight, covered: found.covered },
                groups: found.groups,
                gathers: found.gathers,
                initials: found.initials.then_some(found.factor),
            });
        }
    }

    /// Adds the entries of the best groups to `hits`, best first.
    pub(crate) fn choose(&self, bonuses: &Bonuses<'_>, wanted: Wanted, scratch: &BroadScratch, hits: &mut Vec<Hit>) {
        let mut best: Vec<(Rank, ScoredGroup)> = Vec::new();
        for scored in &scratch.scored.groups {
            if scratch.scored.may_enter(scored.similarity + scored.bonus) {
                let ranks = bonuses.members(scored.group).map(|entry| bonuses.rank(entry, scored.similarity));
                best.extend(ranks.min().map(|rank| (rank, *scored)));
            }
        }
        best.sort_unstable_by_key(|(rank, scored)| (*rank, scored.group));
        best.truncate(wanted.groups);
        let (start, mut members) = (hits.len(), Vec::new());
        for (_, ScoredGroup { group, similarity, .. }) in best {
            members.clear();
            members.extend(bonuses.members(group).map(|entry| Hit {
                rank: bonuses.rank(entry, similarity),
                entry,
                similarity,
            }));
            members.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
            hits.extend(members.iter().take(wanted.per_group));
        }
        if let Some(own) = hits.get_mut(start..) {
            own.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
        }
    }
}

/// Adds what a match brings to each of its names.
fn gather(names: &[u32], met: u32, sums: &mut [u32], touched: &mut Vec<u32>) {
    let mut length = touched.len();
    touched.resize(length + names.len(), 0);
    for name in names {
        if let (Some(sum), Some(slot)) = (sums.get_mut(*name as usize), touched.get_mut(length)) {
            // Written in any case and counted only if new: no branch that depends on the sum.
            *slot = *name;
            length += usize::from(*sum == 0);
            *sum += met;
        }
    }
    touched.truncate(length);
}

/// At least what the matches that have not gathered can add to a name: for each word of the row, the best of them.
fn rest(query: &Query, matches: &[LocalMatch]) -> Sum {
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
