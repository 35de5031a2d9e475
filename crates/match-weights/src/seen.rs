//! How many of a row's candidates come to each level.
//!
//! A model says how often another company comes to a level by chance, over all addresses and all names. Of this row's
//! address and name more may be known: companies that are seen there besides the candidate are companies that came there
//! by chance. A hundred that share one address make of it a small reason to believe in any of them. Where a chance is by
//! rarity, those count that share as much: who has a common word of the name does not make the rare one common.

use std::cmp::Ordering;

use matchflow_model::plan::{Chance, MatchModel};

use crate::weigher::{Said, find_level};

/// Groups at each level of each comparison, over the candidates of one row. The default knows of none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen(Vec<Vec<At>>);

/// Where one group comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct At {
    level: usize,
    /// How much the agreement tells, at most; 0 where the chance is not by rarity.
    information: f32,
}

impl Seen {
    /// Counts the candidates of a row, each with its group and what the scorers said of it.
    pub(crate) fn of<G: Ord + Copy, S: Fn(usize) -> Said>(model: &MatchModel, candidates: &[(G, S)]) -> Seen {
        let mut found: Vec<(G, At)> = Vec::with_capacity(candidates.len());
        let count = |comparison| {
            found.clear();
            found.extend(candidates.iter().filter_map(|(group, said)| {
                let (level, found) = find_level(comparison, said)?;
                Some((*group, At { level, information: information(&found.u, said) }))
            }));
            let telling = |one: &At, other: &At| other.information.total_cmp(&one.information);
            found.sort_unstable_by(|(group, one), (other_group, other)| {
                group.cmp(other_group).then(one.level.cmp(&other.level)).then_with(|| telling(one, other))
            });
            found.dedup_by(|(group, one), (other_group, other)| group == other_group && one.level == other.level);
            found.iter().map(|(_, at)| *at).collect()
        };
        Seen(model.comparisons.iter().map(count).collect())
    }

    /// Groups besides the candidate's own that come to its level of a comparison, and share as much there.
    pub(crate) fn others(&self, comparison: usize, level: usize, u: &Chance, said: &impl Fn(usize) -> Said) -> u32 {
        let own = information(u, said);
        let as_much = |at: &&At| at.level == level && at.information.total_cmp(&own) != Ordering::Less;
        let groups = self.0.get(comparison).map_or(0, |found| found.iter().filter(as_much).count());
        groups.saturating_sub(1) as u32
    }
}

/// What an agreement tells, where the chance of it is by that.
fn information(u: &Chance, said: &impl Fn(usize) -> Said) -> f32 {
    match u {
        Chance::Rarity { scorer, .. } => said(*scorer).information.unwrap_or(0.0),
        Chance::Share(_) | Chance::Companies(_) => 0.0,
    }
}
