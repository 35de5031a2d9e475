//! A publisher's file, read as columns of text.

use std::sync::Arc;

use matchflow_ingest::{SourceReader, open_fields};
use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch};
use matchflow_model::arrow::compute::cast;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::plan::{FieldPlan, FieldType, Join};

use crate::columns::CheckedFile;
use crate::error::RegistryError;
use crate::stream::{BatchStream, arrow_failed, texts, value};

/// Rows of a batch.
const BATCH_ROWS: usize = 16_384;

/// A file that is read.
pub(crate) struct SourceTable {
    name: String,
    reader: SourceReader,
    schema: SchemaRef,
    /// The position of the column with the day of the last change.
    processed_column: Option<usize>,
    facts: TableCounts,
}

/// What has been read of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableCounts {
    pub(crate) rows: u64,
    /// Cells and rows that are not as they should be.
    pub(crate) rejected: u64,
    /// The last day on which a row changed.
    pub(crate) processed: Option<String>,
}

impl SourceTable {
    /// Opens a file. `processed` is its column with the day of the last change.
    pub(crate) fn open(file: &CheckedFile, processed: Option<&str>) -> Result<SourceTable, RegistryError> {
        let field = |(at, column): (usize, &String)| FieldPlan {
            name: format!("c{at}"),
            columns: vec![column.clone()],
            join: Join::Space,
            data_type: FieldType::Text,
        };
        let fields: Vec<FieldPlan> = file.columns.iter().enumerate().map(field).collect();
        let columns = file.columns.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>();
        Ok(SourceTable {
            name: file.plan.to_string(),
            reader: open_fields(&file.plan, &fields, BATCH_ROWS)?,
            schema: Arc::new(Schema::new(columns)),
            processed_column: file.columns.iter().position(|column| Some(column.as_str()) == processed),
            facts: TableCounts::default(),
        })
    }

    /// The number of rows, if the file states it.
    pub(crate) fn rows_hint(&self) -> Option<u64> {
        self.reader.rows_hint()
    }

    /// What has been read so far.
    pub(crate) fn counts(&self) -> TableCounts {
        let irregular = self.reader.facts().irregular;
        let rejected = self.facts.rejected + irregular.short.rows + irregular.long.rows + irregular.unreadable.rows;
        TableCounts { rejected, ..self.facts.clone() }
    }

    fn note_processed(&mut self, batch: &RecordBatch) {
        let Some(column) = self.processed_column else { return };
        let days = texts(batch, column);
        let latest = (0..days.len()).filter_map(|row| value(&days, row)?.get(..DAY_BYTES)).max();
        if latest > self.facts.processed.as_deref() {
            self.facts.processed = latest.map(str::to_owned);
        }
    }
}

/// Bytes of a day at the start of a moment.
const DAY_BYTES: usize = 10;

impl BatchStream for SourceTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, RegistryError> {
        let Some(batch) = self.reader.next_batch()? else { return Ok(None) };
        self.facts.rejected += batch.rejects.len() as u64;
        let rows = batch.rows;
        self.facts.rows += rows.num_rows() as u64;
        // The first column is the number of the row.
        let columns: Result<Vec<ArrayRef>, _> =
            rows.columns().iter().skip(1).map(|column| cast(column, &DataType::Utf8)).collect();
        let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        let batch = batch.map_err(|source| arrow_failed(&self.name, source))?;
        self.note_processed(&batch);
        Ok(Some(batch))
    }

    fn name(&self) -> &str {
        &self.name
    }
}
