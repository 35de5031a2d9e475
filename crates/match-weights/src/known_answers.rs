//! The prior, and the factors of u probabilities that follow from term frequency, learned from rows whose match is known.
//!
//! How often other companies reach a level depends on the names of the registry and on the searches that find candidates. A
//! factor is changed as long as the true answers become more probable, and so is the prior, which counts for all of them;
//! [`DISTANCE_COST`] keeps them where they were if the rows say little.
//!
//! **How.** Coordinate ascent in powers of two: a step for each level in turn, halved where none helps.

use matchflow_model::plan::{Chance, MatchModel};

use crate::row_likelihood::RowEvidence;

/// Minimum number of rows that depend on a parameter for it to be learned.
const ROWS_MIN: usize = 10;
/// Bits of likelihood that a parameter twice what it was costs; grows with the square of the distance.
const DISTANCE_COST: f64 = 0.5;
/// The last step, as a power of two.
const STEP_MIN: f64 = 0.05;
/// Rows that are looked at; more change the factors hardly.
const ROWS_MAX: usize = 5_000;

/// Sets the prior and the factors of `model`. Rows without a known match are left out.
pub(crate) fn learn(model: &mut MatchModel, groups: u64, rows: &[RowEvidence<'_>]) {
    let known: Vec<&RowEvidence<'_>> = rows.iter().filter(|row| row.is_known()).take(ROWS_MAX).collect();
    let mut parameters = parameters_to_learn(model, &known);
    let mut step = 1.0;
    while step >= STEP_MIN && !parameters.is_empty() {
        let mut has_changed = false;
        for parameter in &mut parameters {
            has_changed |= parameter.improve(model, groups, step);
        }
        if !has_changed {
            step /= 2.0;
        }
    }
}

/// A parameter of a model, as a power of two away from where it was.
struct Parameter<'a> {
    kind: ParameterKind,
    distance: f64,
    /// The rows that depend on it.
    rows: Vec<&'a RowEvidence<'a>>,
}

#[derive(Clone, Copy)]
enum ParameterKind {
    /// The odds that a row has a match at all.
    Prior { odds_before: f64 },
    /// The factor of a level.
    Factor { comparison: usize, level: usize, before: f64 },
}

fn parameters_to_learn<'a>(model: &MatchModel, rows: &[&'a RowEvidence<'a>]) -> Vec<Parameter<'a>> {
    let mut parameters = Vec::new();
    for (comparison, one) in model.comparisons.iter().enumerate() {
        for (level, reached) in one.levels.iter().enumerate() {
            let Chance::TermFrequency { factor, .. } = reached.u else { continue };
            let kind = ParameterKind::Factor { comparison, level, before: factor };
            let rows: Vec<_> = rows.iter().copied().filter(|row| row.reaches(comparison, level)).collect();
            parameters.push(Parameter { kind, distance: 0.0, rows });
        }
    }
    let kind = ParameterKind::Prior { odds_before: model.prior / (1.0 - model.prior) };
    parameters.push(Parameter { kind, distance: 0.0, rows: rows.to_vec() });
    parameters.retain(|parameter| parameter.rows.len() >= ROWS_MIN);
    parameters
}

impl Parameter<'_> {
    /// Moves the parameter by a step where that makes the answers more probable.
    fn improve(&mut self, model: &mut MatchModel, groups: u64, step: f64) -> bool {
        let here = self.objective(model, groups, self.distance);
        let steps = [self.distance - step, self.distance + step];
        let tried = steps.map(|distance| (distance, self.objective(model, groups, distance)));
        let better = tried.into_iter().filter(|(_, bits)| *bits > here + 1e-9);
        let best = better.max_by(|one, other| one.1.total_cmp(&other.1));
        self.distance = best.map_or(self.distance, |(distance, _)| distance);
        self.set(model, self.distance);
        best.is_some()
    }

    fn objective(&self, model: &mut MatchModel, groups: u64, distance: f64) -> f64 {
        self.set(model, distance);
        let bits: f64 = self.rows.iter().map(|row| row.bits(model, groups)).sum();
        bits - DISTANCE_COST * distance * distance
    }

    fn set(&self, model: &mut MatchModel, distance: f64) {
        match self.kind {
            ParameterKind::Prior { odds_before } => {
                let odds = odds_before * distance.exp2();
                model.prior = odds / (1.0 + odds);
            }
            ParameterKind::Factor { comparison, level, before } => {
                let level = model.comparisons.get_mut(comparison).and_then(|one| one.levels.get_mut(level));
                if let Some(Chance::TermFrequency { factor, .. }) = level.map(|level| &mut level.u) {
                    *factor = before * distance.exp2();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{Comparison, ComparisonLevel, Condition};

    use super::*;
    use crate::level::ScorerOutput;
    use crate::training::TrainingRow;

    /// One comparison: the same rare name, or another.
    fn model(factor: f64) -> MatchModel {
        let level = |label: &str, conditions, m, u| ComparisonLevel {
            label: label.to_owned(),
            conditions,
            missing: Vec::new(),
            m,
            u,
        };
        let same = Chance::TermFrequency { scorer: 0, factor };
        let condition = Condition { scorer: 0, score_min: 1.0 };
        let levels = vec![level("same", vec![condition], 0.9, same), level("other", vec![], 0.1, Chance::Share(1.0))];
        let comparisons = vec![Comparison { name: "name".to_owned(), levels }];
        MatchModel { prior: 0.5, comparisons, supporting: Vec::new(), head_office: None, entry_identifier: None }
    }

    /// Rows with one candidate of the same name, of which `right` in a hundred are the match.
    fn rows(right: u64) -> Vec<TrainingRow> {
        let output = ScorerOutput { score: Some(1.0), information: Some(0.5) };
        let row = |number: u64| TrainingRow {
            pairs: vec![vec![output]],
            groups: vec![0],
            company: number,
            truth: Some(vec![number % 100 < right]),
        };
        (0..400).map(row).collect()
    }

    #[test]
    fn a_candidate_is_as_probable_as_it_is_right() {
        for (right, factor) in [(20, 0.01), (80, 1.0), (50, 0.1)] {
            let rows = rows(right);
            let mut model = model(factor);
            let evidence: Vec<RowEvidence<'_>> = rows.iter().map(|row| RowEvidence::of(&model, 100, row)).collect();
            learn(&mut model, 100, &evidence);
            let weights = crate::MatchWeightModel::new(&model, 100);
            let weight = weights.weight(|_| rows[0].pairs[0][0], &crate::LevelFrequencies::default());
            let found = crate::probability(weight);
            assert!((found - right as f64 / 100.0).abs() < 0.05, "{right} of 100: {found}");
        }
    }
}
