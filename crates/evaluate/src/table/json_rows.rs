//! JSON lines. The keys of the first line are the columns; lists and objects are JSON, as CSV files have them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::{Map, Value};

use super::{NamedRow, NamedTable, text_of};
use crate::error::EvaluateError;

/// The number of a line, and its object.
type NumberedObject = (u64, Map<String, Value>);

pub(super) fn open(path: &Path, file: File) -> Result<NamedTable<'static>, EvaluateError> {
    let name = path.display().to_string();
    let mut lines = BufReader::new(file).lines();
    let file = name.clone();
    let mut number = 0;
    let mut object = move || -> Option<Result<NumberedObject, EvaluateError>> {
        number += 1;
        let failed = |reason: String| EvaluateError::Json { file: file.clone(), line: number, reason };
        Some(match lines.next()? {
            Err(error) => Err(failed(error.to_string())),
            Ok(line) => serde_json::from_str(&line).map(|row| (number, row)).map_err(|error| failed(error.to_string())),
        })
    };
    let first = object().transpose()?;
    let columns: Vec<String> = first.iter().flat_map(|(_, row)| row.keys().cloned()).collect();
    let names = columns.clone();
    let rows = first.map(Ok).into_iter().chain(std::iter::from_fn(object));
    let rows = rows.map(move |row| {
        row.map(|(line, row)| NamedRow {
            sheet: None,
            line,
            cells: names.iter().map(|name| text(row.get(name)?)).collect(),
        })
    });
    Ok(NamedTable::new(name, columns, rows))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => text_of(text),
        other => Some(other.to_string()),
    }
}
