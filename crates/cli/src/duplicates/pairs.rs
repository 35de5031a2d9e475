//! The pairs stored in results.

use matchflow_checkpoint::PairsRow;
use matchflow_dedupe::Edge;
use matchflow_model::evidence::Alternative;
use matchflow_model::reason::{ComparisonLevel, Reason, ScorerScore};
use serde_json::Value;

use super::row_catalog::RowCatalog;

/// A pair of rows that may be the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DuplicatePair {
    /// The compared row, and the one before it.
    pub(crate) rows: (u32, u32),
    pub(crate) score: f64,
    pub(crate) weight: Option<f64>,
    pub(crate) stage: String,
    /// The contribution of each comparison, or the score of each scorer.
    pub(crate) evidence: Option<Reason>,
    /// Who decided that the rows are the same, where a person did.
    pub(crate) decided_by: Option<String>,
}

impl DuplicatePair {
    pub(crate) fn edge(&self) -> Edge {
        match self.decided_by {
            Some(_) => Edge::decided(self.rows.0, self.rows.1),
            None => Edge::new(self.rows.0, self.rows.1, self.score, self.weight),
        }
    }

    /// Two rows that people decided to be the same.
    pub(crate) fn decided(rows: (u32, u32), by: &str) -> DuplicatePair {
        let decided_by = Some(by.to_owned());
        DuplicatePair {
            rows: (rows.1, rows.0),
            score: 1.0,
            weight: None,
            stage: String::new(),
            evidence: None,
            decided_by,
        }
    }
}

/// The pairs of the current rows. A pair is obsolete if one of its rows was removed, changed or compared again: then the
/// pair of the later comparison counts.
pub(crate) fn read_pairs(results: &[PairsRow], catalog: &RowCatalog) -> Vec<DuplicatePair> {
    let mut pairs = Vec::new();
    for result in results {
        let Some(row) = catalog.find(&result.key).filter(|row| catalog.digest(*row) == result.digest) else { continue };
        for Alternative { id, score, weight, stage, evidence, .. } in &result.pairs {
            // A row that another one stands for is compared with that one whatever their order: its digest says so.
            let is_compared = |before: &u32| match catalog.represented_by(row) {
                Some(representative) => representative == *before,
                None => catalog.is_before(*before, row),
            };
            let Some(before) = catalog.find(id).filter(is_compared) else { continue };
            let Some(score) = *score else { continue };
            let evidence = evidence.as_deref().and_then(|json| serde_json::from_str(json).ok());
            let evidence = evidence.as_ref().and_then(evidence_reason);
            pairs.push(DuplicatePair {
                rows: (row, before),
                score,
                weight: *weight,
                stage: stage.clone(),
                evidence,
                decided_by: None,
            });
        }
    }
    pairs.sort_by_key(|pair| pair.rows);
    pairs
}

/// The evidence as a reason: the bits of each comparison, or the score of each scorer.
fn evidence_reason(evidence: &serde_json::Map<String, Value>) -> Option<Reason> {
    let Some(model) = evidence.get("_model").and_then(Value::as_object) else {
        let score = |(scorer, member): (&String, &Value)| {
            Some(ScorerScore { scorer: scorer.clone(), score: member.get("score")?.as_f64()? })
        };
        let scores: Vec<ScorerScore> = evidence.iter().filter_map(score).collect();
        return (!scores.is_empty()).then_some(Reason::Scored { scores });
    };
    let comparison = |(name, step): (&String, &Value)| {
        let (level, bits) = (step.get("level")?.as_str()?, step.get("bits")?.as_f64()?);
        Some(ComparisonLevel { comparison: name.clone(), level: level.to_owned(), bits: Some(bits) })
    };
    let comparisons: Vec<ComparisonLevel> = model.iter().filter_map(comparison).collect();
    (!comparisons.is_empty()).then_some(Reason::Compared { comparisons })
}
