//! The best groups of a row so far, and the score that a name needs to be among them.

/// Bounds are summed in another order than scores, and scores are rounded: the maximum difference.
const BOUND_SLACK: f32 = 4e-5;
/// Minimum number of groups scored before the worst are dropped.
const PRUNE_AFTER_MIN: usize = 8;

/// The groups that may still be among the best, possibly with duplicates.
#[derive(Debug, Default)]
pub(super) struct BestGroups {
    groups: Vec<ScoredGroup>,
    scores: Vec<f32>,
    /// The lowest score among the best groups at the last pruning; negative while there are fewer.
    threshold: f32,
    groups_max: usize,
    prune_at: usize,
    /// The current shard.
    shard: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ScoredGroup {
    /// The shard that it is in.
    pub(super) shard: u32,
    /// Its number there.
    pub(super) group: u32,
    pub(super) similarity: f32,
    pub(super) bonus: f32,
}

impl ScoredGroup {
    fn place(&self) -> (u32, u32) {
        (self.shard, self.group)
    }

    fn score(&self) -> f32 {
        self.similarity + self.bonus
    }
}

impl BestGroups {
    pub(super) fn restart(&mut self, groups_max: usize) {
        self.groups.clear();
        self.threshold = -1.0;
        self.groups_max = groups_max;
        self.prune_at = self.prune_after(0);
    }

    /// Equals are never dropped: doubling limits how often `left` groups are sorted.
    fn prune_after(&self, left: usize) -> usize {
        left.max(self.groups_max).max(PRUNE_AFTER_MIN).saturating_mul(2)
    }

    /// The number of groups to find.
    pub(super) fn groups_max(&self) -> usize {
        self.groups_max
    }

    /// Switches to the next shard, keeping the results of the others.
    pub(super) fn turn_to(&mut self, shard: u32) {
        self.shard = shard;
    }

    /// Adds a group of the shard.
    pub(super) fn push(&mut self, group: u32, similarity: f32, bonus: f32) {
        self.groups.push(ScoredGroup { shard: self.shard, group, similarity, bonus });
        if self.groups.len() >= self.prune_at {
            self.prune();
        }
    }

    /// Keeps the best similarity of each group that may still be among the best, and updates the threshold.
    pub(super) fn prune(&mut self) {
        self.groups.sort_unstable_by(|a, b| a.place().cmp(&b.place()).then(b.similarity.total_cmp(&a.similarity)));
        self.groups.dedup_by_key(|scored| scored.place());
        if self.groups_max > 0 && self.groups.len() >= self.groups_max {
            self.scores.clear();
            self.scores.extend(self.groups.iter().map(ScoredGroup::score));
            self.threshold = *self.scores.select_nth_unstable_by(self.groups_max - 1, |a, b| b.total_cmp(a)).1;
            let least = self.threshold - BOUND_SLACK;
            self.groups.retain(|scored| scored.score() >= least);
        }
        self.prune_at = self.prune_after(self.groups.len());
    }

    /// Whether a score of at most `bound` may be among the best.
    #[inline]
    pub(super) fn may_enter(&self, bound: f32) -> bool {
        bound + BOUND_SLACK >= self.threshold
    }

    /// The groups that may be among the best, without duplicates: call after [`BestGroups::prune`].
    pub(super) fn groups(&self) -> impl Iterator<Item = &ScoredGroup> {
        self.groups.iter().filter(|scored| self.may_enter(scored.score()))
    }
}
