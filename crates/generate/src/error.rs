//! What can go wrong while files are made.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;
use rust_xlsxwriter::XlsxError;

/// Why nothing, or not everything, was made. Files that were not finished have the extension `partial`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A count outside what the identifiers or the format can hold.
    #[error("{value} {what} cannot be made: {allowed}")]
    Count {
        /// What was asked for (`suppliers`, `establishments`).
        what: &'static str,
        /// How many.
        value: u64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// A file or folder could not be written.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The workbook could not be written.
    #[error("the workbook `{}` cannot be written", path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
        /// Why.
        source: XlsxError,
    },
    /// A Parquet file could not be written.
    #[error("the Parquet file `{}` cannot be written", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParquetError,
    },
    /// A CSV file could not be written.
    #[error("the CSV file `{}` cannot be written", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
}
