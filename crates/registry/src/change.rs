//! What may happen to an entry between two editions.

use std::fmt;

use serde::Serialize;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It was open and is closed.
    Closed,
    /// It was closed and is open.
    Reopened,
    /// It has another successor than before.
    Succeeded,
    /// One of its names is another.
    Renamed,
    /// Its address is another.
    Moved,
    /// Its activity is another.
    Activity,
    /// Its legal form is another.
    LegalForm,
    /// It became the head office of its company, or is it no longer.
    HeadOffice,
    /// It is no longer in the registry.
    Removed,
}

impl ChangeKind {
    /// All kinds, in the order of reports.
    pub const ALL: [ChangeKind; 10] = [
        ChangeKind::Created,
        ChangeKind::Closed,
        ChangeKind::Reopened,
        ChangeKind::Succeeded,
        ChangeKind::Renamed,
        ChangeKind::Moved,
        ChangeKind::Activity,
        ChangeKind::LegalForm,
        ChangeKind::HeadOffice,
        ChangeKind::Removed,
    ];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::Created => "created",
            ChangeKind::Closed => "closed",
            ChangeKind::Reopened => "reopened",
            ChangeKind::Succeeded => "succeeded",
            ChangeKind::Renamed => "renamed",
            ChangeKind::Moved => "moved",
            ChangeKind::Activity => "activity",
            ChangeKind::LegalForm => "legal_form",
            ChangeKind::HeadOffice => "head_office",
            ChangeKind::Removed => "removed",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// A change of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryChange {
    /// The entry.
    pub id: String,
    /// Its company; the id itself where the registry has no groups.
    pub group: String,
    /// What happened.
    pub change: ChangeKind,
    /// Since when, as the registry has it; the day of the newer edition where it does not.
    pub since: String,
    /// What changed, as it was.
    pub before: String,
    /// What changed, as it is. For [`ChangeKind::Succeeded`] the successor's id.
    pub after: String,
}

/// Changes by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeCounts([u64; ChangeKind::ALL.len()]);

impl ChangeCounts {
    /// Counts a change.
    pub fn add(&mut self, kind: ChangeKind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// The changes of a kind.
    pub fn of(&self, kind: ChangeKind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or(0)
    }

    /// All changes.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        let mut counts = ChangeCounts::default();
        ChangeKind::ALL.into_iter().for_each(|kind| counts.add(kind));
        assert!(ChangeKind::ALL.into_iter().all(|kind| counts.of(kind) == 1));
        assert_eq!(counts.total(), ChangeKind::ALL.len() as u64);
    }
}
