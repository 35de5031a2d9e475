//! From scored candidates to an outcome. Pure: the same candidates give the same outcome, in whatever order they came.
//!
//! Candidates of a row are ranked by score (highest first), then open before closed, then by group and id ascending:
//! a total order, so that nothing depends on the schedule.

use std::cmp::Ordering;

use matchflow_model::arrow::array::{BooleanArray, RecordBatch, StringArray, UInt64Array};
use matchflow_model::columns;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::DecidePlan;
use serde::Serialize;

use crate::chunk::{Chunk, Pair};
use crate::error::StepError;
use crate::fields::Fields;
use crate::scoring::Failure;

/// Alternatives kept with an outcome.
const ALTERNATIVES_MAX: usize = 5;

/// Decides rows of one chunk.
pub(crate) struct Decider<'a> {
    chunk: &'a Chunk,
    stages: &'a [String],
    keys: &'a StringArray,
    numbers: &'a UInt64Array,
    digests: &'a UInt64Array,
    input: Fields<'a>,
    entries: Option<Entries<'a>>,
}

/// The columns of the chunk's entries.
struct Entries<'a> {
    ids: &'a StringArray,
    groups: &'a StringArray,
    open: &'a BooleanArray,
    fields: Fields<'a>,
}

/// One candidate in the ranking.
#[derive(Clone, Copy)]
struct Ranked<'a> {
    pair: Pair,
    /// Its place in the chunk's pairs.
    index: usize,
    id: &'a str,
    group: &'a str,
    open: bool,
}

/// What an alternative looks like in JSON.
#[derive(Serialize)]
struct Alternative<'a> {
    id: &'a str,
    group: &'a str,
    score: f64,
    stage: &'a str,
    entry: serde_json::Map<String, serde_json::Value>,
}

impl<'a> Decider<'a> {
    /// `stages` are the labels of the plan's stages; `input` and `entry` the fields shown of either side.
    pub(crate) fn new(
        chunk: &'a Chunk,
        stages: &'a [String],
        input: &'a [String],
        entry: &'a [String],
    ) -> Result<Decider<'a>, StepError> {
        let rows = &chunk.rows.0;
        let entries = chunk.candidates.entries.as_ref().map(|entries| Entries::new(&entries.0, entry)).transpose()?;
        Ok(Decider {
            chunk,
            stages,
            keys: columns::text(rows, columns::KEY)?,
            numbers: columns::numbers(rows, columns::ROW)?,
            digests: columns::numbers(rows, columns::DIGEST)?,
            input: Fields::new(rows, input)?,
            entries,
        })
    }

    /// The outcome of a row under the plan, or `None` when it goes on to the next stages.
    pub(crate) fn decide(&self, row: usize, plan: &DecidePlan) -> Result<Option<Decision>, StepError> {
        let ranked = self.rank(row);
        let Some(best) = ranked.first() else {
            if plan.pass_on {
                return Ok(None);
            }
            let reason = "no registry entry resembles this row".to_owned();
            return Ok(Some(Decision { reason, ..self.blank(row, 0)? }));
        };
        let rival = ranked.iter().find(|other| other.group != best.group);
        let margin = best.pair.score - rival.map_or(0.0, |rival| rival.pair.score);
        let (outcome, reason) = verdict(plan, best, rival, margin);
        if plan.pass_on && outcome != Outcome::Matched {
            return Ok(None);
        }
        // From here on the row is settled: only now is anything written out.
        let found = outcome != Outcome::Unmatched;
        let others = ranked.iter().skip(usize::from(found)).take(ALTERNATIVES_MAX);
        let mut decision = Decision {
            outcome,
            reason,
            score: Some(best.pair.score),
            margin: Some(margin),
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            alternatives: self.alternatives(others)?,
            ..self.blank(row, ranked.len())?
        };
        if found {
            decision.id = Some(best.id.to_owned());
            decision.group = Some(best.group.to_owned());
            decision.entry = self.entries.as_ref().map(|entries| entries.json(&best.pair)).transpose()?;
            decision.evidence = Some(self.evidence(best.index)?);
        }
        Ok(Some(decision))
    }

    /// The outcome of a row that a stage failed on.
    pub(crate) fn fail(&self, failure: &Failure, stage: &str) -> Result<Decision, StepError> {
        let mut decision = self.blank(failure.row, self.chunk.pairs_of(failure.row).1.len())?;
        decision.outcome = Outcome::Failed;
        decision.reason = format!("stage {stage} failed on this row");
        decision.error = Some(failure.reason.clone());
        decision.retryable = failure.retryable;
        Ok(decision)
    }

    fn blank(&self, row: usize, candidates: usize) -> Result<Decision, StepError> {
        Ok(Decision {
            key: columns::value(self.keys, row).unwrap_or_default().to_owned(),
            row: self.numbers.values().get(row).copied().unwrap_or_default(),
            digest: self.digests.values().get(row).copied().unwrap_or_default(),
            outcome: Outcome::Unmatched,
            stage: None,
            id: None,
            group: None,
            score: None,
            margin: None,
            candidates: candidates as u32,
            reason: String::new(),
            error: None,
            retryable: false,
            input: serde_json::to_string(&self.input.of(row))?,
            entry: None,
            alternatives: "[]".to_owned(),
            evidence: None,
        })
    }

    /// The row's candidates, best first.
    fn rank(&self, row: usize) -> Vec<Ranked<'_>> {
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

    fn alternatives<'b>(&self, ranked: impl Iterator<Item = &'b Ranked<'b>>) -> Result<String, StepError> {
        let Some(entries) = &self.entries else { return Ok("[]".to_owned()) };
        let alternatives = ranked.map(|ranked| Alternative {
            id: ranked.id,
            group: ranked.group,
            score: rounded(ranked.pair.score),
            stage: self.stages.get(usize::from(ranked.pair.stage)).map_or("", String::as_str),
            entry: entries.fields.of(ranked.pair.entry as usize),
        });
        Ok(serde_json::to_string(&alternatives.collect::<Vec<_>>())?)
    }

    fn evidence(&self, index: usize) -> Result<String, StepError> {
        let said = self.chunk.candidates.evidence.iter().map(|evidence| {
            let value = evidence.values.get(index).copied().flatten();
            (evidence.scorer.clone(), value.map_or(serde_json::Value::Null, |value| rounded(f64::from(value)).into()))
        });
        Ok(serde_json::to_string(&said.collect::<serde_json::Map<_, _>>())?)
    }
}

impl<'a> Entries<'a> {
    fn new(entries: &'a RecordBatch, shown: &'a [String]) -> Result<Entries<'a>, StepError> {
        Ok(Entries {
            ids: columns::text(entries, columns::ID)?,
            groups: columns::text(entries, columns::GROUP)?,
            open: columns::flags(entries, columns::OPEN)?,
            fields: Fields::new(entries, shown)?,
        })
    }

    fn json(&self, pair: &Pair) -> Result<String, StepError> {
        Ok(serde_json::to_string(&self.fields.of(pair.entry as usize))?)
    }
}

impl Ranked<'_> {
    fn order(&self, other: &Self) -> Ordering {
        let by_score = other.pair.score.total_cmp(&self.pair.score);
        let by_state = other.open.cmp(&self.open);
        by_score.then(by_state).then(self.group.cmp(other.group)).then(self.id.cmp(other.id))
    }
}

/// Scores in JSON carry six decimals: more is noise, and a float prints the same everywhere.
fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}

fn verdict(plan: &DecidePlan, best: &Ranked<'_>, rival: Option<&Ranked<'_>>, margin: f64) -> (Outcome, String) {
    let score = best.pair.score;
    if score < plan.review {
        let reason = format!("the best score, {score:.2}, is below {:.2}", plan.review);
        return (Outcome::Unmatched, reason);
    }
    if score < plan.accept {
        let reason = format!("the best score, {score:.2}, is between {:.2} and {:.2}", plan.review, plan.accept);
        return (Outcome::Review, reason);
    }
    match rival {
        Some(rival) if margin < plan.margin => {
            let reason = format!(
                "two companies are too close: {} ({score:.2}) and {} ({:.2})",
                best.group, rival.group, rival.pair.score
            );
            (Outcome::Review, reason)
        }
        Some(rival) => {
            let reason = format!("score {score:.2}; the next company, {}, has {:.2}", rival.group, rival.pair.score);
            (Outcome::Matched, reason)
        }
        None => (Outcome::Matched, format!("score {score:.2}; no other company comes near")),
    }
}
