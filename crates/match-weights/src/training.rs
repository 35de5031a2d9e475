//! Learns the weights of a match model from the candidates of real suppliers, with or without known answers.
//!
//! Expectation maximisation (Dempster, Laird and Rubin 1977; Winkler 1988 for linkage), row by row: a row has one true
//! entry at most, so its candidates share the probability as [`probabilities`] says, and a row whose answer is known has
//! it there. `m` of a level is the share of true pairs that come to it. `u` is counted on random pairs, which are hardly
//! ever true (as Splink does); a chance that follows from rarity or from a number of companies stays what the model says.
//!
//! **Limits.** Levels and their conditions are the model's. A `u` of which random pairs show fewer than [`SEEN_MIN`] stays
//! as it is: so few say nothing. No share becomes 0: each level counts [`PSEUDO`] pairs more than were seen.

use matchflow_model::plan::{Chance, MatchModel};

use crate::probability::probabilities;
use crate::weigher::{Said, Weigher};

/// Rounds at most; most models need ten.
const ROUNDS_MAX: usize = 100;
/// A round that changes no share by more than this is the last.
const CHANGE_MIN: f64 = 1e-5;
/// Pairs that each level counts before any was seen.
const PSEUDO: f64 = 0.5;
/// Random pairs at a level from which its `u` is counted.
const SEEN_MIN: f64 = 10.0;

/// The candidates of one supplier.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// For each candidate what the scorers said, in their order.
    pub pairs: Vec<Vec<Said>>,
    /// For each candidate which company it belongs to: any number, the same for the entries of one.
    pub groups: Vec<usize>,
    /// Which candidates may be the true one, where the answer is known: none of them where all are false.
    pub truth: Option<Vec<bool>>,
}

/// What was learned.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model with its new shares.
    pub model: MatchModel,
    /// For each comparison and level how many true pairs were expected there.
    pub true_pairs: Vec<Vec<f64>>,
    /// Rounds taken.
    pub rounds: usize,
}

/// A pair as the rounds need it: for each comparison its level and the chance of it.
type Levels = Vec<Option<(usize, f64)>>;

/// Learns from `rows`, and the shares by chance from `random` pairs. `groups` are the companies of the registry.
pub fn train(model: &MatchModel, groups: u64, rows: &[Row], random: &[Vec<Said>]) -> Trained {
    let mut model = count_chances(model, groups, random);
    let known: Vec<(Vec<Levels>, &Row)> = rows
        .iter()
        .map(|row| {
            let weigher = Weigher::new(&model, groups);
            (row.pairs.iter().map(|said| weigher.chances(|scorer| at(said, scorer))).collect(), row)
        })
        .collect();
    let mut true_pairs = Vec::new();
    let mut rounds = 0;
    while rounds < ROUNDS_MAX {
        rounds += 1;
        let found;
        (found, true_pairs) = expect(&model, groups, &known);
        let change = maximise(&mut model, &true_pairs, found, known.len() as f64);
        if change < CHANGE_MIN {
            break;
        }
    }
    Trained { model, true_pairs, rounds }
}

fn at(said: &[Said], scorer: usize) -> Said {
    said.get(scorer).copied().unwrap_or_default()
}

/// How many rows have a true pair, and how many true pairs each level has, as far as the model can tell.
fn expect(model: &MatchModel, groups: u64, rows: &[(Vec<Levels>, &Row)]) -> (f64, Vec<Vec<f64>>) {
    let mut found = 0.0;
    let mut counts: Vec<Vec<f64>> = model.comparisons.iter().map(|one| vec![0.0; one.levels.len()]).collect();
    let prior = Weigher::new(model, groups).prior();
    for (pairs, row) in rows {
        let weights = pairs.iter().zip(&row.groups).map(|(levels, group)| {
            let share = row.groups.iter().filter(|other| *other == group).count() as f64;
            prior - share.log2() + weight(model, levels)
        });
        let mut shares = probabilities(&weights.collect::<Vec<_>>());
        if let Some(truth) = &row.truth {
            keep_true(&mut shares, truth);
        }
        for (share, levels) in shares.iter().zip(pairs) {
            found += share;
            for (counts, level) in counts.iter_mut().zip(levels) {
                let count = level.and_then(|(level, _)| counts.get_mut(level));
                count.into_iter().for_each(|count| *count += share);
            }
        }
    }
    (found, counts)
}

/// The true pair has all of the probability; where there are several it may be, they share it.
fn keep_true(shares: &mut [f64], truth: &[bool]) {
    for (share, is_true) in shares.iter_mut().zip(truth) {
        *share = if *is_true { share.max(f64::MIN_POSITIVE) } else { 0.0 };
    }
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
}

fn weight(model: &MatchModel, levels: &Levels) -> f64 {
    let bits = |(comparison, level): (&matchflow_model::plan::Comparison, &Option<(usize, f64)>)| {
        let (level, chance) = (*level)?;
        Some((comparison.levels.get(level)?.m / chance).log2())
    };
    model.comparisons.iter().zip(levels).filter_map(bits).sum()
}

/// Sets the shares of true pairs, and the prior; gives the largest change.
fn maximise(model: &mut MatchModel, counts: &[Vec<f64>], found: f64, rows: f64) -> f64 {
    let mut change: f64 = 0.0;
    for (comparison, counts) in model.comparisons.iter_mut().zip(counts) {
        let all = counts.iter().sum::<f64>() + PSEUDO * counts.len() as f64;
        for (level, count) in comparison.levels.iter_mut().zip(counts) {
            let m = (count + PSEUDO) / all;
            change = change.max((m - level.m).abs());
            level.m = m;
        }
    }
    let prior = (found + PSEUDO) / (rows + 2.0 * PSEUDO);
    change = change.max((prior - model.prior).abs());
    model.prior = prior;
    change
}

/// The model with the chances that random pairs show.
fn count_chances(model: &MatchModel, groups: u64, random: &[Vec<Said>]) -> MatchModel {
    let mut counted: Vec<Vec<f64>> = model.comparisons.iter().map(|one| vec![0.0; one.levels.len()]).collect();
    let weigher = Weigher::new(model, groups);
    for said in random {
        for (counted, level) in counted.iter_mut().zip(weigher.chances(|scorer| at(said, scorer))) {
            let count = level.and_then(|(level, _)| counted.get_mut(level));
            count.into_iter().for_each(|count| *count += 1.0);
        }
    }
    let mut model = model.clone();
    for (comparison, counts) in model.comparisons.iter_mut().zip(&counted) {
        let all: f64 = counts.iter().sum();
        for (level, count) in comparison.levels.iter_mut().zip(counts) {
            if let Chance::Share(share) = &mut level.u
                && *count >= SEEN_MIN
            {
                *share = count / all;
            }
        }
    }
    model
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{Comparison, ComparisonLevel, Condition};

    use super::*;

    /// Scorers 0 and 1, each with the levels `same` and `other`.
    fn model(m: f64, prior: f64) -> MatchModel {
        let comparison = |scorer: usize| {
            let condition = Condition { scorer, score_min: 1.0 };
            let level = |label: &str, conditions, m, u| ComparisonLevel {
                label: label.to_owned(),
                conditions,
                m,
                u: Chance::Share(u),
            };
            let levels = vec![level("same", vec![condition], m, 0.01), level("other", vec![], 1.0 - m, 0.99)];
            Comparison { name: scorer.to_string(), levels }
        };
        MatchModel { prior, comparisons: vec![comparison(0), comparison(1)], head_office: None }
    }

    fn said(scores: [f32; 2]) -> Vec<Said> {
        scores.iter().map(|score| Said { score: Some(*score), information: None }).collect()
    }

    /// A hundred companies; of a hundred rows eighty have a true candidate, which agrees in the first score nine times
    /// of ten and in the second in three of four, beside two others, of which one agrees in the first now
    /// and then.
    fn rows() -> Vec<Row> {
        let row = |number: usize| {
            let first = f32::from(u8::from(!number.is_multiple_of(10)));
            let second = f32::from(u8::from(number % 4 != 1));
            let by_chance = f32::from(u8::from(number % 20 == 7));
            let mut pairs = vec![said([0.0, 0.0]), said([by_chance, 0.0])];
            if number < 80 {
                pairs.push(said([first, second]));
            }
            let truth = Some((0..pairs.len()).map(|place| place == 2).collect());
            Row { groups: (0..pairs.len()).collect(), pairs, truth }
        };
        (0..100).map(row).collect()
    }

    #[test]
    fn known_answers_are_counted() {
        let trained = train(&model(0.5, 0.5), 100, &rows(), &[]);
        let [first, second] = [&trained.model.comparisons[0].levels[0], &trained.model.comparisons[1].levels[0]];
        assert!((first.m - 72.5 / 81.0).abs() < 1e-9 && (second.m - 60.5 / 81.0).abs() < 1e-9, "{trained:?}");
        assert!((trained.model.prior - 80.5 / 101.0).abs() < 1e-9);
        assert_eq!((trained.true_pairs[0][0], trained.true_pairs[0][1]), (72.0, 8.0));
    }

    #[test]
    fn without_answers_the_weights_are_found_all_the_same() {
        let rows: Vec<Row> = rows().into_iter().map(|row| Row { truth: None, ..row }).collect();
        let trained = train(&model(0.6, 0.5), 100, &rows, &[]);
        let [first, second] = [&trained.model.comparisons[0].levels[0], &trained.model.comparisons[1].levels[0]];
        assert!(first.m > 0.85 && second.m > 0.7 && trained.rounds < ROUNDS_MAX, "{trained:?}");
        assert!((0.5..0.9).contains(&trained.model.prior), "{}", trained.model.prior);
    }

    #[test]
    fn chances_are_counted_where_enough_is_seen() {
        let mut random = vec![said([0.0, 0.0]); 980];
        random.extend(vec![said([1.0, 0.0]); 20]);
        let trained = train(&model(0.5, 0.5), 100, &rows(), &random);
        let shares = |comparison: usize| trained.model.comparisons[comparison].levels.iter().map(|level| level.u);
        assert_eq!(shares(0).collect::<Vec<_>>(), [Chance::Share(0.02), Chance::Share(0.98)]);
        assert_eq!(shares(1).collect::<Vec<_>>(), [Chance::Share(0.01), Chance::Share(1.0)]);
    }
}
