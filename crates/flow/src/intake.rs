//! From the reader to the dataflow: skips rows that are done, applies the row limit, and forms chunks by key.
//!
//! A row is done if an earlier run has an outcome for its key and its digest. A run for failed rows only (`retry_errors`)
//! skips the others too: those that are done count as skipped, new ones are left to another run. A row that people have
//! decided about since is done again.
//!
//! Runs on the reader's thread.

use std::sync::Arc;

use matchflow_decisions::Decisions;
use matchflow_matcher::{Chunk, StepError, rejects_of_rows};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{Array, RecordBatch, StringArray, UInt32Array};
use matchflow_model::arrow::compute::take_record_batch;
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_model::plan::{ExecutionPlan, StalePolicy};
use matchflow_model::store::{DoneRow, DoneRows};
use matchflow_model::{columns, digest};

use crate::error::FeedError;
use crate::feed::FeedReader;
use crate::progress::Progress;

/// Selects the rows that a run processes, and forms chunks of them.
pub(crate) struct ChunkReader {
    done: Arc<DoneRows>,
    decisions: Arc<Decisions>,
    retry_errors: bool,
    stale: StalePolicy,
    rows_left: u64,
    homes: usize,
    chunk_rows: usize,
    next_chunk: u64,
    progress: Arc<Progress>,
}

impl ChunkReader {
    pub(crate) fn new(
        execution: &ExecutionPlan,
        done: Arc<DoneRows>,
        decisions: Arc<Decisions>,
        homes: usize,
        progress: Arc<Progress>,
    ) -> ChunkReader {
        ChunkReader {
            done,
            decisions,
            retry_errors: execution.retry_errors,
            stale: execution.stale,
            rows_left: execution.limit_rows.unwrap_or(u64::MAX),
            homes,
            chunk_rows: execution.chunk_rows,
            next_chunk: 0,
            progress,
        }
    }

    /// A reader of chunks on top of a reader of batches.
    pub(crate) fn read(mut self, mut rows: FeedReader<RowBatch>) -> FeedReader<Vec<Chunk>> {
        Box::new(move || {
            if self.rows_left == 0 {
                return Ok(None);
            }
            let Some(batch) = rows()? else { return Ok(None) };
            self.chunks(batch).map(Some).map_err(|error| Box::new(error) as FeedError)
        })
    }

    /// The chunks of one batch: rows with the same home worker together, in even chunks of about `chunk_rows`.
    fn chunks(&mut self, batch: RowBatch) -> Result<Vec<Chunk>, StepError> {
        let rows_of_homes = self.select_rows(&batch.rows)?;
        let mut chunks = Vec::new();
        for (home, rows) in rows_of_homes.iter().enumerate() {
            for rows in rows.chunks(even_chunk_rows(rows.len(), self.chunk_rows)) {
                let rows = take_record_batch(&batch.rows, &UInt32Array::from(rows.to_vec()))?;
                let rows = self.with_verdicts(rows)?;
                let rejects = rejects_of_rows(&rows, batch.rejects.clone());
                let id = self.next_chunk;
                self.next_chunk += 1;
                chunks.push(Chunk { id, home, ..Chunk::new(rows, rejects) });
            }
        }
        Ok(chunks)
    }

    /// The rows with what people decided about them, if they did about any.
    fn with_verdicts(&self, rows: RecordBatch) -> Result<RecordBatch, StepError> {
        if self.decisions.is_empty() {
            return Ok(rows);
        }
        let keys = columns::text(&rows, columns::KEY)?;
        let digests = columns::numbers(&rows, columns::DIGEST)?;
        let verdict = |(key, digest): (Option<&str>, &u64)| {
            self.decisions.row_verdict(key.unwrap_or_default(), *digest).map(|verdict| verdict.to_json())
        };
        let verdicts: StringArray = keys.iter().zip(digests.values()).map(verdict).collect();
        if verdicts.null_count() == verdicts.len() {
            return Ok(rows);
        }
        let mut fields: Vec<Arc<Field>> = rows.schema().fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(columns::VERDICT, DataType::Utf8, true)));
        let mut arrays = rows.columns().to_vec();
        arrays.push(Arc::new(verdicts));
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }

    /// The rows to process, by their home worker.
    fn select_rows(&mut self, rows: &RecordBatch) -> Result<Vec<Vec<u32>>, StepError> {
        let keys = columns::text(rows, columns::KEY)?;
        let digests = columns::numbers(rows, columns::DIGEST)?;
        let mut homes = vec![Vec::new(); self.homes];
        let mut skipped = 0;
        let mut left = 0;
        for (row, (key, digest)) in keys.iter().zip(digests.values()).enumerate() {
            let key = key.unwrap_or_default();
            match self.done.get(key).filter(|done| done.digest == *digest) {
                Some(done) if !is_redone(self.retry_errors, self.stale, done) => {
                    skipped += 1;
                    continue;
                }
                None if self.retry_errors => {
                    left += 1;
                    continue;
                }
                _ => {}
            }
            if self.rows_left == 0 {
                break;
            }
            self.rows_left -= 1;
            let home = digest::exchange(key.as_bytes()) % self.homes as u64;
            if let Some(rows) = homes.get_mut(home as usize) {
                rows.push(row as u32);
            }
        }
        self.progress.add_skipped(skipped);
        self.progress.add_left(left);
        Ok(homes)
    }
}

fn is_redone(retry_errors: bool, stale: StalePolicy, done: &DoneRow) -> bool {
    match retry_errors {
        true => done.failed,
        false => done.reopened || done.stale && stale == StalePolicy::Redo,
    }
}

/// Counts the rows of a batch as skipped if none of them is to be processed. A batch with an open row is left unchanged
/// for the run.
///
/// # Errors
///
/// A batch without keys and digests.
pub fn skip_done_rows(
    rows: &RecordBatch,
    execution: &ExecutionPlan,
    done: &DoneRows,
    progress: &Progress,
) -> Result<bool, StepError> {
    let keys = columns::text(rows, columns::KEY)?;
    let digests = columns::numbers(rows, columns::DIGEST)?;
    let (mut skipped, mut left) = (0, 0);
    for (key, digest) in keys.iter().zip(digests.values()) {
        match done.get(key.unwrap_or_default()).filter(|row| row.digest == *digest) {
            Some(row) if !is_redone(execution.retry_errors, execution.stale, row) => skipped += 1,
            None if execution.retry_errors => left += 1,
            _ => return Ok(false),
        }
    }
    progress.add_skipped(skipped);
    progress.add_left(left);
    Ok(true)
}

/// Whether the outcome from an earlier run is kept: `digest` is the row's current one.
pub fn is_done(execution: &ExecutionPlan, done: &DoneRow, digest: u64) -> bool {
    done.digest == digest && !is_redone(execution.retry_errors, execution.stale, done)
}

/// Size of the even chunks of `rows` rows: about `chunk_rows`, and at most 1.5 times as large.
fn even_chunk_rows(rows: usize, chunk_rows: usize) -> usize {
    let chunks = (rows as f64 / chunk_rows.max(1) as f64).round().max(1.0) as usize;
    rows.div_ceil(chunks).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::rows_max;

    #[test]
    fn no_chunk_exceeds_the_capacity_of_queues() {
        for (chunk_rows, rows) in (1..40).flat_map(|chunk| (0..400).map(move |rows| (chunk, rows))) {
            let execution = ExecutionPlan {
                workers: 1,
                scoring_threads: 1,
                chunk_rows,
                in_flight_rows: chunk_rows,
                limit_rows: None,
                schedule: Default::default(),
                retry_errors: false,
                stale: StalePolicy::Keep,
            };
            assert!(even_chunk_rows(rows, chunk_rows) <= rows_max(&execution), "{rows} rows by {chunk_rows}");
        }
    }
}
