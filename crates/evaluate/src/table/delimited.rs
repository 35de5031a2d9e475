//! CSV in UTF-8, with or without a byte order mark.

use std::io::{BufRead, BufReader, Read};

use csv::StringRecord;

use super::{NamedRow, NamedTable, text_of};
use crate::error::{EvaluateError, csv_error};

pub(super) fn read<'a>(input: impl Read + 'a, name: &str) -> Result<NamedTable<'a>, EvaluateError> {
    let mut input = BufReader::new(input);
    let start = input.fill_buf().map_err(|source| csv_error(name, 1, source.into()))?;
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(start)).from_reader(input);
    let header = reader.headers().map_err(|source| csv_error(name, 1, source))?;
    let columns = header.iter().map(|column| column.trim().to_owned()).collect();
    let file = name.to_owned();
    let mut record = StringRecord::new();
    let rows = std::iter::from_fn(move || {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Err(source) => Some(Err(csv_error(&file, line, source))),
            Ok(false) => None,
            Ok(true) => Some(Ok(NamedRow { sheet: None, line, cells: record.iter().map(text_of).collect() })),
        }
    });
    Ok(NamedTable::new(name.to_owned(), columns, rows))
}

/// The most frequent delimiter of the header.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    // Among equals, `max_by_key` takes the last: a comma.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}
