//! The quality of scores: precision and recall at or above each score, and how often a score is correct.
//!
//! Every row with a best entry counts with that entry and its score, whatever its outcome: the figures are those of a
//! single threshold for all rows. Scores are counted in steps of 0.0001, so that memory does not grow with the number
//! of rows and a printed threshold is exactly the one that was counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::results::ResultRow;
use crate::tally::{LevelRule, ratio, value_at};
use crate::truth::Level;

/// Steps from 0 to 1.
const STEPS: f64 = 10_000.0;
/// Tolerance below a step: 0.91 * 10,000 may be computed as 9,099.999.
const TOLERANCE: f64 = 1e-6;
/// Scores are summed in millionths, the precision of results, so that sums do not depend on the order of rows.
const SUM_UNIT: f64 = 1e6;
/// The precisions for which thresholds are suggested.
const ADVISED: [f64; 4] = [0.9, 0.95, 0.98, 0.99];
/// The ends of score bands; finer where most scores are.
const BANDS: [f64; 14] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0];

/// Rows by the step of their score.
#[derive(Debug, Default)]
pub(crate) struct Scores(BTreeMap<u32, ScoreStep>);

#[derive(Debug, Default, Clone, Copy)]
struct ScoreStep {
    rows: u64,
    right: u64,
    /// The sum of scores, in millionths.
    sum: u64,
}

/// Precision and recall at or above a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// The score.
    pub score: f64,
    /// Rows whose best entry has at least this score.
    pub rows: u64,
    /// Those among them whose best entry is right.
    pub right: u64,
    /// right / rows.
    pub precision: f64,
    /// right / rows for which the truth has an entry.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: Option<f64>,
}

/// The score from which a precision is reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The precision.
    pub precision_min: f64,
    /// The lowest score from which it is reached; `None` if there is none.
    pub from: Option<Point>,
}

/// The reliability of scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Whether the scores are probabilities (a run with a match model): then a band's mean score should equal its share
    /// of correct entries.
    pub is_probability: bool,
    /// The mean over rows of the difference between a band's mean score and its share of correct entries.
    pub gap: Option<f64>,
    /// The bands that have rows.
    pub bands: Vec<Band>,
}

/// Rows with scores of one band.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// The lowest score.
    pub from: f64,
    /// Scores are below this; up to this in the last band.
    pub to: f64,
    /// Rows.
    pub rows: u64,
    /// Their mean score.
    pub mean_score: f64,
    /// The share of them whose best entry is right.
    pub right: f64,
    /// 95% confidence interval of that share (Wilson).
    pub right_interval: Interval,
}

/// A range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Scores {
    /// Counts a row for which the truth accepts `accepted`. A row without a best entry or without a score is skipped.
    pub(crate) fn add(&mut self, row: &ResultRow, accepted: &[String], rule: LevelRule) {
        let level = rule.level;
        let score = match level {
            Level::Id => row.entry_score.or(row.score),
            Level::Group => row.score,
        };
        // An entry that was not accepted, or not named, is the first alternative.
        let first = row.alternatives.first();
        let first =
            first.and_then(|entry| if level == Level::Id { entry.id.as_deref() } else { entry.group.as_deref() });
        let best = value_at(row, level).or(first);
        let (Some(score), Some(_)) = (score.filter(|score| score.is_finite()), best) else { return };
        let score = score.clamp(0.0, 1.0);
        let step = self.0.entry(step_of(score)).or_default();
        step.rows += 1;
        step.right += u64::from(rule.is_accepted(best, accepted));
        step.sum += (score * SUM_UNIT).round() as u64;
    }

    /// Precision and recall at or above each score of a row, highest first. `with_entry` rows have an entry in the
    /// truth.
    pub(crate) fn curve(&self, with_entry: u64) -> Vec<Point> {
        let (mut rows, mut right) = (0, 0);
        let point = |(step, counts): (&u32, &ScoreStep)| {
            rows += counts.rows;
            right += counts.right;
            Point {
                score: f64::from(*step) / STEPS,
                rows,
                right,
                precision: ratio(right, rows).unwrap_or_default(),
                recall: ratio(right, with_entry),
                f1: ratio(2 * right, rows + with_entry),
            }
        };
        self.0.iter().rev().map(point).collect()
    }

    /// How often the scores of each band are correct.
    pub(crate) fn reliability(&self, is_probability: bool) -> Reliability {
        let bands: Vec<Band> =
            BANDS.iter().zip(BANDS.iter().skip(1)).filter_map(|(from, to)| self.band(*from, *to)).collect();
        let rows: u64 = bands.iter().map(|band| band.rows).sum();
        let gaps: f64 = bands.iter().map(|band| (band.mean_score - band.right).abs() * band.rows as f64).sum();
        Reliability { is_probability, gap: (rows > 0).then(|| gaps / rows as f64), bands }
    }

    fn band(&self, from: f64, to: f64) -> Option<Band> {
        let end = step_of(to) + u32::from(to == 1.0);
        let mut sum = ScoreStep::default();
        for step in self.0.range(step_of(from)..end).map(|(_, step)| step) {
            sum.rows += step.rows;
            sum.right += step.right;
            sum.sum += step.sum;
        }
        let right = ratio(sum.right, sum.rows)?;
        let mean_score = sum.sum as f64 / SUM_UNIT / sum.rows as f64;
        Some(Band { from, to, rows: sum.rows, mean_score, right, right_interval: wilson(right, sum.rows) })
    }
}

/// The thresholds suggested by a curve.
pub(crate) fn advise(curve: &[Point]) -> Vec<Advice> {
    let lowest = |precision: f64| curve.iter().rev().find(|point| point.precision >= precision).copied();
    ADVISED.map(|precision_min| Advice { precision_min, from: lowest(precision_min) }).to_vec()
}

fn step_of(score: f64) -> u32 {
    (score * STEPS + TOLERANCE).floor() as u32
}

/// Wilson's 95% interval of a share: valid for few rows and for shares of 0 and 1.
pub(crate) fn wilson(share: f64, rows: u64) -> Interval {
    const Z: f64 = 1.96;
    let rows = rows as f64;
    let divisor = 1.0 + Z * Z / rows;
    let centre = (share + Z * Z / (2.0 * rows)) / divisor;
    let radius = Z / divisor * (share * (1.0 - share) / rows + Z * Z / (4.0 * rows * rows)).sqrt();
    Interval { low: (centre - radius).max(0.0), high: (centre + radius).min(1.0) }
}

#[cfg(test)]
mod tests {
    use matchflow_model::outcome::Outcome;

    use super::*;
    use crate::results::EntryRef;

    const GROUP: LevelRule = LevelRule { level: Level::Group, identifier: crate::identifier::Identifier::Text };

    fn row(group: &str, score: f64) -> ResultRow {
        ResultRow { group: Some(group.to_owned()), score: Some(score), ..ResultRow::new("k", Outcome::Matched) }
    }

    fn scores(rows: &[(&str, f64)]) -> Scores {
        let mut scores = Scores::default();
        rows.iter().for_each(|(group, score)| scores.add(&row(group, *score), &["R".to_owned()], GROUP));
        scores
    }

    #[test]
    fn a_curve_falls_from_the_highest_score() {
        let scores = scores(&[("R", 1.0), ("R", 0.91), ("W", 0.91), ("R", 0.5), ("W", 0.3)]);
        let curve = scores.curve(4);
        let found: Vec<_> = curve.iter().map(|point| (point.score, point.rows, point.right)).collect();
        assert_eq!(found, [(1.0, 1, 1), (0.91, 3, 2), (0.5, 4, 3), (0.3, 5, 3)]);
        assert_eq!((curve[2].precision, curve[2].recall, curve[2].f1), (0.75, Some(0.75), Some(0.75)));
        let advice = advise(&curve);
        assert_eq!(advice[1].from.map(|point| (point.score, point.recall)), Some((1.0, Some(0.25))));
        assert_eq!(advise(&curve[1..2])[0].from, None);
        assert_eq!(advise(&Scores::default().curve(0))[0].from, None);
    }

    #[test]
    fn bands_have_the_share_of_right_scores() {
        let found =
            scores(&[("R", 0.96), ("W", 0.97), ("R", 0.95), ("R", 0.98), ("R", 1.0), ("W", 0.0)]).reliability(true);
        let shown: Vec<_> =
            found.bands.iter().map(|band| (band.from, band.rows, band.mean_score, band.right)).collect();
        assert_eq!(shown, [(0.0, 1, 0.0, 0.0), (0.95, 4, 0.965, 0.75), (0.999, 1, 1.0, 1.0)]);
        assert!((found.gap.unwrap() - 4.0 * 0.215 / 6.0).abs() < 1e-9);
        let interval = found.bands[1].right_interval;
        assert!((interval.low - 0.3006).abs() < 1e-4 && (interval.high - 0.9544).abs() < 1e-4, "{interval:?}");
        assert_eq!(Scores::default().reliability(false).gap, None);
    }

    #[test]
    fn the_best_entry_counts_whatever_the_outcome() {
        let mut scores = Scores::default();
        let entry = EntryRef { id: Some("1".to_owned()), group: Some("R".to_owned()) };
        let open = ResultRow { id: None, entry_score: Some(0.4), alternatives: vec![entry.clone()], ..row("R", 0.9) };
        let unmatched = ResultRow { outcome: Outcome::Unmatched, group: None, ..open.clone() };
        for row in [&open, &unmatched, &ResultRow { score: Some(f64::NAN), ..unmatched.clone() }] {
            scores.add(row, &["R".to_owned()], GROUP);
        }
        assert_eq!(scores.curve(2).iter().map(|point| (point.score, point.right)).collect::<Vec<_>>(), [(0.9, 2)]);
        let mut scores = Scores::default();
        scores.add(&open, &["1".to_owned()], LevelRule { level: Level::Id, ..GROUP });
        assert_eq!(scores.curve(1).iter().map(|point| (point.score, point.right)).collect::<Vec<_>>(), [(0.4, 1)]);
    }
}
