//! The names of a shard that score best, and their groups.
//!
//! The words that gather add up an upper bound for each name that they occur in, the rarest word first. As soon as
//! enough groups are known to be better than any name with only the words that are left, those gather no more (the
//! idea of MaxScore, Turtle and Flood 1995); where only names that agree on the preferred fields can still be better, only
//! those are gathered. Names are then scored exactly where their bound can still reach the
//! groups kept, the highest bounds first. Nothing is lost by either, and a name's score is a sum over the row's matches in
//! their fixed order: the result does not depend on what else the shard holds.
//!
//! A row meets thousands of names, whose data is scattered in memory. It is therefore read for
//! many names before any of it is used, without branches that depend on it: the cache misses then overlap.

use crate::token::best_groups::BestGroups;
use crate::token::bonus::Bonuses;
use crate::token::bound::{Bound, Packing, Sum};
use crate::token::index::{TOTAL_UNIT, TokenIndex};
use crate::token::query::TokenQuery;
use crate::token::shard_match::{ShardMatch, rest, similarity};

/// A word in fewer names of the shard is gathered without asking whether it can bring in anything.
const PROBE_NAMES_MIN: usize = 256;
/// Signatures that are read before any is looked at.
const SIGNATURES_AT_ONCE: usize = 64;
/// Names that are read before any is scored.
const NAMES_AT_ONCE: usize = 16;

/// How many to keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupLimits {
    pub(crate) groups: usize,
    pub(crate) per_group: usize,
}

/// Buffers used again for every row.
#[derive(Debug, Default)]
pub(crate) struct TokenScratch {
    /// Name to the packed sum so far; zero between rows.
    sums: Vec<u32>,
    touched: Vec<u32>,
    /// What is known of the names touched, as far as it is needed yet.
    traits: Vec<NameBounds>,
    bounds: Vec<Bound>,
    /// The names that are scored already, in order.
    known: Vec<u32>,
    matches: Vec<ShardMatch>,
    /// The matches that gather, the rarest first.
    order: Vec<usize>,
    scored: BestGroups,
    /// Names of the shard from here on do not count.
    names_end: u32,
}

/// What a name is scored by.
#[derive(Debug, Clone, Copy, Default)]
struct Name<'a> {
    group: u32,
    /// Of the group.
    signature: u64,
    terms: &'a [u32],
    /// The weight of its words.
    total: f32,
}

/// Bounds of a name's score besides its matched words.
#[derive(Debug, Clone, Copy)]
struct NameBounds {
    /// The weight of its words at least.
    total: f32,
    /// The bonus of its group at most.
    bonus: f32,
}

impl TokenScratch {
    /// Forgets the row before.
    pub(crate) fn restart(&mut self, limits: GroupLimits) {
        self.scored.restart(limits.groups);
    }

    /// Turns to the next shard; of its names, only those before `names_end` count.
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
    /// Scores the groups whose names may be the row's into `scratch`: after [`TokenScratch::turn_to`], for each of the
    /// row's names, before the best of [`TokenScratch::best_groups`] are chosen.
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
            // Bounding all names touched costs about as much as gathering a long list: it is worth it when the names have
            // doubled since the last time.
            if names.len() >= PROBE_NAMES_MIN {
                if scratch.touched.len() >= (2 * probed).max(1) {
                    self.bound_touched(query, packing, bonuses, scratch);
                    self.score_first(query, bonuses, scratch);
                    probed = scratch.touched.len();
                }
                // A name has at least the weight of the words in it that are met.
                let rest = rest(query, &scratch.matches);
                let bound = rest.bound(Sum::default(), query.total, rest.gain);
                // No new name can reach the best any more: this word and all later ones, which are
                // more frequent, only score the names already touched.
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
        // Only the sums touched are reset: the array is as long as the shard has names.
        for name in scratch.touched.drain(..) {
            if let Some(sum) = scratch.sums.get_mut(name as usize) {
                *sum = 0;
            }
        }
        scratch.order = order;
    }

    /// As [`gather`] for a word that brings in names only where they agree with the row on the preferred fields: names
    /// new to the row have at most the similarity `bound`. Those that are passed over cannot enter by later words either.
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

    /// The signatures of up to [`SIGNATURES_AT_ONCE`] names. They are scattered in memory, so they are read
    /// together.
    fn signatures_of(&self, names: &[u32]) -> [u64; SIGNATURES_AT_ONCE] {
        let mut signatures = [0; SIGNATURES_AT_ONCE];
        for (signature, name) in signatures.iter_mut().zip(names) {
            *signature = self.signatures.get(*name as usize).copied().unwrap_or(0);
        }
        signatures
    }

    /// Scores the names whose initials the row has: few, and without a bound on what they match.
    fn score_initials(&self, query: &TokenQuery, bonuses: &mut Bonuses<'_>, scratch: &mut TokenScratch) {
        let TokenScratch { matches, scored, names_end, .. } = scratch;
        for found in matches.iter().filter(|found| found.initials.is_some()) {
            self.score_names(self.names_of(found.terms.0, *names_end), query, matches, bonuses, scored);
        }
    }

    /// Scores names. Their words are scattered in memory too, and read for several names before any is scored.
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

    /// Bounds the score of each name touched, and leaves those that may enter in `scratch.bounds`.
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

    /// Scores the names of the highest bounds, which leaves `scratch.bounds` with the others.
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

    /// Scores the names left in `scratch.bounds` that may enter, the highest bounds first.
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
