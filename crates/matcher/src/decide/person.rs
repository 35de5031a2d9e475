//! From what a person decided about a row to the row's outcome: a person wins over every score.
//!
//! **Invariants.** A verdict is applied where the row and the entry are what they were; otherwise the row is decided as if
//! nobody had, and left for review with the verdict. No verdict disappears: each result of a decided row has it.

use matchflow_model::outcome::{Decision, MatchLevel, Outcome};
use matchflow_model::plan::DecidePlan;
use matchflow_model::reason::{Reason, Reasons};
use matchflow_model::review_verdict::{DecisionState, ReviewDecision, ReviewVerdict, RowVerdict, VerdictNote};
use serde_json::{Map, Value};

use super::alternatives::AlternativeCandidate;
use super::decider::RowDecider;
use super::named_entry::CLOSED;
use crate::error::StepError;
use crate::rank::{ALTERNATIVES_MAX, RankedCandidate};

/// What a verdict comes to, with the candidates that the row has.
enum VerdictEffect<'a, 'b> {
    /// The row is this candidate, or its group where the verdict does not name the entry.
    Entry { candidate: &'b RankedCandidate<'a>, is_named: bool },
    /// The row has no entry.
    NoEntry,
    /// The row is left for review.
    Review(DecisionState),
}

impl RowDecider<'_> {
    /// The outcome of a row that people decided about, or `None` where it goes on to the next stages.
    pub(super) fn decide_by_person(
        &self,
        row: usize,
        plan: &DecidePlan,
        verdict: &RowVerdict,
    ) -> Result<Option<Decision>, StepError> {
        let ranked = self.ranking.rank(row);
        match (self.effect(verdict, &ranked), verdict.applicable()) {
            (VerdictEffect::Entry { candidate, is_named }, Some(note)) => {
                let chosen = (candidate, is_named);
                self.decide_chosen_by_person(row, &ranked, chosen, verdict, note).map(Some)
            }
            (VerdictEffect::NoEntry, Some(note)) => {
                let others = ranked.iter().take(ALTERNATIVES_MAX);
                let others = others.map(|candidate| AlternativeCandidate { candidate, with_evidence: true });
                Ok(Some(Decision {
                    outcome: Outcome::Unmatched,
                    score: ranked.first().map(|best| best.group_score),
                    reason: reason_of(note).into(),
                    alternatives: self.whole_alternatives(others, &self.evidence.level_frequencies(row))?,
                    decision: Some(verdict.decision.clone()),
                    ..self.blank(row, ranked.len())?
                }))
            }
            (VerdictEffect::Review(state), _) => self.review_again(row, plan, verdict, state),
            (VerdictEffect::Entry { .. } | VerdictEffect::NoEntry, None) => {
                self.review_again(row, plan, verdict, verdict.decision.state.clone())
            }
        }
    }

    /// Whether a person's verdict decides the row without any score.
    pub(crate) fn is_decided_by_person(&self, row: usize) -> bool {
        self.verdicts
            .get(row)
            .is_some_and(|verdict| !matches!(self.effect(verdict, &self.ranking.rank(row)), VerdictEffect::Review(_)))
    }

    fn effect<'a, 'b>(&self, verdict: &RowVerdict, ranked: &'b [RankedCandidate<'a>]) -> VerdictEffect<'a, 'b> {
        let Some(note) = verdict.applicable() else {
            return VerdictEffect::Review(verdict.decision.state.clone());
        };
        let Some(named) = note.id.as_ref().or(note.group.as_ref()) else {
            return match note.verdict {
                ReviewVerdict::Entry => VerdictEffect::Review(DecisionState::EntryMissing),
                _ => VerdictEffect::NoEntry,
            };
        };
        let entry = ranked.iter().find(|candidate| note.id.is_some() && candidate.id == named);
        match entry.or_else(|| ranked.iter().find(|candidate| candidate.group == named)) {
            None => VerdictEffect::Review(DecisionState::EntryMissing),
            Some(candidate) => match entry.and_then(|_| self.change_of(candidate, verdict, note)) {
                Some(state) => VerdictEffect::Review(state),
                None => VerdictEffect::Entry { candidate, is_named: entry.is_some() },
            },
        }
    }

    /// How the entry differs from what the person was given, as far as that was recorded.
    fn change_of(
        &self,
        candidate: &RankedCandidate<'_>,
        verdict: &RowVerdict,
        note: &VerdictNote,
    ) -> Option<DecisionState> {
        let before = verdict.entry.as_ref()?;
        let was_closed = before.get(CLOSED) == Some(&Value::Bool(true));
        if !candidate.open && !was_closed && note.verdict != ReviewVerdict::Closed && self.fields.has_status {
            return Some(DecisionState::EntryClosed);
        }
        let now = self.entries.as_ref()?.row_values(candidate.pair.entry as usize);
        let fields = changed_fields(before, &now);
        (!fields.is_empty()).then_some(DecisionState::EntryChanged { fields })
    }

    /// The outcome of a row for which a person chose a candidate.
    fn decide_chosen_by_person(
        &self,
        row: usize,
        ranked: &[RankedCandidate<'_>],
        (chosen, is_named): (&RankedCandidate<'_>, bool),
        verdict: &RowVerdict,
        note: &VerdictNote,
    ) -> Result<Decision, StepError> {
        let rival = ranked.iter().find(|other| other.group != chosen.group);
        let others = ranked.iter().filter(|other| other.index != chosen.index).take(ALTERNATIVES_MAX);
        let others = others.map(|candidate| AlternativeCandidate { candidate, with_evidence: true });
        let frequencies = self.evidence.level_frequencies(row);
        let mut decision = Decision {
            outcome: Outcome::Matched,
            reason: reason_of(note).into(),
            stage: self.stages.get(usize::from(chosen.pair.stage)).cloned(),
            score: Some(chosen.group_score),
            margin: Some(chosen.group_score - rival.map_or(0.0, |rival| rival.group_score)),
            entry_score: self.ranking.is_weighed().then_some(chosen.score),
            weight: self.ranking.is_weighed().then_some(chosen.pair.score),
            alternatives: self.whole_alternatives(others, &frequencies)?,
            scores: self.evidence.scores(chosen.index),
            comparisons: self.evidence.comparisons(chosen.index, &frequencies),
            evidence: self.evidence.pair_json(chosen.index, &chosen.pair, &frequencies, true)?,
            decision: Some(verdict.decision.clone()),
            ..self.blank(row, ranked.len())?
        };
        decision.reason.0.extend(self.evidence.agreement(chosen.index, &chosen.pair, &frequencies));
        self.name_entry(&mut decision, chosen, is_named)?;
        if note.verdict == ReviewVerdict::Closed
            && self.fields.has_status
            && decision.level == Some(MatchLevel::Establishment)
        {
            // The person knows what the registry does not yet.
            decision.closed = Some(true);
        }
        Ok(decision)
    }

    /// The outcome without the decision, left for review, since the decision does not apply any more.
    fn review_again(
        &self,
        row: usize,
        plan: &DecidePlan,
        verdict: &RowVerdict,
        state: DecisionState,
    ) -> Result<Option<Decision>, StepError> {
        // No arbiter is asked what a person is going to decide.
        let plan = DecidePlan { ask: false, ..plan.clone() };
        let decision = self.decide_match(row, &plan)?;
        Ok(decision.map(|decision| self.for_review(decision, verdict, state)))
    }

    /// A result that people have to look at again.
    pub(super) fn for_review(&self, decision: Decision, verdict: &RowVerdict, state: DecisionState) -> Decision {
        if decision.outcome == Outcome::Failed {
            return Decision { decision: Some(ReviewDecision { state, ..verdict.decision.clone() }), ..decision };
        }
        let mut reasons = Reasons::from(Reason::DecisionNotApplied { cause: state.clone() });
        reasons.0.extend(decision.reason.0);
        Decision {
            outcome: Outcome::Review,
            reason: reasons,
            decision: Some(ReviewDecision { state, ..verdict.decision.clone() }),
            ..decision
        }
    }
}

fn reason_of(note: &VerdictNote) -> Reason {
    Reason::DecidedByPerson { by: note.by.clone(), verdict: note.verdict, why: note.why.clone() }
}

/// The fields that both have and that differ. A field that a pipeline has added since, or left out, is no change.
fn changed_fields(before: &Map<String, Value>, now: &Map<String, Value>) -> Vec<String> {
    let is_changed =
        |(name, value): &(&String, &Value)| !name.starts_with('_') && now.get(*name).is_some_and(|now| now != *value);
    before.iter().filter(is_changed).map(|(name, _)| name.clone()).collect()
}
