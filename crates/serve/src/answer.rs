//! The answer to a request for matches: a decision for each row, as JSON, CSV or an Arrow IPC stream.
//!
//! **Invariant:** every column of a result is the same as in a stored run, except for the reason, which is in words
//! here: JSON has both.

use std::sync::Arc;

use matchflow_labels::Words;
use matchflow_model::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::ipc::writer::StreamWriter;
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use matchflow_model::evidence::{Alternative, ListItem, items, list_json};
use matchflow_model::formula;
use matchflow_model::outcome::{COLUMNS, Decision, to_batch};
use matchflow_model::reason::{ComparisonLevel, ScorerScore};
use matchflow_model::reject::Reject;
use matchflow_model::result_table::Content;
use serde_json::{Value, json};

use crate::media::MediaType;
use crate::row_table::FIRST_ROW;

/// Result columns that answers omit: what the client sent, and what only a run has.
const OMITTED: [&str; 5] = ["digest", "input", "plugin", "tries", "retryable"];

/// The columns that an answer has on request.
const EVIDENCE_COLUMNS: [&str; 3] = ["scores", "comparisons", "evidence"];

/// The decisions on the rows of a request, in their order.
#[derive(Debug, Clone)]
pub(crate) struct MatchAnswer {
    pub(crate) decisions: Vec<Decision>,
    /// The cells that do not have the declared type.
    pub(crate) rejects: Vec<Reject>,
}

/// How an answer is written.
pub(crate) struct AnswerForm {
    pub(crate) media: MediaType,
    pub(crate) words: Words,
    /// Whether it includes the scores behind each decision.
    pub(crate) has_evidence: bool,
}

impl MatchAnswer {
    /// The body of the answer.
    ///
    /// # Errors
    ///
    /// Decisions that Arrow or JSON cannot represent: a bug in the engine.
    pub(crate) fn write(&self, form: &AnswerForm) -> Result<Vec<u8>, String> {
        match form.media {
            MediaType::Json => {
                let results = self.decisions.iter().map(|decision| self.result(decision, form));
                let results: Vec<Value> = results.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
                Ok(json!({ "results": results }).to_string().into_bytes())
            }
            MediaType::Csv => self.csv(form),
            MediaType::Arrow => self.arrow(form).map_err(|error| error.to_string()),
        }
    }

    /// A decision as JSON.
    fn result(&self, decision: &Decision, form: &AnswerForm) -> Result<Value, serde_json::Error> {
        let parsed = |text: &Option<String>| text.as_deref().map(serde_json::from_str::<Value>).transpose();
        let alternatives = alternatives(decision, form.has_evidence);
        let rejects = self.rejects.iter().filter(|reject| reject.row == decision.row);
        let rejects = rejects
            .map(|reject| json!({ "field": reject.field, "expected": form.words.expectation(&reject.expected) }));
        let mut result = json!({
            "key": decision.key,
            "row": row_number(decision),
            "outcome": decision.outcome,
            "score": decision.score,
            "stage": decision.stage,
            "id": decision.id,
            "group": decision.group,
            "level": decision.level,
            "closed": decision.closed,
            "closed_on": decision.closed_on,
            "entry": parsed(&decision.entry)?,
            "margin": decision.margin,
            "entry_score": decision.entry_score,
            "weight": decision.weight,
            "candidates": decision.candidates,
            "reason": form.words.reasons(&decision.reason),
            "reasons": serde_json::from_str::<Value>(&decision.reason.to_json())?,
            "alternatives": alternatives,
            "rejects": rejects.collect::<Vec<_>>(),
        });
        if let Value::Object(result) = &mut result {
            if form.has_evidence {
                result.insert("evidence".to_owned(), parsed(&decision.evidence_json())?.unwrap_or(Value::Null));
            }
            if let Some(error) = &decision.error {
                result.insert("error".to_owned(), form.words.error(error).into());
            }
        }
        Ok(result)
    }

    /// The decisions as a batch of the columns that answers have.
    fn batch(&self, form: &AnswerForm) -> Result<RecordBatch, ArrowError> {
        let decisions = self.decisions.iter().map(|decision| {
            let mut decision = Decision { row: row_number(decision), ..decision.clone() };
            decision.alternatives = alternatives(&decision, form.has_evidence);
            decision
        });
        let batch = to_batch(&decisions.collect::<Vec<_>>())?;
        let is_column =
            |name: &str| !OMITTED.contains(&name) && (form.has_evidence || !EVIDENCE_COLUMNS.contains(&name));
        let columns = COLUMNS.iter().filter(|column| is_column(column.name)).filter_map(|column| {
            let values = batch.column_by_name(column.name)?;
            let texts = matches!(column.content, Content::Reasons | Content::Error | Content::Review)
                .then(|| values.as_string_opt::<i32>());
            let values = match texts.flatten() {
                Some(texts) => Arc::new(in_words(texts, column.content, &form.words)) as ArrayRef,
                None => Arc::clone(values),
            };
            Some((column.name, values, column.nullable))
        });
        RecordBatch::try_from_iter_with_nullable(columns)
    }

    fn arrow(&self, form: &AnswerForm) -> Result<Vec<u8>, ArrowError> {
        let batch = self.batch(form)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
        writer.write(&batch)?;
        writer.into_inner()
    }

    /// Texts that a spreadsheet would run as formulas are escaped, as in the CSV files of a run.
    fn csv(&self, form: &AnswerForm) -> Result<Vec<u8>, String> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new();
        let batch = self.batch(form).map_err(|error| error.to_string())?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let schema = batch.schema();
        let header = writer.write_record(schema.fields().iter().map(|field| field.name()));
        header.map_err(|error| error.to_string())?;
        let formatters = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &OPTIONS));
        let formatters = formatters.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        for row in 0..batch.num_rows() {
            for (place, (column, formatter)) in batch.columns().iter().zip(&formatters).enumerate() {
                let is_text = column.as_any().is::<StringArray>();
                let text = match column.as_list_opt::<i32>() {
                    Some(lists) => list_text(schema.field(place).name(), lists, row),
                    None if column.is_valid(row) => formatter.value(row).to_string(),
                    None => String::new(),
                };
                let cell = if is_text { formula::escape(&text) } else { text.as_str().into() };
                writer.write_field(cell.as_bytes()).map_err(|error| error.to_string())?;
            }
            writer.write_record(None::<&[u8]>).map_err(|error| error.to_string())?;
        }
        writer.into_inner().map_err(|error| error.to_string())
    }
}

/// The row's number in the request, from 1.
fn row_number(decision: &Decision) -> u64 {
    decision.row.saturating_sub(FIRST_ROW) + 1
}

/// The texts of a column with codes, in words.
fn in_words(texts: &StringArray, content: Content, words: &Words) -> StringArray {
    texts.iter().map(|text| words.column_text(content, text)).collect()
}

/// The alternatives of a decision, with or without the scores behind them.
fn alternatives(decision: &Decision, has_evidence: bool) -> Vec<Alternative> {
    let mut alternatives = decision.alternatives.clone();
    if !has_evidence {
        alternatives.iter_mut().for_each(|one| one.evidence = None);
    }
    alternatives
}

/// A list as JSON.
fn list_text(column: &str, lists: &ListArray, row: usize) -> String {
    fn json<T: ListItem>(lists: &ListArray, row: usize) -> String {
        list_json(&items::<T>(lists, row))
    }
    match COLUMNS.iter().find(|one| one.name == column).map(|one| one.content) {
        Some(Content::Scores) => json::<ScorerScore>(lists, row),
        Some(Content::Comparisons) => json::<ComparisonLevel>(lists, row),
        _ => json::<Alternative>(lists, row),
    }
}
