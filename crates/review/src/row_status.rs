//! What people have decided about each row, in short.

use matchflow_decisions::Decisions;
use matchflow_labels::{Words, review_page, texts};
use matchflow_model::review_verdict::{DecisionState, ReviewVerdict};

use crate::row_list::{ListedRow, TextNumbers};

/// The kinds of rows that the facet of decisions has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum StatusKind {
    #[default]
    Undecided,
    Contradiction,
    Stale,
    Later,
    Accepted,
    OtherEstablishment,
    Closed,
    NotInRegistry,
    NotASupplier,
}

impl StatusKind {
    pub(crate) const ALL: [StatusKind; 9] = [
        StatusKind::Undecided,
        StatusKind::Contradiction,
        StatusKind::Stale,
        StatusKind::Later,
        StatusKind::Accepted,
        StatusKind::OtherEstablishment,
        StatusKind::Closed,
        StatusKind::NotInRegistry,
        StatusKind::NotASupplier,
    ];

    /// The word in requests.
    pub(crate) fn word(self) -> &'static str {
        match self {
            StatusKind::Undecided => "undecided",
            StatusKind::Contradiction => "contradiction",
            StatusKind::Stale => "stale",
            StatusKind::Later => "later",
            StatusKind::Accepted => "entry",
            StatusKind::OtherEstablishment => "other_establishment",
            StatusKind::Closed => "closed",
            StatusKind::NotInRegistry => "not_in_registry",
            StatusKind::NotASupplier => "not_a_supplier",
        }
    }

    /// The words for people.
    pub(crate) fn text(self, words: &Words) -> &'static str {
        words.text(match self {
            StatusKind::Undecided => review_page::page_text("undecided"),
            StatusKind::Contradiction => texts::PEOPLE_DISAGREE,
            StatusKind::Stale => review_page::page_text("stale"),
            StatusKind::Later => texts::VERDICT_LATER,
            StatusKind::Accepted => review_page::page_text("accepted"),
            StatusKind::OtherEstablishment => texts::VERDICT_OTHER_ESTABLISHMENT,
            StatusKind::Closed => texts::VERDICT_CLOSED,
            StatusKind::NotInRegistry => texts::VERDICT_NOT_IN_REGISTRY,
            StatusKind::NotASupplier => texts::VERDICT_NOT_A_SUPPLIER,
        })
    }

    fn of_verdict(verdict: ReviewVerdict) -> StatusKind {
        match verdict {
            ReviewVerdict::OtherEstablishment => StatusKind::OtherEstablishment,
            ReviewVerdict::Closed => StatusKind::Closed,
            ReviewVerdict::NotInRegistry => StatusKind::NotInRegistry,
            ReviewVerdict::NotASupplier => StatusKind::NotASupplier,
            ReviewVerdict::Later => StatusKind::Later,
            _ => StatusKind::Accepted,
        }
    }
}

/// What people have decided about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowStatus {
    pub(crate) kind: StatusKind,
    /// The number of who decided last; the greatest number where nobody did.
    pub(crate) by: u32,
}

impl Default for RowStatus {
    fn default() -> RowStatus {
        RowStatus { kind: StatusKind::Undecided, by: u32::MAX }
    }
}

impl RowStatus {
    pub(crate) fn of(row: &ListedRow, decisions: &Decisions, people: &mut TextNumbers) -> RowStatus {
        let Some(verdict) = decisions.row_verdict(&row.key, row.digest) else { return RowStatus::default() };
        let Some(newest) = verdict.decision.verdicts.first() else { return RowStatus::default() };
        let kind = match &verdict.decision.state {
            DecisionState::Contradiction => StatusKind::Contradiction,
            state if state.is_stale() => StatusKind::Stale,
            _ => StatusKind::of_verdict(newest.verdict),
        };
        RowStatus { kind, by: people.number(&newest.by) }
    }
}
