//! A batch of rows from a reader, with their rejected cells.

use crate::arrow::array::RecordBatch;
use crate::reject::Reject;

/// A batch of rows from a reader.
#[derive(Debug, Clone)]
pub struct RowBatch {
    /// The rows, with the columns listed in this crate's documentation.
    pub rows: RecordBatch,
    /// The cells of these rows that do not fit their declared type, in the order of the rows.
    pub rejects: Vec<Reject>,
}
