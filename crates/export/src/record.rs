//! One outcome with its JSON columns taken apart by the layout.

use matchflow_model::arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use matchflow_model::arrow::datatypes::{Float64Type, UInt32Type};
use matchflow_model::columns::{ALTERNATIVE, MissingColumn, numbers, text, value};
use serde_json::{Map, Value};

use crate::error::ExportError;
use crate::layout::Layout;

/// One outcome. Texts that hold several values show them separated by ` | `.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) key: &'a str,
    pub(crate) row: u64,
    /// In the order of [`Layout::input_fields`].
    pub(crate) input: Vec<Option<String>>,
    pub(crate) outcome: &'a str,
    pub(crate) score: Option<f64>,
    pub(crate) stage: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
    pub(crate) group: Option<&'a str>,
    /// In the order of [`Layout::entry_fields`].
    pub(crate) entry: Vec<Option<String>>,
    pub(crate) margin: Option<f64>,
    pub(crate) entry_score: Option<f64>,
    pub(crate) weight: Option<f64>,
    pub(crate) candidates: u32,
    pub(crate) reason: &'a str,
    /// The JSON array.
    pub(crate) alternatives: &'a str,
    /// Each alternative as `SIRET name (score)`.
    pub(crate) alternatives_shown: Vec<String>,
    /// The JSON object.
    pub(crate) evidence: Option<&'a str>,
    /// In the order of [`Layout::scorers`].
    pub(crate) scores: Vec<Option<f64>>,
    pub(crate) error: Option<&'a str>,
}

/// The typed columns of a batch of outcomes.
pub(crate) struct Records<'a> {
    layout: &'a Layout,
    key: &'a StringArray,
    row: &'a UInt64Array,
    outcome: &'a StringArray,
    stage: &'a StringArray,
    id: &'a StringArray,
    group: &'a StringArray,
    score: &'a Float64Array,
    margin: &'a Float64Array,
    entry_score: &'a Float64Array,
    weight: &'a Float64Array,
    candidates: &'a UInt32Array,
    reason: &'a StringArray,
    error: &'a StringArray,
    input: &'a StringArray,
    entry: &'a StringArray,
    alternatives: &'a StringArray,
    evidence: &'a StringArray,
}

impl<'a> Records<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, layout: &'a Layout) -> Result<Records<'a>, MissingColumn> {
        let reals = |name: &str| {
            let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Float64Type>());
            column.ok_or_else(|| MissingColumn { column: name.to_owned(), wanted: "Float64" })
        };
        let candidates = batch.column_by_name("candidates").and_then(|column| column.as_primitive_opt::<UInt32Type>());
        Ok(Records {
            layout,
            key: text(batch, "key")?,
            row: numbers(batch, "row")?,
            outcome: text(batch, "outcome")?,
            stage: text(batch, "stage")?,
            id: text(batch, "id")?,
            group: text(batch, "group")?,
            score: reals("score")?,
            margin: reals("margin")?,
            entry_score: reals("entry_score")?,
            weight: reals("weight")?,
            candidates: candidates
                .ok_or_else(|| MissingColumn { column: "candidates".to_owned(), wanted: "UInt32" })?,
            reason: text(batch, "reason")?,
            error: text(batch, "error")?,
            input: text(batch, "input")?,
            entry: text(batch, "entry")?,
            alternatives: text(batch, "alternatives")?,
            evidence: text(batch, "evidence")?,
        })
    }

    /// The record at `row`, which is below the batch's number of rows.
    pub(crate) fn get(&self, row: usize) -> Result<Record<'a>, ExportError> {
        let key = value(self.key, row).unwrap_or_default();
        let not_json = |column, wanted| ExportError::Json { key: key.to_owned(), column, wanted };
        let object = |column: &'a StringArray, name| -> Result<Map<String, Value>, ExportError> {
            let Some(json) = value(column, row) else { return Ok(Map::new()) };
            serde_json::from_str(json).map_err(|_| not_json(name, "object"))
        };
        let fields = |names: &[String], object: &Map<String, Value>| -> Vec<Option<String>> {
            names.iter().map(|name| object.get(name).and_then(shown)).collect()
        };
        let evidence = object(self.evidence, "evidence")?;
        let alternatives = value(self.alternatives, row).unwrap_or("[]");
        let parsed: Vec<Value> = serde_json::from_str(alternatives).map_err(|_| not_json("alternatives", "array"))?;
        let real = |column: &Float64Array| column.is_valid(row).then(|| column.value(row));
        Ok(Record {
            key,
            row: self.row.value(row),
            input: fields(&self.layout.input_fields, &object(self.input, "input")?),
            outcome: value(self.outcome, row).unwrap_or_default(),
            score: real(self.score),
            stage: value(self.stage, row),
            id: value(self.id, row),
            group: value(self.group, row),
            entry: fields(&self.layout.entry_fields, &object(self.entry, "entry")?),
            margin: real(self.margin),
            entry_score: real(self.entry_score),
            weight: real(self.weight),
            candidates: self.candidates.value(row),
            reason: value(self.reason, row).unwrap_or_default(),
            alternatives,
            alternatives_shown: parsed.iter().map(|one| self.alternative(one)).collect(),
            evidence: value(self.evidence, row),
            scores: self.layout.scorers.iter().map(|scorer| scored(evidence.get(scorer)?)).collect(),
            error: value(self.error, row),
        })
    }

    /// `SIRET name (score)`: the name is the first declared field that the entry has.
    fn alternative(&self, one: &Value) -> String {
        let mut words = vec![one.get("id").and_then(shown).unwrap_or_default()];
        let entry = one.get("entry");
        let named = |name: &str| entry.and_then(|entry| entry.get(name)).and_then(shown);
        words.extend(self.layout.entry_fields.iter().find_map(|field| named(field)));
        words.extend(one.get("score").and_then(Value::as_f64).map(|score| format!("({score:.2})")));
        words.join(" ")
    }
}

/// A scorer's score in its evidence; checkpoints of before hold the score alone.
fn scored(evidence: &Value) -> Option<f64> {
    evidence.get("score").unwrap_or(evidence).as_f64()
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => {
            let joined = text.split(ALTERNATIVE).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ");
            (!joined.is_empty()).then_some(joined)
        }
        other => Some(other.to_string()),
    }
}
