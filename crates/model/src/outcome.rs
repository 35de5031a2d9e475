//! The outcome of a supplier row, and the table of results: the only place where their columns are listed.
//!
//! Every row read has exactly one outcome, so the counts add up to the rows read. Checkpoint, exports, `evaluate` and
//! the reference documentation take the columns from here ([`COLUMNS`]): a new column is one line, and the code that
//! fills it.

use arrow::array::{ArrayRef, StringArray};
use serde::{Deserialize, Serialize};

use crate::columns::value;
use crate::evidence::{Alternative, six_decimals};
use crate::reason::{ComparisonLevel, Reasons, ScorerScore};
use crate::result_table::{ColumnValue, Content, Export, columns, texts};
use crate::review_verdict::ReviewDecision;
use crate::row_error::RowError;

/// The outcome of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// One registry entry was accepted.
    Matched,
    /// A likely entry that a person should check: its score is in the review band, or two entries are too close.
    Review,
    /// No entry is likely enough.
    #[default]
    Unmatched,
    /// A stage failed on this row.
    Failed,
}

impl Outcome {
    /// All outcomes, in the order of summaries.
    pub const ALL: [Outcome; 4] = [Outcome::Matched, Outcome::Review, Outcome::Unmatched, Outcome::Failed];

    /// The word in tables and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Matched => "matched",
            Outcome::Review => "review",
            Outcome::Unmatched => "unmatched",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome denoted by a word in a table.
    pub fn from_word(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What a result identifies in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchLevel {
    /// An entry: it has an `id`.
    Establishment,
    /// Only a group: several of its entries are equally likely, so `id` is empty.
    Company,
}

impl MatchLevel {
    /// Every level.
    pub const ALL: [MatchLevel; 2] = [MatchLevel::Establishment, MatchLevel::Company];

    /// The word in tables and files.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchLevel::Establishment => "establishment",
            MatchLevel::Company => "company",
        }
    }

    /// The level denoted by a word in a table.
    pub fn from_word(word: &str) -> Option<MatchLevel> {
        MatchLevel::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

impl ColumnValue for Outcome {
    const CONTENT: Content = Content::Outcome;
    const NULLABLE: bool = false;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Outcome>) -> ArrayRef {
        texts(values.map(|value| Some(value.as_str())))
    }

    fn read(array: &StringArray, row: usize) -> Outcome {
        value(array, row).and_then(Outcome::from_word).unwrap_or(Outcome::Failed)
    }

    fn parse(cell: Option<&str>) -> Result<Outcome, &'static str> {
        let outcome = Outcome::from_word(cell.unwrap_or_default());
        outcome.ok_or("`matched`, `review`, `unmatched` or `failed`")
    }
}

impl ColumnValue for Option<MatchLevel> {
    const CONTENT: Content = Content::Level;
    const NULLABLE: bool = true;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Option<MatchLevel>>) -> ArrayRef {
        texts(values.map(|value| value.map(MatchLevel::as_str)))
    }

    fn read(array: &StringArray, row: usize) -> Option<MatchLevel> {
        value(array, row).and_then(MatchLevel::from_word)
    }

    fn parse(cell: Option<&str>) -> Result<Option<MatchLevel>, &'static str> {
        cell.map(|word| MatchLevel::from_word(word).ok_or("`establishment` or `company`")).transpose()
    }
}

columns! {
    /// The outcome of one row, with the data that a person needs to check it.
    pub struct Decision {
        /// Key of the supplier row, unique within a run: the second row with a key `F1` is `F1#2`.
        key: String => Export::Value, "key", "clé";
        /// Number of the row in its file; the header is row 1.
        row: u64 => Export::Value, "row", "ligne";
        /// Digest of the row's declared fields.
        digest: u64 => Export::Hidden, "digest", "empreinte";
        /// Supplier fields as read: a JSON object.
        input: String => Export::InputFields, "", "";
        /// `matched`, `review`, `unmatched` or `failed`.
        outcome: Outcome => Export::Value, "outcome", "résultat";
        /// Score of the best entry, 0 to 1; with a match model the probability that its group is the right one. This, `margin`,
        /// `entry_score` and `weight` have six decimals, cut rather than rounded: what is below a threshold stays below it.
        score: Option<f64> => Export::Value, "score", "score";
        /// Candidate stage that found the best entry; for `failed` the stage that failed.
        stage: Option<String> => Export::Value, "stage", "étape";
        /// Id of the best entry (SIRET), for `matched` and `review`.
        id: Option<String> => Export::Value, "registry {id}", "{id} (registre)";
        /// Group of the best entry (SIREN), for `matched` and `review`.
        group: Option<String> => Export::Value, "registry {group}", "{group} (registre)";
        /// What is identified, for `matched` and `review`: `establishment` (an entry) or `company` (only a group, `id`
        /// is empty).
        level: Option<MatchLevel> => Export::GroupValue, "level", "niveau";
        /// Whether the entry named is closed; at level `company`, whether the group has no open entry. Empty without a
        /// `status` in the pipeline.
        closed: Option<bool> => Export::StatusValue, "state", "état";
        /// Day on which the entry was closed, if the registry has a field `closed_on`.
        closed_on: Option<String> => Export::StatusValue, "closed on", "fermé le";
        /// Fields of the best entry as in the registry: a JSON object. At level `company` only its names.
        entry: Option<String> => Export::EntryFields, "registry", "registre";
        /// Lead of the best score over the best score of another group; the score itself without another group.
        margin: Option<f64> => Export::Value, "margin", "écart";
        /// With a match model: the probability that exactly this entry is the right one.
        entry_score: Option<f64> => Export::WeighedValue, "certainty of {id}", "certitude sur {id}";
        /// With a match model: the match weight of the best entry, in bits. It orders results that are nearly certain.
        weight: Option<f64> => Export::WeighedValue, "match weight (bits)", "poids d’appariement (bits)";
        /// Number of candidates scored.
        candidates: u32 => Export::Value, "candidates", "candidats";
        /// Why: a JSON array of reasons, each with a `code` and its values.
        reason: Reasons => Export::Value, "reason", "motif";
        /// Next best entries, at most five, each with its id, group, score and stage; a row that keeps its evidence (`evidence` of
        /// the pipeline) has their `entry` and `evidence` too, as JSON objects. For `unmatched` the best entry comes first. Of other
        /// rows for which an entry is named, only those from the review threshold on are listed. CSV files have a JSON array of
        /// `{id, group, score, stage}`, with `entry` and `evidence` under `evidence: all`.
        alternatives: Vec<Alternative> => Export::Alternatives, "alternative", "autre candidat";
        /// Scores of the best entry, even where it was not enough: each scorer that had something to compare, 0 to 1. Files for
        /// people and CSV files have a column `score_SCORER` for each.
        scores: Vec<ScorerScore> => Export::Scores, "score", "score";
        /// With a match model: the level of each comparison that the best entry reached, and the bits that it added. In the
        /// checkpoint and in Parquet files.
        comparisons: Vec<ComparisonLevel> => Export::Comparisons, "", "";
        /// Evidence for the best entry with what was compared and the explanations, of rows that keep it: a JSON object by scorer.
        evidence: Option<String> => Export::Evidence, "", "";
        /// For `failed`: the error of the stage or plug-in: a JSON object with a `code` and its values.
        error: Option<RowError> => Export::Value, "error", "erreur";
        /// For `failed`: the name of the plug-in at fault in the plan.
        plugin: Option<String> => Export::Hidden, "plug-in", "module";
        /// For `failed`: attempts at the stage that failed in this run; 0 otherwise.
        tries: u32 => Export::Hidden, "attempts", "tentatives";
        /// For `failed`: a retry may help. For `review`: no arbiter was asked since `max_cost` had been reached.
        retryable: bool => Export::Hidden, "retryable", "à réessayer";
        /// What people decided about the row, and what became of it: a JSON object with a `state` and the `verdicts`. Empty
        /// where nobody decided.
        decision: Option<ReviewDecision> => Export::ReviewValue, "decision taken", "décision prise";
    }
}

impl Decision {
    /// An unmatched row without candidates: the base of other decisions.
    pub fn unmatched(key: &str, row: u64, digest: u64) -> Decision {
        Decision { key: key.to_owned(), row, digest, input: "{}".to_owned(), ..Decision::default() }
    }

    /// The decision with its scores as files have them: with [`six_decimals`].
    #[must_use]
    pub fn with_six_decimals(mut self) -> Decision {
        for score in [&mut self.score, &mut self.margin, &mut self.entry_score, &mut self.weight] {
            *score = score.map(six_decimals);
        }
        self
    }

    /// The evidence for the best entry as a JSON object: the whole where the row keeps it, else its scores by scorer.
    pub fn evidence_json(&self) -> Option<String> {
        if self.evidence.is_some() || self.scores.is_empty() {
            return self.evidence.clone();
        }
        let score = |one: &ScorerScore| (one.scorer.clone(), one.score.into());
        Some(serde_json::Value::Object(self.scores.iter().map(score).collect()).to_string())
    }
}

/// Rows by outcome; those of earlier runs are counted separately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// [`Outcome::Matched`].
    pub matched: u64,
    /// [`Outcome::Review`].
    pub review: u64,
    /// [`Outcome::Unmatched`].
    pub unmatched: u64,
    /// [`Outcome::Failed`].
    pub failed: u64,
    /// Rows that an earlier run had already done.
    pub skipped: u64,
}

impl Counts {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: Outcome) {
        self.add_rows(outcome, 1);
    }

    /// Counts rows of one outcome.
    pub fn add_rows(&mut self, outcome: Outcome, rows: u64) {
        match outcome {
            Outcome::Matched => self.matched += rows,
            Outcome::Review => self.review += rows,
            Outcome::Unmatched => self.unmatched += rows,
            Outcome::Failed => self.failed += rows,
        }
    }

    /// Rows with an outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Matched => self.matched,
            Outcome::Review => self.review,
            Outcome::Unmatched => self.unmatched,
            Outcome::Failed => self.failed,
        }
    }

    /// Rows that this run decided.
    pub fn committed(&self) -> u64 {
        self.matched + self.review + self.unmatched + self.failed
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.matched += more.matched;
        self.review += more.review;
        self.unmatched += more.unmatched;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn batches_of_decisions_round_trip() {
        let full = Decision {
            outcome: Outcome::Review,
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            level: Some(MatchLevel::Establishment),
            closed: Some(true),
            closed_on: Some("2024-03-31".to_owned()),
            score: Some(0.75),
            margin: Some(0.01),
            entry_score: Some(0.5),
            weight: Some(7.25),
            candidates: 12,
            reason: Reason::Text { text: "two are close".to_owned() }.into(),
            entry: Some("{}".to_owned()),
            alternatives: vec![Alternative { id: "1".to_owned(), score: Some(0.5), ..Alternative::default() }],
            scores: vec![ScorerScore { scorer: "name".to_owned(), score: 0.75 }],
            comparisons: vec![ComparisonLevel { comparison: "name".to_owned(), level: "same".to_owned(), bits: None }],
            evidence: Some("{}".to_owned()),
            ..Decision::unmatched("F1", 2, u64::MAX)
        };
        let failed = Decision {
            key: "F2".to_owned(),
            outcome: Outcome::Failed,
            error: Some(RowError::Text { text: "trap".to_owned() }),
            plugin: Some("address".to_owned()),
            tries: 3,
            retryable: true,
            stage: None,
            score: None,
            ..full.clone()
        };
        let decisions = vec![full, failed];
        let batch = to_batch(&decisions).unwrap();
        assert_eq!(batch.schema(), schema());
        assert_eq!(from_batch(&batch).unwrap(), decisions);
        let without_a_column = batch.project(&[0, 1, 2]).unwrap();
        assert!(from_batch(&without_a_column).is_err());
    }
}
