//! Cells that did not fit their declared type: counted, with their location and raw text, never silently null.

use serde::{Deserialize, Serialize};

use crate::expectation::Expectation;
use crate::message::json_text;

/// A cell that did not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The file, as named in the pipeline.
    pub file: String,
    /// The sheet; empty if the format has none.
    pub sheet: String,
    /// The cell's address (`C12`); for CSV and Parquet the column's name and the row's number (`Postal:12`).
    pub cell: String,
    /// The row's number in its file.
    pub row: u64,
    /// The key of the record that the cell belongs to.
    pub key: String,
    /// The field that the cell was for.
    pub field: String,
    /// Its text, the first 255 characters.
    pub raw: String,
    /// What was expected.
    #[serde(with = "json_text")]
    pub expected: Expectation,
}
