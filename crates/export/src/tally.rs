//! Counts of what was written, by outcome and by stage.

use std::collections::BTreeMap;

use matchflow_model::outcome::Outcome;

use crate::record::Record;

/// Counts by stage (empty where no stage found an entry) and outcome, in the order of stages' names.
#[derive(Debug, Default)]
pub(crate) struct OutcomeTally(BTreeMap<String, [u64; Outcome::ALL.len()]>);

impl OutcomeTally {
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        let stage = record.text("stage").unwrap_or_default();
        let outcome = record.text("outcome").unwrap_or_default();
        if !self.0.contains_key(stage) {
            self.0.insert(stage.to_owned(), Default::default());
        }
        if let Some(counts) = self.0.get_mut(stage) {
            let pairs = Outcome::ALL.iter().zip(counts);
            pairs.filter(|(counted, _)| counted.as_str() == outcome).for_each(|(_, count)| *count += 1);
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.0.values().flatten().sum()
    }

    pub(crate) fn by_outcome(&self) -> [(Outcome, u64); Outcome::ALL.len()] {
        let mut position = 0;
        Outcome::ALL.map(|outcome| {
            let count = self.0.values().filter_map(|counts| counts.get(position)).sum();
            position += 1;
            (outcome, count)
        })
    }

    /// Stages with their counts in the order of [`Outcome::ALL`].
    pub(crate) fn by_stage(&self) -> impl Iterator<Item = (&str, &[u64; Outcome::ALL.len()])> {
        self.0.iter().map(|(stage, counts)| (stage.as_str(), counts))
    }
}
