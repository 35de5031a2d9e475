//! One epoch in one transaction.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use duckdb::{Connection, params};
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use matchflow_model::arrow::compute::concat_batches;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::reject::Reject;
use matchflow_model::store::Epoch;
use matchflow_model::{fault, outcome};

use crate::clock::now_us;
use crate::run::RunInfo;
use matchflow_database::duckdb_message::message_of;

/// Rows that are appended together: what DuckDB takes at a time. Of more it would copy the whole of each list for every part.
const APPENDED_ROWS: usize = 2_048;

/// Why an epoch was not written; its transaction is rolled back.
#[derive(Debug)]
pub(crate) struct WriteFault(pub(crate) String);

impl From<duckdb::Error> for WriteFault {
    fn from(error: duckdb::Error) -> WriteFault {
        WriteFault(message_of(&error))
    }
}

impl From<ArrowError> for WriteFault {
    fn from(error: ArrowError) -> WriteFault {
        WriteFault(error.to_string())
    }
}

/// Values repeated in every row of a run.
#[derive(Debug)]
pub(crate) struct RunKey {
    pub(crate) run_id: String,
    pub(crate) config_digest: String,
    source_digest: String,
    /// Time of the last epoch, in microseconds since 1970: the clock may be set back, epochs must not be.
    last_us: Cell<i64>,
    cost: Cell<CommitCost>,
}

/// The time spent on committing the epochs of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitCost {
    /// Appending rows to DuckDB's tables.
    pub append: Duration,
    /// Writing the log and syncing it to the disk, until the epoch is durable.
    pub commit: Duration,
}

impl RunKey {
    pub(crate) fn new(run_id: String, info: &RunInfo) -> RunKey {
        let (config_digest, source_digest) = (info.config_digest.clone(), info.source_digest.clone());
        RunKey { run_id, config_digest, source_digest, last_us: Cell::default(), cost: Cell::default() }
    }

    pub(crate) fn cost(&self) -> CommitCost {
        self.cost.get()
    }

    /// Now, or the time of the last epoch if that is later.
    fn now_us(&self) -> i64 {
        self.last_us.set(self.last_us.get().max(now_us()));
        self.last_us.get()
    }
}

/// Writes the epoch and commits it.
pub(crate) fn write_epoch(connection: &Connection, run: &RunKey, epoch: &Epoch) -> Result<(), WriteFault> {
    let start = Instant::now();
    let transaction = connection.unchecked_transaction()?;
    append_epoch(connection, run, epoch)?;
    fault::point("between append and commit");
    let appended = Instant::now();
    transaction.commit()?;
    let CommitCost { append, commit } = run.cost.get();
    run.cost.set(CommitCost { append: append + (appended - start), commit: commit + appended.elapsed() });
    fault::point("after commit");
    Ok(())
}

/// Writes the epoch into the open transaction.
pub(crate) fn append_epoch(connection: &Connection, run: &RunKey, epoch: &Epoch) -> Result<(), WriteFault> {
    for batches in parts(&epoch.batches) {
        append(connection, "results", result_rows(run, epoch.number, batches)?)?;
    }
    append(connection, "rejects", reject_rows(run, epoch.number, &epoch.rejects)?)?;
    let counts = epoch.counts;
    // Parsed and planned once per run.
    let mut insert =
        connection.prepare_cached("INSERT INTO epochs VALUES (?, ?, make_timestamp(?), ?, ?, ?, ?, ?, ?, ?, ?)")?;
    insert.execute(params![
        run.run_id,
        epoch.number,
        run.now_us(),
        counts.committed(),
        counts.matched,
        counts.review,
        counts.unmatched,
        counts.failed,
        epoch.rejects.len() as u64,
        run.config_digest,
        run.source_digest
    ])?;
    Ok(())
}

/// Appends through Arrow. Errors are reported by the flush; dropping an appender would hide them.
pub(crate) fn append(connection: &Connection, table: &str, rows: RecordBatch) -> Result<(), duckdb::Error> {
    if rows.num_rows() == 0 {
        return Ok(());
    }
    let mut appender = connection.appender(table)?;
    appender.append_record_batch(rows)?;
    appender.flush()
}

/// Batches in parts of about [`APPENDED_ROWS`].
fn parts(mut batches: &[RecordBatch]) -> impl Iterator<Item = &[RecordBatch]> {
    std::iter::from_fn(move || {
        let mut rows = 0;
        let mut fits = |batch: &RecordBatch| {
            rows += batch.num_rows();
            rows <= APPENDED_ROWS
        };
        let count = batches.iter().take_while(|batch| fits(batch)).count().max(1);
        let (part, rest) = batches.split_at_checked(count)?;
        batches = rest;
        Some(part)
    })
}

/// Outcomes of the epoch, after the columns of the run that decided them.
fn result_rows(run: &RunKey, epoch: u64, batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let outcomes = concat_batches(&outcome::schema(), batches)?;
    let rows = outcomes.num_rows();
    let mut fields = vec![text("run_id"), number("epoch"), text("config_digest")];
    fields.extend(outcome::schema().fields().iter().map(|field| field.as_ref().clone()));
    let mut columns: Vec<ArrayRef> = vec![
        repeated(&run.run_id, rows),
        Arc::new(UInt64Array::from_value(epoch, rows)),
        repeated(&run.config_digest, rows),
    ];
    columns.extend(outcomes.columns().iter().cloned());
    RecordBatch::try_new(schema(fields), columns)
}

fn reject_rows(run: &RunKey, epoch: u64, rejects: &[Reject]) -> Result<RecordBatch, ArrowError> {
    let values =
        |of: fn(&Reject) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rejects.iter().map(of))) };
    let expected = StringArray::from_iter_values(rejects.iter().map(|reject| reject.expected.to_json()));
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
        text("expected"),
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
        Arc::new(expected),
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
