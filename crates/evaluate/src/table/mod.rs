//! Files with named columns, as rows of texts: CSV, JSON lines, workbooks, Parquet and tables of DuckDB, told apart by their
//! contents.
//!
//! **Limits.** One row, or one batch of rows, is in memory at a time; a table of DuckDB is there as a whole.
//!
//! **Invariants.** A file that a run wrote has the columns of its CSV file, whatever its language:
//! nobody who reads a [`NamedTable`] knows its format. A cell without text is `None`, never an empty text.

mod delimited;
mod duckdb_rows;
mod json_rows;
mod parquet_rows;
mod workbook;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use matchflow_files::open_regular;

use crate::error::EvaluateError;

/// The first bytes of a Parquet file.
const PARQUET_START: &[u8] = b"PAR1";
/// What a DuckDB database has behind a checksum.
const DUCKDB_START: (std::ops::Range<usize>, &[u8]) = (8..12, b"DUCK");
const START_BYTES: usize = 12;

/// The rows of a file. After an error no more rows come.
pub struct NamedTable<'a> {
    /// What errors call the file.
    pub name: String,
    /// The names of the columns; the first of equal ones counts.
    pub columns: Vec<String>,
    rows: Box<dyn Iterator<Item = Result<NamedRow, EvaluateError>> + 'a>,
    failed: bool,
}

/// A row of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedRow {
    /// The sheet of a workbook.
    pub sheet: Option<Arc<str>>,
    /// Its line in a CSV file, its row in a sheet or a Parquet file, from 1 for the header.
    pub line: u64,
    /// Its cells in the order of the columns, without white space around them.
    pub cells: Vec<Option<String>>,
}

impl NamedRow {
    /// The text of a cell; `None` where it is empty.
    pub fn cell(&self, column: Option<usize>) -> Option<&str> {
        self.cells.get(column?)?.as_deref()
    }
}

impl NamedTable<'static> {
    /// Opens a file. Of a workbook that a run wrote, the sheets that have all of the columns `required` are read as one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn open(path: &Path, required: &[&str]) -> Result<NamedTable<'static>, EvaluateError> {
        let unreadable = |source| EvaluateError::Open { file: path.to_owned(), source };
        let mut file = open_regular(path).map_err(unreadable)?;
        let mut start = [0; START_BYTES];
        let length = read_start(&mut file, &mut start).map_err(unreadable)?;
        let start = start.get(..length).unwrap_or_default();
        if start.starts_with(PARQUET_START) {
            return parquet_rows::open(path, file);
        }
        if start.get(DUCKDB_START.0) == Some(DUCKDB_START.1) {
            return duckdb_rows::open(path);
        }
        if start.starts_with(b"{") {
            return json_rows::open(path, file);
        }
        if let Some(format) = workbook::format_of(path, start) {
            return workbook::open(path, format, required);
        }
        matchflow_ingest::refuse_foreign(path)?;
        NamedTable::read_csv(file, &path.display().to_string())
    }
}

/// Reads the first bytes of a file, then rewinds it.
fn read_start(file: &mut File, start: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            read => length += read,
        }
    }
    file.rewind()?;
    Ok(length)
}

impl<'a> NamedTable<'a> {
    /// Reads CSV delimited by comma, semicolon or tab; `name` is used in errors.
    pub(crate) fn read_csv(input: impl Read + 'a, name: &str) -> Result<NamedTable<'a>, EvaluateError> {
        delimited::read(input, name)
    }

    fn new(
        name: String,
        columns: Vec<String>,
        rows: impl Iterator<Item = Result<NamedRow, EvaluateError>> + 'a,
    ) -> NamedTable<'a> {
        NamedTable { name, columns, rows: Box::new(rows), failed: false }
    }

    /// The place of the column with that name, in any case.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
    }

    /// A column that the file does not have; `expected` names it in words.
    pub fn no_column(&self, expected: impl Into<String>) -> EvaluateError {
        let found = self.columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        EvaluateError::Column { file: self.name.clone(), expected: expected.into(), found }
    }
}

impl Iterator for NamedTable<'_> {
    type Item = Result<NamedRow, EvaluateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = self.rows.next()?;
        self.failed = row.is_err();
        Some(row)
    }
}

/// The trimmed text of a cell; `None` if it is empty.
fn text_of(cell: &str) -> Option<String> {
    Some(cell.trim()).filter(|cell| !cell.is_empty()).map(str::to_owned)
}
