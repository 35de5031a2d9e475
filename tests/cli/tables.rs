//! Reads the output of a run: CSV, XLSX and the DuckDB checkpoint, each with a separate reader.

use std::collections::{HashMap, HashSet};

use calamine::{Data, Reader, Xlsx, open_workbook};
use matchflow_model::language::Language;

use crate::support::World;

/// A result, by column.
pub(crate) type Row = HashMap<String, String>;

/// The rows of a CSV file in either language's dialect.
pub(crate) fn csv_rows(world: &World, name: &str) -> Vec<Row> {
    let bytes = world.read(name);
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(&bytes[..]);
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The first sheet of a workbook: its header, then its rows.
pub(crate) fn xlsx_rows(world: &World, name: &str) -> (Vec<String>, Vec<Vec<Data>>) {
    let mut workbook: Xlsx<_> = open_workbook(world.path(name)).unwrap();
    let range = workbook.worksheet_range_at(0).expect("it has a sheet").unwrap();
    let mut rows = range.rows().map(<[Data]>::to_vec);
    let header = rows.next().expect("it has a header").iter().map(Data::to_string).collect();
    (header, rows.collect())
}

/// The texts of all cells of a workbook.
pub(crate) fn strings(world: &World, name: &str) -> HashSet<String> {
    let mut workbook: Xlsx<_> = open_workbook(world.path(name)).unwrap();
    let sheets = workbook.worksheets();
    sheets.iter().flat_map(|(_, range)| range.rows().flatten()).map(Data::to_string).collect()
}

/// The sheets of a results workbook that have a row for each supplier.
const RESULT_SHEETS: [&str; 4] = ["To review", "Matched", "Not found", "Failed"];

/// The rows of a results workbook, sheet by sheet, each by heading.
pub(crate) fn result_sheets(world: &World, name: &str) -> Vec<(String, Vec<HashMap<String, Data>>)> {
    let mut workbook: Xlsx<_> = open_workbook(world.path(name)).unwrap();
    let names = workbook.sheet_names();
    let sheets = names.into_iter().filter(|name| RESULT_SHEETS.contains(&name.as_str()));
    sheets
        .map(|name| {
            let range = workbook.worksheet_range(&name).unwrap();
            let mut rows = range.rows();
            let header: Vec<String> = rows.next().expect("it has a header").iter().map(Data::to_string).collect();
            let by_heading = |row: &[Data]| header.iter().cloned().zip(row.iter().cloned()).collect();
            (name, rows.map(by_heading).collect())
        })
        .collect()
}

/// The single number returned by a query of a checkpoint.
pub(crate) fn count(world: &World, checkpoint: &str, sql: &str) -> u64 {
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(world.path(checkpoint), config).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Values that occur more than once.
pub(crate) fn repeated<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(value, _)| value).collect()
}

/// The rows returned by a query of a checkpoint, each by column: texts, numbers, flags or null.
pub(crate) fn query(checkpoint: &std::path::Path, sql: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
    use duckdb::types::Value;
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(checkpoint, config).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let names = row.as_ref().column_names();
        let value = |place: usize| match row.get::<_, Value>(place).unwrap() {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(flag) => flag.into(),
            Value::Text(text) => text.into(),
            Value::Double(number) => number.into(),
            Value::UInt(number) => number.into(),
            Value::UBigInt(number) => number.into(),
            other => panic!("{other:?} is not expected"),
        };
        found.push(names.into_iter().enumerate().map(|(place, name)| (name, value(place))).collect());
    }
    found
}

/// A number of rows as messages format it.
pub(crate) fn rows_text(rows: u64) -> String {
    Language::English.count(rows, "row", "rows")
}

/// The message about rows that were committed before a failure.
pub(crate) fn committed_text(rows: u64) -> String {
    format!("{} committed before the failure and", Language::English.count(rows, "row was", "rows were"))
}
