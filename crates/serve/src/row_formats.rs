//! The rows of a request from its body: JSON, CSV or an Arrow IPC stream.
//!
//! **Limits.** `rows_max` rows; the size of the body is limited when it is received.
//!
//! **Invariant:** any bytes give rows or a problem, never a panic.

use std::io::Cursor;
use std::panic::catch_unwind;

use matchflow_model::arrow::array::{Array, RecordBatch, StringArray};
use matchflow_model::arrow::compute::cast;
use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::ipc::reader::StreamReader;
use matchflow_model::columns::value;
use serde_json::{Map, Value};

use crate::media::MediaType;
use crate::problem::{FieldError, Problem, ProblemKind, pointer_segment};
use crate::row_table::RowTable;
use crate::unique_json::{REPEATED_NAME, UniqueJson};

/// The member of a JSON body with the rows.
const ROWS: &str = "rows";
/// Larger whole numbers are not exact as JSON numbers.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The rows of a body.
///
/// # Errors
///
/// A body that is not of its type, or has too many rows.
pub(crate) fn read_rows(media: MediaType, body: &[u8], rows_max: usize) -> Result<RowTable, Problem> {
    let table = match media {
        MediaType::Json => read_json(body, rows_max),
        MediaType::Csv => read_csv(body, rows_max),
        MediaType::Arrow => read_arrow(body, rows_max),
    }?;
    if table.rows.is_empty() {
        let error = FieldError::new("/rows", "there is no row to match");
        return Err(Problem::of_part(ProblemKind::Invalid, error));
    }
    Ok(table)
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Malformed, detail)
}

fn too_many(rows_max: usize) -> Problem {
    let detail = format!("a request has at most {rows_max} rows: split it");
    Problem::of_part(ProblemKind::TooLarge, FieldError::new("/rows", detail))
}

/// The text of a body.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        malformed(format!("the body must be UTF-8: the byte at position {} is not", error.valid_up_to()))
    })
}

/// The JSON of a body, or of a parameter.
pub(crate) fn json(body: &[u8]) -> Result<Value, Problem> {
    let text = utf8(body)?;
    match serde_json::from_str(text) {
        Ok(UniqueJson(value)) => Ok(value),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            // The parser's message may repeat a value.
            let error = error.to_string();
            let repeated = error.starts_with(REPEATED_NAME).then(|| error.split(" at line ").next()).flatten();
            Err(malformed(format!("the body must be JSON: {} at {place}", repeated.unwrap_or("it is not"))))
        }
    }
}

fn read_json(body: &[u8], rows_max: usize) -> Result<RowTable, Problem> {
    let invalid = |error: FieldError| Problem::of_part(ProblemKind::Invalid, error);
    let Value::Object(mut body) = json(body)? else {
        return Err(invalid(FieldError::new("", "the body must be an object: {\"rows\": [{...}]}")));
    };
    let rows = body.remove(ROWS);
    if let Some(name) = body.keys().next() {
        let error = FieldError::new(format!("/{}", pointer_segment(name)), "there is no such member").allowing([ROWS]);
        return Err(invalid(error));
    }
    let Some(Value::Array(rows)) = rows else {
        return Err(invalid(FieldError::new("/rows", "`rows` must be a list of objects")));
    };
    if rows.len() > rows_max {
        return Err(too_many(rows_max));
    }
    let (mut table, mut errors) = (RowTable::default(), Vec::new());
    for (number, row) in rows.into_iter().enumerate() {
        match row {
            Value::Object(cells) => add_json_row(&mut table, number, cells, &mut errors),
            _ => errors
                .push(FieldError::new(format!("/rows/{number}"), "a row must be an object: {\"name\": \"value\"}")),
        }
    }
    if errors.is_empty() { Ok(table) } else { Err(Problem::of_parts(errors)) }
}

fn add_json_row(table: &mut RowTable, number: usize, cells: Map<String, Value>, errors: &mut Vec<FieldError>) {
    table.rows.push(vec![None; table.names.len()]);
    for (name, cell) in cells {
        let cell = match cell_text(cell) {
            Ok(cell) => cell,
            Err(detail) => {
                errors.push(FieldError::new(format!("/rows/{number}/{}", pointer_segment(&name)), detail));
                continue;
            }
        };
        let column = table.column(&name);
        if let Some(slot) = table.rows.last_mut().and_then(|row| row.get_mut(column)) {
            *slot = cell;
        }
    }
}

/// A value as the cell of a supplier file.
pub(crate) fn cell_text(cell: Value) -> Result<Option<String>, &'static str> {
    match cell {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(flag) => Ok(Some(flag.to_string())),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() && value.abs() >= EXACT_MAX => {
                Err("the number has too many digits to be exact: write it as text, in quotes")
            }
            _ => Ok(Some(number.to_string())),
        },
        Value::Array(_) | Value::Object(_) => Err("a value must be text, a number, true, false or null"),
    }
}

fn read_csv(body: &[u8], rows_max: usize) -> Result<RowTable, Problem> {
    let text = utf8(body)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') && !header.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    // Neither message repeats a cell.
    let at_line = |error: &csv::Error| match (error.kind(), error.position()) {
        (csv::ErrorKind::UnequalLengths { expected_len, len, .. }, position) => {
            let line = position.map_or(0, csv::Position::line);
            malformed(format!("line {line} has {len} cells, and the header has {expected_len}"))
        }
        (_, position) => malformed(format!("line {} is not CSV", position.map_or(1, csv::Position::line))),
    };
    let mut table = RowTable::default();
    for name in reader.headers().map_err(|error| at_line(&error))? {
        if table.names.iter().any(|known| known == name) {
            let error = FieldError::new(format!("/rows/0/{}", pointer_segment(name)), "the header has this name twice");
            return Err(Problem::of_part(ProblemKind::Invalid, error));
        }
        table.names.push(name.to_owned());
    }
    for record in reader.records() {
        let record = record.map_err(|error| at_line(&error))?;
        if table.rows.len() == rows_max {
            return Err(too_many(rows_max));
        }
        let cell = |cell: &str| (!cell.is_empty()).then(|| cell.to_owned());
        table.rows.push(record.iter().map(cell).collect());
    }
    Ok(table)
}

fn read_arrow(body: &[u8], rows_max: usize) -> Result<RowTable, Problem> {
    let not_arrow = || malformed("the body must be an Arrow IPC stream (not a file, not Parquet)");
    // A damaged stream can make the reader panic.
    let read = catch_unwind(|| -> Result<Vec<RecordBatch>, ArrowError> {
        let reader = StreamReader::try_new(Cursor::new(body), None)?;
        let mut rows = 0;
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch?;
            rows += batch.num_rows();
            batches.push(batch);
            if rows > rows_max {
                break;
            }
        }
        Ok(batches)
    });
    let batches = read.map_err(|_| not_arrow())?.map_err(|_| not_arrow())?;
    if batches.iter().map(RecordBatch::num_rows).sum::<usize>() > rows_max {
        return Err(too_many(rows_max));
    }
    let mut table = RowTable::default();
    for batch in &batches {
        add_batch(&mut table, batch)?;
    }
    Ok(table)
}

fn add_batch(table: &mut RowTable, batch: &RecordBatch) -> Result<(), Problem> {
    let first = table.rows.len();
    table.rows.extend((0..batch.num_rows()).map(|_| vec![None; table.names.len()]));
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let text = cast(column, &DataType::Utf8).ok();
        let Some(text) = text.as_ref().and_then(|text| text.as_any().downcast_ref::<StringArray>()) else {
            let detail = format!("values of type {} cannot be read as text", field.data_type());
            let error = FieldError::new(format!("/rows/0/{}", pointer_segment(field.name())), detail);
            return Err(Problem::of_part(ProblemKind::Invalid, error));
        };
        let place = table.column(field.name());
        for (row, cells) in table.rows.iter_mut().skip(first).enumerate() {
            if let Some(slot) = cells.get_mut(place) {
                *slot = value(text, row).map(str::to_owned);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(media: MediaType, body: &str) -> Vec<String> {
        let problem = read_rows(media, body.as_bytes(), 3).unwrap_err();
        problem.errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn json_numbers_keep_their_digits() {
        let body = r#"{"rows": [{"Nom": "A", "Code": 73282932000074}, {"Code": 1.5, "x": true, "Nom": null}]}"#;
        let table = read_rows(MediaType::Json, body.as_bytes(), 3).unwrap();
        assert_eq!(table.names, ["Nom", "Code", "x"]);
        let text = |text: &str| Some(text.to_owned());
        let expected = [vec![text("A"), text("73282932000074"), None], vec![None, text("1.5"), text("true")]];
        assert_eq!(table.rows, expected);
    }

    #[test]
    fn json_errors_are_reported_with_their_place() {
        let rows = |rows: &str| pointers(MediaType::Json, &format!(r#"{{"rows": {rows}}}"#));
        assert_eq!(
            rows(r#"[{"a/b": []}, 5, {"n": 123456789012345678901234}]"#),
            ["/rows/0/a~1b", "/rows/1", "/rows/2/n"]
        );
        assert_eq!(rows("[]"), ["/rows"]);
        assert_eq!(rows("{}"), ["/rows"]);
        assert_eq!(rows(r#"[{}, {}, {}, {}]"#), ["/rows"]);
        assert_eq!(pointers(MediaType::Json, r#"{"rows": [], "row": 1}"#), ["/row"]);
        assert_eq!(pointers(MediaType::Json, "[]"), [""]);
    }

    #[test]
    fn a_body_that_is_not_of_its_type_is_malformed() {
        let bodies: [(MediaType, &[u8]); 8] = [
            (MediaType::Json, b"{\"rows\": [{\"a\": \"\xff\"}]}"),
            (MediaType::Json, b"{"),
            (MediaType::Json, b""),
            (MediaType::Json, b"{\"rows\": [{\"a\": 1, \"a\": 2}]}"),
            (MediaType::Csv, b"a,b\n1,\xe9\n"),
            (MediaType::Csv, b"a,b\n1\n"),
            (MediaType::Arrow, b"ARROW1 or what"),
            (MediaType::Arrow, b""),
        ];
        for (media, body) in bodies {
            let problem = read_rows(media, body, 3).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Malformed, "{media:?} {body:?}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read_rows(MediaType::Json, deep.as_bytes(), 3).unwrap_err().kind, ProblemKind::Malformed);
    }

    #[test]
    fn csv_has_the_delimiter_of_its_header() {
        let expected = RowTable {
            names: vec!["Nom".to_owned(), "Ville".to_owned()],
            rows: vec![vec![Some("A, B".to_owned()), None]],
        };
        let semicolons = "\u{feff}Nom;Ville\r\nA, B;\r\n";
        for body in [semicolons, "Nom,Ville\n\"A, B\",\n"] {
            assert_eq!(read_rows(MediaType::Csv, body.as_bytes(), 3), Ok(expected.clone()));
        }
        assert_eq!(pointers(MediaType::Csv, "a,a\n1,2\n"), ["/rows/0/a"]);
        assert_eq!(pointers(MediaType::Csv, "a\n1\n2\n3\n4\n"), ["/rows"]);
    }
}
