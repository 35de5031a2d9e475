//! Why a row has its outcome: codes with values. The checkpoint stores them as JSON; people read them as sentences,
//! which the crate `labels` makes in their language.
//!
//! **Invariants.** No variant contains a sentence of this program. Names in a reason are the user's: fields, stages,
//! comparison levels, plug-ins and what plug-ins return. A code never changes its meaning: later versions read stored
//! reasons. A text that is not a list of reasons, from a checkpoint from before layout 6, is read as [`Reason::Text`].

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use serde::{Deserialize, Serialize};

use crate::columns::value;
pub use crate::compared_values::{ComparedValues, ComparisonLevel, ScorerScore};
use crate::result_table::{ColumnValue, Content};
use crate::review_verdict::{DecisionState, ReviewVerdict};
use crate::row_error::RowError;

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The row has no candidate.
    NoCandidate,
    /// The best score is below the threshold for review.
    BelowReview {
        /// The best score.
        score: f64,
        /// The threshold.
        review: f64,
    },
    /// The best score is that of a review, which is too rarely worth it.
    NotWorthReview {
        /// The best score.
        score: f64,
        /// The probability that the right entry is among the candidates.
        expected: f64,
        /// The least for a review.
        worth: f64,
    },
    /// The best score is between the thresholds for review and for a match.
    InReviewBand {
        /// The best score.
        score: f64,
        /// The threshold for review.
        review: f64,
        /// The threshold for a match.
        accept: f64,
        /// Another group with a similar score.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rival: Option<Rival>,
    },
    /// Two groups are too close to choose one.
    TooClose {
        /// The best group.
        group: String,
        /// Its score.
        score: f64,
        /// The next one.
        rival: Rival,
    },
    /// The best score is above the threshold for a match, and nothing but supporting comparisons agrees, such as the place.
    SupportedOnly {
        /// The best score.
        score: f64,
    },
    /// Nothing but supporting comparisons agrees: how many groups of the registry agree as much, such as at the address.
    CompaniesAtPlace {
        /// Groups with an open entry there.
        open: u32,
        /// Groups of which all entries there are closed.
        closed: u32,
    },
    /// The best score is above the threshold for a match.
    Accepted {
        /// The best score.
        score: f64,
        /// The next group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rival: Option<Rival>,
    },
    /// What agrees and what differs between the row and the best entry, by the levels of the match model.
    Agreement {
        /// Comparisons at a level that makes a match more likely.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agrees: Vec<ComparedValues>,
        /// Comparisons at a level that makes it less likely.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differs: Vec<ComparedValues>,
    },
    /// Comparisons that count against the best entry. Results since layout 7 have [`Reason::Agreement`] instead.
    Against {
        /// The comparisons.
        comparisons: Vec<ComparisonLevel>,
    },
    /// The matched entry is closed.
    ClosedEntry {
        /// The entry's successor, if the registry names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor: Option<String>,
        /// Open entries of the same group.
        open_entries: u32,
    },
    /// The group is decided, but none of its entries is likely enough.
    EntryUndecided {
        /// The share of the most likely entry in its group's score.
        score: f64,
    },
    /// The registry does not cover the row.
    OutOfScope {
        /// The field that determines this.
        field: String,
        /// Its value.
        value: String,
    },
    /// The name holds several companies.
    JointBid {
        /// The lead company, which was compared.
        lead: String,
        /// The other companies, which were not.
        others: Vec<String>,
        /// Whether the name states this; otherwise it may be a single name.
        certain: bool,
    },
    /// A stage failed on the row; the column `error` has the message.
    StageFailed {
        /// The stage.
        stage: String,
    },
    /// An arbiter chose a candidate.
    ArbiterChose {
        /// The arbiter.
        arbiter: String,
        /// The candidate's position among those shown, from 1.
        candidate: u32,
        /// Its confidence.
        confidence: f64,
        /// The explanation that the arbiter returned.
        explanation: String,
        /// The required confidence, if this one is below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        required: Option<f64>,
    },
    /// An arbiter rejected all candidates.
    ArbiterRejectedAll {
        /// The arbiter.
        arbiter: String,
        /// Its confidence.
        confidence: f64,
        /// The explanation that the arbiter returned.
        explanation: String,
    },
    /// An arbiter abstained.
    ArbiterAbstained {
        /// The arbiter.
        arbiter: String,
        /// The explanation that the arbiter returned.
        explanation: String,
    },
    /// An arbiter returned nothing for the row.
    ArbiterSilent {
        /// The arbiter.
        arbiter: String,
    },
    /// An arbiter failed; the outcome is that of the preceding decision.
    ArbiterFailed {
        /// The arbiter.
        arbiter: String,
        /// The error; a text in layouts before 8.
        #[serde(deserialize_with = "crate::row_error::error_or_text")]
        error: RowError,
    },
    /// The arbiter was not called, because the run had reached its cost limit.
    ArbiterNotCalled {
        /// The arbiter.
        arbiter: String,
    },
    /// No arbiter took part, as when a single row is matched interactively; the outcome is that of the preceding
    /// decision.
    ArbiterNotRequested {
        /// The label of the arbiter's stage.
        stage: String,
    },
    /// A person decided the row.
    DecidedByPerson {
        /// Who.
        by: String,
        /// What.
        verdict: ReviewVerdict,
        /// Why, in the person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// People decided the row, and what they decided is not applied; the column `decision` has their verdicts.
    DecisionNotApplied {
        /// Why not.
        cause: DecisionState,
    },
    /// The entry is assigned to another row (one-to-one).
    EntryAssigned {
        /// The entry.
        id: String,
        /// The key of the row that has it.
        key: String,
        /// That row's score.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<f64>,
    },
    /// No earlier row is similar.
    NoSimilarRow,
    /// The row is the same as an earlier one.
    SameAs {
        /// The key of that row.
        key: String,
        /// The probability.
        score: f64,
    },
    /// The row may be the same as an earlier one.
    PossiblySameAs {
        /// The key of that row.
        key: String,
        /// The probability.
        score: f64,
        /// The threshold for review.
        review: f64,
        /// The threshold for a match.
        accept: f64,
    },
    /// Comparisons of a pair with the bits that each contributed.
    Compared {
        /// The comparisons.
        comparisons: Vec<ComparisonLevel>,
    },
    /// Scores of a pair.
    Scored {
        /// The scorers with their scores.
        scores: Vec<ScorerScore>,
    },
    /// A pair was cut: the two sides have different values in a field.
    CutByConflict {
        /// The field.
        field: String,
    },
    /// A pair was cut: its cluster would have too many rows.
    CutBySize {
        /// The limit.
        rows_max: u64,
    },
    /// A pair was cut: it is the only link between two groups of rows, and too weak.
    CutAsBridge {
        /// The required probability.
        required: f64,
    },
    /// A pair is cut: a person decided that the rows are not the same.
    CutByPerson {
        /// Who.
        by: String,
    },
    /// Two rows are the same: a person decided it.
    SameByPerson {
        /// The key of the other row.
        key: String,
        /// Who.
        by: String,
    },
    /// A pair is below the threshold for a match.
    BelowAccept {
        /// The threshold.
        accept: f64,
    },
    /// The text in a checkpoint from before layout 6.
    Text {
        /// The words.
        text: String,
    },
}

/// A group that competes with the best one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// The group.
    pub group: String,
    /// Its score.
    pub score: f64,
}

/// The reasons of an outcome, the main one first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(pub Vec<Reason>);

impl Reasons {
    /// The reasons as JSON.
    pub fn to_json(&self) -> String {
        // Reasons are texts and numbers: serializing them cannot fail.
        serde_json::to_string(self).unwrap_or_else(|_| "[]".to_owned())
    }

    /// Parses the reasons in a column; a text that is not a list of reasons becomes one.
    pub fn from_json(text: &str) -> Reasons {
        match serde_json::from_str(text) {
            Ok(reasons) => reasons,
            Err(_) if text.is_empty() => Reasons::default(),
            Err(_) => Reasons(vec![Reason::Text { text: text.to_owned() }]),
        }
    }

    /// Adds a reason.
    pub fn push(&mut self, reason: Reason) {
        self.0.push(reason);
    }
}

impl Reason {
    /// The reason as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Reasons {
        Reasons(vec![reason])
    }
}

impl ColumnValue for Reasons {
    const CONTENT: Content = Content::Reasons;
    const NULLABLE: bool = false;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Reasons>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(values.map(Reasons::to_json)))
    }

    fn read(array: &StringArray, row: usize) -> Reasons {
        Reasons::from_json(value(array, row).unwrap_or_default())
    }

    fn parse(cell: Option<&str>) -> Result<Reasons, &'static str> {
        Ok(Reasons::from_json(cell.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_codes_with_values() {
        let rival = Some(Rival { group: "732829320".to_owned(), score: 0.43 });
        let reasons = Reasons(vec![Reason::Accepted { score: 0.97, rival }, Reason::EntryUndecided { score: 0.5 }]);
        let json = r#"[{"code":"accepted","score":0.97,"rival":{"group":"732829320","score":0.43}},{"code":"entry_undecided","score":0.5}]"#;
        assert_eq!(reasons.to_json(), json);
        assert_eq!(Reasons::from_json(json), reasons);
    }

    #[test]
    fn arbiter_errors_of_old_and_new_checkpoints_are_read() {
        let reason = |error| Reason::ArbiterFailed { arbiter: "llm".to_owned(), error };
        let old = r#"[{"code":"arbiter_failed","arbiter":"llm","error":"answered 503"}]"#;
        assert_eq!(Reasons::from_json(old), reason(RowError::Text { text: "answered 503".to_owned() }).into());
        for error in RowError::examples() {
            let reasons: Reasons = reason(error).into();
            assert_eq!(Reasons::from_json(&reasons.to_json()), reasons);
        }
    }

    #[test]
    fn texts_of_old_checkpoints_are_read_unchanged() {
        let text = "score 0.97; no other company comes near".to_owned();
        assert_eq!(Reasons::from_json(&text), Reason::Text { text: text.clone() }.into());
        assert_eq!(Reasons::from_json(""), Reasons::default());
        assert_eq!(Reasons::from_json("[]"), Reasons::default());
    }
}
