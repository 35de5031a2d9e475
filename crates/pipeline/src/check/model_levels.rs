//! The levels of a match model: each must be reachable, and the shares of a comparison must add up.
//!
//! **Limits.** Scorers are taken to be independent, and to reach any score from 0 to 1. A comparison with more than
//! [`COMBINATIONS_MAX`] combinations of scores is not checked for levels that cannot hold.

use crate::decode::{Fraction, ShortOrLong, Spanned};
use crate::error::Problems;
use crate::raw::Level;

/// Shares in a file are rounded.
const ROUNDING: f64 = 0.01;
/// The least that the shares of all pairs add up to: some levels are too rare to be worth a line.
const SUM_MIN: f64 = 0.95;
/// More combinations of scores are not tried.
const COMBINATIONS_MAX: usize = 100_000;

/// The name of a comparison, and its levels.
pub(super) type NamedLevels<'a> = (&'a Spanned<String>, &'a [Spanned<Level>]);

/// Checks the `m` and the `u` of a comparison.
pub(super) fn check_shares((name, levels): NamedLevels<'_>, problems: &mut Problems) {
    let m: Option<Vec<f64>> = levels.iter().map(|level| Some(level.value.m.as_ref()?.value.0)).collect();
    let is_complete = levels.last().is_some_and(|last| takes_all(&last.value));
    let mut add_up = |share: &str, pairs: &str, shares: &[f64], is_complete: bool| {
        let sum: f64 = shares.iter().sum();
        let expected = match is_complete {
            true if sum < SUM_MIN => "1",
            _ if sum > 1.0 + ROUNDING + f64::EPSILON => "1 at most",
            _ => return,
        };
        let message = format!("the `{share}` of `{}` add up to {}", name.value, rounded(sum));
        let problem = problems.at(name.place, message);
        problem.help(format!("each {pairs} pair has one level: they must add up to {expected}"));
    };
    if let Some(m) = m {
        add_up("m", "true", &m, is_complete);
    }
    let share = |level: &Spanned<Level>| match level.value.u.as_ref()?.value {
        ShortOrLong::Short(Fraction(share)) => Some(share),
        // As rare as the words in common: no share of all pairs.
        ShortOrLong::Long(_) => None,
    };
    let u: Vec<f64> = levels.iter().filter_map(share).collect();
    add_up("u", "other", &u, is_complete && u.len() == levels.len());
}

/// A sum without the noise of binary fractions.
fn rounded(sum: f64) -> String {
    let text = format!("{sum:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn takes_all(level: &Level) -> bool {
    conditions(level).next().is_none() && missing(level).next().is_none()
}

fn conditions(level: &Level) -> impl Iterator<Item = (&Spanned<String>, f64)> {
    let all = level.when.iter().flat_map(|when| &when.value.0);
    all.map(|(scorer, score_min)| (scorer, score_min.value.0))
}

fn missing(level: &Level) -> impl Iterator<Item = &Spanned<String>> {
    level.missing.iter().flat_map(|missing| &missing.value.0)
}

/// Reports each level that no pair can reach.
pub(super) fn check_reachable((name, levels): NamedLevels<'_>, problems: &mut Problems) {
    if levels.iter().any(|level| !level.sound) {
        return;
    }
    if !levels.is_empty() && levels.iter().all(|level| conditions(&level.value).next().is_none()) {
        let problem = problems.at(name.place, format!("no level of `{}` has a condition on a score", name.value));
        problem.help("the comparison never counts: give its levels a `when: { scorer: minimum score }`");
        return;
    }
    let Some(scores) = ScoreSpace::new(levels) else { return };
    let (reached, takers) = scores.reached(levels);
    for ((level, reached), taker) in levels.iter().zip(reached).zip(takers) {
        if reached {
            continue;
        }
        let place = level.value.level.as_ref().map_or(level.place, |label| label.place);
        let label = level.value.level.as_ref().map_or("", |label| label.value.as_str());
        let problem = problems.at(place, format!("the level `{label}` can never hold"));
        match taker.and_then(|taker| levels.get(taker)) {
            Some(taker) => problem
                .see(taker.value.level.as_ref().map_or(taker.place, |label| label.place), "takes its pairs")
                .help("the first level that holds counts: put the stricter level first, or remove this one"),
            None => problem.help(
                "a scorer of `missing` must have no score, one of `when` must have one, and a pair without any score of the \
                 comparison has no level",
            ),
        };
    }
}

/// The combinations of scores that levels can distinguish.
struct ScoreSpace<'a> {
    /// The scorers of a comparison, each with the minimum scores that its levels name, ascending, and whether it has any.
    scorers: Vec<(&'a str, Vec<f64>)>,
}

/// The score of one scorer: `None` where it has nothing to compare, else how many of its minimum scores it reaches.
type Reach = Option<usize>;

impl<'a> ScoreSpace<'a> {
    fn new(levels: &'a [Spanned<Level>]) -> Option<ScoreSpace<'a>> {
        let mut scorers: Vec<(&str, Vec<f64>)> = Vec::new();
        let mut add = |name: &'a str, score_min: Option<f64>| {
            let place = scorers.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                scorers.push((name, Vec::new()));
                scorers.len() - 1
            });
            if let Some((_, minimums)) = scorers.get_mut(place) {
                minimums.extend(score_min);
            }
        };
        for level in levels {
            conditions(&level.value).for_each(|(scorer, score_min)| add(&scorer.value, Some(score_min)));
            missing(&level.value).for_each(|scorer| add(&scorer.value, None));
        }
        for (_, minimums) in &mut scorers {
            minimums.sort_by(f64::total_cmp);
            minimums.dedup();
        }
        let count = |count: usize, (_, minimums): &(&str, Vec<f64>)| count.checked_mul(minimums.len() + 2);
        scorers.iter().try_fold(1, count).filter(|count| *count <= COMBINATIONS_MAX)?;
        Some(ScoreSpace { scorers })
    }

    /// For each level whether a pair can reach it, and else the level that takes a pair that it would have.
    fn reached(&self, levels: &[Spanned<Level>]) -> (Vec<bool>, Vec<Option<usize>>) {
        let (mut reached, mut takers) = (vec![false; levels.len()], vec![None; levels.len()]);
        let mut combination: Vec<Reach> = vec![None; self.scorers.len()];
        loop {
            if self.is_compared(&combination) {
                let mut holding = (0..).zip(levels).filter(|(_, level)| self.holds(&level.value, &combination));
                if let Some((first, _)) = holding.next() {
                    reached.get_mut(first).into_iter().for_each(|reached| *reached = true);
                    holding.for_each(|(later, _)| {
                        takers.get_mut(later).into_iter().for_each(|taker| *taker = taker.or(Some(first)));
                    });
                }
            }
            if !self.advance(&mut combination) {
                return (reached, takers);
            }
        }
    }

    /// Whether a scorer that a level has a condition on has a score.
    fn is_compared(&self, combination: &[Reach]) -> bool {
        let with_condition = self.scorers.iter().zip(combination).filter(|((_, minimums), _)| !minimums.is_empty());
        with_condition.into_iter().any(|(_, reach)| reach.is_some())
    }

    fn holds(&self, level: &Level, combination: &[Reach]) -> bool {
        let scorer = |name: &str| self.scorers.iter().zip(combination).find(|((known, _), _)| *known == name);
        conditions(level).all(|(name, score_min)| {
            scorer(&name.value).is_some_and(|((_, minimums), reach)| {
                reach.is_some_and(|reach| minimums.iter().take(reach).any(|reached| *reached == score_min))
            })
        }) && missing(level).all(|name| scorer(&name.value).is_some_and(|(_, reach)| reach.is_none()))
    }

    /// The next combination; false after the last.
    fn advance(&self, combination: &mut [Reach]) -> bool {
        for ((_, minimums), reach) in self.scorers.iter().zip(combination) {
            // No score is below 0.
            let lowest = usize::from(minimums.first().is_some_and(|lowest| *lowest <= 0.0));
            let next = reach.map_or(lowest, |reach| reach + 1);
            if next <= minimums.len() {
                *reach = Some(next);
                return true;
            }
            *reach = None;
        }
        false
    }
}
