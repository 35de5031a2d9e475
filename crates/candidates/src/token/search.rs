//! The best-scoring names of a shard, and their groups.
//!
//! The gathering words add up an upper bound for each name in which they occur, rarest word first. Once enough groups
//! are known to be better than any name with only the remaining words, those words stop gathering (the idea of
//! MaxScore, Turtle and Flood 1995); if only names that agree on the preferred fields can still be better, only those
//! are gathered. Names are then scored exactly if their bound can still reach the groups kept, highest bounds first.
//! Neither loses any result, and a name's score is a sum over the row's matches in their fixed order: the result does
//! not depend on what else is in the shard.
//!
//! A row touches thousands of names, whose data is scattered in memory. It is therefore read for many names before any
//! of it is used, without branches that depend on it: the cache misses then overlap.

use crate::token::best_groups::BestGroups;
use crate::token::bonus::Bonuses;
use crate::token::bound::{Bound, Packing, Sum};
use crate::token::index::{TOTAL_UNIT, TokenIndex};
use crate::token::query::TokenQuery;
use crate::token::shard_match::{ShardMatch, rest, similarity};

/// A word in fewer names of the shard is gathered without checking whether it can contribute anything.
const PROBE_NAMES_MIN: usize = 256;
/// Number of signatures read before any is used.
const SIGNATURES_AT_ONCE: usize = 64;
/// Number of names read before any is scored.
const NAMES_AT_ONCE: usize = 16;

/// Maximum numbers to keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupLimits {
    pub(crate) groups: usize,
    pub(crate) per_group: usize,
}

/// Buffers reused across rows.
#[derive(Debug, Default)]
pub(crate) struct TokenScratch {
    /// The packed sum of each name so far; zero between rows.
    sums: Vec<u32>,
    touched: Vec<u32>,
    /// Bounds of the touched names, computed as needed.
    traits: Vec<NameBounds>,
    bounds: Vec<Bound>,
    /// The names already scored, in order.
    known: Vec<u32>,
    matches: Vec<ShardMatch>,
    /// The gathering matches, rarest first.
    order: Vec<usize>,
    scored: BestGroups,
    /// Names from here on are ignored.
    names_end: u32,
}

/// The data by which a name is scored.
#[derive(Debug, Clone, Copy, Default)]
struct Name<'a> {
    group: u32,
    /// The signature of its group.
    signature: u64,
    terms: &'a [u32],
    /// The total weight of its words.
    total: f32,
}

/// Bounds on a name's score, apart from its matched words.
#[derive(Debug, Clone, Copy)]
struct NameBounds {
    /// A lower bound on the weight of its words.
    total: f32,
    /// An upper bound on the bonus of its group.
    bonus: f32,
}

impl TokenScratch {
    /// Resets the state of the previous row.
    pub(crate) fn restart(&mut self, limits: GroupLimits) {
        self.scored.restart(limits.groups);
    }

    /// Switches to the next shard, of which only names before `names_end` count.
    pub(crate) fn turn_to(&mut self, shard: u32, names_end: u32) {
        self.scored.turn_to(shard);
        self.names_end = names_end;
    }

    /// The groups found in all shards.
    pub(super) fn best_groups(&self) -> &BestGroups {
        &self.scored
    }
}

impl TokenIndex {
    /// Scores the groups whose names may match the row into `scratch`: call after [`TokenScratch::turn_to`], for each
    /// of the row's names, before the best of [`TokenScratch::best_groups`] are chosen.
    pub(crate) fn score(&self, query: &TokenQuery, bonuses: &mut Bonuses<'_>, scratch: &mut TokenScratch) {
        self.localise(query, &mut scratch.matches);
        scratch.sums.resize(self.groups.len().max(scratch.sums.len()), 0);
        scratch.known.clear();
        scratch.traits.clear();
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
            // Bounding all touched names costs about as much as gathering a long list: it is worth it when their number
            // has doubled since the last time.
            if names.len() >= PROBE_NAMES_MIN {
                if scratch.touched.len() >= (2 * probed).max(1) {
                    self.bound_touched(query, packing, bonuses, scratch);
                    self.score_first(query, bonuses, scratch);
                    probed = scratch.touched.len();
                }
                // A name has at least the weight of its words that are met.
                let rest = rest(query, &scratch.matches);
                let bound = rest.bound(Sum::default(), query.total, rest.gain);
                // No new name can reach the best any more: this word and all later ones, which are more frequent, only
                // score names already touched.
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
        // Only touched sums are reset: the array has an element for each name of the shard.
        for name in scratch.touched.drain(..) {
            if let Some(sum) = scratch.sums.get_mut(name as usize) {
                *sum = 0;
            }
        }
        scratch.order = order;
    }

    /// Like [`gather`], for a word that only retrieves names that agree with the row on the preferred fields: new names
    /// have at most the similarity `bound`. Skipped names cannot enter by later words either.
    fn gather_agreeing(&self, names: &[u32], met: u32, bound: f32, bonuses: &Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { sums, touched, scored, .. } = scratch;
        let mut length = touched.len();
        touched.resize(length + names.len(), 0);
        for names in names.chunks(SIGNATURES_AT_ONCE) {
            for (name, signature) in names.iter().zip(self.signatures_of(names)) {
                if let (Some(sum), Some(slot)) = (sums.get_mut(*name as usize), touched.get_mut(length)) {
                    let (new, enters) = (*sum == 0, scored.may_enter(bound + bonuses.bound(signature)));
                    *slot = *name;
                    length += usize::from(new & enters);
                    *sum += met * u32::from(!new | enters);
                }
            }
        }
        touched.truncate(length);
    }

    /// The signatures of up to [`SIGNATURES_AT_ONCE`] names. They are scattered in memory, so they are read together.
    fn signatures_of(&self, names: &[u32]) -> [u64; SIGNATURES_AT_ONCE] {
        let mut signatures = [0; SIGNATURES_AT_ONCE];
        for (signature, name) in signatures.iter_mut().zip(names) {
            *signature = self.signatures.get(*name as usize).copied().unwrap_or(0);
        }
        signatures
    }

    /// Scores the names whose initials are in the row: few, and without a bound on what they match.
    fn score_initials(&self, query: &TokenQuery, bonuses: &mut Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { matches, scored, names_end, .. } = scratch;
        for found in matches.iter().filter(|found| found.initials.is_some()) {
            self.score_names(self.names_of(found.terms.0, *names_end), query, matches, bonuses, scored);
        }
    }

    /// Scores names. Their words are scattered in memory too, and are read for several names before any is scored.
    fn score_names(
        &self,
        names: &[u32],
        query: &TokenQuery,
        matches: &[ShardMatch],
        bonuses: &mut Bonuses<'_>,
        scored: &mut BestGroups,
    ) {
        for names in names.chunks(NAMES_AT_ONCE) {
            let mut read = [Name::default(); NAMES_AT_ONCE];
            for (slot, name) in read.iter_mut().zip(names) {
                let at = *name as usize;
                slot.group = self.groups.get(at).copied().unwrap_or(0);
                slot.signature = self.signatures.get(at).copied().unwrap_or(0);
                slot.terms = self.terms.get(at);
            }
            for name in read.iter_mut().take(names.len()) {
                name.total = self.weight(name.terms);
            }
            for Name { group, signature, terms, total } in read.into_iter().take(names.len()) {
                let similarity = similarity(matches, query.total, terms, total);
                // A name gathered by one half of a split word may meet nothing: its bonus must not raise the threshold.
                if similarity > 0.0 && scored.may_enter(similarity + bonuses.bound(signature)) {
                    scored.push(group, similarity, bonuses.of(group, signature));
                }
            }
        }
    }

    /// Bounds the score of each touched name, and leaves those that may enter in `scratch.bounds`.
    fn bound_touched(&self, query: &TokenQuery, packing: Packing, bonuses: &Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { sums, touched, traits, bounds, matches, scored, .. } = scratch;
        for names in touched.get(traits.len()..).unwrap_or(&[]).chunks(SIGNATURES_AT_ONCE) {
            traits.extend(names.iter().zip(self.signatures_of(names)).map(|(name, signature)| {
                let total = self.totals.get(*name as usize).copied().unwrap_or(0);
                NameBounds { total: f32::from(total) * TOTAL_UNIT, bonus: bonuses.bound(signature) }
            }));
        }
        let rest = rest(query, matches);
        bounds.clear();
        bounds.resize(touched.len(), Bound::default());
        let mut length = 0;
        for (name, NameBounds { total, bonus }) in touched.iter().zip(traits) {
            if let (Some(sum), Some(slot)) = (sums.get(*name as usize), bounds.get_mut(length)) {
                let score = packing.unpack(*sum).bound(rest, query.total, *total) + *bonus;
                // As in `gather`: no branch that depends on the sum.
                *slot = Bound::new(score, *name);
                length += usize::from(scored.may_enter(score));
            }
        }
        bounds.truncate(length);
    }

    /// Scores the names with the highest bounds, leaving the others in `scratch.bounds`.
    fn score_first(&self, query: &TokenQuery, bonuses: &mut Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { bounds, known, matches, scored, .. } = scratch;
        let first = scored.groups_max().saturating_mul(2).min(bounds.len());
        if first < bounds.len() {
            bounds.select_nth_unstable_by(first, |a, b| b.cmp(a));
        }
        let before = known.len();
        for bound in bounds.drain(..first) {
            if known.get(..before).is_some_and(|known| known.binary_search(&bound.name()).is_err()) {
                known.push(bound.name());
            }
        }
        self.score_names(known.get(before..).unwrap_or(&[]), query, matches, bonuses, scored);
        known.sort_unstable();
        scored.prune();
    }

    /// Scores the remaining names in `scratch.bounds` that may enter, highest bounds first.
    fn score_others(&self, query: &TokenQuery, bonuses: &mut Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { bounds, known, matches, scored, .. } = scratch;
        bounds.retain(|bound| scored.may_enter(bound.score()) && known.binary_search(&bound.name()).is_err());
        bounds.sort_unstable_by(|a, b| b.cmp(a));
        for bounds in bounds.chunks(NAMES_AT_ONCE) {
            known.clear();
            known.extend(bounds.iter().filter(|bound| scored.may_enter(bound.score())).map(|bound| bound.name()));
            if known.is_empty() {
                break;
            }
            self.score_names(known, query, matches, bonuses, scored);
        }
        scored.prune();
    }
}

/// Adds a match's contribution to each of its names.
fn gather(names: &[u32], met: u32, sums: &mut [u32], touched: &mut Vec<u32>) {
    let mut length = touched.len();
    touched.resize(length + names.len(), 0);
    for name in names {
        if let (Some(sum), Some(slot)) = (sums.get_mut(*name as usize), touched.get_mut(length)) {
            // Always written, but only counted if new: no branch that depends on the sum.
            *slot = *name;
            length += usize::from(*sum == 0);
            *sum += met;
        }
    }
    touched.truncate(length);
}
