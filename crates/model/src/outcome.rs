//! What became of a supplier row. Each row read has exactly one outcome, and they add up to the rows read.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, PrimitiveArray, RecordBatch, StringBuilder, UInt32Builder,
    UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef, UInt32Type};
use serde::{Deserialize, Serialize};

use crate::columns::{self, MissingColumn};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// One registry entry was accepted.
    Matched,
    /// There is a likely entry, but a person should look: the score is in the review band, or two entries are too close.
    Review,
    /// No entry is likely enough.
    Unmatched,
    /// A stage failed on this row.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order of summaries.
    pub const ALL: [Outcome; 4] = [Outcome::Matched, Outcome::Review, Outcome::Unmatched, Outcome::Failed];

    /// The word used in tables and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Matched => "matched",
            Outcome::Review => "review",
            Outcome::Unmatched => "unmatched",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome that a table's word stands for.
    pub fn from_word(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// One row's outcome with all that a person needs to argue about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The record's key.
    pub key: String,
    /// The row's number in its file.
    pub row: u64,
    /// The row's digest.
    pub digest: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The candidate stage that found the best entry (`DIRECT_ID`); for `failed` the stage that failed.
    pub stage: Option<String>,
    /// The best entry's id (SIRET), for `matched` and `review`.
    pub id: Option<String>,
    /// The best entry's group (SIREN), for `matched` and `review`.
    pub group: Option<String>,
    /// The best entry's score, 0 to 1; with a match model the probability that its group (SIREN) is the one.
    pub score: Option<f64>,
    /// How far the best score is above the best of another group; the score itself where there is no other.
    pub margin: Option<f64>,
    /// With a match model: the probability that this very entry (SIRET) is the one.
    pub entry_score: Option<f64>,
    /// With a match model: the best entry's match weight, in bits. It orders what is nearly sure.
    pub weight: Option<f64>,
    /// How many candidates were scored.
    pub candidates: u32,
    /// Why, in a sentence.
    pub reason: String,
    /// For `failed`: what the stage or plug-in said.
    pub error: Option<String>,
    /// For `failed`: the name that the plan gives the plug-in at fault, where one is.
    pub plugin: Option<String>,
    /// For `failed`: how often this run tried the row at the stage that failed; 0 otherwise.
    pub tries: u32,
    /// For `failed`: whether trying again may help. For `review`: an arbiter was not asked, for its `max_cost` was reached.
    pub retryable: bool,
    /// The supplier's fields as read: a JSON object.
    pub input: String,
    /// The best entry's fields as the registry has them: a JSON object.
    pub entry: Option<String>,
    /// The next best entries, at most five: a JSON array of `{id, group, score, stage, entry, evidence}`. For `unmatched`
    /// the best entry comes first.
    pub alternatives: String,
    /// What each scorer said of the best entry, also where that did not suffice: a JSON object
    /// `{scorer: {score, weight, compared, said, failed, plugin}}`. `flow::evidence` says what each member holds.
    pub evidence: Option<String>,
}

/// The Arrow schema of outcomes, the order of [`Decision`]'s fields.
pub fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("key", false),
        Field::new("row", DataType::UInt64, false),
        Field::new("digest", DataType::UInt64, false),
        text("outcome", false),
        text("stage", true),
        text("id", true),
        text("group", true),
        Field::new("score", DataType::Float64, true),
        Field::new("margin", DataType::Float64, true),
        Field::new("entry_score", DataType::Float64, true),
        Field::new("weight", DataType::Float64, true),
        Field::new("candidates", DataType::UInt32, false),
        text("reason", false),
        text("error", true),
        text("plugin", true),
        Field::new("tries", DataType::UInt32, false),
        Field::new("retryable", DataType::Boolean, false),
        text("input", false),
        text("entry", true),
        text("alternatives", false),
        text("evidence", true),
    ]))
}

/// The decisions as one batch of [`schema`].
pub fn to_batch(decisions: &[Decision]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |of: &dyn Fn(&Decision) -> Option<&str>| -> ArrayRef {
        let mut builder = StringBuilder::new();
        decisions.iter().for_each(|decision| builder.append_option(of(decision)));
        Arc::new(builder.finish())
    };
    let number = |of: &dyn Fn(&Decision) -> u64| -> ArrayRef {
        let mut builder = UInt64Builder::with_capacity(decisions.len());
        decisions.iter().for_each(|decision| builder.append_value(of(decision)));
        Arc::new(builder.finish())
    };
    let real = |of: &dyn Fn(&Decision) -> Option<f64>| -> ArrayRef {
        let mut builder = Float64Builder::with_capacity(decisions.len());
        decisions.iter().for_each(|decision| builder.append_option(of(decision)));
        Arc::new(builder.finish())
    };
    let small = |of: &dyn Fn(&Decision) -> u32| -> ArrayRef {
        let mut builder = UInt32Builder::with_capacity(decisions.len());
        decisions.iter().for_each(|decision| builder.append_value(of(decision)));
        Arc::new(builder.finish())
    };
    let mut retryable = BooleanBuilder::with_capacity(decisions.len());
    decisions.iter().for_each(|decision| retryable.append_value(decision.retryable));
    RecordBatch::try_new(
        schema(),
        vec![
            text(&|decision| Some(&decision.key)),
            number(&|decision| decision.row),
            number(&|decision| decision.digest),
            text(&|decision| Some(decision.outcome.as_str())),
            text(&|decision| decision.stage.as_deref()),
            text(&|decision| decision.id.as_deref()),
            text(&|decision| decision.group.as_deref()),
            real(&|decision| decision.score),
            real(&|decision| decision.margin),
            real(&|decision| decision.entry_score),
            real(&|decision| decision.weight),
            small(&|decision| decision.candidates),
            text(&|decision| Some(&decision.reason)),
            text(&|decision| decision.error.as_deref()),
            text(&|decision| decision.plugin.as_deref()),
            small(&|decision| decision.tries),
            Arc::new(retryable.finish()),
            text(&|decision| Some(&decision.input)),
            text(&|decision| decision.entry.as_deref()),
            text(&|decision| Some(&decision.alternatives)),
            text(&|decision| decision.evidence.as_deref()),
        ],
    )
}

/// The decisions of a batch of [`schema`]: what [`to_batch`] was given.
pub fn from_batch(batch: &RecordBatch) -> Result<Vec<Decision>, MissingColumn> {
    let number = |name| columns::numbers(batch, name);
    let (rows, digests) = (number("row")?, number("digest")?);
    let real = |name: &str| columns::primitive::<Float64Type>(batch, name);
    let (scores, margins) = (real("score")?, real("margin")?);
    let (entry_scores, weights) = (real("entry_score")?, real("weight")?);
    let small = |name: &str| columns::primitive::<UInt32Type>(batch, name);
    let (candidates, tries) = (small("candidates")?, small("tries")?);
    let retryable = columns::flags(batch, "retryable")?;
    let names = [
        "key",
        "outcome",
        "stage",
        "id",
        "group",
        "reason",
        "error",
        "plugin",
        "input",
        "entry",
        "alternatives",
        "evidence",
    ];
    let texts = names.map(|name| columns::text(batch, name));
    let decision = |at: usize| {
        let [key, outcome, stage, id, group, reason, error, plugin, input, entry, alternatives, evidence] = texts
            .each_ref()
            .map(|text| text.as_ref().ok().and_then(|text| columns::value(text, at)).map(str::to_owned));
        let optional = |column: &PrimitiveArray<Float64Type>| column.is_valid(at).then(|| column.value(at));
        Decision {
            key: key.unwrap_or_default(),
            row: rows.value(at),
            digest: digests.value(at),
            outcome: outcome.and_then(|word| Outcome::from_word(&word)).unwrap_or(Outcome::Failed),
            stage,
            id,
            group,
            score: optional(scores),
            margin: optional(margins),
            entry_score: optional(entry_scores),
            weight: optional(weights),
            candidates: candidates.value(at),
            reason: reason.unwrap_or_default(),
            error,
            plugin,
            tries: tries.value(at),
            retryable: retryable.value(at),
            input: input.unwrap_or_default(),
            entry,
            alternatives: alternatives.unwrap_or_default(),
            evidence,
        }
    };
    if let Some(missing) = texts.iter().find_map(|text| text.as_ref().err()) {
        return Err(missing.clone());
    }
    Ok((0..batch.num_rows()).map(decision).collect())
}

/// How many rows came to each outcome, those of earlier runs apart.
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
    /// Rows that an earlier run had done already.
    pub skipped: u64,
}

impl Counts {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: Outcome) {
        self.add_rows(outcome, 1);
    }

    /// Counts so many rows of one outcome.
    pub fn add_rows(&mut self, outcome: Outcome, rows: u64) {
        match outcome {
            Outcome::Matched => self.matched += rows,
            Outcome::Review => self.review += rows,
            Outcome::Unmatched => self.unmatched += rows,
            Outcome::Failed => self.failed += rows,
        }
    }

    /// Rows that this run brought to an outcome.
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

    #[test]
    fn a_batch_says_what_the_decisions_said() {
        let full = Decision {
            key: "F1".to_owned(),
            row: 2,
            digest: u64::MAX,
            outcome: Outcome::Review,
            stage: Some("BROAD".to_owned()),
            id: Some("73282932000074".to_owned()),
            group: Some("732829320".to_owned()),
            score: Some(0.75),
            margin: Some(0.01),
            entry_score: Some(0.5),
            weight: Some(7.25),
            candidates: 12,
            reason: "two are close".to_owned(),
            error: None,
            plugin: None,
            tries: 0,
            retryable: false,
            input: "{}".to_owned(),
            entry: Some("{}".to_owned()),
            alternatives: "[]".to_owned(),
            evidence: Some("{}".to_owned()),
        };
        let failed = Decision {
            key: "F2".to_owned(),
            outcome: Outcome::Failed,
            error: Some("trap".to_owned()),
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
