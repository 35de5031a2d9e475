//! Confidence intervals of the figures: by bootstrap, and by Wilson's formula where nothing was wrong.

use serde::Serialize;

use crate::scores::{Interval, wilson};
use crate::tally::{Verdict, VerdictTally};

/// Maximum number of resamples; fewer for very many rows, whose figures vary little.
const ROUNDS_MAX: u64 = 1_000;
const ROUNDS_MIN: u64 = 200;
/// Maximum number of rows drawn, unless that leaves too few resamples.
const DRAWS_MAX: u64 = 100_000_000;
/// Fixed, so that the same rows give the same intervals.
const SEED: u64 = 0x6d61_7463_6866_6c6f;

/// 95% confidence intervals. A resample of rows without a mistake has none either, which would give an interval of
/// width zero: then Wilson's formula is used, on the rows from which the figure is computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Intervals {
    /// Of precision.
    pub precision: Option<Interval>,
    /// Of recall.
    pub recall: Option<Interval>,
    /// Of F1.
    pub f1: Option<Interval>,
}

/// Repeatedly draws as many rows as there are. Figures only depend on verdicts, so verdicts are drawn.
pub(crate) fn intervals(tally: &VerdictTally) -> Intervals {
    let rows = tally.rows();
    let mut random = Random(SEED);
    let rounds = (DRAWS_MAX / rows.max(1)).clamp(ROUNDS_MIN, ROUNDS_MAX);
    let drawn: Vec<VerdictTally> = (0..rounds).map(|_| draw(tally, rows, &mut random)).collect();
    let interval = |figure: fn(&VerdictTally) -> Option<f64>, figure_rows: u64| match figure(tally) {
        Some(share) if share == 0.0 || share == 1.0 => Some(wilson(share, figure_rows)),
        _ => middle(drawn.iter().filter_map(figure).collect()),
    };
    Intervals {
        precision: interval(VerdictTally::precision, tally.right + tally.wrong()),
        recall: interval(VerdictTally::recall, tally.with_entry()),
        f1: interval(VerdictTally::f1, tally.with_entry().max(tally.wrong())),
    }
}

fn draw(tally: &VerdictTally, rows: u64, random: &mut Random) -> VerdictTally {
    let right = tally.right;
    let another = right + tally.another;
    let invented = another + tally.invented;
    let missed = invented + tally.unanswered;
    let mut drawn = VerdictTally::default();
    for _ in 0..rows {
        let at = random.below(rows);
        drawn.add(match at {
            _ if at < right => Verdict::Right,
            _ if at < another => Verdict::Another,
            _ if at < invented => Verdict::Invented,
            _ if at < missed => Verdict::Missed,
            _ => Verdict::RightlyNone,
        });
    }
    drawn
}

/// The middle 95 % of values.
fn middle(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    let tail = values.len() / 40;
    let low = values.get(tail).copied()?;
    Some(Interval { low, high: values.iter().rev().nth(tail).copied()? })
}

/// SplitMix64: enough for drawing rows, and the same everywhere.
struct Random(u64);

impl Random {
    /// Uniform in `0..bound`; the bias is below `bound / 2^64`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        ((u128::from(word) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_binomial_distribution_and_the_same_again() {
        let tally = VerdictTally { right: 900, another: 100, invented: 0, unanswered: 0, rightly_none: 0 };
        let found = intervals(&tally);
        // The standard deviation of a share of 0.9 over 1,000 rows is 0.0095; 1.96 of them are 0.0186.
        let precision = found.precision.unwrap();
        assert!((precision.low - 0.8814).abs() < 0.003 && (precision.high - 0.9186).abs() < 0.003, "{precision:?}");
        assert_eq!(found.precision, found.recall);
        assert_eq!(intervals(&tally), found);
    }

    #[test]
    fn no_answers_give_no_interval() {
        let none = Intervals { precision: None, recall: None, f1: None };
        assert_eq!(intervals(&VerdictTally::default()), none);
        assert_eq!(intervals(&VerdictTally { rightly_none: 7, ..VerdictTally::default() }), none);
        // Five of five correct: the true share may well be 0.6.
        let certain = intervals(&VerdictTally { right: 5, ..VerdictTally::default() });
        let f1 = certain.f1.unwrap();
        assert!((f1.low - 0.5655).abs() < 1e-3 && f1.high == 1.0, "{f1:?}");
        assert_eq!((certain.precision, certain.recall), (certain.f1, certain.f1));
        let wrong = intervals(&VerdictTally { another: 5, ..VerdictTally::default() }).precision.unwrap();
        assert!(wrong.low == 0.0 && (wrong.high - 0.4345).abs() < 1e-3, "{wrong:?}");
    }
}
