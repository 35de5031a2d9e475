//! Whether anything but supporting comparisons agrees: a place that two companies share makes no match.
//!
//! How probable a match can be of which one thing agrees. A supplier that is not in the registry may be at the place of a
//! company that is, as the tenant before, after or beside it; or it bears the name of one elsewhere. How often that is so is not
//! known: companies in no registry are not counted in it. So what agrees counts as if each of them agreed in it (`u` of 1),
//! and what is left is the prior, what tells against, and how often a true match agrees so.

use matchflow_model::plan::{Chance, MatchModel};

use crate::level::{ScorerOutput, find_level};
use crate::probability::probability;

/// Whether a pair agrees in a comparison that may decide alone, that is, reaches a level with conditions there. True for a
/// model without supporting comparisons. `output` gives the output of the scorer at a position.
pub fn has_deciding_agreement(model: &MatchModel, output: impl Fn(usize) -> ScorerOutput) -> bool {
    model.supporting.is_empty() || Agreement::of(model, output).deciding
}

/// What agrees between a row and an entry, or between a row and the entries of a company: see [`Agreement::or`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// A comparison that may decide alone, such as the name.
    pub deciding: bool,
    /// One of those whose chance does not follow from how rare the words are, such as an identifier.
    pub identifying: bool,
    /// A supporting comparison, such as the place.
    pub supporting: bool,
    /// Whether a supporting comparison tells against a match.
    pub contradicted: bool,
}

impl Agreement {
    /// What agrees between a row and an entry. `output` gives the output of the scorer at a position.
    pub fn of(model: &MatchModel, output: impl Fn(usize) -> ScorerOutput) -> Agreement {
        let mut found = Agreement::default();
        for (place, comparison) in (0..).zip(&model.comparisons) {
            let Some((_, level)) = find_level(comparison, &output) else { continue };
            let agrees = !level.conditions.is_empty();
            let against = matches!(level.u, Chance::Share(share) if level.m < share);
            if model.supporting.contains(&place) {
                found.supporting |= agrees && !against;
                found.contradicted |= against;
            } else {
                found.deciding |= agrees;
                found.identifying |= agrees && !matches!(level.u, Chance::TermFrequency { .. });
            }
        }
        found
    }

    /// What agrees in one of two entries: of one the name may agree, and the place of another of its company.
    pub fn or(self, other: Agreement) -> Agreement {
        Agreement {
            deciding: self.deciding || other.deciding,
            identifying: self.identifying || other.identifying,
            supporting: self.supporting || other.supporting,
            contradicted: self.contradicted || other.contradicted,
        }
    }

    /// Whether a place agrees and nothing else, or a name and the place tells against it.
    pub fn is_lone(self) -> bool {
        !self.deciding || !self.identifying && !self.supporting && self.contradicted
    }
}

/// The greatest probability of a match of a [lone agreement](Agreement::is_lone).
pub fn lone_agreement_probability(model: &MatchModel, output: impl Fn(usize) -> ScorerOutput) -> f64 {
    let prior = (model.prior / (1.0 - model.prior)).log2();
    let bits = model.comparisons.iter().filter_map(|comparison| {
        let (_, level) = find_level(comparison, &output)?;
        let u = match level.u {
            Chance::Share(share) if level.m < share || level.conditions.is_empty() => share,
            _ => 1.0,
        };
        Some((level.m / u).log2())
    });
    probability(bits.fold(prior, |sum, bits| sum + bits))
}

/// Whether two pairs are at the same level of every supporting comparison, and at one that is an agreement in one of them.
pub fn agrees_alike(
    model: &MatchModel,
    one: impl Fn(usize) -> ScorerOutput,
    other: impl Fn(usize) -> ScorerOutput,
) -> bool {
    let mut is_agreement = false;
    for (_, comparison) in (0..).zip(&model.comparisons).filter(|(place, _)| model.supporting.contains(place)) {
        let (one, other) = (find_level(comparison, &one), find_level(comparison, &other));
        if one.map(|(place, _)| place) != other.map(|(place, _)| place) {
            return false;
        }
        is_agreement |= one.is_some_and(|(_, level)| !level.conditions.is_empty());
    }
    is_agreement
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{Chance, Comparison, ComparisonLevel, Condition};

    use super::*;

    /// Comparisons of one scorer each.
    fn model(supporting: &[usize]) -> MatchModel {
        let level = |conditions| ComparisonLevel {
            label: String::new(),
            conditions,
            missing: Vec::new(),
            m: 0.5,
            u: Chance::Share(0.5),
        };
        let comparison = |scorer: usize| Comparison {
            name: scorer.to_string(),
            levels: vec![level(vec![Condition { scorer, score_min: 0.8 }]), level(Vec::new())],
        };
        MatchModel {
            prior: 0.5,
            comparisons: (0..3).map(comparison).collect(),
            supporting: supporting.to_vec(),
            head_office: None,
            entry_identifier: None,
        }
    }

    #[test]
    fn a_supporting_comparison_is_no_agreement_by_itself() {
        let decides = |supporting: &[usize], scores: [Option<f32>; 3]| {
            has_deciding_agreement(&model(supporting), |scorer| ScorerOutput {
                score: scores[scorer],
                information: None,
            })
        };
        // The place is the last; another name, or none to compare.
        assert!(!decides(&[2], [Some(0.1), None, Some(1.0)]));
        assert!(!decides(&[2], [None, None, Some(1.0)]));
        assert!(!decides(&[2], [None, None, None]));
        assert!(decides(&[2], [Some(0.8), None, Some(1.0)]));
        assert!(decides(&[2], [Some(0.1), Some(1.0), None]), "an identifier decides");
        assert!(!decides(&[1, 2], [Some(0.1), Some(1.0), Some(1.0)]));
        assert!(decides(&[], [Some(0.1), None, Some(1.0)]), "a model that has no supporting comparison");
    }

    #[test]
    fn a_place_alone_is_never_more_probable_than_the_prior_and_what_tells_against() {
        let found = |scores: [Option<f32>; 3]| {
            lone_agreement_probability(&model(&[2]), |scorer| ScorerOutput { score: scores[scorer], information: None })
        };
        // The prior of the model is even. A true match agrees in the place half of the time; another name costs nothing here.
        assert!((found([Some(0.1), None, Some(1.0)]) - 1.0 / 3.0).abs() < 1e-9);
        assert!((found([None, None, Some(1.0)]) - 1.0 / 3.0).abs() < 1e-9);
        let mut against = model(&[2]);
        against.comparisons[0].levels[1] =
            ComparisonLevel { m: 0.02, u: Chance::Share(0.98), ..against.comparisons[0].levels[1].clone() };
        let scores = [Some(0.1), None, Some(1.0)];
        let doubted =
            lone_agreement_probability(&against, |scorer| ScorerOutput { score: scores[scorer], information: None });
        assert!(doubted < 0.02, "{doubted}");
    }

    #[test]
    fn an_agreement_is_lone_without_a_second() {
        let share = |place: &mut ComparisonLevel, m, u| (place.m, place.u) = (m, Chance::Share(u));
        let mut model = model(&[2]);
        let name = &mut model.comparisons[0].levels[0];
        name.u = Chance::TermFrequency { scorer: 0, factor: 1.0 };
        share(&mut model.comparisons[2].levels[0], 0.9, 0.01);
        share(&mut model.comparisons[2].levels[1], 0.1, 0.99);
        let of = |scores: [Option<f32>; 3]| {
            Agreement::of(&model, |scorer| ScorerOutput { score: scores[scorer], information: None })
        };
        let (yes, no) = (Some(1.0), Some(0.1));
        assert!(of([no, None, yes]).is_lone(), "another name at the place");
        assert!(of([None, None, yes]).is_lone(), "no name at the place");
        assert!(of([yes, None, no]).is_lone(), "a namesake elsewhere");
        assert!(!of([yes, None, None]).is_lone(), "no place to tell against the name");
        assert!(!of([yes, None, yes]).is_lone());
        assert!(!of([no, yes, no]).is_lone(), "an identifier is nobody else's");
        assert!(!of([yes, None, no]).or(of([no, None, yes])).is_lone(), "a company with both, in two entries");
    }

    #[test]
    fn those_at_one_place_agree_alike() {
        let output =
            |scores: [Option<f32>; 3]| move |scorer: usize| ScorerOutput { score: scores[scorer], information: None };
        let alike = |one, other| agrees_alike(&model(&[2]), output(one), output(other));
        assert!(alike([Some(0.1), None, Some(1.0)], [Some(0.9), None, Some(0.9)]));
        assert!(!alike([Some(0.1), None, Some(1.0)], [Some(0.1), None, Some(0.2)]));
        assert!(!alike([Some(0.1), None, Some(0.2)], [Some(0.1), None, Some(0.2)]), "both are elsewhere");
        assert!(!alike([Some(0.1), None, None], [Some(0.1), None, None]));
    }
}
