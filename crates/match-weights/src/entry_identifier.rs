//! The intended entry of a group, if the row has the identifier of one of them.

use matchflow_model::plan::EntryIdentifier;

use crate::level::{ScorerOutput, all_conditions_hold};

/// Whether the row has the identifier of the entry. `output` returns the output of the scorer at a position.
pub fn is_identified(model: &EntryIdentifier, output: impl Fn(usize) -> ScorerOutput) -> bool {
    !model.when.is_empty() && all_conditions_hold(&model.when, &output)
}

/// Shifts the probability of a group to the entry that the row identifies: every other entry keeps `error_rate`,
/// divided by their number, of the probability given by its weight. The sum is unchanged.
///
/// `scores` are the probabilities of the group's candidates, `identified` the position of that entry among them.
pub fn favor_identified(model: &EntryIdentifier, scores: &mut [f64], identified: usize) {
    let sum: f64 = scores.iter().sum();
    let others = scores.len().saturating_sub(1);
    if others == 0 {
        return;
    }
    let factor = (model.error_rate / others as f64).min(1.0);
    for (place, score) in scores.iter_mut().enumerate() {
        *score *= if place == identified { 1.0 } else { factor };
    }
    let scale = sum / scores.iter().sum::<f64>();
    if scale.is_finite() {
        scores.iter_mut().for_each(|score| *score *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identified_entry_wins_unless_another_has_far_more_weight() {
        let model = EntryIdentifier { when: Vec::new(), error_rate: 0.05 };
        for others in [1, 3, 99] {
            let mut scores = vec![0.9 / (3.0 + f64::from(others)); others as usize + 1];
            scores[0] *= 3.0;
            favor_identified(&model, &mut scores, 0);
            assert!(scores[0] > 0.88 && (scores.iter().sum::<f64>() - 0.9).abs() < 1e-12, "{scores:?}");
        }
        let mut scores = vec![1e-6, 0.9];
        favor_identified(&model, &mut scores, 0);
        assert!(scores[1] > 0.89);
        let mut alone = [0.4];
        favor_identified(&model, &mut alone, 0);
        assert_eq!(alone, [0.4]);
    }
}
