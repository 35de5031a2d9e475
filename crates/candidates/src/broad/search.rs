//! The names that score best, their groups, and the entries of these groups.
//!
//! The words that gather add up an upper bound for each name that they occur in, the rarest word first. As soon as
//! enough groups are known to be better than any name with only the words that are left, those gather no more (the
//! idea of MaxScore, Turtle and Flood 1995); where only names that agree on the preferred fields can still be better, only
//! those are gathered. Names are then scored exactly where their bound can still reach the
//! groups kept. Nothing is lost by either, and a name's score is a sum over the row's matches in their fixed order:
//! the result does not depend on what else the shard holds.

use crate::broad::bonus::Bonuses;
use crate::broad::bound::{Bound, Packing, Sum};
use crate::broad::index::{BroadIndex, TOTAL_UNIT};
use crate::broad::matches::{LocalMatch, rest, similarity};
use crate::broad::query::Query;
use crate::broad::scored::{Scored, ScoredGroup};
use crate::rank::Rank;

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
    bounds: Vec<Bound>,
    /// The names that are scored already, in order.
    known: Vec<u32>,
    matches: Vec<LocalMatch>,
    /// The matches that gather, the rarest first.
    order: Vec<usize>,
    scored: Scored,
    /// Names from here on do not count.
    names_end: u32,
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
    pub(crate) fn score(&self, query: &Query, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        self.localise(query, &mut scratch.matches);
        scratch.sums.resize(self.groups.len(), 0);
        scratch.known.clear();
        let packing = Packing::of(&scratch.matches);
        let mut order = std::mem::take(&mut scratch.order);
        order.clear();
        order.extend(
            (0..scratch.matches.len()).filter(|at| scratch.matches.get(*at).is_some_and(|found| found.gathers)),
        );
        order.sort_by_key(|at| scratch.matches.get(*at).map(|found| found.groups));
        scratch.matches.iter_mut().for_each(|found| found.gathers = false);
        self.score_initials(query, bonuses, scratch);
        let mut probed = 0;
        for at in &order {
            let Some(found) = scratch.matches.get(*at).copied() else { continue };
            let names = self.names_of(found.terms.0, scratch.names_end);
            let mut least = None;
            if names.len() >= PROBE_NAMES_MIN && !scratch.touched.is_empty() {
                if scratch.touched.len() >= 2 * probed {
                    self.bound_touched(query, packing, bonuses, scratch);
                    self.score_first(query, bonuses, scratch);
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
        self.bound_touched(query, packing, bonuses, scratch);
        self.score_first(query, bonuses, scratch);
        self.score_others(query, bonuses, scratch);
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
        let mut length = touched.len();
        touched.resize(length + names.len(), 0);
        for name in names {
            let at = *name as usize;
            if let (Some(sum), Some(signature)) = (sums.get_mut(at), self.signatures.get(at))
                && let Some(slot) = touched.get_mut(length)
            {
                let (new, enters) = (*sum == 0, scored.may_enter(bound + bonuses.bound(*signature)));
                *slot = *name;
                length += usize::from(new & enters);
                *sum += met * u32::from(!new | enters);
            }
        }
        touched.truncate(length);
    }

    /// Scores the names whose initials the row has: few, and no bound says how much they meet.
    fn score_initials(&self, query: &Query, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { matches, scored, names_end, .. } = scratch;
        for found in matches.iter().filter(|found| found.initials.is_some()) {
            for name in self.names_of(found.terms.0, *names_end) {
                self.score_name(*name, query, matches, bonuses, scored);
            }
        }
    }

    fn score_name(
        &self,
        name: u32,
        query: &Query,
        matches: &[LocalMatch],
        bonuses: &mut Bonuses<'_>,
        scored: &mut Scored,
    ) {
        let at = name as usize;
        let (Some(group), Some(signature)) = (self.groups.get(at), self.signatures.get(at)) else { return };
        let terms = self.terms.get(name as usize);
        let similarity = similarity(matches, query.total, terms, self.weight(terms));
        // A name gathered by one half of a split word may meet nothing: its bonus must not raise the threshold.
        if similarity > 0.0 && scored.may_enter(similarity + bonuses.bound(*signature)) {
            let (group, bonus) = (*group, bonuses.of(*group, *signature));
            scored.push(ScoredGroup { group, similarity, bonus });
        }
    }

    /// Bounds the score of each name touched, and leaves those that may enter in `scratch.bounds`.
    ///
    /// What is known of a name lies at three places in memory. Nothing here waits for one of them: each pass is free of
    /// branches that depend on what it reads, so that many are read at a time.
    fn bound_touched(&self, query: &Query, packing: Packing, bonuses: &Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { sums, touched, bounds, matches, scored, .. } = scratch;
        let (rest, reach) = (rest(query, matches), bonuses.reach());
        bounds.clear();
        bounds.resize(touched.len(), Bound::default());
        let mut length = 0;
        for name in touched.iter() {
            let at = *name as usize;
            if let (Some(sum), Some(total), Some(slot)) = (sums.get(at), self.totals.get(at), bounds.get_mut(length)) {
                let similarity = packing.unpack(*sum).bound(rest, query.total, f32::from(*total) * TOTAL_UNIT);
                *slot = Bound::new(similarity, *name);
                length += usize::from(scored.may_enter(similarity + reach));
            }
        }
        bounds.truncate(length);
        length = 0;
        for at in 0..bounds.len() {
            let Some(bound) = bounds.get(at).copied() else { continue };
            let signature = self.signatures.get(bound.name() as usize).copied().unwrap_or(0);
            let score = bound.score() + bonuses.bound(signature);
            if let Some(slot) = bounds.get_mut(length) {
                *slot = Bound::new(score, bound.name());
                length += usize::from(scored.may_enter(score));
            }
        }
        bounds.truncate(length);
    }

    /// Scores the names of the highest bounds, which leaves `scratch.bounds` with the others.
    fn score_first(&self, query: &Query, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { bounds, known, matches, scored, .. } = scratch;
        let first = scored.wanted().saturating_mul(2).min(bounds.len());
        if first < bounds.len() {
            bounds.select_nth_unstable_by(first, |a, b| b.cmp(a));
        }
        let before = known.len();
        for bound in bounds.drain(..first) {
            if known.get(..before).is_some_and(|known| known.binary_search(&bound.name()).is_err()) {
                self.score_name(bound.name(), query, matches, bonuses, scored);
                known.push(bound.name());
            }
        }
        known.sort_unstable();
        scored.settle();
    }

    /// Scores the names left in `scratch.bounds` that may enter, the highest bounds first.
    fn score_others(&self, query: &Query, bonuses: &mut Bonuses<'_>, scratch: &mut BroadScratch) {
        let BroadScratch { bounds, known, matches, scored, .. } = scratch;
        bounds.retain(|bound| scored.may_enter(bound.score()));
        bounds.sort_unstable_by(|a, b| b.cmp(a));
        for bound in bounds.iter() {
            if !scored.may_enter(bound.score()) {
                break;
            }
            if known.binary_search(&bound.name()).is_err() {
                self.score_name(bound.name(), query, matches, bonuses, scored);
            }
        }
        scored.settle();
    }

    /// Adds the entries of the best groups to `hits`, best first.
    pub(crate) fn choose(&self, bonuses: &Bonuses<'_>, wanted: Wanted, scratch: &BroadScratch, hits: &mut Vec<Hit>) {
        let mut best: Vec<(Rank, ScoredGroup)> = Vec::new();
        for scored in scratch.scored.groups() {
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
