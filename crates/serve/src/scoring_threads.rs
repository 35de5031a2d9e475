//! The threads that match rows. Each has separate plug-in instances and search buffers.
//!
//! **Invariants.** A request gets the same decisions as if it were alone. A failure of one request does not affect
//! others: if the rows of several requests fail together, they are matched again, request by request. After a panic the
//! thread discards its instances.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use matchflow_matcher::{MatchError, MatchScratch};
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use matchflow_model::arrow::compute::concat_batches;
use matchflow_model::arrow::datatypes::Schema;
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::outcome::Decision;
use matchflow_model::{RowBatch, columns, panic_message};

use crate::match_queue::{MatchFailure, MatchQueue, TaskRows};
use crate::metrics::{Metrics, TimedStep};
use crate::served_pipeline::ServedPipeline;

/// The threads.
pub(crate) struct ScoringThreads {
    queue: Arc<MatchQueue>,
    is_stopped: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl ScoringThreads {
    /// Starts `count` threads.
    pub(crate) fn start(
        count: usize,
        queue: &Arc<MatchQueue>,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<ScoringThreads> {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::with_capacity(count);
        for number in 0..count.max(1) {
            let (queue, metrics, is_stopped) = (Arc::clone(queue), Arc::clone(metrics), Arc::clone(&is_stopped));
            let thread = Builder::new().name(format!("score {number}"));
            threads.push(thread.spawn(move || work(&queue, &metrics, &is_stopped))?);
        }
        Ok(ScoringThreads { queue: Arc::clone(queue), is_stopped, threads })
    }

    /// Waits until everything in the queue is matched, or abandons it if `is_abandoned`.
    pub(crate) fn end(self, is_abandoned: bool) {
        self.is_stopped.store(is_abandoned, Ordering::Relaxed);
        self.queue.close();
        for thread in self.threads {
            // Its panics were caught and reported to the requests concerned.
            let _ = thread.join();
        }
    }
}

/// The scratch memory of a thread, by pipeline: plug-in instances belong to one pipeline.
#[derive(Default)]
struct PipelineScratches(Vec<(Weak<ServedPipeline>, MatchScratch)>);

impl PipelineScratches {
    /// The scratch memory of a pipeline; that of replaced pipelines is dropped.
    fn of(&mut self, pipeline: &Arc<ServedPipeline>) -> &mut MatchScratch {
        self.0.retain(|(known, _)| known.strong_count() > 0);
        let place = self.0.iter().position(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(pipeline)));
        let place = place.unwrap_or_else(|| {
            self.0.push((Arc::downgrade(pipeline), MatchScratch::default()));
            self.0.len() - 1
        });
        // `place` is valid: the element was found, or added last.
        #[expect(clippy::indexing_slicing)]
        &mut self.0[place].1
    }
}

fn work(queue: &MatchQueue, metrics: &Metrics, is_stopped: &AtomicBool) {
    let mut scratches = PipelineScratches::default();
    while let Some(taken) = queue.take() {
        let Some(first) = taken.first() else { continue };
        let began = Instant::now();
        for rows in &taken {
            metrics.observe(TimedStep::Queue, began.duration_since(rows.task.queued));
        }
        match_together(&taken, scratches.of(&first.task.pipeline), is_stopped);
        let rows = taken.iter().map(|rows| rows.rows.len()).sum();
        metrics.observe_batch(rows, began.elapsed());
    }
}

/// Matches the rows of several tasks together; if that fails, those of each task separately.
fn match_together(taken: &[TaskRows], scratch: &mut MatchScratch, is_stopped: &AtomicBool) {
    match match_rows(taken, scratch, is_stopped) {
        Ok(decisions) => {
            let mut decisions = decisions.into_iter();
            for TaskRows { task, rows } in taken {
                task.complete(rows.clone(), decisions.by_ref().take(rows.len()).collect());
            }
        }
        Err(failure) => match taken {
            [one] => one.task.fail(failure),
            _ => taken.chunks(1).for_each(|one| match_together(one, scratch, is_stopped)),
        },
    }
}

/// The decisions on the rows, in their order.
fn match_rows(
    taken: &[TaskRows],
    scratch: &mut MatchScratch,
    is_stopped: &AtomicBool,
) -> Result<Vec<Decision>, MatchFailure> {
    let Some(first) = taken.first() else { return Ok(Vec::new()) };
    let failed = |error: String| MatchFailure::Failed(error);
    let (batch, numbers) = join(taken).map_err(|error| failed(error.to_string()))?;
    let stop = || is_stopped.load(Ordering::Relaxed);
    let matcher = first.task.pipeline.matcher();
    let matched = catch_unwind(AssertUnwindSafe(|| matcher.match_batch(&batch, scratch, &stop)));
    let matched = match matched {
        Ok(matched) => matched,
        Err(payload) => {
            *scratch = MatchScratch::default();
            return Err(failed(format!("the matcher failed: {}", panic_message(payload.as_ref()))));
        }
    };
    let mut decisions = matched.map_err(|error| match error {
        MatchError::Stopped => MatchFailure::Stopped,
        error => failed(error.to_string()),
    })?;
    if decisions.len() != numbers.len() {
        return Err(failed(format!("{} rows have {} decisions", numbers.len(), decisions.len())));
    }
    for (decision, number) in decisions.iter_mut().zip(numbers) {
        decision.row = number;
    }
    Ok(decisions)
}

/// The rows as one batch, renumbered by position, and their original numbers. The matcher identifies decisions by row
/// number.
fn join(taken: &[TaskRows]) -> Result<(RowBatch, Vec<u64>), ArrowError> {
    let slices: Vec<RecordBatch> =
        taken.iter().map(|TaskRows { task, rows }| task.batch.rows.slice(rows.start, rows.len())).collect();
    let (joined, schema) = match slices.as_slice() {
        [] => (RecordBatch::new_empty(Arc::new(Schema::empty())), Arc::new(Schema::empty())),
        [one] => (one.clone(), one.schema()),
        [first, ..] => (concat_batches(&first.schema(), &slices)?, first.schema()),
    };
    let numbers = columns::numbers(&joined, columns::ROW).map(|numbers| numbers.values().to_vec());
    let numbers = numbers.map_err(|error| ArrowError::SchemaError(error.to_string()))?;
    let places: ArrayRef = Arc::new(UInt64Array::from_iter_values(0..numbers.len() as u64));
    let place = schema.index_of(columns::ROW)?;
    let mut arrays = joined.columns().to_vec();
    if let Some(array) = arrays.get_mut(place) {
        *array = places;
    }
    Ok((RowBatch { rows: RecordBatch::try_new(schema, arrays)?, rejects: Vec::new() }, numbers))
}
