//! The match weight of a pair, after Fellegi and Sunter.
//!
//! `weight = log2(prior odds) + sum over comparisons of log2(m / u)`, in bits. At most one of `N` companies is the
//! match, so the prior odds of each are `prior / (1 - prior) / N`.
//!
//! **Term frequency.** If the u probability of a level follows from term frequency, it is `factor * N^-information`:
//! the share of companies that agree as much by chance, given the frequency in the registry of the common words. It is
//! Splink's adjustment (u of the term instead of u of the level), for agreements of several words. It is never below
//! `factor * `[`CHANCE_MIN`]` / N`: a unique name does not prove that the supplier is in the registry.
//!
//! **Level frequency.** The share of companies that reach the level among the candidates of this row
//! ([`LevelFrequencies`]) is added to every u probability.

use matchflow_model::plan::{Chance, Comparison, ComparisonLevel, MatchModel};

use crate::level::{ScorerOutput, find_level};
use crate::level_frequencies::LevelFrequencies;

/// Minimum number of companies assumed to agree by chance, however rare the words.
pub(crate) const CHANCE_MIN: f64 = 0.05;

/// A match model for a registry of a certain size: computes the match weights of pairs.
#[derive(Debug, Clone, Copy)]
pub struct MatchWeightModel<'a> {
    model: &'a MatchModel,
    groups: f64,
}

/// The part of a pair's match weight that one comparison adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartialMatchWeight<'a> {
    /// The comparison's name.
    pub comparison: &'a str,
    /// The label of the level that the pair reaches; `None` if there was nothing to compare.
    pub level: Option<&'a str>,
    /// `log2(m / u)`; 0 if there was nothing to compare.
    pub bits: f64,
}

impl<'a> MatchWeightModel<'a> {
    /// `groups` is the number of companies in the registry.
    pub fn new(model: &'a MatchModel, groups: u64) -> MatchWeightModel<'a> {
        MatchWeightModel { model, groups: groups.max(1) as f64 }
    }

    /// The log odds, in bits, that any one company is the match, before any comparison.
    pub fn prior(&self) -> f64 {
        (self.model.prior / (1.0 - self.model.prior) / self.groups).log2()
    }

    /// The match weight of a pair, in bits. `output` returns the output of the scorer at a position, `frequencies`
    /// counts the candidates of the pair's row.
    pub fn weight(&self, output: impl Fn(usize) -> ScorerOutput, frequencies: &LevelFrequencies) -> f64 {
        let comparisons = self.model.comparisons.iter().enumerate();
        comparisons
            .map(|(place, comparison)| self.partial_weight(place, comparison, &output, frequencies).bits)
            .fold(self.prior(), |sum, bits| sum + bits)
    }

    /// The partial match weight of each comparison, in the model's order: with [`MatchWeightModel::prior`] they add up to
    /// the weight.
    pub fn partial_weights(
        &self,
        output: impl Fn(usize) -> ScorerOutput,
        frequencies: &LevelFrequencies,
    ) -> Vec<PartialMatchWeight<'a>> {
        let comparisons = self.model.comparisons.iter().enumerate();
        comparisons.map(|(place, comparison)| self.partial_weight(place, comparison, &output, frequencies)).collect()
    }

    /// Counts how many groups reach each level, over the candidates of one row. Each is given as its group and the
    /// outputs of the scorers for it.
    pub fn level_frequencies<G: Ord + Copy, S: Fn(usize) -> ScorerOutput>(
        &self,
        candidates: &[(G, S)],
    ) -> LevelFrequencies {
        LevelFrequencies::count(self.model, candidates)
    }

    /// For each comparison the position of the level that a pair reaches, and the u probability there.
    pub(crate) fn levels_with_chances(&self, output: impl Fn(usize) -> ScorerOutput) -> Vec<Option<(usize, f64)>> {
        let level_with_chance = |comparison: &Comparison| {
            let (place, level) = find_level(comparison, &output)?;
            Some((place, self.chance(level, &output)))
        };
        self.model.comparisons.iter().map(level_with_chance).collect()
    }

    fn partial_weight(
        &self,
        place: usize,
        comparison: &'a Comparison,
        output: &impl Fn(usize) -> ScorerOutput,
        frequencies: &LevelFrequencies,
    ) -> PartialMatchWeight<'a> {
        match find_level(comparison, output) {
            Some((level_place, level)) => {
                let others = frequencies.other_groups(place, level_place, &level.u, output);
                let u = (self.chance(level, output) + f64::from(others) / self.groups).min(1.0);
                let bits = (level.m / u).log2();
                PartialMatchWeight { comparison: &comparison.name, level: Some(&level.label), bits }
            }
            None => PartialMatchWeight { comparison: &comparison.name, level: None, bits: 0.0 },
        }
    }

    /// The u probability of a level for this pair: the share of other companies that agree as much by chance.
    fn chance(&self, level: &ComparisonLevel, output: &impl Fn(usize) -> ScorerOutput) -> f64 {
        let u = match level.u {
            Chance::Share(share) => share,
            Chance::Groups(groups) => groups / self.groups,
            Chance::TermFrequency { scorer, factor } => {
                // If unmeasured, the common words may be ones that every company has.
                let information = f64::from(output(scorer).information.unwrap_or(0.0));
                factor * self.groups.powf(-information).max(CHANCE_MIN / self.groups)
            }
        };
        u.min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::Condition;

    use super::*;

    fn level(label: &str, conditions: &[(usize, f64)], m: f64, u: Chance) -> ComparisonLevel {
        let conditions = conditions.iter().map(|&(scorer, score_min)| Condition { scorer, score_min }).collect();
        ComparisonLevel { label: label.to_owned(), conditions, missing: Vec::new(), m, u }
    }

    fn model() -> MatchModel {
        let name = vec![
            level("same", &[(0, 0.97)], 0.5, Chance::TermFrequency { scorer: 0, factor: 0.25 }),
            level("near", &[(0, 0.8)], 0.25, Chance::Share(0.25)),
            level("else", &[], 0.25, Chance::Share(1.0)),
        ];
        let place = vec![
            level("address", &[(1, 0.9), (2, 1.0)], 0.5, Chance::Groups(1.0)),
            level("postcode", &[(2, 1.0)], 0.25, Chance::Share(1.0 / 64.0)),
            level("else", &[], 0.25, Chance::Share(1.0)),
        ];
        let comparison = |name: &str, levels| Comparison { name: name.to_owned(), levels };
        MatchModel {
            prior: 0.8,
            comparisons: vec![comparison("name", name), comparison("place", place)],
            supporting: Vec::new(),
            head_office: None,
            entry_identifier: None,
        }
    }

    fn output(scores: &[Option<f32>], information: f32) -> impl Fn(usize) -> ScorerOutput {
        let scores = scores.to_vec();
        move |scorer| ScorerOutput { score: scores[scorer], information: (scorer == 0).then_some(information) }
    }

    #[test]
    fn the_first_matching_level_is_reached_and_partial_weights_add_up() {
        let model = model();
        let weights = MatchWeightModel::new(&model, 1024);
        assert!((weights.prior() - (4.0f64.log2() - 10.0)).abs() < 1e-9);
        let cases = [
            // A word with half of the information of a company: 2^-5 of them share it.
            ([Some(1.0), Some(1.0), Some(1.0)], 0.5, [("name", Some("same"), 6.0), ("place", Some("address"), 9.0)]),
            ([Some(0.97), None, Some(1.0)], 0.0, [("name", Some("same"), 1.0), ("place", Some("postcode"), 4.0)]),
            ([Some(0.8), Some(1.0), Some(0.5)], 9.0, [("name", Some("near"), 0.0), ("place", Some("else"), -2.0)]),
            ([Some(0.1), None, None], 0.0, [("name", Some("else"), -2.0), ("place", None, 0.0)]),
            ([None, Some(0.0), None], 0.0, [("name", None, 0.0), ("place", Some("else"), -2.0)]),
        ];
        for (scores, information, expected) in cases {
            let output = output(&scores, information);
            let partial = weights.partial_weights(&output, &LevelFrequencies::default());
            let found: Vec<_> = partial.iter().map(|step| (step.comparison, step.level)).collect();
            assert_eq!(found, expected.map(|(comparison, level, _)| (comparison, level)));
            for (step, (_, _, bits)) in partial.iter().zip(expected) {
                assert!((step.bits - bits).abs() < 1e-6, "{step:?} should be {bits}");
            }
            let sum = weights.prior() + partial.iter().map(|step| step.bits).sum::<f64>();
            assert!((weights.weight(&output, &LevelFrequencies::default()) - sum).abs() < 1e-9);
        }
    }

    #[test]
    fn even_the_rarest_name_has_a_minimum_chance() {
        let model = model();
        let weights = MatchWeightModel::new(&model, 1024);
        let bits = |information| {
            weights.partial_weights(output(&[Some(1.0), None, None], information), &LevelFrequencies::default())[0].bits
        };
        assert!(bits(0.9) < bits(1.0) && bits(1.0) < bits(1.2));
        assert!((bits(5.0) - (0.5 / (0.25 * CHANCE_MIN / 1024.0)).log2()).abs() < 1e-9);
    }

    #[test]
    fn other_candidates_at_a_level_raise_its_chance() {
        let model = model();
        let weights = MatchWeightModel::new(&model, 1024);
        let at_address = |group: &'static str| (group, output(&[None, Some(1.0), Some(1.0)], 0.0));
        let elsewhere = ("d", output(&[None, Some(0.0), None], 0.0));
        let bits = |candidates: &[(&str, _)]| {
            weights.partial_weights(output(&[None, Some(1.0), Some(1.0)], 0.0), &weights.level_frequencies(candidates))
                [1]
            .bits
        };
        let alone = bits(&[at_address("a")]);
        assert!((alone - 9.0).abs() < 1e-9, "{alone}");
        assert_eq!(bits(&[at_address("a"), at_address("a")]), alone, "entries of one company are one");
        let three = bits(&[at_address("a"), at_address("b"), at_address("c")]);
        assert!((alone - three - 3f64.log2()).abs() < 1e-9, "{three}");
        assert_eq!(bits(&[at_address("a"), at_address("b"), elsewhere]), bits(&[at_address("a"), at_address("b")]));
    }

    #[test]
    fn a_shared_common_word_does_not_make_the_rare_one_common() {
        let model = model();
        let weights = MatchWeightModel::new(&model, 1024);
        let named = |group: &'static str, information| (group, output(&[Some(1.0), None, None], information));
        let bits = |information: f32, candidates: &[(&str, _)]| {
            weights
                .partial_weights(output(&[Some(1.0), None, None], information), &weights.level_frequencies(candidates))
                [0]
            .bits
        };
        let alone = bits(0.5, &[named("a", 0.5)]);
        assert_eq!(bits(0.5, &[named("a", 0.5), named("b", 0.2)]), alone);
        assert!(bits(0.5, &[named("a", 0.5), named("b", 0.5)]) < alone);
        assert!(bits(0.2, &[named("a", 0.5), named("b", 0.2)]) < bits(0.2, &[named("b", 0.2)]));
    }
}
