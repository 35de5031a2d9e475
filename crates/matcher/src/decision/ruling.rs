//! From what an arbiter says of a row to its outcome.

use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{ArbitratePlan, AskWhen};
use matchflow_plugin_host::arbitration::{ArbiterRow, Candidate, Field};
use serde_json::{Map, Value, json};

use super::{ALTERNATIVES_MAX, Decider, Ranked, rounded};
use crate::error::StepError;
use crate::fields::Fields;

/// What an arbiter, or the way to it, says of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// One of the candidates shown.
    Chosen {
        /// Its place among those shown.
        place: usize,
        /// How sure the arbiter is, 0 to 1.
        confidence: f32,
        /// Why, in the arbiter's words.
        reason: String,
    },
    /// None of those shown.
    None {
        /// How sure the arbiter is, 0 to 1.
        confidence: f32,
        /// Why, in the arbiter's words.
        reason: String,
    },
    /// Nobody says: the row keeps the outcome of the decision before.
    Open {
        /// Why nobody says.
        why: String,
    },
    /// The same, for nobody was asked: a run that may spend more asks.
    NotAsked {
        /// Why nobody was asked.
        why: String,
    },
    /// The row failed.
    Failed {
        /// What the arbiter failed with.
        error: String,
        /// Whether another try may succeed.
        retryable: bool,
        /// How often the row was tried.
        tries: u32,
    },
}

impl Decider<'_> {
    /// What an arbiter is shown of a row, or `None` where it is not asked about it. `row_fields` and `entry_fields` are
    /// the fields of the plan, over the chunk's rows and entries.
    pub fn question(
        &self,
        row: usize,
        plan: &ArbitratePlan,
        row_fields: &Fields<'_>,
        entry_fields: Option<&Fields<'_>>,
    ) -> Result<Option<ArbiterRow>, StepError> {
        let Some(decision) = self.decide(row, &plan.decide)? else { return Ok(None) };
        let tied = decision.score.is_some_and(|score| score >= plan.decide.accept);
        let wanted = decision.outcome == Outcome::Review
            && match plan.when {
                AskWhen::Review => true,
                AskWhen::Tied => tied,
                AskWhen::Band => !tied,
            };
        let Some(entry_fields) = entry_fields.filter(|_| wanted) else { return Ok(None) };
        let candidate = |ranked: &Ranked<'_>| Candidate {
            id: ranked.id.to_owned(),
            group: ranked.group.to_owned(),
            score: ranked.score,
            fields: fields(entry_fields.of(ranked.pair.entry as usize)),
        };
        let candidates = self.ranking.rank(row).iter().take(plan.candidates_max).map(candidate).collect();
        Ok(Some(ArbiterRow { fields: fields(row_fields.of(row)), candidates }))
    }

    /// The outcome of a row that an arbiter was asked about, or `None` where it goes on to a further one. `arbiter` is
    /// the plug-in's name, `label` the stage's.
    pub fn rule(
        &self,
        row: usize,
        plan: &ArbitratePlan,
        (arbiter, label): (&str, &str),
        ruling: Ruling,
    ) -> Result<Option<Decision>, StepError> {
        match ruling {
            Ruling::Chosen { place, confidence, reason } => {
                self.chosen(row, plan, arbiter, (place, confidence, &reason)).map(Some)
            }
            Ruling::None { confidence, reason } => {
                let ranked = self.ranking.rank(row);
                Ok(Some(Decision {
                    outcome: Outcome::Unmatched,
                    score: ranked.first().map(|best| best.group_score),
                    reason: said(arbiter, "none of the candidates", confidence, &reason),
                    alternatives: self
                        .alternatives(ranked.iter().enumerate().take(ALTERNATIVES_MAX), &self.witness.seen(row))?,
                    ..self.blank(row, ranked.len())?
                }))
            }
            Ruling::Open { .. } | Ruling::NotAsked { .. } if plan.pass_on => Ok(None),
            Ruling::Open { why } => self.left_open(row, plan, arbiter, &why, false),
            Ruling::NotAsked { why } => self.left_open(row, plan, arbiter, &why, true),
            Ruling::Failed { error, retryable, tries } => {
                let failure = crate::scoring::Failure {
                    row,
                    plugin: Some(arbiter.to_owned()),
                    tries,
                    reason: format!("arbiter `{arbiter}`: {error}"),
                    retryable,
                };
                self.fail(&failure, label).map(Some)
            }
        }
    }

    /// The outcome of a row that keeps that of the decision before.
    fn left_open(
        &self,
        row: usize,
        plan: &ArbitratePlan,
        arbiter: &str,
        why: &str,
        retryable: bool,
    ) -> Result<Option<Decision>, StepError> {
        let decided = self.decide(row, &plan.decide)?;
        let with_why = |decision: Decision| Decision {
            reason: format!("{}; `{arbiter}`: {why}", decision.reason),
            retryable,
            ..decision
        };
        Ok(decided.map(with_why))
    }

    /// The outcome of a row whose entry was chosen.
    fn chosen(
        &self,
        row: usize,
        plan: &ArbitratePlan,
        arbiter: &str,
        (place, confidence, reason): (usize, f32, &str),
    ) -> Result<Decision, StepError> {
        let ranked = self.ranking.rank(row);
        let Some(best) = ranked.get(place) else { return self.blank(row, ranked.len()) };
        let rival = ranked.iter().find(|other| other.group != best.group);
        // Each with its own evidence: the first of them is no longer the best.
        let others = ranked.iter().filter(|other| other.index != best.index).take(ALTERNATIVES_MAX);
        let others = others.map(|other| (1, other));
        let sure = f64::from(confidence) >= plan.confidence_min;
        let mut text = said(arbiter, &format!("candidate {}", place + 1), confidence, reason);
        if !sure {
            text.push_str(&format!("; below the confidence of {} that is wanted", plan.confidence_min));
        }
        Ok(Decision {
            outcome: if sure { Outcome::Matched } else { Outcome::Review },
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            id: Some(best.id.to_owned()),
            group: Some(best.group.to_owned()),
            score: Some(best.group_score),
            margin: Some(best.group_score - rival.map_or(0.0, |rival| rival.group_score)),
            entry_score: self.ranking.is_weighed().then_some(best.score),
            weight: self.ranking.is_weighed().then_some(best.pair.score),
            reason: text,
            entry: self.entry(best)?,
            alternatives: self.alternatives(others, &self.witness.seen(row))?,
            evidence: Some(self.evidence_with(best, plan, arbiter, confidence, reason)?),
            ..self.blank(row, ranked.len())?
        })
    }

    /// The evidence of the scores, and what the arbiter said under `_arbiter`, which no scorer can be called.
    fn evidence_with(
        &self,
        best: &Ranked<'_>,
        plan: &ArbitratePlan,
        arbiter: &str,
        confidence: f32,
        reason: &str,
    ) -> Result<String, StepError> {
        let seen = self.witness.seen(best.pair.row as usize);
        let scores = self.witness.of(best.index, &best.pair, &seen, true)?;
        let mut evidence: Map<String, Value> = serde_json::from_str(scores.as_deref().unwrap_or("{}"))?;
        let confidence = rounded(f64::from(confidence));
        let said = json!({ "plugin": arbiter, "digest": plan.digest, "confidence": confidence, "reason": reason });
        evidence.insert("_arbiter".to_owned(), said);
        Ok(Value::Object(evidence).to_string())
    }
}

fn said(arbiter: &str, what: &str, confidence: f32, reason: &str) -> String {
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("`{arbiter}` says {what} (confidence {confidence:.2}){colon}{reason}")
}

fn fields(shown: Map<String, Value>) -> Vec<Field> {
    let field = |(name, value): (String, Value)| match value {
        Value::String(value) => Field { name, value },
        value => Field { name, value: value.to_string() },
    };
    shown.into_iter().map(field).collect()
}
