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
use crate::rank::{RankedCandidate, reported_count};

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
        let reported = ranked.get(..reported_count(plan, &ranked)).unwrap_or_default();
        let score = reason_score(best.score);
        let key = best.id.to_owned();
        let DecidePlan { review, accept, .. } = *plan;
        let (outcome, reason) = match best.score {
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
            score: Some(best.score),
            weight,
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            id: (outcome != Outcome::Unmatched).then(|| best.id.to_owned()),
            alternatives: self.pairs_json(reported)?,
            ..blank
        })
    }

    fn pairs_json(&self, candidates: &[RankedCandidate<'_>]) -> Result<String, StepError> {
        let mut json = String::from("[");
        for candidate in candidates {
            let pair = PairJson {
                id: candidate.id,
                score: rounded(candidate.score),
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
