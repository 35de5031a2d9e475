//! What a person may decide about a row or a pair of rows, and how results name it.
//!
//! **Invariants.** The word of a verdict never changes its meaning: files of decisions and checkpoints have it. Each verdict is
//! of matching or of duplicates, never of both.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::columns::value;
use crate::result_table::{ColumnValue, Content};

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// The row is this entry.
    Entry,
    /// The row is the company, but not the establishment that was proposed: another one, or none in particular.
    OtherEstablishment,
    /// The supplier has closed down.
    Closed,
    /// The registry does not have the supplier.
    NotInRegistry,
    /// The row is no supplier: a person, a test, a total.
    NotASupplier,
    /// Nobody could decide yet.
    Later,
    /// Two rows are the same.
    Same,
    /// Two rows are not the same, whatever links them.
    NotTheSame,
    /// The row leaves its cluster: it is none of the rows that it was with.
    Split,
    /// The row is never with another one.
    NeverMerge,
}

impl ReviewVerdict {
    /// Every verdict, in the order of lists.
    pub const ALL: [ReviewVerdict; 10] = [
        ReviewVerdict::Entry,
        ReviewVerdict::OtherEstablishment,
        ReviewVerdict::Closed,
        ReviewVerdict::NotInRegistry,
        ReviewVerdict::NotASupplier,
        ReviewVerdict::Later,
        ReviewVerdict::Same,
        ReviewVerdict::NotTheSame,
        ReviewVerdict::Split,
        ReviewVerdict::NeverMerge,
    ];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReviewVerdict::Entry => "entry",
            ReviewVerdict::OtherEstablishment => "other_establishment",
            ReviewVerdict::Closed => "closed",
            ReviewVerdict::NotInRegistry => "not_in_registry",
            ReviewVerdict::NotASupplier => "not_a_supplier",
            ReviewVerdict::Later => "later",
            ReviewVerdict::Same => "same",
            ReviewVerdict::NotTheSame => "not_the_same",
            ReviewVerdict::Split => "split",
            ReviewVerdict::NeverMerge => "never_merge",
        }
    }

    /// The verdict of a word in a file.
    pub fn from_word(word: &str) -> Option<ReviewVerdict> {
        ReviewVerdict::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }

    /// Whether it is about rows that may be the same, not about a row and the registry.
    pub const fn is_of_duplicates(self) -> bool {
        matches!(
            self,
            ReviewVerdict::Same | ReviewVerdict::NotTheSame | ReviewVerdict::Split | ReviewVerdict::NeverMerge
        )
    }
}

/// A verdict as results name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictNote {
    /// The id of its record in the file of decisions.
    pub record: String,
    /// What was decided.
    pub verdict: ReviewVerdict,
    /// The entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who decided.
    pub by: String,
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// Why, in the person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of the decisions of people on a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DecisionState {
    /// The result is what was decided.
    Applied,
    /// The decision was put off: the row is in review.
    Postponed,
    /// The row has other content than when it was decided.
    RowChanged,
    /// The entry has other values than when it was chosen.
    EntryChanged {
        /// The fields that differ.
        fields: Vec<String>,
    },
    /// The entry was open when it was chosen, and is closed now.
    EntryClosed,
    /// The registry does not have the entry, or not any more.
    EntryMissing,
    /// People decided differently.
    Contradiction,
}

impl DecisionState {
    /// Whether the decision no longer applies since the row or the entry is another one.
    pub fn is_stale(&self) -> bool {
        match self {
            DecisionState::RowChanged
            | DecisionState::EntryChanged { .. }
            | DecisionState::EntryClosed
            | DecisionState::EntryMissing => true,
            DecisionState::Applied | DecisionState::Postponed | DecisionState::Contradiction => false,
        }
    }
}

/// The decisions of people on a row, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewDecision {
    /// What became of them.
    #[serde(flatten)]
    pub state: DecisionState,
    /// The verdicts, the newest first. More than one where people contradict each other, or agree.
    pub verdicts: Vec<VerdictNote>,
}

impl ReviewDecision {
    /// As JSON.
    pub fn to_json(&self) -> String {
        // Texts and lists: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The decision in a column; `None` for a text that is none.
    pub fn from_json(text: &str) -> Option<ReviewDecision> {
        serde_json::from_str(text).ok()
    }

    /// The ids of the records, in order.
    pub fn records(&self) -> Vec<&str> {
        let mut records: Vec<&str> = self.verdicts.iter().map(|note| note.record.as_str()).collect();
        records.sort_unstable();
        records
    }
}

impl ColumnValue for Option<ReviewDecision> {
    const CONTENT: Content = Content::Review;
    const NULLABLE: bool = true;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Option<ReviewDecision>>) -> ArrayRef {
        Arc::new(values.map(|value| value.as_ref().map(ReviewDecision::to_json)).collect::<StringArray>())
    }

    fn read(array: &StringArray, row: usize) -> Option<ReviewDecision> {
        value(array, row).and_then(ReviewDecision::from_json)
    }

    fn parse(cell: Option<&str>) -> Result<Option<ReviewDecision>, &'static str> {
        // CSV files have it in words.
        Ok(cell.and_then(ReviewDecision::from_json))
    }
}

/// The decisions that a run is to apply to a row, as they travel with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowVerdict {
    /// The verdicts, and their state as far as it follows from them and from the row. `Applied` means: if the entry is
    /// what it was.
    pub decision: ReviewDecision,
    /// The fields of the entry as the person was given them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Map<String, Value>>,
}

impl RowVerdict {
    /// The verdict to apply; `None` where the row comes back to review.
    pub fn applicable(&self) -> Option<&VerdictNote> {
        match self.decision.state {
            DecisionState::Applied => self.decision.verdicts.first(),
            _ => None,
        }
    }

    /// The verdict in a cell of the column [`columns::VERDICT`](crate::columns::VERDICT).
    ///
    /// # Errors
    ///
    /// A text that is no verdict.
    pub fn from_json(text: &str) -> Result<RowVerdict, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        // Texts, lists and JSON: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> VerdictNote {
        VerdictNote {
            record: "0f".to_owned(),
            verdict: ReviewVerdict::Entry,
            id: Some("73282932000074".to_owned()),
            group: None,
            by: "Alice".to_owned(),
            at: "2026-11-30T17:00:00Z".to_owned(),
            why: None,
        }
    }

    #[test]
    fn decisions_read_back_as_they_were_written() {
        let fields = vec!["name".to_owned()];
        for state in [
            DecisionState::Applied,
            DecisionState::Postponed,
            DecisionState::RowChanged,
            DecisionState::EntryChanged { fields },
            DecisionState::EntryClosed,
            DecisionState::EntryMissing,
            DecisionState::Contradiction,
        ] {
            let decision = ReviewDecision { state, verdicts: vec![note()] };
            assert_eq!(ReviewDecision::from_json(&decision.to_json()), Some(decision));
        }
        assert_eq!(ReviewDecision::from_json("as a CSV file has it"), None);
        let json = ReviewDecision { state: DecisionState::EntryClosed, verdicts: vec![note()] }.to_json();
        assert!(json.starts_with(r#"{"state":"entry_closed","verdicts":[{"record":"0f","verdict":"entry""#), "{json}");
    }

    #[test]
    fn a_verdict_has_one_word() {
        for verdict in ReviewVerdict::ALL {
            assert_eq!(ReviewVerdict::from_word(verdict.as_str()), Some(verdict));
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        }
    }
}
