//! The rows of a request, converted to a batch by `ingest`, like the rows of a supplier file.
//!
//! A row may name columns of the supplier file or fields of the pipeline. A field given in place of its columns gets a
//! separate column in the table, so that joins and types are those of the plan.
//!
//! **Invariant:** a request's row is matched or the request is refused: no name, value or row is dropped, except for
//! unknown columns if the request allows that.

use matchflow_ingest::{inline_table, open_source};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::compute::concat_batches;
use matchflow_model::columns;
use matchflow_model::header;
use matchflow_model::plan::{InlineTable, SourcePlan};

use crate::problem::{FieldError, Problem, ProblemKind, pointer_segment};
use crate::served_pipeline::ServedPipeline;

/// Prefix of the column for a field that is given in place of its columns.
const FIELD_COLUMN: &str = "field of the request: ";
/// The number of the first row of a table: the header is row 1.
pub(crate) const FIRST_ROW: u64 = 2;

/// The rows of a request: a header and cells as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowTable {
    /// The names, each once.
    pub(crate) names: Vec<String>,
    /// The rows, each as long as `names`.
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

/// The meaning of a name in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NamedColumn {
    /// The column of the supplier file.
    Column(String),
    /// The field, in place of its columns.
    Field(String),
    /// A name that the pipeline does not read.
    Unknown,
}

impl RowTable {
    /// The index of a name, which is added if it is new.
    pub(crate) fn column(&mut self, name: &str) -> usize {
        if let Some(place) = self.names.iter().position(|known| known == name) {
            return place;
        }
        self.names.push(name.to_owned());
        for row in &mut self.rows {
            row.push(None);
        }
        self.names.len() - 1
    }

    /// The rows as the plan reads them.
    ///
    /// # Errors
    ///
    /// Unknown names, unless `ignores_unknown`; a field together with its column; rows without a value.
    pub(crate) fn into_batch(self, pipeline: &ServedPipeline, ignores_unknown: bool) -> Result<RowBatch, Problem> {
        let named: Vec<NamedColumn> = self.names.iter().map(|name| named_column(pipeline, name)).collect();
        let mut errors = if ignores_unknown { Vec::new() } else { self.unknown_names(pipeline, &named) };
        errors.extend(self.conflicts(pipeline, &named));
        if !errors.is_empty() {
            return Err(Problem::of_parts(errors));
        }
        let rows = self.rows.len();
        let mut source = pipeline.plan().source.clone();
        source.table = inline_table(&self.into_table(pipeline, &named, &mut source));
        read(&source, rows)
    }

    fn unknown_names(&self, pipeline: &ServedPipeline, named: &[NamedColumn]) -> Vec<FieldError> {
        let unknown =
            self.names.iter().zip(named).enumerate().filter(|(_, (_, named))| **named == NamedColumn::Unknown);
        let error = |(place, (name, _)): (usize, (&String, &NamedColumn))| {
            let row = self.rows.iter().position(|row| row.get(place).is_some_and(Option::is_some)).unwrap_or_default();
            let pointer = format!("/rows/{row}/{}", pointer_segment(name));
            FieldError::new(pointer, "the pipeline has no column and no field of this name")
                .allowing(pipeline.row_names())
        };
        unknown.map(error).collect()
    }

    /// Names in one request that refer to the same column.
    fn conflicts(&self, pipeline: &ServedPipeline, named: &[NamedColumn]) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (place, (name, column)) in self.names.iter().zip(named).enumerate() {
            let before = named.get(..place).unwrap_or_default();
            let other = match column {
                NamedColumn::Unknown => continue,
                NamedColumn::Column(_) => before.iter().position(|other| other == column),
                NamedColumn::Field(field) => {
                    let plan = pipeline.plan().source.fields.iter().find(|plan| plan.name == *field);
                    let columns = plan.map(|plan| plan.columns.as_slice()).unwrap_or_default();
                    let is_same = |other: &NamedColumn| match other {
                        NamedColumn::Column(name) => columns.contains(name),
                        other => other == column,
                    };
                    named.iter().enumerate().find(|(at, other)| *at != place && is_same(other)).map(|(at, _)| at)
                }
            };
            if let Some(other) = other.and_then(|other| self.names.get(other)) {
                let detail = format!("`{name}` and `{other}` name the same values: give one of them");
                errors.push(FieldError::new(format!("/rows/0/{}", pointer_segment(name)), detail));
            }
        }
        errors
    }

    /// The table with every column of the plan; given fields get separate columns, which `source` then names.
    fn into_table(self, pipeline: &ServedPipeline, named: &[NamedColumn], source: &mut SourcePlan) -> InlineTable {
        let mut names = pipeline.columns().to_vec();
        let mut places = Vec::with_capacity(named.len());
        for column in named {
            places.push(match column {
                NamedColumn::Column(name) => names.iter().position(|known| known == name),
                NamedColumn::Field(name) => {
                    let column = format!("{FIELD_COLUMN}{name}");
                    if let Some(field) = source.fields.iter_mut().find(|field| field.name == *name) {
                        field.columns.push(column.clone());
                    }
                    names.push(column);
                    Some(names.len() - 1)
                }
                NamedColumn::Unknown => None,
            });
        }
        let width = names.len();
        let rows = self.rows.into_iter().map(|row| {
            let mut cells = vec![None; width];
            for (cell, place) in row.into_iter().zip(&places) {
                if let Some(slot) = place.and_then(|place| cells.get_mut(place)) {
                    *slot = cell;
                }
            }
            cells
        });
        let rows = rows.collect();
        InlineTable { columns: names, rows }
    }
}

/// The meaning of a name: a column with the exact name, a field, or a column with a similar spelling.
fn named_column(pipeline: &ServedPipeline, name: &str) -> NamedColumn {
    if pipeline.columns().iter().any(|column| column == name) {
        return NamedColumn::Column(name.to_owned());
    }
    if pipeline.fields().iter().any(|field| field == name) {
        return NamedColumn::Field(name.to_owned());
    }
    match header::find(pipeline.columns(), name).and_then(|place| pipeline.columns().get(place)) {
        Some(column) => NamedColumn::Column(column.clone()),
        None => NamedColumn::Unknown,
    }
}

/// Reads all rows as one batch.
fn read(source: &SourcePlan, rows: usize) -> Result<RowBatch, Problem> {
    let unreadable = |error: matchflow_ingest::IngestError| Problem::new(ProblemKind::Internal, error.to_string());
    let mut reader = open_source(source, rows.max(1)).map_err(unreadable)?;
    let (mut batches, mut rejects) = (Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch().map_err(unreadable)? {
        batches.push(batch.rows);
        rejects.extend(batch.rejects);
    }
    let joined = concat_batches(&reader.schema(), &batches);
    let batch = joined.map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
    if rows == 0 {
        return Err(Problem::of_part(ProblemKind::Invalid, FieldError::new("/rows", "there is no row to match")));
    }
    if batch.num_rows() < rows {
        return Err(Problem::of_parts(blank_rows(&batch, rows)));
    }
    Ok(RowBatch { rows: batch, rejects })
}

/// The rows that were not read because they have no value.
fn blank_rows(batch: &RecordBatch, rows: usize) -> Vec<FieldError> {
    let numbers = columns::numbers(batch, columns::ROW).map(|numbers| numbers.values().to_vec()).unwrap_or_default();
    // The header is row 1.
    let is_blank = |row: &usize| !numbers.contains(&(*row as u64 + FIRST_ROW));
    let error = |row: usize| FieldError::new(format!("/rows/{row}"), "the row has no value");
    (0..rows).filter(is_blank).map(error).collect()
}
