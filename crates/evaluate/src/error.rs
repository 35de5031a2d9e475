//! Errors of the two files.

use std::path::PathBuf;

/// A file that cannot be read as expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The file does not exist, or cannot be accessed.
    #[error("`{file}` cannot be opened", file = .file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Not CSV: a row with more or fewer cells than the header, or text that is not UTF-8.
    #[error("`{file}`, line {line}: not a CSV row in UTF-8 with as many cells as the header")]
    Csv {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The error of the CSV reader.
        source: csv::Error,
    },
    /// No header, or one that lacks a column.
    #[error("`{file}`, line 1: no column {expected}; the header has: {found}")]
    Column {
        /// The file.
        file: String,
        /// The column expected, in words.
        expected: String,
        /// The header.
        found: String,
    },
    /// A cell with a value that its column does not allow.
    #[error("`{file}`, line {line}, column `{column}`: `{value}` is not {expected}")]
    Cell {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// Its content.
        value: String,
        /// What is allowed, in words.
        expected: &'static str,
    },
    /// A cell of a workbook that cannot be read.
    #[error("`{file}`, row {line}: `{value}` is not {expected}")]
    Unreadable {
        /// The file, with its sheet.
        file: String,
        /// The row, from 1.
        line: u64,
        /// The text of the cell.
        value: String,
        /// What is allowed, in words.
        expected: String,
    },
    /// A workbook that cannot be read, or a file of another format.
    #[error(transparent)]
    Table(#[from] matchflow_ingest::IngestError),
    /// A Parquet file that cannot be read.
    #[error("`{file}` cannot be read as Parquet")]
    Parquet {
        /// The file.
        file: String,
        /// The error of the reader.
        source: parquet::errors::ParquetError,
    },
    /// A line that is no JSON object.
    #[error("`{file}`, line {line}: not a JSON object: {reason}")]
    Json {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The cause.
        reason: String,
    },
    /// A DuckDB database that cannot be read.
    #[error("the results in `{file}` cannot be read")]
    Database {
        /// The file.
        file: String,
        /// The database's error.
        source: matchflow_database::DatabaseError,
    },
    /// A batch that is not one of results.
    #[error(transparent)]
    Batch(#[from] matchflow_model::columns::MissingColumn),
}

/// A CSV reader's error with its line; `last_line` is used if the reader names none.
pub(crate) fn csv_error(file: &str, last_line: u64, source: csv::Error) -> EvaluateError {
    let line = source.position().map_or(last_line, csv::Position::line);
    EvaluateError::Csv { file: file.to_owned(), line, source }
}
