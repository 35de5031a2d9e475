//! The outcome of a row that is compared with the rows before it: every pair that is likely enough, each by itself.

use matchflow_match_weights::LevelFrequencies;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::DecidePlan;
use matchflow_model::reason::Reason;
use serde::Serialize;

use super::alternatives::push_object;
use super::decider::{RowDecider, reason_score};
use crate::error::StepError;
use crate::evidence_writer::rounded;
use crate::rank::RankedCandidate;

/// How far below a match a pair is where only supporting comparisons agree.
const SUPPORTED_ONLY_GAP: f64 = 0.0001;

/// The JSON of a pair, without its evidence.
#[derive(Serialize)]
struct PairJson<'a> {
    id: &'a str,
    score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    stage: &'a str,
}

impl RowDecider<'_> {
    /// The outcome of a row. Its pairs from `review` on are the alternatives, best first; `id` is the row of the best pair.
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
            alternatives: self.pairs_json(reported, plan)?,
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

    fn pairs_json(&self, candidates: &[RankedCandidate<'_>], plan: &DecidePlan) -> Result<String, StepError> {
        let mut json = String::from("[");
        for candidate in candidates {
            let pair = PairJson {
                id: candidate.id,
                score: rounded(self.pair_score(candidate, plan)),
                weight: self.ranking.is_weighed().then(|| rounded(candidate.pair.score)),
                stage: self.stages.get(usize::from(candidate.pair.stage)).map_or("", String::as_str),
            };
            let frequencies = LevelFrequencies::default();
            let evidence = self.evidence.pair_json(candidate.index, &candidate.pair, &frequencies, false)?;
            push_object(&mut json, &serde_json::to_string(&pair)?, evidence.as_deref());
        }
        json.push(']');
        Ok(json)
    }
}
