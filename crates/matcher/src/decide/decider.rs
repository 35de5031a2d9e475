//! From scored candidates to an outcome. Pure: the same candidates give the same outcome in any order.

use matchflow_model::arrow::array::{StringArray, UInt64Array};
use matchflow_model::columns;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{DecidePlan, EvidenceScope, OutOfScopePlan};
use matchflow_model::reason::{Reason, Rival};

use super::alternatives::AlternativeCandidate;
use super::joint_bid::RawNames;
use super::result_fields::ResultFields;
use crate::chunk::Chunk;
use crate::display_fields::DisplayFields;
use crate::error::StepError;
use crate::evidence_writer::{EvidenceWriter, rounded};
use crate::rank::{ALTERNATIVES_MAX, Assessment, CandidateRanking, RankedCandidate, keeps_evidence};
use crate::score::context::ScoreScale;
use crate::score::{RowFailure, ScoringContext};
use crate::verdicts::RowVerdicts;

/// Decides the rows of one chunk.
pub struct RowDecider<'a> {
    pub(super) chunk: &'a Chunk,
    /// The labels of the plan's stages.
    pub(super) stages: &'a [String],
    keys: &'a StringArray,
    numbers: &'a UInt64Array,
    digests: &'a UInt64Array,
    input: DisplayFields<'a>,
    raw_names: RawNames<'a>,
    pub(super) entries: Option<DisplayFields<'a>>,
    pub(super) ranking: CandidateRanking<'a>,
    pub(super) evidence: EvidenceWriter<'a>,
    pub(super) fields: &'a ResultFields,
    /// What people decided about the rows.
    pub(super) verdicts: RowVerdicts,
}

impl<'a> RowDecider<'a> {
    /// `context` is that of the stage that scored the chunk last, if any.
    ///
    /// # Errors
    ///
    /// A chunk without a column that every chunk has.
    pub fn new(
        chunk: &'a Chunk,
        fields: &'a ResultFields,
        context: Option<ScoringContext<'a>>,
    ) -> Result<RowDecider<'a>, StepError> {
        let rows = &chunk.rows.0;
        let entries = chunk.candidates.entries.as_ref();
        let entries = entries.map(|entries| DisplayFields::new(&entries.0, &fields.entry_fields)).transpose()?;
        Ok(RowDecider {
            chunk,
            stages: &fields.labels,
            keys: columns::text(rows, columns::KEY)?,
            numbers: columns::numbers(rows, columns::ROW)?,
            digests: columns::numbers(rows, columns::DIGEST)?,
            input: DisplayFields::new(rows, &fields.input_fields)?,
            raw_names: RawNames::new(rows, &fields.company_names),
            entries,
            ranking: CandidateRanking::new(chunk, context.map_or(ScoreScale::Mean, ScoringContext::scale))?,
            evidence: EvidenceWriter::new(chunk, context)?,
            fields,
            verdicts: RowVerdicts::of(rows)?,
        })
    }

    /// The outcome of a row under the plan, or `None` if it continues to the next stages.
    ///
    /// # Errors
    ///
    /// Values that cannot be written as JSON.
    pub fn decide(&self, row: usize, plan: &DecidePlan) -> Result<Option<Decision>, StepError> {
        if plan.of_pairs {
            return Ok(Some(self.decide_pairs(row, plan)?.with_six_decimals()));
        }
        let mut decision = match self.verdicts.get(row) {
            Some(verdict) => self.decide_by_person(row, plan, verdict)?,
            None => self.decide_match(row, plan)?,
        };
        if let (Some(decision), Some(joint_bid)) = (&mut decision, self.raw_names.joint_bid(row)) {
            decision.reason.push(joint_bid);
        }
        Ok(decision.map(Decision::with_six_decimals))
    }

    /// The outcome of a row of which one candidate at most is the match.
    pub(super) fn decide_match(&self, row: usize, plan: &DecidePlan) -> Result<Option<Decision>, StepError> {
        let ranked = self.ranking.rank_to_decide(row, plan);
        let assessment = self.ranking.assess(plan, &ranked);
        let is_accepted = assessment.as_ref().is_some_and(|assessment| assessment.outcome == Outcome::Matched);
        // An out-of-scope row is still accepted if an entry is a match.
        if let Some(scope) = plan.out_of_scope.as_ref().filter(|_| !is_accepted)
            && let Some(decision) = self.out_of_scope(row, scope, ranked.len())?
        {
            return Ok(Some(decision));
        }
        let (Some(best), Some(assessment)) = (ranked.first(), assessment) else {
            if plan.pass_on {
                return Ok(None);
            }
            let reason = Reason::NoCandidate.into();
            return Ok(Some(Decision { reason, ..self.blank(row, 0)? }));
        };
        let outcome = assessment.outcome;
        if plan.pass_on && outcome != Outcome::Matched || plan.ask && outcome == Outcome::Review {
            return Ok(None);
        }
        // From here on the row is decided: formatting starts only now.
        let is_found = outcome != Outcome::Unmatched;
        let is_entry_named = is_found && (!self.ranking.is_weighed() || best.score >= plan.entry * best.group_score);
        // If the best entry is not the outcome's, it is the first of the alternatives.
        let others = ranked.iter().enumerate().skip(usize::from(is_entry_named)).take(ALTERNATIVES_MAX);
        let frequencies = self.evidence.level_frequencies(row);
        let (alternatives, evidence) = if keeps_evidence(plan, outcome) {
            let others = others.map(|(place, candidate)| AlternativeCandidate { candidate, with_evidence: place > 0 });
            let evidence = self.evidence.pair_json(best.index, &best.pair, &frequencies, true)?;
            (self.whole_alternatives(others, &frequencies)?, evidence)
        } else {
            // If no entry is named, the candidates are only in the alternatives: for a match all of them, since one is
            // the right one, else the best.
            let is_open = is_found && !is_entry_named;
            let is_shown = |(place, candidate): &(usize, &RankedCandidate<'_>)| {
                is_open || *place == 0 || candidate.score >= plan.review
            };
            let others = others.filter(is_shown).map(|(_, candidate)| self.alternative(candidate));
            // That a scorer failed is in nothing but the evidence.
            let is_kept = self.evidence.has_failure(best.index);
            let evidence = is_kept.then(|| self.evidence.pair_json(best.index, &best.pair, &frequencies, true));
            (others.collect(), evidence.transpose()?.flatten())
        };
        let shown = (plan.evidence != EvidenceScope::None || evidence.is_some()).then_some(best.index);
        let mut decision = Decision {
            outcome,
            reason: reason(plan, best, &assessment).into(),
            score: Some(best.group_score),
            margin: Some(assessment.margin),
            entry_score: self.ranking.is_weighed().then_some(best.score),
            weight: self.ranking.is_weighed().then_some(best.pair.score),
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            alternatives,
            scores: shown.map(|index| self.evidence.scores(index)).unwrap_or_default(),
            comparisons: shown.map(|index| self.evidence.comparisons(index, &frequencies)).unwrap_or_default(),
            evidence,
            ..self.blank(row, ranked.len())?
        };
        decision.reason.0.extend(self.evidence.agreement(best.index, &best.pair, &frequencies));
        decision.reason.0.extend(self.ranking.companies_at_place(outcome, &ranked));
        if !is_found {
            return Ok(Some(decision));
        }
        self.name_entry(&mut decision, best, is_entry_named)?;
        if !is_entry_named {
            decision.reason.push(Reason::EntryUndecided { score: reason_score(best.score / best.group_score) });
        }
        Ok(Some(decision))
    }

    /// The outcome of a row that the registry does not cover; `None` for a row that it covers, or that has no value to
    /// judge by.
    fn out_of_scope(
        &self,
        row: usize,
        plan: &OutOfScopePlan,
        candidates: usize,
    ) -> Result<Option<Decision>, StepError> {
        let value = |field: &String| {
            let cell = columns::value(columns::text(&self.chunk.rows.0, field).ok()?, row)?;
            Some((field.clone(), columns::alternatives(cell).next()?.to_owned()))
        };
        let Some((field, value)) = plan.fields.iter().find_map(value).filter(|(_, value)| !plan.except.contains(value))
        else {
            return Ok(None);
        };
        let reason = Reason::OutOfScope { field, value }.into();
        Ok(Some(Decision { stage: Some(plan.label.clone()), reason, ..self.blank(row, candidates)? }))
    }

    /// The outcome of a row that a stage failed on.
    ///
    /// # Errors
    ///
    /// Values that cannot be written as JSON.
    pub fn fail(&self, failure: &RowFailure, stage: &str) -> Result<Decision, StepError> {
        let mut decision = self.blank(failure.row, self.chunk.row_pairs(failure.row).1.len())?;
        decision.outcome = Outcome::Failed;
        decision.reason = Reason::StageFailed { stage: stage.to_owned() }.into();
        decision.stage = Some(stage.to_owned());
        decision.error = Some(failure.error.clone());
        decision.plugin.clone_from(&failure.plugin);
        decision.tries = failure.tries;
        decision.retryable = failure.retryable;
        Ok(match self.verdicts.get(failure.row) {
            Some(verdict) => self.for_review(decision, verdict, verdict.decision.state.clone()),
            None => decision,
        })
    }

    /// An unmatched row without a reason.
    pub(super) fn blank(&self, row: usize, candidates: usize) -> Result<Decision, StepError> {
        let key = columns::value(self.keys, row).unwrap_or_default();
        let number = self.numbers.values().get(row).copied().unwrap_or_default();
        let digest = self.digests.values().get(row).copied().unwrap_or_default();
        Ok(Decision {
            candidates: candidates as u32,
            input: serde_json::to_string(&self.input.row_values(row))?,
            ..Decision::unmatched(key, number, digest)
        })
    }
}

/// The main reason for an outcome.
fn reason(plan: &DecidePlan, best: &RankedCandidate<'_>, assessment: &Assessment<'_>) -> Reason {
    let score = reason_score(best.group_score);
    let rival =
        assessment.rival.map(|rival| Rival { group: rival.group.to_owned(), score: reason_score(rival.group_score) });
    if best.group_score < plan.review {
        return Reason::BelowReview { score, review: plan.review };
    }
    if let Some(expected) = assessment.not_worth_it {
        return Reason::NotWorthReview { score, expected: reason_score(expected), worth: plan.review_worth };
    }
    if best.group_score < plan.accept {
        // A rival far behind is not mentioned.
        let rival = rival.filter(|_| assessment.margin < best.group_score / 2.0);
        return Reason::InReviewBand { score, review: plan.review, accept: plan.accept, rival };
    }
    if assessment.is_supported_only {
        return Reason::SupportedOnly { score };
    }
    match rival {
        Some(rival) if assessment.outcome == Outcome::Review => {
            Reason::TooClose { group: best.group.to_owned(), score, rival }
        }
        rival => Reason::Accepted { score, rival },
    }
}

/// A score as shown in reasons: six decimals, and not rounded up to 1.
pub(super) fn reason_score(score: f64) -> f64 {
    match rounded(score) {
        1.0 if score < 1.0 => 0.999_999,
        rounded => rounded,
    }
}
