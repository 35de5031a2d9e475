//! The figures at one level, and the counts they are based on.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use matchflow_model::outcome::Outcome;
use serde::Serialize;

use crate::bootstrap::{Intervals, intervals};
use crate::results::{EntryRef, ResultRow};
use crate::scores::{Advice, Point, Reliability, Scores, advise};
use crate::tally::{LevelRule, Verdict, VerdictTally, is_answered, ratio, value_at};
use crate::truth::Level;

/// The figures at one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelFigures {
    /// The truth's name for the level: `siret`, `siren`, `id`, `group`.
    pub name: String,
    /// Rows judged by the truth: those whose truth is known at this level.
    pub with_truth: u64,
    /// Matched with the right one (true positives).
    pub right: u64,
    /// Matched with a wrong one, or matched although the truth has none (false positives).
    pub wrong: u64,
    /// The truth has one, but the row was not matched with it (false negatives).
    pub missed: u64,
    /// Not matched, and the truth has none (true negatives).
    pub rightly_none: u64,
    /// Missed rows in review whose best entry is the right one.
    pub review_right: u64,
    /// Missed rows in review with the right one among the alternatives.
    pub review_alternative: u64,
    /// right / (right + wrong).
    pub precision: Option<f64>,
    /// right / (right + missed).
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// 95% confidence intervals of precision, recall and F1.
    pub intervals: Intervals,
    /// Recall if a reviewer accepted every right entry in review, as best or as alternative.
    pub recall_with_review: Option<f64>,
    /// By the stage that found the match; `-` if the results name none.
    pub stages: BTreeMap<String, StageFigures>,
    /// By kind of row, worst first; empty if the truth has no kinds.
    pub kinds: Vec<KindFigures>,
    /// The scores from which certain precisions are reached.
    pub advice: Vec<Advice>,
    /// How often the scores of each band are correct.
    pub reliability: Reliability,
    /// Precision and recall at or above each score, highest first.
    pub curve: Vec<Point>,
}

/// The rows that a stage found a match for.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct StageFigures {
    /// Rows matched.
    pub matched: u64,
    /// With the right one.
    pub right: u64,
    /// With a wrong one.
    pub wrong: u64,
    /// right / matched.
    pub precision: Option<f64>,
}

/// The rows of one kind. A row of several kinds counts in each of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindFigures {
    /// The kind, as named in the truth.
    pub kind: String,
    /// Rows judged by the truth.
    pub rows: u64,
    /// Matched with the right one.
    pub right: u64,
    /// Matched with a wrong one, or matched although the truth has none.
    pub wrong: u64,
    /// The truth has one, but the row was not matched with it.
    pub missed: u64,
    /// Not matched, and the truth has none.
    pub rightly_none: u64,
    /// The share of rows that are wrong or missed.
    pub mistaken: f64,
}

/// Counts rows at one level.
#[derive(Debug)]
pub(crate) struct LevelCounter {
    pub(crate) rule: LevelRule,
    tally: VerdictTally,
    review_right: u64,
    review_alternative: u64,
    stages: BTreeMap<String, StageFigures>,
    kinds: BTreeMap<String, VerdictTally>,
    scores: Scores,
}

impl LevelCounter {
    pub(crate) fn new(rule: LevelRule) -> LevelCounter {
        LevelCounter {
            rule,
            tally: VerdictTally::default(),
            review_right: 0,
            review_alternative: 0,
            stages: BTreeMap::new(),
            kinds: BTreeMap::new(),
            scores: Scores::default(),
        }
    }

    /// Counts a row for which the truth accepts `accepted`.
    pub(crate) fn add<'k>(&mut self, row: &ResultRow, accepted: &[String], kinds: impl Iterator<Item = &'k str>) {
        let verdict = Verdict::new(row, accepted, self.rule);
        self.count(verdict, kinds);
        self.scores.add(row, accepted, self.rule);
        match verdict {
            Verdict::Right | Verdict::Another | Verdict::Invented => {
                let stage = self.stages.entry(row.stage.clone().unwrap_or("-".to_owned())).or_default();
                stage.matched += 1;
                stage.right += u64::from(verdict == Verdict::Right);
                stage.wrong += u64::from(verdict != Verdict::Right);
            }
            Verdict::Missed | Verdict::RightlyNone => {}
        }
        if verdict == Verdict::Missed {
            self.count_review(row, accepted);
        }
    }

    /// Counts a key of the truth that has an entry but no result.
    pub(crate) fn add_absent<'k>(&mut self, kinds: impl Iterator<Item = &'k str>) {
        self.count(Verdict::Missed, kinds);
    }

    fn count<'k>(&mut self, verdict: Verdict, kinds: impl Iterator<Item = &'k str>) {
        self.tally.add(verdict);
        for kind in kinds {
            match self.kinds.get_mut(kind) {
                Some(tally) => tally.add(verdict),
                None => self.kinds.entry(kind.to_owned()).or_default().add(verdict),
            }
        }
    }

    /// Counts whether a reviewer of the row sees the right one.
    fn count_review(&mut self, row: &ResultRow, accepted: &[String]) {
        let is_open = row.outcome == Outcome::Matched && !is_answered(row, self.rule.level);
        if row.outcome == Outcome::Review || is_open {
            let right = self.rule.is_accepted(value_at(row, self.rule.level), accepted);
            let at_level = |entry: &EntryRef| match self.rule.level {
                Level::Id => self.rule.is_accepted(entry.id.as_deref(), accepted),
                Level::Group => self.rule.is_accepted(entry.group.as_deref(), accepted),
            };
            self.review_right += u64::from(right);
            self.review_alternative += u64::from(!right && row.alternatives.iter().any(at_level));
        }
    }

    pub(crate) fn finish(mut self, name: String, is_probability: bool) -> LevelFigures {
        let tally = self.tally;
        for stage in self.stages.values_mut() {
            stage.precision = ratio(stage.right, stage.matched);
        }
        let curve = self.scores.curve(tally.with_entry());
        let found_with_review = tally.right + self.review_right + self.review_alternative;
        LevelFigures {
            name,
            with_truth: tally.rows(),
            right: tally.right,
            wrong: tally.wrong(),
            missed: tally.missed(),
            rightly_none: tally.rightly_none,
            review_right: self.review_right,
            review_alternative: self.review_alternative,
            precision: tally.precision(),
            recall: tally.recall(),
            f1: tally.f1(),
            intervals: intervals(&tally),
            recall_with_review: ratio(found_with_review, tally.with_entry()),
            stages: self.stages,
            kinds: worst_first(self.kinds),
            advice: advise(&curve),
            reliability: self.scores.reliability(is_probability),
            curve,
        }
    }
}

/// Sorted by the share of mistaken rows, then by more rows, then by name.
fn worst_first(kinds: BTreeMap<String, VerdictTally>) -> Vec<KindFigures> {
    let figures = |(kind, tally): (String, VerdictTally)| KindFigures {
        kind,
        rows: tally.rows(),
        right: tally.right,
        wrong: tally.wrong(),
        missed: tally.missed(),
        rightly_none: tally.rightly_none,
        mistaken: ratio(tally.wrong() + tally.unanswered, tally.rows()).unwrap_or_default(),
    };
    let mut kinds: Vec<KindFigures> = kinds.into_iter().map(figures).collect();
    let order = |left: &KindFigures, right: &KindFigures| -> Ordering {
        right.mistaken.total_cmp(&left.mistaken).then(right.rows.cmp(&left.rows))
    };
    // A stable sort: they are already sorted by name.
    kinds.sort_by(order);
    kinds
}
