//! A table of a database: see [`matchflow_database`]. Its transaction is committed when all outputs are complete.

use std::sync::Arc;

use matchflow_database::{DatabaseError, TableName, TableWriter};
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
use matchflow_model::arrow::datatypes::{Field, Schema};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::plan::TableMode;

use super::BatchWriter;
use crate::error::ExportError;
use crate::staged::{StagedOutput, StagedTable};

/// The column by which the results of one run are told from those of others.
const WRITTEN_AT: &str = "written_at";

/// A table of a database in the making.
pub(super) struct DatabaseTable {
    table: StagedTable,
    /// The time of the rows, in microseconds from 1970, where they are added to others.
    written_at: Option<i64>,
}

impl DatabaseTable {
    /// Opens the table `table` at `place` with `open`.
    pub(super) fn create(
        place: String,
        table: &str,
        mode: TableMode,
        open: impl FnOnce(TableName) -> Result<Box<dyn TableWriter>, DatabaseError>,
    ) -> Result<Box<dyn BatchWriter>, ExportError> {
        let failed = |source| ExportError::Table { place: place.clone(), table: table.to_owned(), source };
        let writer = open(TableName::new(table)).map_err(failed)?;
        let written_at = (mode == TableMode::Append).then(|| chrono::Utc::now().timestamp_micros());
        Ok(Box::new(DatabaseTable { table: StagedTable { place, table: table.to_owned(), writer }, written_at }))
    }
}

impl BatchWriter for DatabaseTable {
    fn place(&self) -> String {
        self.table.place.clone()
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<(), ExportError> {
        let stamped = self.written_at.map(|time| with_time(rows, time)).transpose();
        let stamped = stamped.map_err(|source| ExportError::Columns { place: self.place(), source })?;
        let written = self.table.writer.write(stamped.as_ref().unwrap_or(rows));
        written.map_err(|source| self.table.failed(source))
    }

    fn complete(self: Box<Self>, _: &[(String, String)]) -> Result<StagedOutput, ExportError> {
        Ok(StagedOutput::Table(self.table))
    }
}

/// The rows with their time as the first column.
fn with_time(rows: &RecordBatch, time: i64) -> Result<RecordBatch, ArrowError> {
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_value(time, rows.num_rows()));
    let field = Arc::new(Field::new(WRITTEN_AT, times.data_type().clone(), false));
    let schema = rows.schema();
    let fields: Vec<_> = std::iter::once(field).chain(schema.fields().iter().cloned()).collect();
    let columns = std::iter::once(times).chain(rows.columns().iter().cloned()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
