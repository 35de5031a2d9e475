//! Between reading and the dataflow: leaves out rows that are done, applies the limit, cuts chunks by key.
//!
//! A row is done where an earlier run left an outcome for its key and its digest. When only failed rows are wanted, the
//! others are left out too: those that are done count as skipped, the new ones are not read at all.
//!
//! Runs on the reader's thread.

use std::sync::Arc;

use matchflow_matcher::{Batch, Candidates, Chunk, RowBatch, StepError, rejects_of};
use matchflow_model::arrow::array::{RecordBatch, UInt32Array};
use matchflow_model::arrow::compute::take_record_batch;
use matchflow_model::plan::{ExecutionPlan, StalePolicy};
use matchflow_model::store::{Done, DoneRow};
use matchflow_model::{columns, digest};

use crate::error::FeedError;
use crate::feed::Read;
use crate::progress::Progress;

/// Chooses which rows of a source a run works on.
pub(crate) struct Intake {
    done: Arc<Done>,
    retry_errors: bool,
    stale: StalePolicy,
    rows_left: u64,
    homes: usize,
    chunk_rows: usize,
    next_chunk: u64,
    progress: Arc<Progress>,
}

impl Intake {
    pub(crate) fn new(execution: &ExecutionPlan, done: Arc<Done>, homes: usize, progress: Arc<Progress>) -> Intake {
        Intake {
            done,
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
    pub(crate) fn read(mut self, mut rows: Read<RowBatch>) -> Read<Vec<Chunk>> {
        Box::new(move || {
            if self.rows_left == 0 {
                return Ok(None);
            }
            let Some(batch) = rows()? else { return Ok(None) };
            self.chunks(batch).map(Some).map_err(|error| Box::new(error) as FeedError)
        })
    }

    /// The chunks of one batch: rows with one home together, in even parts of about `chunk_rows`.
    fn chunks(&mut self, batch: RowBatch) -> Result<Vec<Chunk>, StepError> {
        let rows_of_homes = self.choose(&batch.rows)?;
        let mut chunks = Vec::new();
        for (home, rows) in rows_of_homes.iter().enumerate() {
            for rows in rows.chunks(part_rows(rows.len(), self.chunk_rows)) {
                let rows = take_record_batch(&batch.rows, &UInt32Array::from(rows.to_vec()))?;
                let rejects = rejects_of(&rows, batch.rejects.clone());
                let id = self.next_chunk;
                self.next_chunk += 1;
                chunks.push(Chunk { id, home, rows: Batch(rows), rejects, candidates: Candidates::default() });
            }
        }
        Ok(chunks)
    }

    /// The rows to work on, by the worker that keeps them.
    fn choose(&mut self, rows: &RecordBatch) -> Result<Vec<Vec<u32>>, StepError> {
        let keys = columns::text(rows, columns::KEY)?;
        let digests = columns::numbers(rows, columns::DIGEST)?;
        let mut homes = vec![Vec::new(); self.homes];
        let (mut skipped, mut left) = (0, 0);
        for (row, (key, digest)) in keys.iter().zip(digests.values()).enumerate() {
            let key = key.unwrap_or_default();
            match self.done.get(key).filter(|done| done.digest == *digest) {
                Some(done) if !is_done_again(self.retry_errors, self.stale, done) => {
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

fn is_done_again(retry_errors: bool, stale: StalePolicy, done: &DoneRow) -> bool {
    match retry_errors {
        true => done.failed,
        false => done.stale && stale == StalePolicy::Redo,
    }
}

/// Whether a run leaves the outcome that a row has from an earlier one: `digest` is the row's.
pub fn is_kept(execution: &ExecutionPlan, done: &DoneRow, digest: u64) -> bool {
    done.digest == digest && !is_done_again(execution.retry_errors, execution.stale, done)
}

/// Rows of each of the even parts that `rows` are cut into: about `chunk_rows`, and at most half as many again.
fn part_rows(rows: usize, chunk_rows: usize) -> usize {
    let parts = (rows as f64 / chunk_rows.max(1) as f64).round().max(1.0) as usize;
    rows.div_ceil(parts).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::rows_max;

    #[test]
    fn no_chunk_is_larger_than_what_queues_have_room_for() {
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
            assert!(part_rows(rows, chunk_rows) <= rows_max(&execution), "{rows} rows by {chunk_rows}");
        }
    }
}
