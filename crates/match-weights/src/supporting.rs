//! Whether anything but supporting comparisons agrees: a place that two companies share makes no match.

use matchflow_model::plan::MatchModel;

use crate::level::{ScorerOutput, find_level};

/// Whether a pair agrees in a comparison that may decide alone, that is, reaches a level with conditions there. True for a
/// model without supporting comparisons. `output` gives the output of the scorer at a position.
pub fn has_deciding_agreement(model: &MatchModel, output: impl Fn(usize) -> ScorerOutput) -> bool {
    let deciding = (0..).zip(&model.comparisons).filter(|(place, _)| !model.supporting.contains(place));
    model.supporting.is_empty()
        || deciding.into_iter().any(|(_, comparison)| {
            find_level(comparison, &output).is_some_and(|(_, level)| !level.conditions.is_empty())
        })
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
}
