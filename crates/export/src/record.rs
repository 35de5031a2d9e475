//! One outcome with its JSON columns taken apart by the layout, those that are long only for who asks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use matchflow_model::arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use matchflow_model::arrow::datatypes::{Float64Type, UInt32Type};
use matchflow_model::columns::{ALTERNATIVE, MissingColumn, numbers, text, value};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
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
    /// The JSON object.
    pub(crate) evidence: Option<&'a str>,
    pub(crate) error: Option<&'a str>,
    layout: &'a Layout,
}

/// What is shown of an alternative.
#[derive(serde::Deserialize)]
struct Alternative {
    id: Option<Value>,
    entry: Option<Map<String, Value>>,
    score: Option<f64>,
}

/// The score that a scorer said, which stands alone in checkpoints of before. The rest of what it said is passed over.
struct Score(Option<f64>);

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Score, D::Error> {
        deserializer.deserialize_any(ScoreVisitor)
    }
}

struct ScoreVisitor;

impl<'de> Visitor<'de> for ScoreVisitor {
    type Value = Score;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a score, or an object with one")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut said: A) -> Result<Score, A::Error> {
        let mut score = None;
        while let Some(key) = said.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "score" => score = said.next_value()?,
                _ => {
                    said.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Score(score))
    }

    fn visit_f64<E>(self, score: f64) -> Result<Score, E> {
        Ok(Score(Some(score)))
    }

    fn visit_u64<E>(self, score: u64) -> Result<Score, E> {
        Ok(Score(Some(score as f64)))
    }

    fn visit_unit<E>(self) -> Result<Score, E> {
        Ok(Score(None))
    }
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
        let object = |column: &'a StringArray, name| -> Result<Map<String, Value>, ExportError> {
            let Some(json) = value(column, row) else { return Ok(Map::new()) };
            serde_json::from_str(json).map_err(|_| not_json(key, name, "object"))
        };
        let fields = |names: &[String], object: &Map<String, Value>| -> Vec<Option<String>> {
            names.iter().map(|name| object.get(name).and_then(shown)).collect()
        };
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
            alternatives: value(self.alternatives, row).unwrap_or("[]"),
            evidence: value(self.evidence, row),
            error: value(self.error, row),
            layout: self.layout,
        })
    }
}

impl Record<'_> {
    /// Each alternative as `SIRET name (score)`: the name is the first declared field that the entry has.
    pub(crate) fn alternatives_shown(&self) -> Result<Vec<String>, ExportError> {
        let parsed: Vec<Alternative> =
            serde_json::from_str(self.alternatives).map_err(|_| not_json(self.key, "alternatives", "array"))?;
        let shown = |one: &Alternative| {
            let mut words = vec![one.id.as_ref().and_then(shown).unwrap_or_default()];
            let named = |name: &str| one.entry.as_ref()?.get(name).and_then(shown);
            words.extend(self.layout.entry_fields.iter().find_map(|field| named(field)));
            words.extend(one.score.map(|score| format!("({score:.2})")));
            words.join(" ")
        };
        Ok(parsed.iter().map(shown).collect())
    }

    /// In the order of [`Layout::scorers`].
    pub(crate) fn scores(&self) -> Result<Vec<Option<f64>>, ExportError> {
        let evidence = self.evidence.unwrap_or("{}");
        let said: HashMap<String, Score> =
            serde_json::from_str(evidence).map_err(|_| not_json(self.key, "evidence", "object"))?;
        Ok(self.layout.scorers.iter().map(|scorer| said.get(scorer)?.0).collect())
    }
}

fn not_json(key: &str, column: &'static str, wanted: &'static str) -> ExportError {
    ExportError::Json { key: key.to_owned(), column, wanted }
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
