//! The verdict on a result at one level, and results by verdict.

use matchflow_model::outcome::Outcome;

use crate::identifier::Identifier;
use crate::results::ResultRow;
use crate::truth::Level;

/// The verdict on a result. All figures follow from the number of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Matched with the right one.
    Right,
    /// Matched with another one.
    Another,
    /// Matched, although the truth has none.
    Invented,
    /// Not matched, although the truth has one.
    Missed,
    /// Not matched, and the truth has none.
    RightlyNone,
}

impl Verdict {
    /// The verdict on a row for which the truth accepts `accepted`.
    pub(crate) fn new(row: &ResultRow, accepted: &[String], rule: LevelRule) -> Verdict {
        match (is_answered(row, rule.level), accepted.is_empty()) {
            (true, _) if rule.is_accepted(value_at(row, rule.level), accepted) => Verdict::Right,
            (true, false) => Verdict::Another,
            (true, true) => Verdict::Invented,
            (false, false) => Verdict::Missed,
            (false, true) => Verdict::RightlyNone,
        }
    }
}

/// Rows by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct VerdictTally {
    pub(crate) right: u64,
    pub(crate) another: u64,
    pub(crate) invented: u64,
    pub(crate) unanswered: u64,
    pub(crate) rightly_none: u64,
}

impl VerdictTally {
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

    /// False negatives: the right one is also missed if another one was taken.
    pub(crate) fn missed(&self) -> u64 {
        self.another + self.unanswered
    }

    /// Rows for which the truth has an entry.
    pub(crate) fn with_entry(&self) -> u64 {
        self.right + self.missed()
    }

    pub(crate) fn precision(&self) -> Option<f64> {
        ratio(self.right, self.right + self.wrong())
    }

    pub(crate) fn recall(&self) -> Option<f64> {
        ratio(self.right, self.with_entry())
    }

    pub(crate) fn f1(&self) -> Option<f64> {
        ratio(2 * self.right, 2 * self.right + self.wrong() + self.missed())
    }
}

/// Whether a row is matched at a level: its group may be certain although its entry is undecided.
pub(crate) fn is_answered(row: &ResultRow, level: Level) -> bool {
    row.outcome == Outcome::Matched && value_at(row, level).is_some()
}

/// The best entry of a row at a level.
pub(crate) fn value_at(row: &ResultRow, level: Level) -> Option<&str> {
    match level {
        Level::Id => row.id.as_deref(),
        Level::Group => row.group.as_deref(),
    }
}

/// A level, and how its values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LevelRule {
    pub(crate) level: Level,
    pub(crate) identifier: Identifier,
}

impl LevelRule {
    /// Whether a value is one of those accepted.
    pub(crate) fn is_accepted(self, value: Option<&str>, accepted: &[String]) -> bool {
        value.is_some_and(|value| accepted.iter().any(|accepted| *accepted == self.identifier.canonical(value)))
    }
}

pub(crate) fn ratio(count: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| count as f64 / total as f64)
}
