//! The candidates of a row other than the one chosen, as results show them.

use std::fmt::Write;

use matchflow_match_weights::LevelFrequencies;
use serde::Serialize;

use super::decider::RowDecider;
use crate::error::StepError;
use crate::evidence_writer::rounded;
use crate::rank::RankedCandidate;

/// The JSON of an alternative, without its evidence.
#[derive(Serialize)]
struct AlternativeJson<'a> {
    id: &'a str,
    group: &'a str,
    score: f64,
    stage: &'a str,
    /// Empty where the row does not keep its evidence.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    entry: serde_json::Map<String, serde_json::Value>,
}

/// A candidate among the alternatives.
pub(super) struct Alternative<'a, 'b> {
    pub(super) candidate: &'b RankedCandidate<'a>,
    /// Whether it carries its evidence. That of the best candidate is the outcome's.
    pub(super) with_evidence: bool,
}

impl RowDecider<'_> {
    /// Alternatives as a JSON array.
    pub(super) fn alternatives_json<'a, 'b>(
        &self,
        alternatives: impl Iterator<Item = Alternative<'a, 'b>>,
        frequencies: &LevelFrequencies,
    ) -> Result<String, StepError>
    where
        'a: 'b,
    {
        let Some(entries) = &self.entries else { return Ok("[]".to_owned()) };
        let mut json = String::from("[");
        for Alternative { candidate, with_evidence } in alternatives {
            let entry = entries.row_values(candidate.pair.entry as usize);
            let alternative = AlternativeJson { entry, ..self.alternative(candidate) };
            let evidence = match with_evidence {
                true => self.evidence.pair_json(candidate.index, &candidate.pair, frequencies, false)?,
                false => None,
            };
            push_object(&mut json, &serde_json::to_string(&alternative)?, evidence.as_deref());
        }
        json.push(']');
        Ok(json)
    }

    /// Alternatives as a JSON array, without their fields and evidence.
    pub(super) fn alternative_ids_json<'a, 'b>(
        &self,
        candidates: impl Iterator<Item = &'b RankedCandidate<'a>>,
    ) -> Result<String, StepError>
    where
        'a: 'b,
    {
        Ok(serde_json::to_string(&candidates.map(|candidate| self.alternative(candidate)).collect::<Vec<_>>())?)
    }

    fn alternative<'a>(&'a self, candidate: &RankedCandidate<'a>) -> AlternativeJson<'a> {
        AlternativeJson {
            id: candidate.id,
            group: candidate.group,
            score: rounded(candidate.score),
            stage: self.stages.get(usize::from(candidate.pair.stage)).map_or("", String::as_str),
            entry: serde_json::Map::new(),
        }
    }
}

/// Adds an object to the array that `json` ends in, with its evidence as the last member.
pub(super) fn push_object(json: &mut String, object: &str, evidence: Option<&str>) {
    if json.len() > 1 {
        json.push(',');
    }
    json.push_str(object);
    if let Some(evidence) = evidence {
        json.pop();
        // Writing to a String cannot fail.
        let _ = write!(json, ",\"evidence\":{evidence}}}");
    }
}
