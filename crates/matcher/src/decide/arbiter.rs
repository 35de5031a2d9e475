//! From the decision of an arbiter on a row to the row's outcome.

use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{ArbitratePlan, AskWhen};
use matchflow_model::reason::Reason;
use matchflow_model::row_error::RowError;
use matchflow_plugin_host::arbitration::{ArbiterRow, Candidate, Field};
use serde_json::{Map, Value, json};

use super::alternatives::AlternativeCandidate;
use super::decider::RowDecider;
use crate::display_fields::DisplayFields;
use crate::error::StepError;
use crate::evidence_writer::rounded;
use crate::rank::{ALTERNATIVES_MAX, RankedCandidate};
use crate::score::RowFailure;

/// The decision of an arbiter on a row, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum ArbiterDecision {
    /// One of the candidates shown.
    Chosen {
        /// Its position among those shown.
        place: usize,
        /// The arbiter's confidence, 0 to 1.
        confidence: f32,
        /// Its reason, in its own words.
        reason: String,
    },
    /// None of the candidates shown.
    NoneOfThem {
        /// The arbiter's confidence, 0 to 1.
        confidence: f32,
        /// Its reason, in its own words.
        reason: String,
    },
    /// The arbiter abstained: the row has the outcome of the decide stage before.
    Abstained {
        /// Its reason, in its own words.
        reason: String,
    },
    /// The arbiter returned nothing for the row, which has the outcome of the decide stage before.
    Silent,
    /// The arbiter failed, and the row has the outcome of the decide stage before.
    Unavailable {
        /// The arbiter's error.
        error: RowError,
    },
    /// The arbiter was not called, as `max_cost` had been reached. A run that may spend more will call it.
    NotCalled,
    /// No arbiter takes part: the row has the outcome of the decide stage before.
    NotRequested,
    /// The row failed.
    Failed {
        /// The arbiter's error.
        error: RowError,
        /// Whether a retry may succeed.
        retryable: bool,
        /// How often the row was tried.
        tries: u32,
    },
}

/// An arbitrate stage, as outcomes name it.
#[derive(Clone, Copy)]
pub struct ArbiterStage<'a> {
    /// The stage's plan.
    pub plan: &'a ArbitratePlan,
    /// The plug-in's name.
    pub arbiter: &'a str,
    /// The stage's label.
    pub label: &'a str,
}

/// A candidate chosen by an arbiter.
struct ChosenCandidate<'a> {
    place: usize,
    confidence: f32,
    reason: &'a str,
}

impl RowDecider<'_> {
    /// The data of a row for an arbiter, or `None` if it is not asked about it. `row_fields` and `entry_fields` are the
    /// fields of the plan, over the chunk's rows and entries.
    ///
    /// # Errors
    ///
    /// Values that cannot be written as JSON.
    pub fn arbiter_row(
        &self,
        row: usize,
        plan: &ArbitratePlan,
        row_fields: &DisplayFields<'_>,
        entry_fields: Option<&DisplayFields<'_>>,
    ) -> Result<Option<ArbiterRow>, StepError> {
        if self.verdicts.get(row).is_some() {
            // A person has decided, or is going to.
            return Ok(None);
        }
        let Some(decision) = self.decide(row, &plan.decide)? else { return Ok(None) };
        let is_tied = decision.score.is_some_and(|score| score >= plan.decide.accept);
        let is_for_arbiter = decision.outcome == Outcome::Review
            && match plan.when {
                AskWhen::Review => true,
                AskWhen::Tied => is_tied,
                AskWhen::Band => !is_tied,
            };
        let Some(entry_fields) = entry_fields.filter(|_| is_for_arbiter) else { return Ok(None) };
        let candidate = |ranked: &RankedCandidate<'_>| Candidate {
            id: ranked.id.to_owned(),
            group: ranked.group.to_owned(),
            score: ranked.score,
            fields: to_fields(entry_fields.row_values(ranked.pair.entry as usize)),
        };
        let candidates = self.ranking.rank(row).iter().take(plan.candidates_max).map(candidate).collect();
        Ok(Some(ArbiterRow { fields: to_fields(row_fields.row_values(row)), candidates }))
    }

    /// The outcome of a row that an arbiter was asked about, or `None` if it continues to the next one.
    ///
    /// # Errors
    ///
    /// Values that cannot be written as JSON.
    pub fn decide_by_arbiter(
        &self,
        row: usize,
        stage: ArbiterStage<'_>,
        decision: ArbiterDecision,
    ) -> Result<Option<Decision>, StepError> {
        match decision {
            ArbiterDecision::Chosen { place, confidence, reason } => {
                let chosen = ChosenCandidate { place, confidence, reason: &reason };
                Ok(Some(self.decide_chosen(row, stage, chosen)?.with_six_decimals()))
            }
            ArbiterDecision::NoneOfThem { confidence, reason } => {
                let ranked = self.ranking.rank(row);
                // The row has no evidence for itself, so that of the best candidate is kept too.
                let others = ranked.iter().take(ALTERNATIVES_MAX);
                let others = others.map(|candidate| AlternativeCandidate { candidate, with_evidence: true });
                let decision = Decision {
                    outcome: Outcome::Unmatched,
                    score: ranked.first().map(|best| best.group_score),
                    reason: Reason::ArbiterRejectedAll {
                        arbiter: stage.arbiter.to_owned(),
                        confidence: rounded(f64::from(confidence)),
                        explanation: reason,
                    }
                    .into(),
                    alternatives: self.whole_alternatives(others, &self.evidence.level_frequencies(row))?,
                    ..self.blank(row, ranked.len())?
                };
                Ok(Some(decision.with_six_decimals()))
            }
            ArbiterDecision::Abstained { .. }
            | ArbiterDecision::Silent
            | ArbiterDecision::Unavailable { .. }
            | ArbiterDecision::NotCalled
            | ArbiterDecision::NotRequested
                if stage.plan.pass_on =>
            {
                Ok(None)
            }
            ArbiterDecision::Abstained { .. }
            | ArbiterDecision::Silent
            | ArbiterDecision::Unavailable { .. }
            | ArbiterDecision::NotCalled
            | ArbiterDecision::NotRequested => {
                let retryable = decision == ArbiterDecision::NotCalled;
                let reason = reason_without_choice(stage, decision);
                self.decide_without_arbiter(row, stage, reason, retryable)
            }
            ArbiterDecision::Failed { error, retryable, tries } => {
                let failure = RowFailure {
                    row,
                    plugin: Some(stage.arbiter.to_owned()),
                    tries,
                    error: RowError::Arbiter { arbiter: stage.arbiter.to_owned(), error: Box::new(error) },
                    retryable,
                };
                self.fail(&failure, stage.label).map(Some)
            }
        }
    }

    /// The outcome from the preceding decide stage, with the reason why the arbiter gave none.
    fn decide_without_arbiter(
        &self,
        row: usize,
        stage: ArbiterStage<'_>,
        reason: Option<Reason>,
        retryable: bool,
    ) -> Result<Option<Decision>, StepError> {
        let decision = self.decide(row, &stage.plan.decide)?;
        Ok(decision.map(|mut decision| {
            decision.reason.0.extend(reason);
            decision.retryable = retryable;
            decision
        }))
    }

    /// The outcome of a row for which the arbiter chose a candidate.
    fn decide_chosen(
        &self,
        row: usize,
        stage: ArbiterStage<'_>,
        chosen: ChosenCandidate<'_>,
    ) -> Result<Decision, StepError> {
        let ranked = self.ranking.rank(row);
        let Some(best) = ranked.get(chosen.place) else { return self.blank(row, ranked.len()) };
        let rival = ranked.iter().find(|other| other.group != best.group);
        // Each with its evidence: the outcome has that of the chosen candidate, which is not necessarily the first.
        let others = ranked.iter().filter(|other| other.index != best.index).take(ALTERNATIVES_MAX);
        let others = others.map(|candidate| AlternativeCandidate { candidate, with_evidence: true });
        let is_confident = f64::from(chosen.confidence) >= stage.plan.confidence_min;
        let reason = Reason::ArbiterChose {
            arbiter: stage.arbiter.to_owned(),
            candidate: chosen.place as u32 + 1,
            confidence: rounded(f64::from(chosen.confidence)),
            explanation: chosen.reason.to_owned(),
            required: (!is_confident).then_some(stage.plan.confidence_min),
        };
        let frequencies = self.evidence.level_frequencies(row);
        let mut decision = Decision {
            outcome: if is_confident { Outcome::Matched } else { Outcome::Review },
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            score: Some(best.group_score),
            margin: Some(best.group_score - rival.map_or(0.0, |rival| rival.group_score)),
            entry_score: self.ranking.is_weighed().then_some(best.score),
            weight: self.ranking.is_weighed().then_some(best.pair.score),
            reason: reason.into(),
            alternatives: self.whole_alternatives(others, &frequencies)?,
            scores: self.evidence.scores(best.index),
            comparisons: self.evidence.comparisons(best.index, &frequencies),
            evidence: Some(self.evidence_with_arbiter(best, stage, &chosen)?),
            ..self.blank(row, ranked.len())?
        };
        decision.reason.0.extend(self.evidence.agreement(best.index, &best.pair, &frequencies));
        self.name_entry(&mut decision, best, true)?;
        Ok(decision)
    }

    /// The evidence of the scores, and that of the arbiter under `_arbiter`, which cannot be the name of a scorer.
    fn evidence_with_arbiter(
        &self,
        best: &RankedCandidate<'_>,
        stage: ArbiterStage<'_>,
        chosen: &ChosenCandidate<'_>,
    ) -> Result<String, StepError> {
        let frequencies = self.evidence.level_frequencies(best.pair.row as usize);
        let scores = self.evidence.pair_json(best.index, &best.pair, &frequencies, true)?;
        let mut evidence: Map<String, Value> = serde_json::from_str(scores.as_deref().unwrap_or("{}"))?;
        let arbiter = json!({
            "plugin": stage.arbiter,
            "digest": stage.plan.digest,
            "confidence": rounded(f64::from(chosen.confidence)),
            "reason": chosen.reason,
        });
        evidence.insert("_arbiter".to_owned(), arbiter);
        Ok(Value::Object(evidence).to_string())
    }
}

/// Why an arbiter chose nothing.
fn reason_without_choice(stage: ArbiterStage<'_>, decision: ArbiterDecision) -> Option<Reason> {
    let arbiter = stage.arbiter.to_owned();
    Some(match decision {
        ArbiterDecision::Abstained { reason } => Reason::ArbiterAbstained { arbiter, explanation: reason },
        ArbiterDecision::Silent => Reason::ArbiterSilent { arbiter },
        ArbiterDecision::Unavailable { error } => Reason::ArbiterFailed { arbiter, error },
        ArbiterDecision::NotCalled => Reason::ArbiterNotCalled { arbiter },
        ArbiterDecision::NotRequested => Reason::ArbiterNotRequested { stage: stage.label.to_owned() },
        ArbiterDecision::Chosen { .. } | ArbiterDecision::NoneOfThem { .. } | ArbiterDecision::Failed { .. } => {
            return None;
        }
    })
}

/// Fields in the form that an arbiter receives.
fn to_fields(values: Map<String, Value>) -> Vec<Field> {
    let field = |(name, value): (String, Value)| match value {
        Value::String(value) => Field { name, value },
        value => Field { name, value: value.to_string() },
    };
    values.into_iter().map(field).collect()
}
