//! Estimates the m and u probabilities of a match model from the candidates of real rows, with or without known
//! answers.
//!
//! Expectation maximisation (Dempster, Laird and Rubin 1977; Winkler 1988 for record linkage), row by row: a row has at
//! most one match, so its candidates share the probability as in [`probabilities`], and in a row whose answer is known
//! the answer has all of it. m of a level is the share of matches that reach it. u is counted on random pairs, which
//! are hardly ever matches (as in Splink); a u that follows from a number of companies is kept, the factor of one that
//! follows from term frequency is learned from known answers, and the prior with it ([`known_answers`]).
//!
//! Without known answers, a comparison learns from the pairs that other comparisons speak for: one that most pairs have
//! alone stays as it was, since its own shares would confirm themselves.
//!
//! **Limits.** Levels and their conditions are the model's. A level that fewer than [`COUNT_MIN`] random pairs reach has its
//! u unchanged, and the counted ones add up to the rest: so few are no estimate. [`PSEUDO_COUNT`] pairs a level are added that are distributed as the model has it: what was
//! never seen stays as it was, and no share becomes 0.

use matchflow_model::plan::{Chance, ComparisonLevel, MatchModel};

use crate::known_answers;
use crate::level::ScorerOutput;
use crate::model::MatchWeightModel;
use crate::probability::probabilities;
use crate::row_likelihood::RowEvidence;

/// Maximum number of iterations; most models need ten.
const ROUNDS_MAX: usize = 100;
/// The iteration stops when no share changes by more than this.
const CHANGE_MIN: f64 = 1e-5;
/// Pairs added to the counts of a comparison for each of its levels, distributed as in the model.
const PSEUDO_COUNT: f64 = 0.5;
/// Minimum number of random pairs at a level for an estimate of its u.
const COUNT_MIN: f64 = 10.0;
/// Minimum share of a comparison's true pairs with a witness for its shares to be learned.
const WITNESSED_MIN: f64 = 0.5;

/// The candidates of one supplier row.
#[derive(Debug, Clone, Default)]
pub struct TrainingRow {
    /// The outputs of the scorers for each candidate, in order.
    pub pairs: Vec<Vec<ScorerOutput>>,
    /// A number for each candidate's company: the same for all entries of one company.
    pub groups: Vec<usize>,
    /// A number for the company that the row is most likely, the same in all rows: rows of one company are judged together.
    pub company: u64,
    /// If the answer is known, which candidates may be the match; all false if none is.
    pub truth: Option<Vec<bool>>,
}

impl TrainingRow {
    /// For each candidate the number of candidates of its company, which share its prior.
    pub(crate) fn company_entries(&self) -> impl Iterator<Item = f64> {
        self.groups.iter().map(|group| self.groups.iter().filter(|other| *other == group).count() as f64)
    }
}

/// A model with estimated probabilities.
#[derive(Debug, Clone)]
pub struct TrainingResult {
    /// The model with its new m and u probabilities.
    pub model: MatchModel,
    /// The expected number of matches at each level of each comparison.
    pub true_pairs: Vec<Vec<f64>>,
    /// For each comparison, whether its shares could be learned: enough true pairs have a known answer, or a comparison
    /// beside it.
    pub is_learned: Vec<bool>,
    /// The number of iterations.
    pub rounds: usize,
}

impl TrainingResult {
    /// Whether anything could be learned.
    pub fn has_learned(&self) -> bool {
        self.is_learned.contains(&true)
    }
}

/// A pair in the form used by the iterations: for each comparison the level that it reaches, and the u probability
/// there.
type PairLevels = Vec<Option<(usize, f64)>>;

/// Estimates m and the prior from `rows`, and u from `random` pairs: for each the outputs of the scorers, in their order.
/// `groups` is the number of companies in the registry.
pub fn train(model: &MatchModel, groups: u64, rows: &[TrainingRow], random: &[Vec<ScorerOutput>]) -> TrainingResult {
    let before = &with_complete_shares(model);
    let mut model = count_chances(before, groups, random);
    let weights = MatchWeightModel::new(&model, groups);
    let pair_levels = |outputs: &Vec<ScorerOutput>| weights.levels_with_chances(|scorer| output_at(outputs, scorer));
    let row_levels: Vec<(Vec<PairLevels>, &TrainingRow)> =
        rows.iter().map(|row| (row.pairs.iter().map(pair_levels).collect(), row)).collect();
    let mut expected = Expectation::default();
    let mut rounds = 0;
    while rounds < ROUNDS_MAX {
        rounds += 1;
        expected = expect(&model, groups, &row_levels);
        let change = maximise(&mut model, before, &expected, row_levels.len() as f64);
        if change < CHANGE_MIN {
            break;
        }
    }
    if rows.iter().any(|row| row.truth.is_some()) {
        let evidence: Vec<_> = rows.iter().map(|row| RowEvidence::of(&model, groups, row)).collect();
        known_answers::learn(&mut model, groups, &evidence);
    }
    let is_learned = (0..model.comparisons.len()).map(|comparison| expected.is_witnessed(comparison)).collect();
    TrainingResult { model, true_pairs: expected.true_pairs, is_learned, rounds }
}

/// What the model of a round expects.
#[derive(Debug, Clone, Default)]
struct Expectation {
    /// Rows with a match.
    found: f64,
    /// Matches at each level of each comparison.
    true_pairs: Vec<Vec<f64>>,
    /// Matches that each comparison has with a known answer, or beside another comparison.
    witnessed: Vec<f64>,
}

impl Expectation {
    /// Whether the shares of a comparison can be learned from these matches.
    fn is_witnessed(&self, comparison: usize) -> bool {
        let all = self.true_pairs.get(comparison).map_or(0.0, |counts| counts.iter().sum());
        let witnessed = self.witnessed.get(comparison).copied().unwrap_or_default();
        all > 0.0 && witnessed >= WITNESSED_MIN * all
    }
}

/// The model with m that add up to 1 in each comparison. A stage that lacks scorers lacks levels of its model: the true
/// pairs of those reach the others.
fn with_complete_shares(model: &MatchModel) -> MatchModel {
    let mut model = model.clone();
    for comparison in &mut model.comparisons {
        let sum: f64 = comparison.levels.iter().map(|level| level.m).sum();
        if sum > 0.0 {
            comparison.levels.iter_mut().for_each(|level| level.m /= sum);
        }
    }
    model
}

pub(crate) fn output_at(outputs: &[ScorerOutput], scorer: usize) -> ScorerOutput {
    outputs.get(scorer).copied().unwrap_or_default()
}

/// The expectation step.
fn expect(model: &MatchModel, groups: u64, rows: &[(Vec<PairLevels>, &TrainingRow)]) -> Expectation {
    let true_pairs = model.comparisons.iter().map(|one| vec![0.0; one.levels.len()]).collect();
    let mut expected = Expectation { found: 0.0, true_pairs, witnessed: vec![0.0; model.comparisons.len()] };
    let prior = MatchWeightModel::new(model, groups).prior();
    for (pairs, row) in rows {
        let weights = pairs.iter().zip(row.company_entries());
        let weights = weights.map(|(levels, entries)| prior - entries.log2() + weight(model, levels));
        let mut shares = probabilities(&weights.collect::<Vec<_>>());
        if let Some(truth) = &row.truth {
            restrict_to_truth(&mut shares, truth);
        }
        for (share, levels) in shares.iter().zip(pairs) {
            expected.found += share;
            let is_witnessed = row.truth.is_some() || levels.iter().flatten().count() > 1;
            let counts = expected.true_pairs.iter_mut().zip(&mut expected.witnessed);
            for ((counts, witnessed), level) in counts.zip(levels) {
                let count = level.and_then(|(level, _)| counts.get_mut(level));
                count.into_iter().for_each(|count| {
                    *count += share;
                    *witnessed += if is_witnessed { *share } else { 0.0 };
                });
            }
        }
    }
    expected
}

/// Assigns all of the probability to the match, shared equally if several candidates may be it.
fn restrict_to_truth(shares: &mut [f64], truth: &[bool]) {
    for (share, is_true) in shares.iter_mut().zip(truth) {
        *share = if *is_true { share.max(f64::MIN_POSITIVE) } else { 0.0 };
    }
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
}

fn weight(model: &MatchModel, levels: &PairLevels) -> f64 {
    let bits = |(comparison, level): (&matchflow_model::plan::Comparison, &Option<(usize, f64)>)| {
        let (level, chance) = (*level)?;
        Some((comparison.levels.get(level)?.m / chance).log2())
    };
    model.comparisons.iter().zip(levels).filter_map(bits).sum()
}

/// The maximisation step: sets m of each level and the prior, given the model `before` training; returns the largest change.
fn maximise(model: &mut MatchModel, before: &MatchModel, expected: &Expectation, rows: f64) -> f64 {
    let mut change: f64 = 0.0;
    let mut has_learned = false;
    let comparisons = model.comparisons.iter_mut().zip(&before.comparisons).zip(&expected.true_pairs);
    for (place, ((comparison, before), counts)) in comparisons.enumerate() {
        if !expected.is_witnessed(place) {
            continue;
        }
        has_learned = true;
        let added = PSEUDO_COUNT * counts.len() as f64;
        let all = counts.iter().sum::<f64>() + added;
        for ((level, before), count) in comparison.levels.iter_mut().zip(&before.levels).zip(counts) {
            let m = (count + added * before.m) / all;
            change = change.max((m - level.m).abs());
            level.m = m;
        }
    }
    if !has_learned {
        return change;
    }
    let added = 2.0 * PSEUDO_COUNT;
    let prior = (expected.found + added * before.prior) / (rows + added);
    change = change.max((prior - model.prior).abs());
    model.prior = prior;
    change
}

/// The model with u as counted on random pairs.
fn count_chances(model: &MatchModel, groups: u64, random: &[Vec<ScorerOutput>]) -> MatchModel {
    let mut counted: Vec<Vec<f64>> = model.comparisons.iter().map(|one| vec![0.0; one.levels.len()]).collect();
    let weights = MatchWeightModel::new(model, groups);
    for outputs in random {
        let levels = weights.levels_with_chances(|scorer| output_at(outputs, scorer));
        for (counted, level) in counted.iter_mut().zip(levels) {
            let count = level.and_then(|(level, _)| counted.get_mut(level));
            count.into_iter().for_each(|count| *count += 1.0);
        }
    }
    let mut model = model.clone();
    for (comparison, counts) in model.comparisons.iter_mut().zip(&counted) {
        let is_counted = |level: &ComparisonLevel, count: f64| match level.u {
            Chance::Share(share) if count < COUNT_MIN => (0.0, share),
            Chance::Share(_) => (count, 0.0),
            Chance::Groups(_) | Chance::TermFrequency { .. } => (0.0, 0.0),
        };
        let levels = comparison.levels.iter().zip(counts).map(|(level, count)| is_counted(level, *count));
        let (all, unchanged) =
            levels.fold((0.0, 0.0), |(all, unchanged), (count, share)| (all + count, unchanged + share));
        for (level, count) in comparison.levels.iter_mut().zip(counts) {
            if let Chance::Share(share) = &mut level.u
                && *count >= COUNT_MIN
                && unchanged < 1.0
            {
                *share = count / all * (1.0 - unchanged);
            }
        }
    }
    model
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{Comparison, Condition};

    use super::*;

    /// Scorers 0 and 1, each with the levels `same` and `other`.
    fn model(m: f64, prior: f64) -> MatchModel {
        let comparison = |scorer: usize| {
            let condition = Condition { scorer, score_min: 1.0 };
            let level = |label: &str, conditions, m, u| ComparisonLevel {
                label: label.to_owned(),
                conditions,
                missing: Vec::new(),
                m,
                u: Chance::Share(u),
            };
            let levels = vec![level("same", vec![condition], m, 0.01), level("other", vec![], 1.0 - m, 0.99)];
            Comparison { name: scorer.to_string(), levels }
        };
        MatchModel {
            prior,
            comparisons: vec![comparison(0), comparison(1)],
            supporting: Vec::new(),
            head_office: None,
            entry_identifier: None,
        }
    }

    fn outputs(scores: [f32; 2]) -> Vec<ScorerOutput> {
        scores.iter().map(|score| ScorerOutput { score: Some(*score), information: None }).collect()
    }

    /// A hundred companies; of a hundred rows eighty have a true candidate, which agrees in the first score in nine of
    /// ten cases and in the second in three of four, and two others, one of which agrees in the first occasionally.
    fn rows() -> Vec<TrainingRow> {
        let row = |number: usize| {
            let first = f32::from(u8::from(!number.is_multiple_of(10)));
            let second = f32::from(u8::from(number % 4 != 1));
            let by_chance = f32::from(u8::from(number % 20 == 7));
            let mut pairs = vec![outputs([0.0, 0.0]), outputs([by_chance, 0.0])];
            if number < 80 {
                pairs.push(outputs([first, second]));
            }
            let truth = Some((0..pairs.len()).map(|place| place == 2).collect());
            TrainingRow { groups: (0..pairs.len()).collect(), pairs, company: number as u64, truth }
        };
        (0..100).map(row).collect()
    }

    #[test]
    fn known_answers_are_counted() {
        let trained = train(&model(0.5, 0.5), 100, &rows(), &[]);
        let [first, second] = [&trained.model.comparisons[0].levels[0], &trained.model.comparisons[1].levels[0]];
        assert!((first.m - 72.5 / 81.0).abs() < 1e-9 && (second.m - 60.5 / 81.0).abs() < 1e-9, "{trained:?}");
        // The prior is what makes the answers most probable, which need not be the share of rows with a match.
        assert!((0.5..0.99).contains(&trained.model.prior), "{}", trained.model.prior);
        assert_eq!((trained.true_pairs[0][0], trained.true_pairs[0][1]), (72.0, 8.0));
    }

    #[test]
    fn weights_are_found_without_answers() {
        let rows: Vec<TrainingRow> = rows().into_iter().map(|row| TrainingRow { truth: None, ..row }).collect();
        let trained = train(&model(0.6, 0.5), 100, &rows, &[]);
        let [first, second] = [&trained.model.comparisons[0].levels[0], &trained.model.comparisons[1].levels[0]];
        assert!(first.m > 0.85 && second.m > 0.7 && trained.rounds < ROUNDS_MAX, "{trained:?}");
        assert!((0.5..0.9).contains(&trained.model.prior), "{}", trained.model.prior);
    }

    #[test]
    fn levels_never_observed_are_unchanged() {
        let before = model(0.8, 0.7);
        let trained = |rows: Vec<TrainingRow>| train(&before, 100, &rows, &[]).model;
        let is_close = |one: &MatchModel, comparison: usize| {
            let levels = one.comparisons[comparison].levels.iter().zip(&before.comparisons[comparison].levels);
            levels.clone().all(|(one, before)| (one.m - before.m).abs() < 1e-12 && one.u == before.u)
        };
        let untaught = trained(Vec::new());
        assert!(is_close(&untaught, 0) && is_close(&untaught, 1) && (untaught.prior - 0.7).abs() < 1e-12);
        // The second score is missing in every pair.
        let blind = |mut row: TrainingRow| {
            row.pairs.iter_mut().for_each(|pair| pair[1].score = None);
            row
        };
        for has_truth in [true, false] {
            let rows = rows().into_iter().map(blind);
            let rows = rows.map(|row| TrainingRow { truth: row.truth.clone().filter(|_| has_truth), ..row });
            let taught = trained(rows.collect());
            // Without answers, the first score would only confirm itself.
            assert!(is_close(&taught, 1) && is_close(&taught, 0) != has_truth, "{taught:?}");
            assert!(has_truth || taught.prior == before.prior, "{taught:?}");
        }
        // One true pair changes a share only slightly, whatever its outputs.
        let one =
            TrainingRow { pairs: vec![outputs([0.0, 1.0])], groups: vec![0], company: 0, truth: Some(vec![true]) };
        assert!((trained(vec![one]).comparisons[0].levels[0].m - 0.4).abs() < 1e-9);
    }

    #[test]
    fn the_shares_of_a_comparison_add_up_to_one() {
        // A stage without the scorer of the level that most true pairs reach.
        let mut partial = model(0.3, 0.5);
        partial.comparisons[1].levels[1].m = 0.1;
        for rows in [rows(), Vec::new()] {
            let trained = train(&partial, 100, &rows, &[]).model;
            for comparison in &trained.comparisons {
                let sum: f64 = comparison.levels.iter().map(|level| level.m).sum();
                assert!((sum - 1.0).abs() < 1e-9, "{comparison:?}");
            }
        }
        let untrained = train(&partial, 100, &[], &[]).model;
        assert!((untrained.comparisons[1].levels[0].m - 0.75).abs() < 1e-9, "in the proportion of the model");
    }

    #[test]
    fn u_is_counted_where_there_are_enough_random_pairs() {
        let mut random = vec![outputs([0.0, 0.0]); 980];
        random.extend(vec![outputs([1.0, 0.0]); 20]);
        let trained = train(&model(0.5, 0.5), 100, &rows(), &random);
        let shares = |comparison: usize| trained.model.comparisons[comparison].levels.iter().map(|level| level.u);
        assert_eq!(shares(0).collect::<Vec<_>>(), [Chance::Share(0.02), Chance::Share(0.98)]);
        assert_eq!(shares(1).collect::<Vec<_>>(), [Chance::Share(0.01), Chance::Share(0.99)]);
    }
}
