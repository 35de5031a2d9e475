//! One epoch in one transaction.

use std::sync::Arc;

use duckdb::{Connection, params};
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use matchflow_model::arrow::compute::concat_batches;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::outcome;
use matchflow_model::reject::Reject;
use matchflow_model::store::Epoch;

use crate::error::said;

/// Why an epoch was not written; what the transaction did is undone.
#[derive(Debug)]
pub(crate) struct WriteFault(pub(crate) String);

impl From<duckdb::Error> for WriteFault {
    fn from(error: duckdb::Error) -> WriteFault {
        WriteFault(said(&error))
    }
}

impl From<ArrowError> for WriteFault {
    fn from(error: ArrowError) -> WriteFault {
        WriteFault(error.to_string())
    }
}

/// What every row of a run repeats.
#[derive(Debug, Clone)]
pub(crate) struct RunKey {
    pub(crate) run_id: String,
    pub(crate) config_digest: String,
}

/// Writes the epoch and commits it.
pub(crate) fn write_epoch(connection: &Connection, run: &RunKey, epoch: &Epoch) -> Result<(), WriteFault> {
    let transaction = connection.unchecked_transaction()?;
    append_epoch(connection, run, epoch)?;
    Ok(transaction.commit()?)
}

/// Writes the epoch into the open transaction.
pub(crate) fn append_epoch(connection: &Connection, run: &RunKey, epoch: &Epoch) -> Result<(), WriteFault> {
    append(connection, "results", result_rows(run, epoch)?)?;
    append(connection, "rejects", reject_rows(run, epoch.number, &epoch.rejects)?)?;
    let counts = epoch.counts;
    connection.execute(
        "INSERT INTO epochs VALUES (?, ?, make_timestamp(?), ?, ?, ?, ?, ?, ?)",
        params![
            run.run_id,
            epoch.number,
            crate::checkpoint::now_us(),
            counts.committed(),
            counts.matched,
            counts.review,
            counts.unmatched,
            counts.failed,
            epoch.rejects.len() as u64
        ],
    )?;
    Ok(())
}

/// Appends through Arrow. The flush is where DuckDB says what is wrong; dropping an appender says nothing.
fn append(connection: &Connection, table: &str, rows: RecordBatch) -> Result<(), duckdb::Error> {
    if rows.num_rows() == 0 {
        return Ok(());
    }
    let mut appender = connection.appender(table)?;
    appender.append_record_batch(rows)?;
    appender.flush()
}

/// The outcomes of the epoch behind the columns that say which run decided them.
fn result_rows(run: &RunKey, epoch: &Epoch) -> Result<RecordBatch, ArrowError> {
    let outcomes = concat_batches(&outcome::schema(), &epoch.batches)?;
    let rows = outcomes.num_rows();
    let mut fields = vec![text("run_id"), number("epoch"), text("config_digest")];
    fields.extend(outcome::schema().fields().iter().map(|field| field.as_ref().clone()));
    let mut columns: Vec<ArrayRef> = vec![
        repeated(&run.run_id, rows),
        Arc::new(UInt64Array::from_value(epoch.number, rows)),
        repeated(&run.config_digest, rows),
    ];
    columns.extend(outcomes.columns().iter().cloned());
    RecordBatch::try_new(schema(fields), columns)
}

fn reject_rows(run: &RunKey, epoch: u64, rejects: &[Reject]) -> Result<RecordBatch, ArrowError> {
    let values =
        |of: fn(&Reject) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rejects.iter().map(of))) };
    let fields = vec![
        text("run_id"),
        number("epoch"),
        text("file"),
        text("sheet"),
        text("cell"),
        number("row"),
        text("key"),
        text("field"),
        text("raw"),
        text("wanted"),
    ];
    let columns: Vec<ArrayRef> = vec![
        repeated(&run.run_id, rejects.len()),
        Arc::new(UInt64Array::from_value(epoch, rejects.len())),
        values(|reject| &reject.file),
        values(|reject| &reject.sheet),
        values(|reject| &reject.cell),
        Arc::new(UInt64Array::from_iter_values(rejects.iter().map(|reject| reject.row))),
        values(|reject| &reject.key),
        values(|reject| &reject.field),
        values(|reject| &reject.raw),
        values(|reject| &reject.wanted),
    ];
    RecordBatch::try_new(schema(fields), columns)
}

fn repeated(value: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)))
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn number(name: &str) -> Field {
    Field::new(name, DataType::UInt64, false)
}

fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}
