//! The comparison level that a pair reaches, given what the scorers put out for it.

use matchflow_model::plan::{Comparison, ComparisonLevel, Condition};

/// Scores are 32-bit numbers: 0.97 in a model means 0.97 of a scorer.
const SCORE_TOLERANCE: f64 = 1e-6;

/// The output of one scorer for one pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScorerOutput {
    /// 0 to 1; `None` where a side had nothing to compare, or the scorer failed.
    pub score: Option<f32>,
    /// The information in the agreement, as the plug-in interface defines it; `None` where it is not measured.
    pub information: Option<f32>,
}

/// The level that a pair reaches, with its position; `None` where none of the comparison's scorers had anything to compare.
/// `output` gives the output of the scorer at a position.
pub(crate) fn find_level<'a>(
    comparison: &'a Comparison,
    output: &impl Fn(usize) -> ScorerOutput,
) -> Option<(usize, &'a ComparisonLevel)> {
    let mut conditions = comparison.levels.iter().flat_map(|level| &level.conditions);
    conditions.find(|condition| output(condition.scorer).score.is_some())?;
    comparison.levels.iter().enumerate().find(|(_, level)| all_conditions_hold(&level.conditions, output))
}

pub(crate) fn all_conditions_hold(conditions: &[Condition], output: &impl Fn(usize) -> ScorerOutput) -> bool {
    conditions.iter().all(|condition| {
        let minimum = condition.score_min - SCORE_TOLERANCE;
        output(condition.scorer).score.is_some_and(|score| f64::from(score) >= minimum)
    })
}
