//! Figures of the written results: rows and amounts by outcome, rows by stage and score.

use std::collections::BTreeMap;

use matchflow_model::outcome::{MatchLevel, Outcome};

use crate::error::ExportError;
use crate::record::Record;

/// Number of ranges of scores.
pub(crate) const SCORE_RANGES: usize = 10;

/// Figures of the results. Arrays are in the order of [`Outcome::ALL`].
#[derive(Debug, Default)]
pub(crate) struct OutcomeTally {
    /// Rows by stage; the key is empty for rows without an entry.
    stages: BTreeMap<String, [u64; Outcome::ALL.len()]>,
    /// Sums of the amount field.
    amounts: [f64; Outcome::ALL.len()],
    /// Rows by score, in tenths from 0 to 1.
    scores: [[u64; SCORE_RANGES]; Outcome::ALL.len()],
    /// Matched rows for which only the company is named.
    pub(crate) companies_only: u64,
    /// Matched rows whose entry or company is closed.
    pub(crate) closed: u64,
}

impl OutcomeTally {
    pub(crate) fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        let outcome = record.text("outcome").unwrap_or_default();
        let Some(place) = Outcome::ALL.iter().position(|known| known.as_str() == outcome) else { return Ok(()) };
        let stage = record.text("stage").unwrap_or_default();
        if !self.stages.contains_key(stage) {
            self.stages.insert(stage.to_owned(), Default::default());
        }
        let count = self.stages.get_mut(stage).and_then(|counts| counts.get_mut(place));
        count.into_iter().for_each(|count| *count += 1);
        if let (Some(sum), Some(amount)) = (self.amounts.get_mut(place), record.amount()?) {
            *sum += amount;
        }
        if let (Some(ranges), Some(score)) = (self.scores.get_mut(place), record.number("score")) {
            let range = ((score * SCORE_RANGES as f64) as usize).min(SCORE_RANGES - 1);
            ranges.get_mut(range).into_iter().for_each(|count| *count += 1);
        }
        if outcome == Outcome::Matched.as_str() {
            self.companies_only += u64::from(record.text("level") == Some(MatchLevel::Company.as_str()));
            self.closed += u64::from(record.is_set("closed"));
        }
        Ok(())
    }

    pub(crate) fn rows(&self) -> u64 {
        self.stages.values().flatten().sum()
    }

    pub(crate) fn outcome_rows(&self, outcome: Outcome) -> u64 {
        let counts = self.stages.values().flat_map(|counts| Outcome::ALL.into_iter().zip(counts));
        counts.filter(|(counted, _)| *counted == outcome).map(|(_, rows)| rows).sum()
    }

    pub(crate) fn outcome_amount(&self, outcome: Outcome) -> f64 {
        Outcome::ALL.iter().zip(self.amounts).filter(|(counted, _)| **counted == outcome).map(|(_, sum)| sum).sum()
    }

    /// Stages with their counts in the order of [`Outcome::ALL`].
    pub(crate) fn by_stage(&self) -> impl Iterator<Item = (&str, &[u64; Outcome::ALL.len()])> {
        self.stages.iter().map(|(stage, counts)| (stage.as_str(), counts))
    }

    /// The lower and upper bound of each range of scores, with the rows of each outcome in it.
    pub(crate) fn by_score(&self) -> impl Iterator<Item = (f64, f64, [u64; Outcome::ALL.len()])> {
        (0..SCORE_RANGES).map(|range| {
            let bound = |range: usize| range as f64 / SCORE_RANGES as f64;
            let counts = self.scores.map(|ranges| ranges.get(range).copied().unwrap_or_default());
            (bound(range), bound(range + 1), counts)
        })
    }
}
