//! Whether a trained model is better than the one before, on rows that it has not learned from.
//!
//! Cross-validation: the rows are divided into [`FOLDS`] parts, all rows of a company in one; each part is judged by a model
//! that was trained on the others (M. Stone, *Cross-validatory choice*, JRSS B 36, 1974).

use matchflow_model::plan::{Chance, MatchModel};

use crate::level::ScorerOutput;
use crate::row_likelihood::RowEvidence;
use crate::training::{TrainingRow, train};

/// Parts.
const FOLDS: u64 = 5;
/// Minimum number of rows to judge a model by.
const ROWS_MIN: usize = 50;

/// How likely held-out rows are, in bits a row, by the model before and by trained ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossValidation {
    /// Rows judged: those whose match is known, if there are any.
    pub rows: usize,
    /// By the model before training.
    pub before_bits: f64,
    /// By models trained without the rows.
    pub after_bits: f64,
}

impl CrossValidation {
    /// Whether training makes the model worse.
    pub fn is_worse(&self) -> bool {
        self.after_bits < self.before_bits
    }
}

/// Judges the training of `model` with these rows; the arguments are those of [`train`]. `None` if there are too few rows.
pub fn cross_validate(
    model: &MatchModel,
    groups: u64,
    rows: &[TrainingRow],
    random: &[Vec<ScorerOutput>],
) -> Option<CrossValidation> {
    let has_answers = rows.iter().any(|row| row.truth.is_some());
    let has_likelihood = |row: &&TrainingRow| row.truth.is_some() == has_answers && !row.pairs.is_empty();
    // Training changes only what the evidence does not depend on: one look-up of a row serves all models.
    let evidence = |row| RowEvidence::of(model, groups, row);
    let judged: Vec<(u64, RowEvidence<'_>)> =
        rows.iter().filter(has_likelihood).map(|row| (row.company % FOLDS, evidence(row))).collect();
    if judged.len() < ROWS_MIN {
        return None;
    }
    let (mut before_bits, mut after_bits) = (0.0, 0.0);
    for fold in 0..FOLDS {
        let rest: Vec<TrainingRow> = rows.iter().filter(|row| row.company % FOLDS != fold).cloned().collect();
        let trained = train(model, groups, &rest, random).model;
        // Without answers, only models with the same u can be compared.
        let before = if has_answers { model.clone() } else { with_chances(model, &trained) };
        for (_, row) in judged.iter().filter(|(in_fold, _)| *in_fold == fold) {
            before_bits += row.bits(&before, groups);
            after_bits += row.bits(&trained, groups);
        }
    }
    let count = judged.len() as f64;
    Some(CrossValidation { rows: judged.len(), before_bits: before_bits / count, after_bits: after_bits / count })
}

/// `model` with the u probabilities of `other`.
fn with_chances(model: &MatchModel, other: &MatchModel) -> MatchModel {
    let mut model = model.clone();
    let chances = other.comparisons.iter().flat_map(|comparison| comparison.levels.iter().map(|level| &level.u));
    let levels = model.comparisons.iter_mut().flat_map(|comparison| &mut comparison.levels);
    for (level, chance) in levels.zip(chances) {
        level.u = Chance::clone(chance);
    }
    model
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{Comparison, ComparisonLevel, Condition};

    use super::*;

    fn model(m: f64) -> MatchModel {
        let level = |label: &str, conditions, m, u| ComparisonLevel {
            label: label.to_owned(),
            conditions,
            missing: Vec::new(),
            m,
            u: Chance::Share(u),
        };
        let comparison = |scorer: usize| Comparison {
            name: scorer.to_string(),
            levels: vec![
                level("same", vec![Condition { scorer, score_min: 1.0 }], m, 0.01),
                level("other", vec![], 1.0 - m, 0.99),
            ],
        };
        let comparisons = vec![comparison(0), comparison(1)];
        MatchModel { prior: 0.8, comparisons, supporting: Vec::new(), head_office: None, entry_identifier: None }
    }

    /// Rows whose match agrees in both scores, in eight of nine cases.
    fn rows(has_answers: bool) -> Vec<TrainingRow> {
        let pair = |score: f32| vec![ScorerOutput { score: Some(score), information: None }; 2];
        let row = |number: u64| TrainingRow {
            pairs: vec![pair(f32::from(u8::from(number % 9 != 3))), pair(0.0)],
            groups: vec![0, 1],
            company: number,
            truth: has_answers.then(|| vec![true, false]),
        };
        (0..200).map(row).collect()
    }

    #[test]
    fn a_model_that_fits_is_better_than_one_that_does_not() {
        for has_answers in [true, false] {
            let validated = |m| cross_validate(&model(m), 100, &rows(has_answers), &[]).unwrap();
            let wrong = validated(0.2);
            assert!(!wrong.is_worse() && wrong.after_bits > wrong.before_bits + 0.01, "{wrong:?}");
            assert_eq!(wrong.rows, 200);
        }
    }

    #[test]
    fn few_rows_judge_nothing() {
        let few: Vec<TrainingRow> = rows(true).into_iter().take(ROWS_MIN - 1).collect();
        assert_eq!(cross_validate(&model(0.5), 100, &few, &[]), None);
    }
}
