//! What agreement on the preferred fields adds to a group.

use std::collections::HashMap;
use std::ops::Range;

use crate::agreement::Comparison;
use crate::rank::{AGREEMENT_WEIGHT, Rank, agreement_bonus};
use crate::registry::Registry;

/// Groups of more members are looked through once a row, not once a name.
const SMALL_GROUP_MAX: usize = 16;

/// One row beside the groups of a shard.
pub(crate) struct Bonuses<'a> {
    registry: &'a Registry,
    comparison: &'a Comparison<'a>,
    /// Whether the row has something to agree on.
    agreement: bool,
    large: HashMap<u32, f32>,
}

impl<'a> Bonuses<'a> {
    pub(crate) fn new(registry: &'a Registry, comparison: &'a Comparison<'a>, agreement: bool) -> Bonuses<'a> {
        Bonuses { registry, comparison, agreement, large: HashMap::new() }
    }

    /// The bonus of any group at most.
    pub(crate) fn reach(&self) -> f32 {
        if self.agreement { AGREEMENT_WEIGHT } else { 0.0 }
    }

    /// At least the bonus of a group with this signature.
    #[inline]
    pub(crate) fn bound(&self, signature: u64) -> f32 {
        match if self.agreement { self.comparison.mask_max(signature) } else { 0 } {
            0 => 0.0,
            mask => agreement_bonus(mask, self.comparison.fields()),
        }
    }

    /// The bonus of the group's best entry.
    pub(crate) fn of(&mut self, group: u32) -> f32 {
        if !self.agreement {
            return 0.0;
        }
        let members = self.members(group);
        if members.len() <= SMALL_GROUP_MAX {
            return self.best(members);
        }
        if let Some(bonus) = self.large.get(&group) {
            return *bonus;
        }
        let bonus = self.best(members);
        self.large.insert(group, bonus);
        bonus
    }

    fn best(&self, members: Range<u32>) -> f32 {
        members.map(|entry| self.bonus(entry)).fold(0.0, f32::max)
    }

    fn bonus(&self, entry: u32) -> f32 {
        if !self.agreement {
            return 0.0;
        }
        agreement_bonus(self.comparison.mask(self.registry, entry), self.comparison.fields())
    }

    pub(crate) fn members(&self, group: u32) -> Range<u32> {
        self.registry.members(group)
    }

    /// The rank of an entry whose group has this similarity.
    pub(crate) fn rank(&self, entry: u32, similarity: f32) -> Rank {
        Rank::new(0, similarity + self.bonus(entry), self.registry.flags(entry))
    }
}
