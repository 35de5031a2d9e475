//! Results for programs: typed columns under the names of CSV files, candidates and evidence as nested lists.
//!
//! **Limits.** At most [`ROWS_MAX`] rows are in memory at a time.

use std::borrow::Cow;
use std::sync::Arc;

use matchflow_model::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, UInt32Array, UInt64Array,
};
use matchflow_model::arrow::buffer::OffsetBuffer;
use matchflow_model::arrow::datatypes::{Field, Fields, Schema};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::evidence::{Alternative, ListItem};
use matchflow_model::language::{Label, Language};
use matchflow_model::plan::FieldType;
use matchflow_model::reason::{ComparisonLevel, ScorerScore};
use matchflow_model::result_table::{ColumnValue, Content, Export, ResultColumn};

use crate::OutputFile;
use crate::batch_writer::BatchWriter;
use crate::duplicates::{SheetTable, TableCell};
use crate::error::ExportError;
use crate::layout::{Fact, FieldColumn, Layout, Summary};
use crate::record::{AlternativeFields, ColumnCell, Record};
use crate::staged::StagedOutput;
use crate::tally::OutcomeTally;

/// Rows per write.
const ROWS_MAX: usize = 8_192;

/// Days from the first year of the calendar to 1970.
const DAYS_TO_1970: i32 = 719_163;

/// Results on their way to a file or a table that takes typed columns.
pub(crate) struct TypedOutput<'a> {
    writer: Box<dyn BatchWriter>,
    layout: &'a Layout,
    rows: Vec<TypedRow>,
    /// Whether any rows, or none but the columns, were written.
    is_begun: bool,
}

/// The values of a result, owned.
struct TypedRow {
    /// In the order of the table of results.
    cells: Vec<TypedCell>,
    input: Vec<Option<String>>,
    entry: Vec<Option<String>>,
    alternatives: Vec<AlternativeFields>,
    scores: Vec<ScorerScore>,
    comparisons: Vec<ComparisonLevel>,
}

enum TypedCell {
    Text(Option<String>),
    Number(u64),
    Count(u32),
    Fraction(Option<f64>),
    Flag(Option<bool>),
    List,
}

impl<'a> TypedOutput<'a> {
    pub(crate) fn new(writer: Box<dyn BatchWriter>, layout: &'a Layout) -> TypedOutput<'a> {
        TypedOutput { writer, layout, rows: Vec::with_capacity(ROWS_MAX), is_begun: false }
    }

    fn row(&self, record: &Record<'_>) -> Result<TypedRow, ExportError> {
        let words = &self.layout.words;
        let cell = |(column, cell): (&ResultColumn, ColumnCell<'_>)| match cell {
            ColumnCell::Text(text) => TypedCell::Text(words.column_text(column.content, text).map(Cow::into_owned)),
            ColumnCell::Number(number) => TypedCell::Number(number),
            ColumnCell::Count(count) => TypedCell::Count(count),
            ColumnCell::Fraction(number) => TypedCell::Fraction(number),
            ColumnCell::Flag(flag) => TypedCell::Flag(flag),
            ColumnCell::List => TypedCell::List,
        };
        Ok(TypedRow {
            cells: record.cells().map(cell).collect(),
            input: record.input_fields()?,
            entry: record.entry_fields()?,
            alternatives: record.alternatives()?,
            scores: record.list(),
            comparisons: record.list(),
        })
    }

    /// Writes the rows in memory.
    fn flush(&mut self) -> Result<(), ExportError> {
        let batch = self.batch().map_err(|source| ExportError::Columns { place: self.writer.place(), source })?;
        self.rows.clear();
        self.is_begun = true;
        self.writer.write(&batch)
    }

    fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        let mut add = |name: String, array: ArrayRef| {
            fields.push(Field::new(name, array.data_type().clone(), true));
            columns.push(array);
        };
        for (place, column) in matchflow_model::outcome::COLUMNS.iter().enumerate() {
            if !self.layout.has(column) {
                continue;
            }
            match column.export {
                Export::InputFields => {
                    for (name, array) in self.field_columns("in", &self.layout.input_fields, |row| &row.input) {
                        add(name, array);
                    }
                }
                Export::EntryFields => {
                    for (name, array) in self.field_columns("entry", &self.layout.entry_fields, |row| &row.entry) {
                        add(name, array);
                    }
                }
                Export::Alternatives => add(column.name.to_owned(), self.alternatives()?),
                Export::Scores => add(column.name.to_owned(), self.list_column(|row| &row.scores)),
                Export::Comparisons => add(column.name.to_owned(), self.list_column(|row| &row.comparisons)),
                _ => add(column.name.to_owned(), self.result_column(place, column)),
            }
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }

    fn result_column(&self, place: usize, column: &ResultColumn) -> ArrayRef {
        let cells = || self.rows.iter().map(|row| row.cells.get(place));
        match column.content {
            Content::Number => Arc::new(UInt64Array::from_iter(cells().map(|cell| match cell {
                Some(TypedCell::Number(number)) => Some(*number),
                _ => None,
            }))),
            Content::Count => Arc::new(UInt32Array::from_iter(cells().map(|cell| match cell {
                Some(TypedCell::Count(count)) => Some(*count),
                _ => None,
            }))),
            Content::Fraction => Arc::new(Float64Array::from_iter(cells().map(|cell| match cell {
                Some(TypedCell::Fraction(number)) => *number,
                _ => None,
            }))),
            Content::Flag => Arc::new(BooleanArray::from_iter(cells().map(|cell| match cell {
                Some(TypedCell::Flag(flag)) => *flag,
                _ => None,
            }))),
            Content::Text
            | Content::Outcome
            | Content::Level
            | Content::Reasons
            | Content::Error
            | Content::Review
            | Content::Alternatives
            | Content::Scores
            | Content::Comparisons => Arc::new(StringArray::from_iter(cells().map(|cell| match cell {
                Some(TypedCell::Text(text)) => text.as_deref(),
                _ => None,
            }))),
        }
    }

    /// The columns of one side's fields, by their declared types.
    fn field_columns<'r>(
        &'r self,
        prefix: &'r str,
        fields: &'r [FieldColumn],
        values: impl Fn(&'r TypedRow) -> &'r Vec<Option<String>> + Copy + 'r,
    ) -> impl Iterator<Item = (String, ArrayRef)> + 'r {
        fields.iter().enumerate().map(move |(place, field)| {
            let texts = self.rows.iter().map(move |row| values(row).get(place).and_then(Option::as_deref));
            (format!("{prefix}_{}", field.name), typed_array(texts, field.data_type))
        })
    }

    fn alternatives(&self) -> Result<ArrayRef, ArrowError> {
        let all = || self.rows.iter().flat_map(|row| &row.alternatives);
        let text = |value: fn(&Alternative) -> Option<&str>| -> ArrayRef {
            Arc::new(StringArray::from_iter(all().map(|one| value(&one.candidate))))
        };
        let entry = self.layout.entry_fields.iter().map(|field| {
            let texts: Vec<Option<String>> = all().map(|one| one.field(field)).collect();
            (field.name.clone(), typed_array(texts.iter().map(Option::as_deref), field.data_type))
        });
        let entry = struct_array(entry.collect(), all().count())?;
        let scores: ArrayRef = Arc::new(Float64Array::from_iter(all().map(|one| one.candidate.score)));
        let weights: ArrayRef = Arc::new(Float64Array::from_iter(all().map(|one| one.candidate.weight)));
        let members = vec![
            ("id".to_owned(), text(|one| Some(&one.id))),
            ("group".to_owned(), text(|one| one.group.as_deref())),
            ("score".to_owned(), scores),
            ("weight".to_owned(), weights),
            ("stage".to_owned(), text(|one| Some(&one.stage))),
            ("entry".to_owned(), entry),
            ("evidence".to_owned(), text(|one| one.evidence.as_deref())),
        ];
        list_array(self.rows.iter().map(|row| row.alternatives.len()), struct_array(members, all().count())?)
    }

    fn list_column<'r, T: ListItem + 'static>(&'r self, list: impl Fn(&'r TypedRow) -> &'r Vec<T>) -> ArrayRef {
        ColumnValue::column(self.rows.iter().map(list))
    }
}

impl OutputFile for TypedOutput<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.rows.push(self.row(record)?);
        if self.rows.len() == ROWS_MAX { self.flush() } else { Ok(()) }
    }

    fn complete(mut self: Box<Self>, _: &OutcomeTally, summary: &Summary) -> Result<StagedOutput, ExportError> {
        // Without rows, a file and a table have their columns all the same.
        if !self.rows.is_empty() || !self.is_begun {
            self.flush()?;
        }
        let pipeline = ("pipeline".to_owned(), summary.pipeline.clone());
        // Programs read the keys: they are the same in every language.
        let fact = |(label, fact): &(Label, Fact)| (label.get(Language::default()).replace(' ', "_"), fact_text(fact));
        let facts: Vec<(String, String)> = std::iter::once(pipeline).chain(summary.facts.iter().map(fact)).collect();
        self.writer.complete(&facts)
    }
}

fn fact_text(fact: &Fact) -> String {
    match fact {
        Fact::Text(text) => text.clone(),
        Fact::Count(count) => count.to_string(),
        Fact::Decimal(value) => value.to_string(),
    }
}

/// A table of duplicates: its texts, amounts and counts as typed columns.
pub(crate) fn table_batch(table: &SheetTable) -> Result<RecordBatch, ArrowError> {
    let column = |place: usize| -> ArrayRef {
        let cells = || table.rows.iter().map(move |row| row.get(place));
        match cells().next().flatten() {
            Some(TableCell::Amount(_) | TableCell::Score(_)) => {
                Arc::new(Float64Array::from_iter(cells().map(|cell| match cell {
                    Some(TableCell::Amount(number) | TableCell::Score(number)) => *number,
                    _ => None,
                })))
            }
            Some(TableCell::Count(_)) => Arc::new(UInt64Array::from_iter(cells().map(|cell| match cell {
                Some(TableCell::Count(count)) => Some(*count),
                _ => None,
            }))),
            Some(TableCell::Text(_)) | None => Arc::new(StringArray::from_iter(cells().map(|cell| match cell {
                Some(TableCell::Text(text)) if !text.is_empty() => Some(text.as_str()),
                _ => None,
            }))),
        }
    };
    let columns = table.columns.iter().enumerate().map(|(place, name)| (name, column(place), true));
    RecordBatch::try_from_iter_with_nullable(columns)
}

/// Texts as a column of their declared type. They were formatted from such a column, so each can be parsed.
fn typed_array<'t>(texts: impl Iterator<Item = Option<&'t str>>, data_type: FieldType) -> ArrayRef {
    match data_type {
        FieldType::Text => Arc::new(StringArray::from_iter(texts)),
        FieldType::Integer => Arc::new(Int64Array::from_iter(texts.map(|text| text?.parse::<i64>().ok()))),
        FieldType::Decimal => Arc::new(Float64Array::from_iter(texts.map(|text| text?.parse::<f64>().ok()))),
        FieldType::Boolean => Arc::new(BooleanArray::from_iter(texts.map(|text| text?.parse::<bool>().ok()))),
        FieldType::Date => Arc::new(Date32Array::from_iter(texts.map(|text| days(text?)))),
    }
}

/// The days from 1970 to a date such as `2024-07-07`.
fn days(text: &str) -> Option<i32> {
    use chrono::Datelike;
    let day: chrono::NaiveDate = text.parse().ok()?;
    Some(day.num_days_from_ce() - DAYS_TO_1970)
}

fn struct_array(members: Vec<(String, ArrayRef)>, rows: usize) -> Result<ArrayRef, ArrowError> {
    let field = |(name, array): &(String, ArrayRef)| Field::new(name, array.data_type().clone(), true);
    let fields: Fields = members.iter().map(field).collect();
    let arrays: Vec<ArrayRef> = members.into_iter().map(|(_, array)| array).collect();
    Ok(Arc::new(StructArray::try_new_with_length(fields, arrays, None, rows)?))
}

fn list_array(lengths: impl Iterator<Item = usize>, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), values, None)?))
}
