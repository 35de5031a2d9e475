//! How many of a row's candidates reach each comparison level.
//!
//! A model's u probability is the rate at which other companies reach a level by chance, averaged over all addresses
//! and names. More may be known about this row's address and name: other candidate companies at the level reached it by
//! chance. A hundred companies at one address make it weak evidence for any of them. Where u follows from term
//! frequency, only companies that share as much count: one with a common word of the name does not make the rare word
//! common.

use std::cmp::Ordering;

use matchflow_model::plan::{Chance, MatchModel};

use crate::level::{ScorerOutput, find_level};

/// Groups at each level of each comparison, over the candidates of one row. The default counts none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LevelFrequencies(Vec<Vec<GroupAgreement>>);

/// The best agreement of one group at one level.
#[derive(Debug, Clone, Copy, PartialEq)]
struct GroupAgreement {
    level: usize,
    /// The most information in an agreement of the group at the level; 0 if u does not follow from term frequency.
    information: f32,
}

impl LevelFrequencies {
    /// Counts the candidates of a row, each given as its group and the outputs of the scorers for it.
    pub(crate) fn count<G: Ord + Copy, S: Fn(usize) -> ScorerOutput>(
        model: &MatchModel,
        candidates: &[(G, S)],
    ) -> LevelFrequencies {
        // One buffer for all comparisons.
        let mut agreements: Vec<(G, GroupAgreement)> = Vec::with_capacity(candidates.len());
        let count = |comparison| {
            agreements.clear();
            agreements.extend(candidates.iter().filter_map(|(group, output)| {
                let (level, reached) = find_level(comparison, output)?;
                Some((*group, GroupAgreement { level, information: information(&reached.u, output) }))
            }));
            // Keeps the best agreement of a group at a level, which comes first.
            agreements.sort_unstable_by(|(group, one), (other_group, other)| {
                let by_level = group.cmp(other_group).then(one.level.cmp(&other.level));
                by_level.then_with(|| other.information.total_cmp(&one.information))
            });
            agreements.dedup_by(|(group, one), (other_group, other)| group == other_group && one.level == other.level);
            agreements.iter().map(|(_, agreement)| *agreement).collect()
        };
        LevelFrequencies(model.comparisons.iter().map(count).collect())
    }

    /// The number of groups, other than the candidate's, that reach its level of a comparison and share as much there.
    pub(crate) fn other_groups(
        &self,
        comparison: usize,
        level: usize,
        u: &Chance,
        output: &impl Fn(usize) -> ScorerOutput,
    ) -> u32 {
        let minimum = information(u, output);
        let counts = |agreement: &&GroupAgreement| {
            agreement.level == level && agreement.information.total_cmp(&minimum) != Ordering::Less
        };
        let groups = self.0.get(comparison).map_or(0, |agreements| agreements.iter().filter(counts).count());
        groups.saturating_sub(1) as u32
    }
}

/// The information in an agreement, if u follows from it.
fn information(u: &Chance, output: &impl Fn(usize) -> ScorerOutput) -> f32 {
    match u {
        Chance::TermFrequency { scorer, .. } => output(*scorer).information.unwrap_or(0.0),
        Chance::Share(_) | Chance::Groups(_) => 0.0,
    }
}
