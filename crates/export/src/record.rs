//! One outcome by the columns of [`matchflow_model::outcome::COLUMNS`]; its JSON columns are parsed on request.

use std::cell::OnceCell;

use matchflow_model::arrow::array::{
    Array, BooleanArray, Float64Array, ListArray, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use matchflow_model::arrow::datatypes::{Float64Type, UInt32Type, UInt64Type};
use matchflow_model::columns::{ALTERNATIVE, MissingColumn, flags, lists, primitive, text, value};
use matchflow_model::evidence::{Alternative, ListItem, items};
use matchflow_model::outcome::COLUMNS;
use matchflow_model::reason::ScorerScore;
use matchflow_model::result_table::{Content, ResultColumn};
use serde_json::{Map, Value};

use crate::error::ExportError;
use crate::layout::{FieldColumn, Layout};

/// One outcome.
pub(crate) struct Record<'a> {
    batch: &'a OutcomeBatch<'a>,
    row: usize,
    /// The supplier's fields, parsed on first use.
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
    /// A count.
    Count(u32),
    /// A score, a probability, a weight.
    Fraction(Option<f64>),
    /// Yes or no.
    Flag(Option<bool>),
    /// A list: see [`Record::list`].
    List,
}

/// A column of a batch.
enum ColumnArray<'a> {
    Text(&'a StringArray),
    Number(&'a UInt64Array),
    Count(&'a UInt32Array),
    Fraction(&'a Float64Array),
    Flag(&'a BooleanArray),
    List(&'a ListArray),
}

/// A candidate with its fields parsed.
#[derive(Debug, Default)]
pub(crate) struct AlternativeFields {
    pub(crate) candidate: Alternative,
    entry: Map<String, Value>,
}

impl AlternativeFields {
    /// A field of the entry.
    pub(crate) fn field(&self, field: &FieldColumn) -> Option<String> {
        self.entry.get(&field.name).and_then(plain_text)
    }

    /// The candidate on three lines: its name, the other fields, its id with the score formatted by `score`.
    pub(crate) fn to_text(&self, fields: &[FieldColumn], score: impl Fn(f64) -> String) -> String {
        let text = |field| self.field(field).filter(|value| !matches!(value.as_str(), "true" | "false"));
        let mut values = fields.iter().filter_map(text);
        let name = values.next();
        let place = values.collect::<Vec<_>>().join(", ");
        let id = Some(self.candidate.id.clone()).filter(|id| !id.is_empty());
        let score = self.candidate.score.map(|value| format!("({})", score(value)));
        let id = id.into_iter().chain(score).collect::<Vec<_>>().join(" ");
        name.into_iter().chain([place, id]).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
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
                Content::Text
                | Content::Outcome
                | Content::Level
                | Content::Reasons
                | Content::Error
                | Content::Review => ColumnArray::Text(text(batch, column.name)?),
                Content::Number => ColumnArray::Number(primitive::<UInt64Type>(batch, column.name)?),
                Content::Count => ColumnArray::Count(primitive::<UInt32Type>(batch, column.name)?),
                Content::Fraction => ColumnArray::Fraction(primitive::<Float64Type>(batch, column.name)?),
                Content::Flag => ColumnArray::Flag(flags(batch, column.name)?),
                Content::Alternatives | Content::Scores | Content::Comparisons => {
                    ColumnArray::List(lists(batch, column.name)?)
                }
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
                ColumnArray::List(_) => ColumnCell::List,
            };
            (column, cell)
        })
    }

    /// The text of the column called `name`; `None` if it has none.
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

    /// Whether a column is true.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.cells().any(|(column, cell)| column.name == name && cell == ColumnCell::Flag(Some(true)))
    }

    /// The supplier's fields in the order of [`Layout::input_fields`], multiple values separated by ` | `.
    pub(crate) fn input_fields(&self) -> Result<Vec<Option<String>>, ExportError> {
        let object = self.object(&self.input, "input")?;
        Ok(self.batch.layout.input_fields.iter().map(|field| object.get(&field.name).and_then(plain_text)).collect())
    }

    /// The entry's fields in the order of [`Layout::entry_fields`], multiple values separated by ` | `.
    pub(crate) fn entry_fields(&self) -> Result<Vec<Option<String>>, ExportError> {
        let object = self.object(&self.entry, "entry")?;
        Ok(self.batch.layout.entry_fields.iter().map(|field| object.get(&field.name).and_then(plain_text)).collect())
    }

    /// The amount at stake in the row, if the layout has a field for it.
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

    /// The items of the column of such lists.
    pub(crate) fn list<T: ListItem>(&self) -> Vec<T> {
        let place = COLUMNS.iter().position(|column| column.content == T::CONTENT);
        match place.and_then(|place| self.batch.columns.get(place)) {
            Some(ColumnArray::List(lists)) => items(lists, self.row),
            _ => Vec::new(),
        }
    }

    /// The other candidates with their fields, best first.
    pub(crate) fn alternatives(&self) -> Result<Vec<AlternativeFields>, ExportError> {
        let with_fields = |candidate: Alternative| {
            let entry = candidate.entry.as_deref().map_or(Ok(Map::new()), serde_json::from_str);
            let entry = entry.map_err(|_| self.not_json("alternatives", "object"))?;
            Ok(AlternativeFields { candidate, entry })
        };
        self.list().into_iter().map(with_fields).collect()
    }

    /// The scores of the best entry, in the order of [`Layout::scorers`].
    pub(crate) fn scores(&self) -> Vec<Option<f64>> {
        let scores: Vec<ScorerScore> = self.list();
        let score = |scorer: &String| Some(scores.iter().find(|one| one.scorer == *scorer)?.score);
        self.batch.layout.scorers.iter().map(score).collect()
    }

    fn not_json(&self, column: &'static str, expected: &'static str) -> ExportError {
        ExportError::Json { key: self.text("key").unwrap_or_default().to_owned(), column, expected }
    }
}

/// A JSON value as one text; multiple values of a field are separated by ` | `.
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
