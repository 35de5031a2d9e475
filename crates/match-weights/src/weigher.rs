//! The match weight of a pair.
//!
//! `weight = log2(prior odds that this very entry is the one) + sum over comparisons of log2(m / u)`. Of `N` companies one
//! at most is the supplier, so the prior odds of one of them are `prior / (1 - prior) / N`.
//!
//! **Term frequency.** Where the chance of a level is by rarity, its `u` is `times * N^-information`: the share of
//! companies that agree as much by chance, by how rare the words in common are in the registry. This is the adjustment
//! of Splink (u of the term instead of u of the level), for agreements of several words. Not below
//! `times * `[`CHANCE_MIN`]` / N`: that nobody else bears a name does not prove that the supplier is in the registry.
//!
//! **What is seen.** To any `u` comes the share of companies that are seen at the level for this very row ([`Seen`]).

use matchflow_model::plan::{Chance, Comparison, ComparisonLevel, Condition, MatchModel};

use crate::seen::Seen;

/// Companies that agree by chance, at least, however rare the words.
pub(crate) const CHANCE_MIN: f64 = 0.05;

/// What a scorer said of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Said {
    /// 0 to 1; `None` where a side had nothing to compare, or the scorer failed.
    pub score: Option<f32>,
    /// How much the agreement tells, as the plug-in interface defines it; `None` where it is not measured.
    pub information: Option<f32>,
}

/// Weighs pairs by a model, against a registry of a certain size.
#[derive(Debug, Clone, Copy)]
pub struct Weigher<'a> {
    model: &'a MatchModel,
    groups: f64,
}

/// What one comparison adds to the weight of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<'a> {
    /// The comparison.
    pub comparison: &'a str,
    /// The level that the pair comes to; `None` where there was nothing to compare.
    pub level: Option<&'a str>,
    /// Bits.
    pub bits: f64,
}

impl<'a> Weigher<'a> {
    /// `groups` are the companies of the registry.
    pub fn new(model: &'a MatchModel, groups: u64) -> Weigher<'a> {
        Weigher { model, groups: groups.max(1) as f64 }
    }

    /// What the weight of every pair starts from, in bits.
    pub fn prior(&self) -> f64 {
        (self.model.prior / (1.0 - self.model.prior) / self.groups).log2()
    }

    /// The match weight of a pair; `said` tells what the scorer at a place said of it, `seen` who else is a candidate.
    pub fn weight(&self, said: impl Fn(usize) -> Said, seen: &Seen) -> f64 {
        let comparisons = self.model.comparisons.iter().enumerate();
        comparisons
            .map(|(place, comparison)| self.step(place, comparison, &said, seen).bits)
            .fold(self.prior(), |sum, bits| sum + bits)
    }

    /// What each comparison adds, in the model's order: with [`Weigher::prior`] they sum up to the weight.
    pub fn steps(&self, said: impl Fn(usize) -> Said, seen: &Seen) -> Vec<Step<'a>> {
        let comparisons = self.model.comparisons.iter().enumerate();
        comparisons.map(|(place, comparison)| self.step(place, comparison, &said, seen)).collect()
    }

    /// Counts the candidates of a row, each with its group and what the scorers said of it.
    pub fn seen<G: Ord + Copy, S: Fn(usize) -> Said>(&self, candidates: &[(G, S)]) -> Seen {
        Seen::of(self.model, candidates)
    }

    /// For each comparison the level that a pair comes to, by its place, and the chance that another does.
    pub(crate) fn chances(&self, said: impl Fn(usize) -> Said) -> Vec<Option<(usize, f64)>> {
        let found = |comparison: &Comparison| {
            let (place, level) = find_level(comparison, &said)?;
            Some((place, self.chance(level, &said)))
        };
        self.model.comparisons.iter().map(found).collect()
    }

    fn step(&self, place: usize, comparison: &'a Comparison, said: &impl Fn(usize) -> Said, seen: &Seen) -> Step<'a> {
        match find_level(comparison, said) {
            Some((at, level)) => {
                let others = f64::from(seen.others(place, at, &level.u, said)) / self.groups;
                let bits = (level.m / (self.chance(level, said) + others).min(1.0)).log2();
                Step { comparison: &comparison.name, level: Some(&level.label), bits }
            }
            None => Step { comparison: &comparison.name, level: None, bits: 0.0 },
        }
    }

    /// The share of others that come to a level as this pair does.
    fn chance(&self, level: &ComparisonLevel, said: &impl Fn(usize) -> Said) -> f64 {
        let u = match level.u {
            Chance::Share(share) => share,
            Chance::Companies(companies) => companies / self.groups,
            Chance::Rarity { scorer, times } => {
                // Nothing told: the words in common may be those that all companies bear.
                let information = f64::from(said(scorer).information.unwrap_or(0.0));
                times * self.groups.powf(-information).max(CHANCE_MIN / self.groups)
            }
        };
        u.min(1.0)
    }
}

/// The level that a pair comes to; `None` where none of the comparison's scorers had something to compare.
pub(crate) fn find_level<'a>(
    comparison: &'a Comparison,
    said: &impl Fn(usize) -> Said,
) -> Option<(usize, &'a ComparisonLevel)> {
    let conditions = comparison.levels.iter().flat_map(|level| &level.conditions);
    conditions.into_iter().find(|condition| said(condition.scorer).score.is_some())?;
    comparison.levels.iter().enumerate().find(|(_, level)| all_hold(&level.conditions, said))
}

pub(crate) fn all_hold(conditions: &[Condition], said: &impl Fn(usize) -> Said) -> bool {
    let holds = |score: f32, min: f64| f64::from(score) >= min - SCORE_TOLERANCE;
    let mut conditions = conditions.iter();
    conditions.all(|condition| said(condition.scorer).score.is_some_and(|score| holds(score, condition.score_min)))
}

/// Scores are 32-bit numbers: 0.97 in a model means 0.97 of a scorer.
const SCORE_TOLERANCE: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn level(label: &str, conditions: &[(usize, f64)], m: f64, u: Chance) -> ComparisonLevel {
        let conditions = conditions.iter().map(|&(scorer, score_min)| Condition { scorer, score_min }).collect();
        ComparisonLevel { label: label.to_owned(), conditions, m, u }
    }

    fn model() -> MatchModel {
        let name = vec![
            level("same", &[(0, 0.97)], 0.5, Chance::Rarity { scorer: 0, times: 0.25 }),
            level("near", &[(0, 0.8)], 0.25, Chance::Share(0.25)),
            level("else", &[], 0.25, Chance::Share(1.0)),
        ];
        let place = vec![
            level("address", &[(1, 0.9), (2, 1.0)], 0.5, Chance::Companies(1.0)),
            level("postcode", &[(2, 1.0)], 0.25, Chance::Share(1.0 / 64.0)),
            level("else", &[], 0.25, Chance::Share(1.0)),
        ];
        let comparison = |name: &str, levels| Comparison { name: name.to_owned(), levels };
        MatchModel {
            prior: 0.8,
            comparisons: vec![comparison("name", name), comparison("place", place)],
            head_office: None,
        }
    }

    fn said(scores: &[Option<f32>], information: f32) -> impl Fn(usize) -> Said {
        let scores = scores.to_vec();
        move |scorer| Said { score: scores[scorer], information: (scorer == 0).then_some(information) }
    }

    #[test]
    fn the_first_level_that_holds_counts_and_steps_add_up() {
        let model = model();
        let weigher = Weigher::new(&model, 1024);
        assert!((weigher.prior() - (4.0f64.log2() - 10.0)).abs() < 1e-9);
        let cases = [
            // A word that half of the companies' logarithm tells: 2^-5 of them.
            ([Some(1.0), Some(1.0), Some(1.0)], 0.5, [("name", Some("same"), 6.0), ("place", Some("address"), 9.0)]),
            ([Some(0.97), None, Some(1.0)], 0.0, [("name", Some("same"), 1.0), ("place", Some("postcode"), 4.0)]),
            ([Some(0.8), Some(1.0), Some(0.5)], 9.0, [("name", Some("near"), 0.0), ("place", Some("else"), -2.0)]),
            ([Some(0.1), None, None], 0.0, [("name", Some("else"), -2.0), ("place", None, 0.0)]),
            ([None, Some(0.0), None], 0.0, [("name", None, 0.0), ("place", Some("else"), -2.0)]),
        ];
        for (scores, information, wanted) in cases {
            let said = said(&scores, information);
            let steps = weigher.steps(&said, &Seen::default());
            let found: Vec<_> = steps.iter().map(|step| (step.comparison, step.level)).collect();
            assert_eq!(found, wanted.map(|(comparison, level, _)| (comparison, level)));
            for (step, (_, _, bits)) in steps.iter().zip(wanted) {
                assert!((step.bits - bits).abs() < 1e-6, "{step:?} should be {bits}");
            }
            let sum = weigher.prior() + steps.iter().map(|step| step.bits).sum::<f64>();
            assert!((weigher.weight(&said, &Seen::default()) - sum).abs() < 1e-9);
        }
    }

    #[test]
    fn the_rarest_name_proves_no_more_than_a_chance_of_its_own() {
        let model = model();
        let weigher = Weigher::new(&model, 1024);
        let bits = |information| weigher.steps(said(&[Some(1.0), None, None], information), &Seen::default())[0].bits;
        assert!(bits(0.9) < bits(1.0) && bits(1.0) < bits(1.2));
        assert!((bits(5.0) - (0.5 / (0.25 * CHANCE_MIN / 1024.0)).log2()).abs() < 1e-9);
    }

    #[test]
    fn companies_that_are_seen_at_a_level_came_there_by_chance() {
        let model = model();
        let weigher = Weigher::new(&model, 1024);
        let at_address = |group: &'static str| (group, said(&[None, Some(1.0), Some(1.0)], 0.0));
        let elsewhere = ("d", said(&[None, Some(0.0), None], 0.0));
        let bits = |candidates: &[(&str, _)]| {
            weigher.steps(said(&[None, Some(1.0), Some(1.0)], 0.0), &weigher.seen(candidates))[1].bits
        };
        let alone = bits(&[at_address("a")]);
        assert!((alone - 9.0).abs() < 1e-9, "{alone}");
        assert_eq!(bits(&[at_address("a"), at_address("a")]), alone, "entries of one company are one");
        let three = bits(&[at_address("a"), at_address("b"), at_address("c")]);
        assert!((alone - three - 3f64.log2()).abs() < 1e-9, "{three}");
        assert_eq!(bits(&[at_address("a"), at_address("b"), elsewhere]), bits(&[at_address("a"), at_address("b")]));
    }

    #[test]
    fn a_common_word_in_common_does_not_make_the_rare_one_common() {
        let model = model();
        let weigher = Weigher::new(&model, 1024);
        let named = |group: &'static str, information| (group, said(&[Some(1.0), None, None], information));
        let bits = |information: f32, candidates: &[(&str, _)]| {
            weigher.steps(said(&[Some(1.0), None, None], information), &weigher.seen(candidates))[0].bits
        };
        let alone = bits(0.5, &[named("a", 0.5)]);
        assert_eq!(bits(0.5, &[named("a", 0.5), named("b", 0.2)]), alone);
        assert!(bits(0.5, &[named("a", 0.5), named("b", 0.5)]) < alone);
        assert!(bits(0.2, &[named("a", 0.5), named("b", 0.2)]) < bits(0.2, &[named("b", 0.2)]));
    }
}
