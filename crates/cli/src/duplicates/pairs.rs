//! The pairs that results hold.

use matchflow_checkpoint::PairsRow;
use matchflow_dedupe::Edge;
use serde::Deserialize;
use serde_json::Value;

use super::row_catalog::RowCatalog;

/// A pair of rows that may be the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    /// The row that was compared, and the one before it.
    pub(crate) rows: (u32, u32),
    pub(crate) score: f64,
    pub(crate) weight: Option<f64>,
    pub(crate) stage: String,
    /// What speaks for it, in words.
    pub(crate) words: String,
}

impl Pair {
    pub(crate) fn edge(&self) -> Edge {
        Edge::new(self.rows.0, self.rows.1, self.score, self.weight)
    }
}

/// As `flow` writes it.
#[derive(Deserialize)]
struct Written {
    id: String,
    score: f64,
    weight: Option<f64>,
    stage: String,
    evidence: Option<serde_json::Map<String, Value>>,
}

/// The pairs that hold for the rows of now. A pair is out of date where a row is gone, is another since, or was compared
/// anew: then it is the later of the two that tells.
pub(crate) fn read_pairs(results: &[PairsRow], catalog: &RowCatalog) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for result in results {
        let Some(row) = catalog.find(&result.key).filter(|row| catalog.digest(*row) == result.digest) else { continue };
        let written: Vec<Written> = serde_json::from_str(&result.pairs).unwrap_or_default();
        for Written { id, score, weight, stage, evidence } in written {
            let Some(before) = catalog.find(&id).filter(|before| catalog.is_before(*before, row)) else { continue };
            let words = evidence.as_ref().map(words).unwrap_or_default();
            pairs.push(Pair { rows: (row, before), score, weight, stage, words });
        }
    }
    pairs.sort_by_key(|pair| pair.rows);
    pairs
}

/// The evidence in a line: what each comparison added in bits, or what each scorer gave.
fn words(evidence: &serde_json::Map<String, Value>) -> String {
    let words: Vec<String> = match evidence.get("_model").and_then(Value::as_object) {
        Some(model) => {
            let step = |(name, step): (&String, &Value)| {
                let (level, bits) = (step.get("level")?.as_str()?, step.get("bits")?.as_f64()?);
                Some(format!("{name}: {level} ({bits:+.1} bits)"))
            };
            model.iter().filter_map(step).collect()
        }
        None => {
            let score = |(name, said): (&String, &Value)| {
                said.get("score").and_then(Value::as_f64).map(|score| format!("{name} {score:.2}"))
            };
            evidence.iter().filter_map(score).collect()
        }
    };
    words.join(", ")
}
