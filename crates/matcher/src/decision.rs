//! From scored candidates to an outcome. Pure: the same candidates give the same outcome, in whatever order they came.

mod joint;
mod pairs;
mod ruling;

pub use ruling::Ruling;

use std::fmt::Write;

use matchflow_match_weights::Seen;
use matchflow_model::arrow::array::{StringArray, UInt64Array};
use matchflow_model::columns;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{AsidePlan, DecidePlan, Plan};
use serde::Serialize;

use joint::Written;

use crate::chunk::Chunk;
use crate::error::StepError;
use crate::evidence::{Witness, rounded};
use crate::fields::Fields;
use crate::ranking::{ALTERNATIVES_MAX, Judged, Ranked, Ranking, Scale, judge};
use crate::scoring::{Basis, Failure};

/// What marks a closed entry among its fields; no field of a plan begins so.
const CLOSED: &str = "_closed";
/// The registry field that says who took over from a closed entry, where the plan has one.
const SUCCESSOR: &str = "successor";

/// Decides rows of one chunk.
pub struct Decider<'a> {
    chunk: &'a Chunk,
    stages: &'a [String],
    keys: &'a StringArray,
    numbers: &'a UInt64Array,
    digests: &'a UInt64Array,
    input: Fields<'a>,
    written: Written<'a>,
    entries: Option<Fields<'a>>,
    ranking: Ranking<'a>,
    witness: Witness<'a>,
}

/// What outcomes show of the rows, the same for every chunk of a run.
#[derive(Debug, Default)]
pub struct Shown {
    /// The labels of the plan's stages.
    pub labels: Vec<String>,
    /// The supplier fields.
    pub input_fields: Vec<String>,
    /// Those of them that are company names.
    pub company_names: Vec<String>,
    /// The registry fields.
    pub entry_fields: Vec<String>,
}

/// What an alternative looks like in JSON, its evidence apart.
#[derive(Serialize)]
struct Alternative<'a> {
    id: &'a str,
    group: &'a str,
    score: f64,
    stage: &'a str,
    entry: serde_json::Map<String, serde_json::Value>,
}

impl Shown {
    /// What a plan's outcomes show.
    pub fn of(plan: &Plan) -> Shown {
        Shown {
            labels: plan.stages.iter().map(|stage| stage.label.clone()).collect(),
            input_fields: plan.source.fields.iter().map(|field| field.name.clone()).collect(),
            company_names: joint::company_names(plan),
            entry_fields: plan.reference.fields.iter().map(|field| field.name.clone()).collect(),
        }
    }
}

impl<'a> Decider<'a> {
    /// `basis` is what scored the chunk last; `None` where nothing has.
    pub fn new(chunk: &'a Chunk, shown: &'a Shown, basis: Option<Basis<'a>>) -> Result<Decider<'a>, StepError> {
        let rows = &chunk.rows.0;
        let entries = chunk.candidates.entries.as_ref();
        let entries = entries.map(|entries| Fields::new(&entries.0, &shown.entry_fields)).transpose()?;
        Ok(Decider {
            chunk,
            stages: &shown.labels,
            keys: columns::text(rows, columns::KEY)?,
            numbers: columns::numbers(rows, columns::ROW)?,
            digests: columns::numbers(rows, columns::DIGEST)?,
            input: Fields::new(rows, &shown.input_fields)?,
            written: Written::new(rows, &shown.company_names),
            entries,
            ranking: Ranking::new(chunk, basis.map_or(Scale::Mean, Basis::scale))?,
            witness: Witness::new(chunk, basis)?,
        })
    }

    /// The outcome of a row under the plan, or `None` when it goes on to the next stages.
    pub fn decide(&self, row: usize, plan: &DecidePlan) -> Result<Option<Decision>, StepError> {
        if plan.of_pairs {
            return self.pairs(row, plan).map(Some);
        }
        let mut decision = self.one_of(row, plan)?;
        if let Some(decision) = &mut decision {
            let joint_bid = self.written.joint_bid(row);
            joint_bid.into_iter().for_each(|told| decision.reason = format!("{}; {told}", decision.reason));
        }
        Ok(decision)
    }

    /// The outcome of a row of which one candidate at most is the right one.
    fn one_of(&self, row: usize, plan: &DecidePlan) -> Result<Option<Decision>, StepError> {
        let ranked = self.ranking.rank(row);
        let judged = judge(plan, &ranked);
        let is_accepted = judged.as_ref().is_some_and(|judged| judged.outcome == Outcome::Matched);
        if let Some(aside) = plan.aside.as_ref().filter(|_| !is_accepted)
            && let Some(decision) = self.set_aside(row, aside, ranked.len())?
        {
            return Ok(Some(decision));
        }
        let (Some(best), Some(judged)) = (ranked.first(), judged) else {
            if plan.pass_on {
                return Ok(None);
            }
            let reason = "no registry entry resembles this row".to_owned();
            return Ok(Some(Decision { reason, ..self.blank(row, 0)? }));
        };
        let outcome = judged.outcome;
        if plan.pass_on && outcome != Outcome::Matched || plan.ask && outcome == Outcome::Review {
            return Ok(None);
        }
        // From here on the row is settled: only now is anything written out.
        let found = outcome != Outcome::Unmatched;
        let is_named = found && (!self.ranking.is_weighed() || best.score >= plan.entry * best.group_score);
        let others = ranked.iter().enumerate().skip(usize::from(is_named)).take(ALTERNATIVES_MAX);
        let seen = self.witness.seen(row);
        let mut decision = Decision {
            outcome,
            reason: reason(plan, best, &judged),
            score: Some(best.group_score),
            margin: Some(judged.margin),
            entry_score: self.ranking.is_weighed().then_some(best.score),
            weight: self.ranking.is_weighed().then_some(best.pair.score),
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            alternatives: self.alternatives(others, &seen)?,
            evidence: self.witness.of(best.index, &best.pair, &seen, true)?,
            ..self.blank(row, ranked.len())?
        };
        if found {
            decision.id = is_named.then(|| best.id.to_owned());
            decision.group = Some(best.group.to_owned());
            decision.entry = self.entry(best)?;
        }
        if let Some(against) = self.witness.against(best.index, &seen).filter(|_| found) {
            let _ = write!(decision.reason, "; against it: {against}");
        }
        if found && !best.open {
            self.tell_closed(&mut decision, best);
        }
        if found && !is_named {
            let entry_score = shown_score(best.score / best.group_score);
            let _ = write!(decision.reason, "; which entry of it is open, the best has {entry_score}");
        }
        Ok(Some(decision))
    }

    /// The fields of a candidate: a JSON object, with `_closed` where the entry is.
    fn entry(&self, ranked: &Ranked<'_>) -> Result<Option<String>, StepError> {
        let Some(entries) = &self.entries else { return Ok(None) };
        let mut fields = entries.of(ranked.pair.entry as usize);
        if !ranked.open {
            fields.insert(CLOSED.to_owned(), true.into());
        }
        Ok(Some(serde_json::to_string(&fields)?))
    }

    /// The outcome of a row that is not the registry's; `None` for one that is, or does not tell.
    fn set_aside(&self, row: usize, plan: &AsidePlan, candidates: usize) -> Result<Option<Decision>, StepError> {
        let value = |field: &String| {
            let cell = columns::value(columns::text(&self.chunk.rows.0, field).ok()?, row)?;
            Some((field.clone(), columns::alternatives(cell).next()?.to_owned()))
        };
        let Some((field, value)) = plan.fields.iter().find_map(value).filter(|(_, value)| !plan.home.contains(value))
        else {
            return Ok(None);
        };
        let reason = format!("set aside: `{field}` is {value}, which this registry is not about");
        Ok(Some(Decision { stage: Some(plan.label.clone()), reason, ..self.blank(row, candidates)? }))
    }

    /// Says that the entry found is closed, and what there is in its place.
    fn tell_closed(&self, decision: &mut Decision, closed: &Ranked<'_>) {
        let successor = match &self.entries {
            Some(entries) => entries.of(closed.pair.entry as usize).remove(SUCCESSOR),
            None => None,
        };
        let instead = match (successor, closed.open_entries) {
            (Some(successor), _) => format!("succeeded by {}", successor.as_str().unwrap_or_default()),
            (None, 0) => "and its company has no open one".to_owned(),
            (None, 1) => "its company has 1 open one".to_owned(),
            (None, others) => format!("its company has {others} open ones"),
        };
        let _ = write!(decision.reason, "; the entry is closed, {instead}");
    }

    /// The outcome of a row that a stage failed on.
    pub fn fail(&self, failure: &Failure, stage: &str) -> Result<Decision, StepError> {
        let mut decision = self.blank(failure.row, self.chunk.pairs_of(failure.row).1.len())?;
        decision.outcome = Outcome::Failed;
        decision.reason = format!("stage {stage} failed on this row");
        decision.stage = Some(stage.to_owned());
        decision.error = Some(failure.reason.clone());
        decision.plugin.clone_from(&failure.plugin);
        decision.tries = failure.tries;
        decision.retryable = failure.retryable;
        Ok(decision)
    }

    fn blank(&self, row: usize, candidates: usize) -> Result<Decision, StepError> {
        let key = columns::value(self.keys, row).unwrap_or_default();
        let number = self.numbers.values().get(row).copied().unwrap_or_default();
        let digest = self.digests.values().get(row).copied().unwrap_or_default();
        Ok(Decision {
            candidates: candidates as u32,
            input: serde_json::to_string(&self.input.of(row))?,
            ..Decision::unmatched(key, number, digest)
        })
    }

    /// The candidates after the best: a JSON array. The best itself is among them where it did not suffice; its evidence
    /// stands with the outcome.
    fn alternatives<'b>(
        &self,
        ranked: impl Iterator<Item = (usize, &'b Ranked<'b>)>,
        seen: &Seen,
    ) -> Result<String, StepError> {
        let Some(entries) = &self.entries else { return Ok("[]".to_owned()) };
        let mut json = String::from("[");
        for (place, ranked) in ranked {
            let alternative = Alternative {
                id: ranked.id,
                group: ranked.group,
                score: rounded(ranked.score),
                stage: self.stages.get(usize::from(ranked.pair.stage)).map_or("", String::as_str),
                entry: entries.of(ranked.pair.entry as usize),
            };
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&serde_json::to_string(&alternative)?);
            let evidence = if place == 0 { None } else { self.witness.of(ranked.index, &ranked.pair, seen, false)? };
            if let Some(evidence) = evidence {
                json.pop();
                // Writing to a String cannot fail.
                let _ = write!(json, ",\"evidence\":{evidence}}}");
            }
        }
        json.push(']');
        Ok(json)
    }
}

/// Why, in a sentence.
fn reason(plan: &DecidePlan, best: &Ranked<'_>, judged: &Judged<'_>) -> String {
    let score = shown_score(best.group_score);
    let rival = judged.rival.map(|rival| (rival.group, shown_score(rival.group_score)));
    if best.group_score < plan.review {
        return format!("the best score, {score}, is below {:.2}", plan.review);
    }
    if best.group_score < plan.accept {
        let between = format!("the best score, {score}, is between {:.2} and {:.2}", plan.review, plan.accept);
        return match rival {
            Some((group, rival)) if judged.margin < best.group_score / 2.0 => {
                format!("{between}; another company, {group}, has {rival}")
            }
            _ => between,
        };
    }
    match rival {
        Some((group, rival)) if judged.outcome == Outcome::Review => {
            format!("two companies are too close: {} ({score}) and {group} ({rival})", best.group)
        }
        Some((group, rival)) => format!("score {score}; the next company, {group}, has {rival}"),
        None => format!("score {score}; no other company comes near"),
    }
}

/// Two decimals, more where they are all nines: 0.9998 is not 1.
fn shown_score(score: f64) -> String {
    match score {
        0.995..1.0 => format!("{:.4}", (score * 1e4).floor() / 1e4),
        _ => format!("{score:.2}"),
    }
}
