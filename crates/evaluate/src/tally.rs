//! What a result is worth at one level, and how many there are of each worth.

use matchflow_model::outcome::Outcome;

use crate::results::ResultRow;
use crate::truth::{Level, canonical};

/// What a result is worth. One of five: all figures follow from how many there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Matched with the right one.
    Right,
    /// Matched with another than the right one.
    Another,
    /// Matched, and the truth has none.
    Invented,
    /// Not matched, and the truth has one.
    Missed,
    /// Not matched, and the truth has none.
    RightlyNone,
}

impl Verdict {
    /// The verdict on a row for which the truth accepts `wanted`.
    pub(crate) fn of(row: &ResultRow, wanted: &[String], level: Level) -> Verdict {
        match (is_answered(row, level), wanted.is_empty()) {
            (true, _) if is_one_of(value_at(row, level), wanted) => Verdict::Right,
            (true, false) => Verdict::Another,
            (true, true) => Verdict::Invented,
            (false, false) => Verdict::Missed,
            (false, true) => Verdict::RightlyNone,
        }
    }
}

/// Rows by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) right: u64,
    pub(crate) another: u64,
    pub(crate) invented: u64,
    pub(crate) unanswered: u64,
    pub(crate) rightly_none: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Right => &mut self.right,
            Verdict::Another => &mut self.another,
            Verdict::Invented => &mut self.invented,
            Verdict::Missed => &mut self.unanswered,
            Verdict::RightlyNone => &mut self.rightly_none,
        } += 1;
    }

    pub(crate) fn rows(&self) -> u64 {
        self.right + self.another + self.invented + self.unanswered + self.rightly_none
    }

    /// False positives.
    pub(crate) fn wrong(&self) -> u64 {
        self.another + self.invented
    }

    /// False negatives: the right one is missed also where another was taken.
    pub(crate) fn missed(&self) -> u64 {
        self.another + self.unanswered
    }

    /// Rows for which the truth has an entry.
    pub(crate) fn wanted(&self) -> u64 {
        self.right + self.missed()
    }

    pub(crate) fn precision(&self) -> Option<f64> {
        ratio(self.right, self.right + self.wrong())
    }

    pub(crate) fn recall(&self) -> Option<f64> {
        ratio(self.right, self.wanted())
    }

    pub(crate) fn f1(&self) -> Option<f64> {
        ratio(2 * self.right, 2 * self.right + self.wrong() + self.missed())
    }
}

/// Whether a row is matched at a level: a company may be sure and its establishment open.
pub(crate) fn is_answered(row: &ResultRow, level: Level) -> bool {
    row.outcome == Outcome::Matched && value_at(row, level).is_some()
}

/// What a row came to at a level.
pub(crate) fn value_at(row: &ResultRow, level: Level) -> Option<&str> {
    match level {
        Level::Id => row.id.as_deref(),
        Level::Group => row.group.as_deref(),
    }
}

pub(crate) fn is_one_of(value: Option<&str>, wanted: &[String]) -> bool {
    value.is_some_and(|value| wanted.iter().any(|wanted| *wanted == canonical(value)))
}

pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
