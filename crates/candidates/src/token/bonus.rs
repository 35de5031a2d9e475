//! The bonus of a group for agreement on the preferred fields.

use std::collections::HashMap;
use std::ops::Range;

use crate::agreement::RowAgreement;
use crate::rank::{AGREEMENT_WEIGHT, Rank, agreement_bonus};
use crate::registry::Registry;
use crate::shard_candidates::Hit;

/// Larger groups are scanned once per row instead of once per name.
const SMALL_GROUP_MAX: usize = 16;

/// One row, compared with the groups of a shard.
pub(crate) struct Bonuses<'a> {
    registry: &'a Registry,
    comparison: &'a RowAgreement<'a>,
    /// Whether the row has any value to agree on.
    agreement: bool,
    large: HashMap<u32, f32>,
}

impl<'a> Bonuses<'a> {
    pub(crate) fn new(registry: &'a Registry, comparison: &'a RowAgreement<'a>, agreement: bool) -> Bonuses<'a> {
        Bonuses { registry, comparison, agreement, large: HashMap::new() }
    }

    /// The maximum bonus of any group.
    pub(crate) fn reach(&self) -> f32 {
        if self.agreement { AGREEMENT_WEIGHT } else { 0.0 }
    }

    /// An upper bound on the bonus of a group with this signature.
    #[inline]
    pub(crate) fn bound(&self, signature: u64) -> f32 {
        // Branchless: this runs for many names in sequence, whose signatures are scattered in memory.
        if self.agreement {
            agreement_bonus(self.comparison.mask_max(signature), self.comparison.fields())
        } else {
            0.0
        }
    }

    /// The bonus of the best entry of a group with this signature.
    pub(crate) fn of(&mut self, group: u32, signature: u64) -> f32 {
        let bound = self.bound(signature);
        if bound == 0.0 {
            return 0.0;
        }
        let members = self.members(group);
        if members.len() <= SMALL_GROUP_MAX {
            return self.best(members, bound);
        }
        if let Some(bonus) = self.large.get(&group) {
            return *bonus;
        }
        let bonus = self.best(members, bound);
        self.large.insert(group, bonus);
        bonus
    }

    /// The best bonus of the members, none of which exceeds `bound`.
    fn best(&self, members: Range<u32>, bound: f32) -> f32 {
        let mut best = 0.0f32;
        for entry in members {
            best = best.max(self.bonus(entry));
            if best >= bound {
                break;
            }
        }
        best
    }

    fn bonus(&self, entry: u32) -> f32 {
        if !self.agreement {
            return 0.0;
        }
        agreement_bonus(self.comparison.mask(self.registry, entry), self.comparison.fields())
    }

    fn members(&self, group: u32) -> Range<u32> {
        self.registry.members(group)
    }

    /// The rank of an entry in a group with this similarity.
    fn rank(&self, entry: u32, similarity: f32) -> Rank {
        Rank::new(0, similarity + self.bonus(entry), self.registry.flags(entry))
    }

    /// The rank of the group's best entry.
    pub(super) fn best_rank(&self, group: u32, similarity: f32) -> Option<Rank> {
        self.members(group).map(|entry| self.rank(entry, similarity)).min()
    }

    /// Adds the best `limit` entries of the group to `hits`.
    pub(super) fn add_best(&self, group: u32, similarity: f32, limit: usize, hits: &mut Vec<Hit>) {
        let start = hits.len();
        hits.extend(self.members(group).map(|entry| Hit { rank: self.rank(entry, similarity), entry, similarity }));
        if let Some(members) = hits.get_mut(start..) {
            members.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
        }
        hits.truncate(start.saturating_add(limit));
    }
}
