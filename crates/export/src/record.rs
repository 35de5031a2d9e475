//! One outcome by the columns of [`matchflow_model::outcome::COLUMNS`]; its JSON columns are parsed on request.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;

use matchflow_model::arrow::array::{
    Array, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use matchflow_model::arrow::datatypes::{Float64Type, UInt32Type, UInt64Type};
use matchflow_model::columns::{ALTERNATIVE, MissingColumn, flags, primitive, text, value};
use matchflow_model::outcome::COLUMNS;
use matchflow_model::result_table::{Content, ResultColumn};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::ExportError;
use crate::layout::{FieldColumn, Layout};

/// The member of the evidence that has the comparisons of the match model; no scorer's name begins with an underscore.
const MODEL: &str = "_model";

/// One outcome.
pub(crate) struct Record<'a> {
    batch: &'a OutcomeBatch<'a>,
    row: usize,
    /// The supplier's fields, once somebody has asked for them.
    input: OnceCell<Map<String, Value>>,
    /// The entry's fields, likewise.
    entry: OnceCell<Map<String, Value>>,
}

/// The value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ColumnCell<'a> {
    /// A text.
    Text(Option<&'a str>),
    /// A row's number.
    Number(u64),
    /// How many.
    Count(u32),
    /// A score, a probability, a weight.
    Fraction(Option<f64>),
    /// Yes or no.
    Flag(Option<bool>),
}

/// A column of a batch.
enum ColumnArray<'a> {
    Text(&'a StringArray),
    Number(&'a UInt64Array),
    Count(&'a UInt32Array),
    Fraction(&'a Float64Array),
    Flag(&'a BooleanArray),
}

/// The members of an alternative that a workbook shows.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Alternative {
    id: Option<Value>,
    group: Option<Value>,
    stage: Option<Value>,
    entry: Option<Map<String, Value>>,
    score: Option<f64>,
}

/// The evidence for the best entry.
#[derive(Debug, Default)]
pub(crate) struct EntryEvidence {
    /// The scorers with their scores.
    pub(crate) scores: Vec<(String, Option<f64>)>,
    /// The comparisons of the match model.
    pub(crate) comparisons: Vec<ComparisonEvidence>,
}

/// A comparison of the match model: the level reached, and what it added in bits.
#[derive(Debug)]
pub(crate) struct ComparisonEvidence {
    pub(crate) comparison: String,
    pub(crate) level: Option<String>,
    pub(crate) bits: Option<f64>,
}

impl Alternative {
    pub(crate) fn id(&self) -> Option<String> {
        self.id.as_ref().and_then(plain_text)
    }

    pub(crate) fn group(&self) -> Option<String> {
        self.group.as_ref().and_then(plain_text)
    }

    pub(crate) fn stage(&self) -> Option<String> {
        self.stage.as_ref().and_then(plain_text)
    }

    pub(crate) fn score(&self) -> Option<f64> {
        self.score
    }

    /// A field of the entry.
    pub(crate) fn field(&self, field: &FieldColumn) -> Option<String> {
        self.entry.as_ref()?.get(&field.name).and_then(plain_text)
    }

    /// The candidate on three lines: its name, the other fields, its id with the score in `score`'s digits.
    pub(crate) fn to_text(&self, fields: &[FieldColumn], score: impl Fn(f64) -> String) -> String {
        let text = |field| self.field(field).filter(|value| !matches!(value.as_str(), "true" | "false"));
        let mut values = fields.iter().filter_map(text);
        let name = values.next();
        let place = values.collect::<Vec<_>>().join(", ");
        let id = self.id();
        let score = self.score.map(|value| format!("({})", score(value)));
        let id = id.into_iter().chain(score).collect::<Vec<_>>().join(" ");
        name.into_iter().chain([place, id]).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// The score of a scorer; in old checkpoints a number alone. Other members are skipped.
struct ScorerEntry(Option<f64>);

impl<'de> Deserialize<'de> for ScorerEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScorerEntry, D::Error> {
        deserializer.deserialize_any(ScoreVisitor)
    }
}

struct ScoreVisitor;

impl<'de> Visitor<'de> for ScoreVisitor {
    type Value = ScorerEntry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a score, or an object with one")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ScorerEntry, A::Error> {
        let mut score = None;
        while let Some(key) = members.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "score" => score = members.next_value()?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(ScorerEntry(score))
    }

    fn visit_f64<E>(self, score: f64) -> Result<ScorerEntry, E> {
        Ok(ScorerEntry(Some(score)))
    }

    fn visit_u64<E>(self, score: u64) -> Result<ScorerEntry, E> {
        Ok(ScorerEntry(Some(score as f64)))
    }

    fn visit_unit<E>(self) -> Result<ScorerEntry, E> {
        Ok(ScorerEntry(None))
    }
}

/// The typed columns of a batch of outcomes.
pub(crate) struct OutcomeBatch<'a> {
    layout: &'a Layout,
    /// In the order of [`COLUMNS`].
    columns: Vec<ColumnArray<'a>>,
}

impl<'a> OutcomeBatch<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, layout: &'a Layout) -> Result<OutcomeBatch<'a>, MissingColumn> {
        let array = |column: &ResultColumn| -> Result<ColumnArray<'a>, MissingColumn> {
            Ok(match column.content {
                Content::Text | Content::Outcome | Content::Level | Content::Reasons | Content::Error => {
                    ColumnArray::Text(text(batch, column.name)?)
                }
                Content::Number => ColumnArray::Number(primitive::<UInt64Type>(batch, column.name)?),
                Content::Count => ColumnArray::Count(primitive::<UInt32Type>(batch, column.name)?),
                Content::Fraction => ColumnArray::Fraction(primitive::<Float64Type>(batch, column.name)?),
                Content::Flag => ColumnArray::Flag(flags(batch, column.name)?),
            })
        };
        Ok(OutcomeBatch { layout, columns: COLUMNS.iter().map(array).collect::<Result<_, _>>()? })
    }

    /// The record at `row`, which is below the batch's number of rows.
    pub(crate) fn get(&'a self, row: usize) -> Record<'a> {
        Record { batch: self, row, input: OnceCell::new(), entry: OnceCell::new() }
    }
}

impl<'a> Record<'a> {
    /// The columns with their cells, in the order of [`COLUMNS`].
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&'static ResultColumn, ColumnCell<'a>)> {
        let row = self.row;
        COLUMNS.iter().zip(&self.batch.columns).map(move |(column, array)| {
            let cell = match array {
                ColumnArray::Text(array) => ColumnCell::Text(value(array, row)),
                ColumnArray::Number(array) => ColumnCell::Number(array.value(row)),
                ColumnArray::Count(array) => ColumnCell::Count(array.value(row)),
                ColumnArray::Fraction(array) => ColumnCell::Fraction(array.is_valid(row).then(|| array.value(row))),
                ColumnArray::Flag(array) => ColumnCell::Flag(array.is_valid(row).then(|| array.value(row))),
            };
            (column, cell)
        })
    }

    /// The text of the column called `name`; `None` where it has none.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let cell = self.cells().find(|(column, _)| column.name == name);
        match cell {
            Some((_, ColumnCell::Text(text))) => text,
            _ => None,
        }
    }

    /// The number of a column.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.cells().find(|(column, _)| column.name == name)? {
            (_, ColumnCell::Fraction(number)) => number,
            _ => None,
        }
    }

    /// Whether a column has a yes.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.cells().any(|(column, cell)| column.name == name && cell == ColumnCell::Flag(Some(true)))
    }

    /// The supplier's fields in the order of [`Layout::input_fields`], several values separated by ` | `.
    pub(crate) fn input_fields(&self) -> Result<Vec<Option<String>>, ExportError> {
        let object = self.object(&self.input, "input")?;
        Ok(self.batch.layout.input_fields.iter().map(|field| object.get(&field.name).and_then(plain_text)).collect())
    }

    /// The entry's fields in the order of [`Layout::entry_fields`], several values separated by ` | `.
    pub(crate) fn entry_fields(&self) -> Result<Vec<Option<String>>, ExportError> {
        let object = self.object(&self.entry, "entry")?;
        Ok(self.batch.layout.entry_fields.iter().map(|field| object.get(&field.name).and_then(plain_text)).collect())
    }

    /// The money that depends on the row, where the layout has a field with it.
    pub(crate) fn amount(&self) -> Result<Option<f64>, ExportError> {
        let Some(name) = &self.batch.layout.amount else { return Ok(None) };
        let value = self.object(&self.input, "input")?.get(name).and_then(plain_text);
        Ok(value.and_then(|value| value.parse().ok()).filter(|value: &f64| value.is_finite()))
    }

    fn object<'r>(
        &self,
        parsed: &'r OnceCell<Map<String, Value>>,
        column: &'static str,
    ) -> Result<&'r Map<String, Value>, ExportError> {
        if let Some(parsed) = parsed.get() {
            return Ok(parsed);
        }
        let object: Map<String, Value> = match self.text(column) {
            Some(json) => serde_json::from_str(json).map_err(|_| self.not_json(column, "object"))?,
            None => Map::new(),
        };
        Ok(parsed.get_or_init(|| object))
    }

    /// The other candidates, best first.
    pub(crate) fn alternatives(
        &self,
        column: &'static str,
        json: Option<&str>,
    ) -> Result<Vec<Alternative>, ExportError> {
        serde_json::from_str(json.unwrap_or("[]")).map_err(|_| self.not_json(column, "array"))
    }

    /// The scores of the best entry, in the order of [`Layout::scorers`].
    pub(crate) fn scores(&self, column: &'static str, json: Option<&str>) -> Result<Vec<Option<f64>>, ExportError> {
        let scores: HashMap<String, ScorerEntry> =
            serde_json::from_str(json.unwrap_or("{}")).map_err(|_| self.not_json(column, "object"))?;
        Ok(self.batch.layout.scorers.iter().map(|scorer| scores.get(scorer)?.0).collect())
    }

    /// The evidence for the best entry.
    pub(crate) fn evidence(&self, column: &'static str, json: Option<&str>) -> Result<EntryEvidence, ExportError> {
        let members: Map<String, Value> =
            serde_json::from_str(json.unwrap_or("{}")).map_err(|_| self.not_json(column, "object"))?;
        let mut evidence = EntryEvidence::default();
        for (name, member) in &members {
            match (name.as_str(), member) {
                (MODEL, Value::Object(model)) => {
                    let steps = model.iter().filter_map(|(name, step)| Some((name, step.as_object()?)));
                    evidence.comparisons.extend(steps.map(|(comparison, step)| ComparisonEvidence {
                        comparison: comparison.clone(),
                        level: step.get("level").and_then(Value::as_str).map(str::to_owned),
                        bits: step.get("bits").and_then(Value::as_f64),
                    }));
                }
                (name, _) if name.starts_with('_') => {}
                (name, output) => {
                    let score = output.get("score").unwrap_or(output).as_f64();
                    evidence.scores.push((name.to_owned(), score));
                }
            }
        }
        Ok(evidence)
    }

    fn not_json(&self, column: &'static str, expected: &'static str) -> ExportError {
        ExportError::Json { key: self.text("key").unwrap_or_default().to_owned(), column, expected }
    }
}

/// A JSON value as one text; several values of a field are separated by ` | `.
fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => {
            let joined = text.split(ALTERNATIVE).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ");
            (!joined.is_empty()).then_some(joined)
        }
        other => Some(other.to_string()),
    }
}
