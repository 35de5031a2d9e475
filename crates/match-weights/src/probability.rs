//! Which of a row's candidates is the one.

/// For each match weight of a row's candidates (bits, the prior included: see [`crate::Weigher`]) the probability that
/// this candidate is the one, given that at most one of them is.
///
/// With odds `o = 2^weight`: `o / (1 + sum of all o)`. The 1 stands for none of them.
pub fn probabilities(weights: &[f64]) -> Vec<f64> {
    // Shifted by the highest, so that nothing overflows; 0 bits are the odds of none.
    let highest = weights.iter().copied().fold(0.0, f64::max);
    let odds: Vec<f64> = weights.iter().map(|weight| (weight - highest).exp2()).collect();
    let all = (-highest).exp2() + odds.iter().sum::<f64>();
    odds.into_iter().map(|odds| odds / all).collect()
}

/// For the match weight of a pair (bits, the prior included) the probability that it is true, whatever other pairs are:
/// `o / (1 + o)` with odds `o = 2^weight`.
pub fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rivals_share_what_a_single_candidate_has_alone() {
        let close = |found: Vec<f64>, wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len());
            assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-9), "{found:?}");
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
        fn they_add_up_to_one_at_most_and_keep_the_order(weights in prop::collection::vec(-80.0..80.0f64, 0..20)) {
            let found = probabilities(&weights);
            prop_assert!(found.iter().all(|share| (0.0..=1.0).contains(share)));
            prop_assert!(found.iter().sum::<f64>() <= 1.0 + 1e-9);
            for (weight, share) in weights.iter().zip(&found) {
                prop_assert!(weights.iter().zip(&found).all(|(other, less)| other > weight || less <= share));
            }
        }
    }
}
