//! The order of a row's candidates, and what a decision makes of it. Pure, and the same wherever it is asked.
//!
//! Candidates are ranked by score (highest first), then open before closed, then by group and id ascending: a total
//! order, so that nothing depends on the schedule. With a match model they are ranked by match weight, which does not
//! saturate; what is shown and judged then are probabilities, and a company's is the sum of its entries'.

use std::cmp::Ordering;
use std::collections::HashMap;

use matchflow_combine::{probabilities, probability};
use matchflow_model::arrow::array::{BooleanArray, StringArray};
use matchflow_model::columns;
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::{DecidePlan, ScorePlan};

use crate::chunk::{Chunk, Pair};
use crate::error::StepError;

/// Candidates kept with an outcome besides the best.
pub(crate) const ALTERNATIVES_MAX: usize = 5;

/// Ranks the candidates of one chunk's rows.
pub(crate) struct Ranking<'a> {
    chunk: &'a Chunk,
    entries: Option<Entries<'a>>,
    scale: Scale,
}

/// What the scores of pairs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Means of scores.
    Mean,
    /// Match weights of candidates of which one at most is the row's.
    OneOf,
    /// Match weights of pairs that are judged each by itself.
    Pairs,
}

impl Scale {
    pub(crate) fn of(plan: &ScorePlan) -> Scale {
        match (&plan.model, plan.of_pairs) {
            (None, _) => Scale::Mean,
            (Some(_), false) => Scale::OneOf,
            (Some(_), true) => Scale::Pairs,
        }
    }
}

struct Entries<'a> {
    ids: &'a StringArray,
    groups: &'a StringArray,
    open: &'a BooleanArray,
}

/// One candidate in the ranking.
#[derive(Clone, Copy)]
pub(crate) struct Ranked<'a> {
    pub(crate) pair: Pair,
    /// Its place in the chunk's pairs.
    pub(crate) index: usize,
    pub(crate) id: &'a str,
    pub(crate) group: &'a str,
    open: bool,
    /// 0 to 1; with a match model the probability that this very entry is the one.
    pub(crate) score: f64,
    /// The same of its group.
    pub(crate) group_score: f64,
}

/// What a decision makes of a row that has candidates.
pub(crate) struct Judged<'a> {
    pub(crate) outcome: Outcome,
    /// The best candidate of another group than the best one's.
    pub(crate) rival: Option<Ranked<'a>>,
    /// How far the best is above its rival; its score where there is none.
    pub(crate) margin: f64,
}

impl<'a> Ranking<'a> {
    pub(crate) fn new(chunk: &'a Chunk, scale: Scale) -> Result<Ranking<'a>, StepError> {
        let entries = chunk.candidates.entries.as_ref().map(|entries| -> Result<_, StepError> {
            Ok(Entries {
                ids: columns::text(&entries.0, columns::ID)?,
                groups: columns::text(&entries.0, columns::GROUP)?,
                open: columns::flags(&entries.0, columns::OPEN)?,
            })
        });
        Ok(Ranking { chunk, entries: entries.transpose()?, scale })
    }

    /// Whether scores are probabilities by a match model.
    pub(crate) fn is_weighed(&self) -> bool {
        self.scale != Scale::Mean
    }

    /// The row's candidates, best first.
    pub(crate) fn rank(&self, row: usize) -> Vec<Ranked<'a>> {
        let Some(entries) = &self.entries else { return Vec::new() };
        let (start, pairs) = self.chunk.pairs_of(row);
        let ranked = pairs.iter().enumerate().map(|(offset, pair)| {
            let entry = pair.entry as usize;
            Ranked {
                pair: *pair,
                index: start + offset,
                id: columns::value(entries.ids, entry).unwrap_or_default(),
                group: columns::value(entries.groups, entry).unwrap_or_default(),
                open: entry < entries.open.len() && entries.open.value(entry),
                score: pair.score,
                group_score: pair.score,
            }
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(Ranked::order);
        match self.scale {
            Scale::Mean => {}
            Scale::OneOf => set_probabilities(&mut ranked),
            Scale::Pairs => ranked.iter_mut().for_each(|ranked| {
                ranked.score = probability(ranked.pair.score);
                ranked.group_score = ranked.score;
            }),
        }
        ranked
    }
}

/// Turns match weights into probabilities. Sums run in the order of the ranking, so they are the same everywhere.
///
/// The prior of a weight is a company's: its entries that are candidates share it, or a company with many of them in one
/// street would be likelier for that alone.
fn set_probabilities(ranked: &mut [Ranked<'_>]) {
    let mut entries: HashMap<&str, u32> = HashMap::new();
    ranked.iter().for_each(|ranked| *entries.entry(ranked.group).or_default() += 1);
    let share = |group: &str| f64::from(entries.get(group).copied().unwrap_or(1)).log2();
    let weights: Vec<f64> = ranked.iter().map(|ranked| ranked.pair.score - share(ranked.group)).collect();
    let mut of_groups: HashMap<&str, f64> = HashMap::new();
    for (ranked, probability) in ranked.iter_mut().zip(probabilities(&weights)) {
        ranked.score = probability;
        *of_groups.entry(ranked.group).or_default() += probability;
    }
    for ranked in ranked {
        // A sum of shares may pass 1 by a rounding.
        ranked.group_score = of_groups.get(ranked.group).map_or(0.0, |sum| sum.min(1.0));
    }
}

impl Ranked<'_> {
    fn order(&self, other: &Self) -> Ordering {
        let by_score = other.pair.score.total_cmp(&self.pair.score);
        let by_state = other.open.cmp(&self.open);
        by_score.then(by_state).then(self.group.cmp(other.group)).then(self.id.cmp(other.id))
    }
}

/// The outcome under the plan of a row with these candidates; `None` without any.
pub(crate) fn judge<'a>(plan: &DecidePlan, ranked: &[Ranked<'a>]) -> Option<Judged<'a>> {
    let best = ranked.first()?;
    let rivals = ranked.iter().filter(|other| other.group != best.group);
    // Of equal ones the first.
    let rival = rivals.copied().reduce(|best, other| if other.group_score > best.group_score { other } else { best });
    let score = best.group_score;
    let margin = score - rival.map_or(0.0, |rival| rival.group_score);
    let outcome = if score < plan.review {
        Outcome::Unmatched
    } else if score < plan.accept || (rival.is_some() && margin < plan.margin) {
        Outcome::Review
    } else {
        Outcome::Matched
    };
    Some(Judged { outcome, rival, margin })
}

/// How many of a row's candidates its outcome may show, best first: none where the decision hands the row on.
pub(crate) fn shown(plan: &DecidePlan, ranked: &[Ranked<'_>]) -> usize {
    if plan.of_pairs {
        return ranked.iter().take_while(|ranked| ranked.score >= plan.review).count();
    }
    match judge(plan, ranked) {
        Some(judged) if !plan.pass_on || judged.outcome != Outcome::Unmatched => ranked.len().min(1 + ALTERNATIVES_MAX),
        _ => 0,
    }
}
