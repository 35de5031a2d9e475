//! The order of a row's candidates, and what a decision makes of it. Pure, and the same wherever it is asked.
//!
//! Candidates are ranked by score (highest first), then open before closed, then by group and id ascending: a total
//! order, so that nothing depends on the schedule.

use std::cmp::Ordering;

use matchflow_model::arrow::array::{BooleanArray, StringArray};
use matchflow_model::columns;
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::DecidePlan;

use crate::chunk::{Chunk, Pair};
use crate::error::StepError;

/// Candidates kept with an outcome besides the best.
pub(crate) const ALTERNATIVES_MAX: usize = 5;

/// Ranks the candidates of one chunk's rows.
pub(crate) struct Ranking<'a> {
    chunk: &'a Chunk,
    entries: Option<Entries<'a>>,
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
    pub(crate) fn new(chunk: &'a Chunk) -> Result<Ranking<'a>, StepError> {
        let entries = chunk.candidates.entries.as_ref().map(|entries| -> Result<_, StepError> {
            Ok(Entries {
                ids: columns::text(&entries.0, columns::ID)?,
                groups: columns::text(&entries.0, columns::GROUP)?,
                open: columns::flags(&entries.0, columns::OPEN)?,
            })
        });
        Ok(Ranking { chunk, entries: entries.transpose()? })
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
            }
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(Ranked::order);
        ranked
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
    let rival = ranked.iter().find(|other| other.group != best.group).copied();
    let score = best.pair.score;
    let margin = score - rival.map_or(0.0, |rival| rival.pair.score);
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
    match judge(plan, ranked) {
        Some(judged) if !plan.pass_on || judged.outcome != Outcome::Unmatched => ranked.len().min(1 + ALTERNATIVES_MAX),
        _ => 0,
    }
}
