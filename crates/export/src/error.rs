//! Errors in writing the results. No partial file is left under a result's name.

use std::path::PathBuf;

use matchflow_model::columns::MissingColumn;

/// An error of an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file or its folder cannot be written: no permission, a full disk, a file locked by a spreadsheet.
    #[error("`{}` cannot be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The CSV writer failed.
    #[error("`{}` cannot be written", .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Its error.
        source: csv::Error,
    },
    /// The workbook writer failed.
    #[error("`{}` cannot be written", .path.display())]
    Xlsx {
        /// The file.
        path: PathBuf,
        /// Its error.
        source: rust_xlsxwriter::XlsxError,
    },
    /// The Parquet writer failed.
    #[error("`{}` cannot be written", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Its error.
        source: parquet::errors::ParquetError,
    },
    /// The table of a database cannot be written.
    #[error("the table `{table}` of `{place}` cannot be written")]
    Table {
        /// The file or the server.
        place: String,
        /// The table.
        table: String,
        /// The database's error.
        source: matchflow_database::DatabaseError,
    },
    /// Typed columns that Arrow refuses: a fault of the program.
    #[error("the columns of `{place}` cannot be built")]
    Columns {
        /// The file or the server.
        place: String,
        /// Arrow's error.
        source: matchflow_model::arrow::error::ArrowError,
    },
    /// A workbook has 16,384 columns at most.
    #[error("`{}` would have {columns} columns, a workbook takes 16384: declare fewer fields", .path.display())]
    TooWide {
        /// The file.
        path: PathBuf,
        /// Columns requested.
        columns: usize,
    },
    /// The results could not be read completely.
    #[error("the results could not be read")]
    Source {
        /// The reader's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The files to be written could not be recorded.
    #[error("the output files could not be recorded")]
    Register {
        /// The register's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The workbook writer panicked instead of returning an error: in most cases its temporary files are on a full
    /// disk.
    #[error("the results cannot be written: {message} (is there room on the disk of temporary files?)")]
    Panic {
        /// The panic message.
        message: String,
    },
    /// A batch lacks a column of outcomes: a bug in the program.
    #[error(transparent)]
    Column(#[from] MissingColumn),
    /// A JSON column has another kind of value: a bug in the program.
    #[error("the result of `{key}` has no JSON {expected} in `{column}`")]
    Json {
        /// The record's key.
        key: String,
        /// The column.
        column: &'static str,
        /// Object or array.
        expected: &'static str,
    },
}
