//! The outcome of a row that is compared with the rows before it: every pair that is likely enough, each by itself.

use std::fmt::Write;

use matchflow_match_weights::Seen;
use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::DecidePlan;
use serde::Serialize;

use super::{Decider, shown_score};
use crate::error::StepError;
use crate::evidence::rounded;
use crate::ranking::{Ranked, shown};

/// What a pair looks like in JSON, its evidence apart.
#[derive(Serialize)]
struct PairShown<'a> {
    id: &'a str,
    score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    stage: &'a str,
}

impl Decider<'_> {
    /// The outcome of a row with its pairs from `review` on, best first, as the alternatives; `id` is the row of the best.
    pub(super) fn pairs(&self, row: usize, plan: &DecidePlan) -> Result<Decision, StepError> {
        let ranked = self.ranking.rank(row);
        let blank = self.blank(row, ranked.len())?;
        let Some(best) = ranked.first() else {
            return Ok(Decision { reason: "no row before it resembles this one".to_owned(), ..blank });
        };
        let kept = ranked.get(..shown(plan, &ranked)).unwrap_or_default();
        let score = shown_score(best.score);
        let (outcome, reason) = match best.score {
            probability if probability >= plan.accept => {
                (Outcome::Matched, format!("the same as row {} ({score})", best.id))
            }
            probability if probability >= plan.review => {
                let band = format!("{score} is between {:.2} and {:.2}", plan.review, plan.accept);
                (Outcome::Review, format!("perhaps the same as row {}: {band}", best.id))
            }
            _ => (Outcome::Unmatched, format!("the best score, {score}, is below {:.2}", plan.review)),
        };
        let weight = self.ranking.is_weighed().then_some(best.pair.score);
        Ok(Decision {
            outcome,
            reason,
            score: Some(best.score),
            weight,
            stage: self.stages.get(usize::from(best.pair.stage)).cloned(),
            id: (outcome != Outcome::Unmatched).then(|| best.id.to_owned()),
            alternatives: self.pairs_json(kept)?,
            ..blank
        })
    }

    fn pairs_json(&self, kept: &[Ranked<'_>]) -> Result<String, StepError> {
        let mut json = String::from("[");
        for ranked in kept {
            let pair = PairShown {
                id: ranked.id,
                score: rounded(ranked.score),
                weight: self.ranking.is_weighed().then(|| rounded(ranked.pair.score)),
                stage: self.stages.get(usize::from(ranked.pair.stage)).map_or("", String::as_str),
            };
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&serde_json::to_string(&pair)?);
            if let Some(evidence) = self.witness.of(ranked.index, &ranked.pair, &Seen::default(), false)? {
                json.pop();
                // Writing to a String cannot fail.
                let _ = write!(json, ",\"evidence\":{evidence}}}");
            }
        }
        json.push(']');
        Ok(json)
    }
}
