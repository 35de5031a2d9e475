//! The candidates of a chunk's rows: registry entries, the pairs of rows and entries, and the outputs of scorers.
//!
//! **Invariant:** `pairs` are sorted by row; the values of each [`ScorerEvidence`] are in the order of `pairs`.

use std::sync::Arc;

use matchflow_match_weights::ScorerOutput;
use matchflow_model::message::json_text;
use matchflow_model::row_error::RowError;
use serde::{Deserialize, Serialize};

use crate::wire_batch::WireBatch;

/// Candidates of the rows of one chunk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CandidateSet {
    /// The registry entries, each once; `None` if there are none yet.
    pub entries: Option<WireBatch>,
    /// The candidate pairs.
    pub pairs: Vec<CandidatePair>,
    /// The output of each scorer of the last score stage, in the plan's order.
    pub evidence: Vec<ScorerEvidence>,
}

/// One candidate of one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CandidatePair {
    /// Index of the row in the chunk's rows.
    pub row: u32,
    /// Index of the entry in the chunk's entries.
    pub entry: u32,
    /// Index in the plan of the candidate stage that found it first.
    pub stage: u16,
    /// The search's similarity until a score stage has run, then the score, 0 to 1; with a match model the match weight
    /// in bits.
    pub score: f64,
}

/// The output of one scorer for every pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScorerEvidence {
    /// SHA-256 of the plug-in that scored.
    pub plugin: Arc<str>,
    /// Its scores; `None` if a side had nothing to compare, or the scorer failed.
    pub values: Vec<Option<f32>>,
    /// The information in each agreement; empty if the scorer does not measure it, or it is not needed.
    pub information: Vec<f32>,
    /// The explanations of the pairs that have one. Empty if no pair has one.
    pub explanations: Vec<Option<Explanation>>,
}

/// The explanation of a scorer's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Explanation {
    /// The plug-in's own text: JSON by convention.
    Text(Arc<str>),
    /// The scorer failed on the row, which was scored without it, or it could not explain its score.
    Failed(#[serde(with = "json_text")] Arc<RowError>),
}

impl ScorerEvidence {
    /// The output for the pair at `index`.
    pub(crate) fn output(&self, index: usize) -> ScorerOutput {
        let score = self.values.get(index).copied().flatten();
        ScorerOutput { score, information: self.information.get(index).copied() }
    }

    /// Sets the explanation of the pair at `index`.
    pub(crate) fn explain(&mut self, index: usize, explanation: Explanation) {
        self.explanations.resize(self.values.len(), None);
        if let Some(slot) = self.explanations.get_mut(index) {
            *slot = Some(explanation);
        }
    }

    /// The evidence for other pairs, given the index of each here, or `None` for a new one.
    pub(crate) fn reindex(self, indices: &[Option<usize>]) -> ScorerEvidence {
        let values = indices.iter().map(|index| self.values.get((*index)?).copied().flatten()).collect();
        let explanations = match self.explanations.is_empty() {
            true => Vec::new(),
            false => indices.iter().map(|index| self.explanations.get((*index)?).cloned().flatten()).collect(),
        };
        // New pairs are scored, and measured again, before anything reads this.
        let measured = |index: &Option<usize>| index.and_then(|index| self.information.get(index).copied());
        let information = match self.information.is_empty() {
            true => Vec::new(),
            false => indices.iter().map(|index| measured(index).unwrap_or_default()).collect(),
        };
        ScorerEvidence { plugin: self.plugin, values, information, explanations }
    }

    /// Adds the output for the pairs that follow.
    pub(crate) fn append(&mut self, more: ScorerEvidence) {
        if !more.information.is_empty() {
            self.information.resize(self.values.len(), 0.0);
            self.information.extend(more.information);
        }
        if !more.explanations.is_empty() {
            self.explanations.resize(self.values.len(), None);
            self.explanations.extend(more.explanations);
        }
        self.values.extend(more.values);
        if !self.explanations.is_empty() {
            self.explanations.resize(self.values.len(), None);
        }
    }
}
