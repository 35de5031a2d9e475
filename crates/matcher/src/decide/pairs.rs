//! The outcome of a row that is compared with the rows before it: every pair that is likely enough, decided separately.

use matchflow_match_weights::LevelFrequencies;
use matchflow_model::evidence::Alternative;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::DecidePlan;
use matchflow_model::reason::Reason;

use super::decider::{RowDecider, reason_score};
use crate::error::StepError;
use crate::evidence_writer::rounded;
use crate::rank::RankedCandidate;

/// How far below a match a pair is where only supporting comparisons agree.
const SUPPORTED_ONLY_GAP: f64 = 0.0001;

impl RowDecider<'_> {
    /// The outcome of a row. Its pairs from `review` on are the alternatives, best first; `id` is the row of the best
    /// pair.
    pub(super) fn decide_pairs(&self, row: usize, plan: &DecidePlan) -> Result<Decision, StepError> {
        let ranked = self.ranking.rank(row);
        let blank = self.blank(row, ranked.len())?;
        let Some(best) = ranked.first() else {
            return Ok(Decision { reason: Reason::NoSimilarRow.into(), ..blank });
        };
        let reported = ranked.get(..self.ranking.reported_count(plan, &ranked)).unwrap_or_default();
        let best_score = self.pair_score(best, plan);
        let score = reason_score(best_score);
        let key = best.id.to_owned();
        let DecidePlan { review, accept, .. } = *plan;
        let (outcome, reason) = match best_score {
            probability if probability >= accept => (Outcome::Matched, Reason::SameAs { key, score }),
            probability if probability >= review => {
                (Outcome::Review, Reason::PossiblySameAs { key, score, review, accept })
            }
            _ => (Outcome::Unmatched, Reason::BelowReview { score, review }),
        };
        let weight = self.ranking.is_weighed().then_some(best.pair.score);
        Ok(Decision {
            outcome,
            reason: reason.into(),
            score: Some(best_score),
            weight,
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            id: (outcome != Outcome::Unmatched).then(|| best.id.to_owned()),
            alternatives: reported.iter().map(|candidate| self.pair(candidate, plan)).collect::<Result<_, _>>()?,
            ..blank
        })
    }

    /// The score of a pair; where only supporting comparisons agree, such as the place, it is below that of a match.
    fn pair_score(&self, candidate: &RankedCandidate<'_>, plan: &DecidePlan) -> f64 {
        let is_accepted = candidate.score >= plan.accept;
        if is_accepted && !plan.accept_without_name && !self.ranking.has_deciding_agreement(candidate) {
            return (plan.accept - SUPPORTED_ONLY_GAP).max(0.0);
        }
        candidate.score
    }

    /// A pair with its evidence.
    fn pair(&self, candidate: &RankedCandidate<'_>, plan: &DecidePlan) -> Result<Alternative, StepError> {
        let frequencies = LevelFrequencies::default();
        Ok(Alternative {
            group: None,
            score: Some(rounded(self.pair_score(candidate, plan))),
            weight: self.ranking.is_weighed().then(|| rounded(candidate.pair.score)),
            evidence: self.evidence.pair_json(candidate.index, &candidate.pair, &frequencies, false)?,
            ..self.alternative(candidate)
        })
    }
}
