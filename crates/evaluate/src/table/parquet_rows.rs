//! Parquet files. Values become text; lists of candidates become the ids and groups as JSON, as in CSV files.

use std::fs::File;
use std::path::Path;

use matchflow_model::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};

use super::{NamedRow, NamedTable, text_of};
use crate::error::EvaluateError;

/// The members of a candidate that are read.
const MEMBERS: [&str; 2] = ["id", "group"];

pub(super) fn open(path: &Path, file: File) -> Result<NamedTable<'static>, EvaluateError> {
    let name = path.display().to_string();
    let failed = |source| EvaluateError::Parquet { file: name.clone(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let columns = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let reader = builder.build().map_err(failed)?;
    let file = name.clone();
    let mut line = 1;
    let rows = reader.flat_map(move |batch| {
        let first = line + 1;
        let rows = batch.and_then(|batch| rows_of(&batch, first));
        line += rows.as_ref().map_or(0, |rows| rows.len() as u64);
        match rows {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            Err(source) => vec![Err(EvaluateError::Parquet { file: file.clone(), source: source.into() })],
        }
    });
    Ok(NamedTable::new(name, columns, rows))
}

/// The rows of a batch, the first of which has the number `first`.
pub(super) fn rows_of(batch: &RecordBatch, first: u64) -> Result<Vec<NamedRow>, ArrowError> {
    let mut rows: Vec<NamedRow> =
        (0..batch.num_rows() as u64).map(|at| NamedRow { sheet: None, line: first + at, cells: Vec::new() }).collect();
    for column in batch.columns() {
        let texts = texts_of(column)?;
        for (row, text) in rows.iter_mut().zip(texts) {
            row.cells.push(text);
        }
    }
    Ok(rows)
}

fn texts_of(column: &ArrayRef) -> Result<Vec<Option<String>>, ArrowError> {
    let is_there = |row: &usize| column.is_valid(*row);
    if let (DataType::List(_), Some(lists)) = (column.data_type(), column.as_list_opt::<i32>()) {
        let text = |row: usize| is_there(&row).then(|| candidates(&lists.value(row))).flatten();
        return Ok((0..column.len()).map(text).collect());
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let text = |row: usize| {
        let text = is_there(&row).then(|| formatter.value(row).try_to_string()).transpose()?;
        Ok(text.as_deref().and_then(text_of))
    };
    (0..column.len()).map(text).collect()
}

/// The ids and groups of a list of candidates, as a JSON array; `None` for lists of anything else.
fn candidates(list: &ArrayRef) -> Option<String> {
    let list = list.as_struct_opt()?;
    let member = |name: &'static str| Some((name, list.column_by_name(name)?.as_string_opt::<i32>()?));
    let members: Vec<_> = MEMBERS.into_iter().filter_map(member).collect();
    let candidate = |row: usize| {
        let value = |(name, values): &(&str, &matchflow_model::arrow::array::StringArray)| {
            let value = if values.is_valid(row) { values.value(row).into() } else { Value::Null };
            ((*name).to_owned(), value)
        };
        Value::Object(members.iter().map(value).collect::<Map<_, _>>())
    };
    Some(Value::Array((0..list.len()).map(candidate).collect()).to_string())
}
