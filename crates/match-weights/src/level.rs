//! The comparison level that a pair reaches, given the outputs of the scorers.

use matchflow_model::plan::{Comparison, ComparisonLevel, Condition};

/// Scores are 32-bit numbers: 0.97 in a model means 0.97 of a scorer.
const SCORE_TOLERANCE: f64 = 1e-6;

/// The output of one scorer for one pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScorerOutput {
    /// 0 to 1; `None` if a side had nothing to compare, or the scorer failed.
    pub score: Option<f32>,
    /// The information in the agreement, as defined by the plug-in interface; `None` if it is not measured.
    pub information: Option<f32>,
}

/// The level that a pair reaches, with its position; `None` if none of the comparison's scorers had anything to
/// compare. `output` returns the output of the scorer at a position.
pub(crate) fn find_level<'a>(
    comparison: &'a Comparison,
    output: &impl Fn(usize) -> ScorerOutput,
) -> Option<(usize, &'a ComparisonLevel)> {
    let mut conditions = comparison.levels.iter().flat_map(|level| &level.conditions);
    conditions.find(|condition| output(condition.scorer).score.is_some())?;
    let holds = |level: &ComparisonLevel| {
        all_conditions_hold(&level.conditions, output)
            && level.missing.iter().all(|scorer| output(*scorer).score.is_none())
    };
    comparison.levels.iter().enumerate().find(|(_, level)| holds(level))
}

pub(crate) fn all_conditions_hold(conditions: &[Condition], output: &impl Fn(usize) -> ScorerOutput) -> bool {
    conditions.iter().all(|condition| {
        let minimum = condition.score_min - SCORE_TOLERANCE;
        output(condition.scorer).score.is_some_and(|score| f64::from(score) >= minimum)
    })
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::Chance;

    use super::*;

    #[test]
    fn a_level_for_missing_values_applies_only_to_them() {
        let level = |label: &str, conditions: &[(usize, f64)], missing: &[usize]| ComparisonLevel {
            label: label.to_owned(),
            conditions: conditions.iter().map(|(scorer, min)| Condition { scorer: *scorer, score_min: *min }).collect(),
            missing: missing.to_vec(),
            m: 0.5,
            u: Chance::Share(0.5),
        };
        let comparison = Comparison {
            name: "place".to_owned(),
            levels: vec![
                level("no name", &[(0, 0.85)], &[1]),
                level("address", &[(0, 0.85)], &[]),
                level("elsewhere", &[], &[]),
            ],
        };
        let reached = |scores: [Option<f32>; 2]| {
            let output = |scorer: usize| ScorerOutput { score: scores[scorer], information: None };
            find_level(&comparison, &output).map(|(_, level)| level.label.as_str())
        };
        assert_eq!(reached([Some(1.0), None]), Some("no name"));
        assert_eq!(reached([Some(1.0), Some(0.0)]), Some("address"));
        assert_eq!(reached([Some(0.2), None]), Some("elsewhere"));
        // A name is not enough to compare places.
        assert_eq!(reached([None, Some(1.0)]), None);
        assert_eq!(reached([None, None]), None);
    }
}
