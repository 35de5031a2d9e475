//! The queue of rows waiting for a scoring thread: bounded, and fair between requests.
//!
//! A thread takes a few rows of each waiting request in turn, so that a request with one row does not wait for one with
//! a thousand, and concurrent requests are matched together.
//!
//! **Invariants.** All waiting requests together have at most `rows_max` rows. A row is taken once. Abandoned requests
//! are not taken.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use matchflow_model::RowBatch;
use matchflow_model::outcome::Decision;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::served_pipeline::ServedPipeline;

/// Rows matched together.
const BATCH_ROWS: usize = 64;
/// Rows taken from a request before it is the next one's turn.
const TURN_ROWS: usize = 16;

/// Why rows have no decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MatchFailure {
    /// Matching failed, with its error.
    Failed(String),
    /// The server is stopping.
    Stopped,
}

/// The decisions on the rows of a request, in their order.
pub(crate) type MatchResult = Result<Vec<Decision>, MatchFailure>;

/// The rows of a request in the queue.
pub(crate) struct MatchTask {
    pub(crate) pipeline: Arc<ServedPipeline>,
    pub(crate) batch: RowBatch,
    pub(crate) queued: Instant,
    is_abandoned: AtomicBool,
    progress: Mutex<TaskProgress>,
}

struct TaskProgress {
    decisions: Vec<Option<Decision>>,
    left: usize,
    /// `None` once the result is sent.
    reply: Option<oneshot::Sender<MatchResult>>,
}

impl MatchTask {
    /// A task, and the receiver of its result.
    pub(crate) fn new(
        pipeline: Arc<ServedPipeline>,
        batch: RowBatch,
    ) -> (Arc<MatchTask>, oneshot::Receiver<MatchResult>) {
        let (reply, result) = oneshot::channel();
        let rows = batch.rows.num_rows();
        let decisions = (0..rows).map(|_| None).collect();
        let progress = Mutex::new(TaskProgress { decisions, left: rows, reply: Some(reply) });
        let is_abandoned = AtomicBool::new(false);
        (Arc::new(MatchTask { pipeline, batch, queued: Instant::now(), is_abandoned, progress }), result)
    }

    fn rows(&self) -> usize {
        self.batch.rows.num_rows()
    }

    /// Marks the task as abandoned: its result is no longer needed.
    pub(crate) fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }

    /// Adds the decisions on some rows; the last ones send the result.
    pub(crate) fn complete(&self, rows: Range<usize>, decisions: Vec<Decision>) {
        let mut progress = self.progress.lock();
        let count = rows.len();
        for (slot, decision) in progress.decisions.iter_mut().skip(rows.start).take(count).zip(decisions) {
            *slot = Some(decision);
        }
        progress.left = progress.left.saturating_sub(count);
        if progress.left == 0 {
            let decisions: Option<Vec<Decision>> = std::mem::take(&mut progress.decisions).into_iter().collect();
            let missing = || MatchFailure::Failed("a row has no decision".to_owned());
            self.send(&mut progress, decisions.ok_or_else(missing));
        }
    }

    /// Ends the task without a result.
    pub(crate) fn fail(&self, failure: MatchFailure) {
        self.abandon();
        self.send(&mut self.progress.lock(), Err(failure));
    }

    fn send(&self, progress: &mut TaskProgress, result: MatchResult) {
        if let Some(reply) = progress.reply.take() {
            // A disconnected client needs no result.
            let _ = reply.send(result);
        }
    }
}

/// Some rows of a task.
pub(crate) struct TaskRows {
    pub(crate) task: Arc<MatchTask>,
    pub(crate) rows: Range<usize>,
}

/// A task with its rows that have not been taken yet.
struct WaitingTask {
    task: Arc<MatchTask>,
    next: usize,
}

impl WaitingTask {
    fn left(&self) -> usize {
        self.task.rows() - self.next
    }
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<WaitingTask>,
    rows: usize,
    is_closed: bool,
}

/// The queue.
pub(crate) struct MatchQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
    rows_max: usize,
}

/// Why a task is not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no room for its rows.
    Full,
    /// The server is stopping.
    Closed,
}

impl MatchQueue {
    pub(crate) fn new(rows_max: usize) -> MatchQueue {
        MatchQueue { state: Mutex::default(), changed: Condvar::new(), rows_max }
    }

    /// Adds a task; one with more rows than the queue may hold is accepted if the queue is empty.
    pub(crate) fn push(&self, task: Arc<MatchTask>) -> Result<(), Refusal> {
        let mut state = self.state.lock();
        let rows = task.rows();
        if state.is_closed {
            return Err(Refusal::Closed);
        }
        if state.rows > 0 && state.rows + rows > self.rows_max {
            return Err(Refusal::Full);
        }
        state.rows += rows;
        state.waiting.push_back(WaitingTask { task, next: 0 });
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The number of waiting rows.
    pub(crate) fn rows(&self) -> usize {
        self.state.lock().rows
    }

    /// The next rows to match together, of one pipeline; waits for them. `None` once the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<Vec<TaskRows>> {
        let mut state = self.state.lock();
        loop {
            let taken = state.take_turns();
            if !taken.is_empty() {
                if !state.waiting.is_empty() {
                    self.changed.notify_one();
                }
                return Some(taken);
            }
            if state.is_closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }

    /// Refuses new tasks; waiting ones are still matched.
    pub(crate) fn close(&self) {
        self.state.lock().is_closed = true;
        self.changed.notify_all();
    }
}

impl QueueState {
    /// Takes rows of each task of the first one's pipeline in turn, until the batch is full.
    fn take_turns(&mut self) -> Vec<TaskRows> {
        let mut taken: Vec<TaskRows> = Vec::new();
        let mut room = BATCH_ROWS;
        // Tasks of other pipelines, which stay ahead of those that had their turn.
        let mut passed = VecDeque::new();
        while room > 0 {
            let Some(mut waiting) = self.waiting.pop_front() else { break };
            if waiting.task.is_abandoned.load(Ordering::Relaxed) {
                self.rows = self.rows.saturating_sub(waiting.left());
                continue;
            }
            if taken.first().is_some_and(|first| !Arc::ptr_eq(&first.task.pipeline, &waiting.task.pipeline)) {
                passed.push_back(waiting);
                continue;
            }
            let is_alone = self.waiting.is_empty();
            let turn = if is_alone { room } else { TURN_ROWS.min(room) };
            let rows = waiting.next..waiting.next + waiting.left().min(turn);
            room -= rows.len();
            self.rows = self.rows.saturating_sub(rows.len());
            waiting.next = rows.end;
            match taken.last_mut().filter(|last| Arc::ptr_eq(&last.task, &waiting.task)) {
                Some(last) => last.rows.end = rows.end,
                None => taken.push(TaskRows { task: Arc::clone(&waiting.task), rows }),
            }
            if waiting.left() > 0 {
                self.waiting.push_back(waiting);
            }
        }
        while let Some(waiting) = passed.pop_back() {
            self.waiting.push_front(waiting);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companies::companies;
    use crate::row_table::RowTable;

    fn pipeline() -> Arc<ServedPipeline> {
        let (plan, matcher) = companies();
        Arc::new(ServedPipeline::new(plan, matcher))
    }

    fn task(pipeline: &Arc<ServedPipeline>, rows: usize) -> (Arc<MatchTask>, oneshot::Receiver<MatchResult>) {
        let rows = (0..rows).map(|row| vec![Some(format!("company {row}"))]).collect();
        let batch = RowTable { names: vec!["name".to_owned()], rows }.into_batch(pipeline, false).unwrap();
        MatchTask::new(Arc::clone(pipeline), batch)
    }

    /// The number of rows taken from each task.
    fn taken(queue: &MatchQueue, tasks: &[&Arc<MatchTask>]) -> Vec<usize> {
        let taken = queue.take().unwrap();
        let of = |task: &Arc<MatchTask>| {
            taken.iter().filter(|one| Arc::ptr_eq(&one.task, task)).map(|one| one.rows.len()).sum()
        };
        tasks.iter().map(|task| of(task)).collect()
    }

    #[test]
    fn a_long_request_does_not_delay_a_short_one() {
        let (queue, pipeline) = (MatchQueue::new(10_000), pipeline());
        let (long, _) = task(&pipeline, 1_000);
        let shorts: Vec<_> = (0..3).map(|_| task(&pipeline, 1).0).collect();
        queue.push(Arc::clone(&long)).unwrap();
        assert_eq!(taken(&queue, &[&long]), [BATCH_ROWS], "alone it has the batch");
        for short in &shorts {
            queue.push(Arc::clone(short)).unwrap();
        }
        let all = [&long, &shorts[0], &shorts[1], &shorts[2]];
        assert_eq!(taken(&queue, &all), [BATCH_ROWS - 3, 1, 1, 1], "all that came are matched together");
        assert_eq!(queue.rows(), 1_000 - BATCH_ROWS - (BATCH_ROWS - 3));
    }

    #[test]
    fn the_queue_is_bounded_by_rows_and_refuses_after_its_end() {
        let (queue, pipeline) = (MatchQueue::new(10), pipeline());
        let push = |rows| queue.push(task(&pipeline, rows).0);
        assert_eq!((push(6), push(5), push(4)), (Ok(()), Err(Refusal::Full), Ok(())));
        assert_eq!((queue.rows(), push(1)), (10, Err(Refusal::Full)));
        queue.close();
        assert_eq!(push(1), Err(Refusal::Closed));
        assert_eq!(queue.take().unwrap().len(), 2, "what waits is matched");
        assert!(queue.take().is_none());
        let larger = MatchQueue::new(10);
        assert_eq!(larger.push(task(&pipeline, 20).0), Ok(()), "a request is never too large for an empty queue");
    }

    #[test]
    fn requests_of_other_pipelines_and_abandoned_ones_are_not_matched_with_the_rest() {
        let (queue, one, other) = (MatchQueue::new(1_000), pipeline(), pipeline());
        let (first, _) = task(&one, 1);
        let (abandoned, _) = task(&one, 500);
        let (foreign, _) = task(&other, 1);
        let (last, _) = task(&one, 1);
        for task in [&first, &abandoned, &foreign, &last] {
            queue.push(Arc::clone(task)).unwrap();
        }
        abandoned.abandon();
        let tasks = [&first, &abandoned, &foreign, &last];
        assert_eq!(taken(&queue, &tasks), [1, 0, 0, 1]);
        assert_eq!((taken(&queue, &tasks), queue.rows()), (vec![0, 0, 1, 0], 0));
    }

    #[test]
    fn a_result_has_the_decisions_in_row_order_whatever_finishes_first() {
        let (task, mut result) = task(&pipeline(), 3);
        let decision = |row: u64| Decision::unmatched("k", row, 0);
        task.complete(2..3, vec![decision(4)]);
        assert!(result.try_recv().is_err());
        task.complete(0..2, vec![decision(2), decision(3)]);
        let rows: Vec<u64> = result.try_recv().unwrap().unwrap().iter().map(|decision| decision.row).collect();
        assert_eq!(rows, [2, 3, 4]);
    }
}
