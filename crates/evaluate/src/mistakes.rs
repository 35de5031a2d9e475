//! The worst mistakes, to be inspected first.

use std::cmp::Ordering;

use matchflow_model::outcome::Outcome;
use serde::Serialize;

/// A row that a run got wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// The record's key.
    pub key: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// The supplier in a form that people recognise.
    pub supplier: Option<String>,
    /// The id of the entry that the run chose.
    pub id: Option<String>,
    /// The group of the entry that the run chose.
    pub group: Option<String>,
    /// The accepted entries; if empty, the row is not in the registry.
    pub accepted: Vec<String>,
    /// The score that the run gave it.
    pub score: Option<f64>,
    /// The stage that found it.
    pub stage: Option<String>,
}

/// The worst mistakes: highest score first, then by key. At most `2 * max` are in memory.
#[derive(Debug)]
pub(crate) struct WorstMistakes {
    max: usize,
    mistakes: Vec<Mistake>,
}

impl WorstMistakes {
    pub(crate) fn new(max: usize) -> WorstMistakes {
        WorstMistakes { max, mistakes: Vec::new() }
    }

    pub(crate) fn add(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
        if self.mistakes.len() > self.max.saturating_mul(2) {
            self.cut();
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Mistake> {
        self.cut();
        self.mistakes
    }

    fn cut(&mut self) {
        self.mistakes.sort_by(worse_first);
        self.mistakes.truncate(self.max);
    }
}

fn worse_first(left: &Mistake, right: &Mistake) -> Ordering {
    let score = |mistake: &Mistake| mistake.score.unwrap_or(-1.0);
    score(right).total_cmp(&score(left)).then_with(|| left.key.cmp(&right.key))
}
