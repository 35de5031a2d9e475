//! Rows in batches, all of one schema.

use matchflow_model::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use matchflow_model::arrow::datatypes::SchemaRef;
use matchflow_model::arrow::error::ArrowError;
use parquet::errors::ParquetError;

use crate::error::RegistryError;

/// Rows of a table; every column is `Utf8`.
pub(crate) trait BatchStream {
    /// The schema of every batch.
    fn schema(&self) -> SchemaRef;

    /// The next rows, at least one; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, RegistryError>;

    /// What messages call the table.
    fn name(&self) -> &str;
}

/// A column of texts. All columns here are texts, so another type is a bug; it has no values.
pub(crate) fn texts(batch: &RecordBatch, column: usize) -> StringArray {
    let found = batch.columns().get(column).and_then(|column| column.as_string_opt::<i32>());
    found.cloned().unwrap_or_else(|| StringArray::new_null(batch.num_rows()))
}

/// The value in a row; `None` for null.
pub(crate) fn value(column: &StringArray, row: usize) -> Option<&str> {
    (row < column.len() && column.is_valid(row)).then(|| column.value(row))
}

/// An error of Arrow: memory, or a text column beyond 2 GiB.
pub(crate) fn arrow_failed(name: &str, source: ArrowError) -> RegistryError {
    RegistryError::Parquet { path: name.into(), source: ParquetError::from(source) }
}
