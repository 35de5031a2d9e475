//! Errors of generating files.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;
use rust_xlsxwriter::XlsxError;

/// Why files are missing or incomplete. Unfinished files have the extension `partial`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A count beyond what the identifiers or the format can hold.
    #[error("{value} {what} cannot be made: {allowed}")]
    Count {
        /// What is counted (`suppliers`, `establishments`).
        what: &'static str,
        /// The requested count.
        value: u64,
        /// The allowed counts, in words.
        allowed: &'static str,
    },
    /// A file or folder could not be written.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The workbook could not be written.
    #[error("the workbook `{}` cannot be written", path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: XlsxError,
    },
    /// A Parquet file could not be written.
    #[error("the Parquet file `{}` cannot be written", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: ParquetError,
    },
    /// A CSV file could not be written.
    #[error("the CSV file `{}` cannot be written", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: csv::Error,
    },
}
