//! What became of the decisions of people, counted.

use matchflow_model::review_verdict::{DecisionState, ReviewDecision};

/// Keys that a line names at most.
const KEYS_MAX: usize = 3;

/// Decisions by what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DecisionFigures {
    pub(crate) applied: u64,
    pub(crate) postponed: u64,
    pub(crate) row_changed: u64,
    pub(crate) entry_changed: u64,
    pub(crate) entry_closed: u64,
    pub(crate) entry_missing: u64,
    pub(crate) contradictions: u64,
    /// Rows that were decided and that the supplier file does not have.
    pub(crate) unanchored: u64,
    /// The first keys of those rows.
    pub(crate) unanchored_keys: Vec<String>,
}

impl DecisionFigures {
    pub(crate) fn new(found: &[(String, ReviewDecision)], unanchored: &[String]) -> DecisionFigures {
        let mut figures = DecisionFigures {
            unanchored: unanchored.len() as u64,
            unanchored_keys: unanchored.iter().take(KEYS_MAX).cloned().collect(),
            ..DecisionFigures::default()
        };
        for (_, decision) in found {
            *match decision.state {
                DecisionState::Applied => &mut figures.applied,
                DecisionState::Postponed => &mut figures.postponed,
                DecisionState::RowChanged => &mut figures.row_changed,
                DecisionState::EntryChanged { .. } => &mut figures.entry_changed,
                DecisionState::EntryClosed => &mut figures.entry_closed,
                DecisionState::EntryMissing => &mut figures.entry_missing,
                DecisionState::Contradiction => &mut figures.contradictions,
            } += 1;
        }
        figures
    }

    /// Those that no longer apply.
    pub(crate) fn stale(&self) -> u64 {
        self.row_changed + self.entry_changed + self.entry_closed + self.entry_missing
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.applied + self.postponed + self.stale() + self.contradictions + self.unanchored == 0
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "event": "decisions", "applied": self.applied, "postponed": self.postponed, "stale": self.stale(),
            "row_changed": self.row_changed, "entry_changed": self.entry_changed, "entry_closed": self.entry_closed,
            "entry_missing": self.entry_missing, "contradictions": self.contradictions, "unanchored": self.unanchored,
        })
    }
}
