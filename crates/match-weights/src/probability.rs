//! From match weights to probabilities.

/// The probability of each of a row's candidates to be the match, given that at most one of them is. `weights` are their
/// match weights in bits, the prior included (see [`crate::MatchWeightModel`]).
///
/// With odds `o = 2^weight`: `o / (1 + sum of all o)`, where 1 represents the odds of no match.
pub fn probabilities(weights: &[f64]) -> Vec<f64> {
    // Shifted by the highest to avoid overflow; 0 bits are the odds of no match.
    let highest = weights.iter().copied().fold(0.0, f64::max);
    let odds: Vec<f64> = weights.iter().map(|weight| (weight - highest).exp2()).collect();
    let all = (-highest).exp2() + odds.iter().sum::<f64>();
    odds.into_iter().map(|odds| odds / all).collect()
}

/// The probability that a pair is a match, independent of other pairs: `o / (1 + o)` with odds `o = 2^weight`. `weight`
/// is in bits, including the prior.
pub fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rivals_share_the_probability_of_a_single_candidate() {
        let close = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9), "{found:?}");
        };
        close(probabilities(&[]), &[]);
        close(probabilities(&[0.0]), &[0.5]);
        close(vec![probability(0.0), probability(3.0), probability(-2000.0)], &[0.5, 8.0 / 9.0, 0.0]);
        close(probabilities(&[3.0]), &[8.0 / 9.0]);
        close(probabilities(&[3.0, 3.0]), &[8.0 / 17.0, 8.0 / 17.0]);
        close(probabilities(&[60.0, 60.0]), &[0.5, 0.5]);
        close(probabilities(&[-2000.0, 2000.0]), &[0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn they_add_up_to_one_at_most_and_preserve_the_order(weights in prop::collection::vec(-80.0..80.0f64, 0..20)) {
            let found = probabilities(&weights);
            prop_assert!(found.iter().all(|share| (0.0..=1.0).contains(share)));
            prop_assert!(found.iter().sum::<f64>() <= 1.0 + 1e-9);
            for (weight, share) in weights.iter().zip(&found) {
                prop_assert!(weights.iter().zip(&found).all(|(other, less)| other > weight || less <= share));
            }
        }
    }
}
