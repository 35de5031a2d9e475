//! How likely a model makes the rows that it is trained or checked on, in bits.
//!
//! A row whose match is known has the probability that the model gives to the true answer: to the true candidates together, or
//! to none of all. Other rows have the likelihood of their candidates, up to a factor that is the same for models with the
//! same u: `(1 - prior) * (1 + sum of the candidates' odds)`.
//!
//! **How.** What a weight depends on apart from m, the prior and the factors of term frequency is looked up once
//! ([`RowEvidence`]); the likelihood of many models follows from it.

use matchflow_model::plan::{Chance, ComparisonLevel, MatchModel};

use crate::level::ScorerOutput;
use crate::level_frequencies::LevelFrequencies;
use crate::model::MatchWeightModel;
use crate::probability::probabilities;
use crate::training::{TrainingRow, output_at};

/// The lowest probability of a true answer: a wrong certainty does not outweigh all other rows.
const PROBABILITY_MIN: f64 = 1e-6;

/// A candidate at a level of a comparison.
#[derive(Debug, Clone, Copy)]
struct LevelEvidence {
    level: usize,
    /// The u probability, without the factor of term frequency.
    base: f64,
    /// The share of companies that are at the level in this row.
    others: f64,
}

/// The candidates of a row with what their weights depend on.
pub(crate) struct RowEvidence<'a> {
    row: &'a TrainingRow,
    /// For each candidate the level of each comparison.
    pairs: Vec<Vec<Option<LevelEvidence>>>,
    /// For each candidate the number of candidates of its company, which share its prior.
    entries: Vec<f64>,
}

impl<'a> RowEvidence<'a> {
    pub(crate) fn of(model: &MatchModel, groups: u64, row: &'a TrainingRow) -> RowEvidence<'a> {
        let model = &without_factors(model);
        let weights = MatchWeightModel::new(model, groups);
        let output = |outputs: &'a [ScorerOutput]| move |scorer: usize| output_at(outputs, scorer);
        let candidates = row.groups.iter().zip(&row.pairs).map(|(group, outputs)| (*group, output(outputs)));
        let frequencies = LevelFrequencies::count(model, &candidates.collect::<Vec<_>>());
        let pair = |outputs: &'a Vec<ScorerOutput>| {
            let levels = weights.levels_with_chances(output(outputs)).into_iter().enumerate();
            let evidence = |(place, found): (usize, Option<(usize, f64)>)| {
                let (level, base) = found?;
                let u = &model.comparisons.get(place)?.levels.get(level)?.u;
                let others = frequencies.other_groups(place, level, u, &output(outputs));
                Some(LevelEvidence { level, base, others: f64::from(others) / groups.max(1) as f64 })
            };
            levels.map(evidence).collect()
        };
        let pairs = row.pairs.iter().map(pair).collect();
        RowEvidence { row, pairs, entries: row.company_entries().collect() }
    }

    /// Whether the answer is known.
    pub(crate) fn is_known(&self) -> bool {
        self.row.truth.is_some()
    }

    /// Whether a candidate reaches a level.
    pub(crate) fn reaches(&self, comparison: usize, level: usize) -> bool {
        self.pairs.iter().any(|pair| matches!(pair.get(comparison), Some(Some(found)) if found.level == level))
    }

    /// The logarithm of the row's likelihood, in bits.
    pub(crate) fn bits(&self, model: &MatchModel, groups: u64) -> f64 {
        let prior = MatchWeightModel::new(model, groups).prior();
        let weights =
            self.pairs.iter().zip(&self.entries).map(|(pair, entries)| prior - entries.log2() + bits(model, pair));
        let weights: Vec<f64> = weights.collect();
        let Some(truth) = &self.row.truth else {
            let highest = weights.iter().copied().fold(0.0, f64::max);
            let odds: f64 = weights.iter().map(|weight| (weight - highest).exp2()).sum();
            return (1.0 - model.prior).log2() + highest + ((-highest).exp2() + odds).log2();
        };
        let shares = probabilities(&weights);
        let is_true = shares.iter().zip(truth).filter(|(_, is_true)| **is_true);
        let answer = match truth.contains(&true) {
            true => is_true.map(|(share, _)| share).sum::<f64>(),
            false => 1.0 - shares.iter().sum::<f64>(),
        };
        answer.max(PROBABILITY_MIN).log2()
    }
}

/// The model with the factor 1 for every u that follows from term frequency.
fn without_factors(model: &MatchModel) -> MatchModel {
    let mut model = model.clone();
    for level in model.comparisons.iter_mut().flat_map(|comparison| &mut comparison.levels) {
        if let Chance::TermFrequency { factor, .. } = &mut level.u {
            *factor = 1.0;
        }
    }
    model
}

/// The match weight of a pair without the prior.
fn bits(model: &MatchModel, pair: &[Option<LevelEvidence>]) -> f64 {
    let of_level = |(comparison, found): (&matchflow_model::plan::Comparison, &Option<LevelEvidence>)| {
        let found = (*found)?;
        let ComparisonLevel { m, u, .. } = comparison.levels.get(found.level)?;
        let chance = match u {
            Chance::TermFrequency { factor, .. } => (factor * found.base).min(1.0),
            Chance::Share(share) => *share,
            Chance::Groups(_) => found.base,
        };
        Some((m / (chance + found.others).min(1.0)).log2())
    };
    model.comparisons.iter().zip(pair).filter_map(of_level).sum()
}
