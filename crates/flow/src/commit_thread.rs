//! The commit thread: collects outcomes in completion order and commits each `batch_size` of them as one epoch.
//!
//! **Invariant:** one thread writes. Every epoch has exactly `batch_size` outcomes except the last, which is committed
//! when the dataflow is done, was stopped, or failed: finished rows are never dropped. A row counts as accepted (its
//! credit returns to the source) when it is taken from the queue, and as durable when its epoch is committed; so at
//! most `batch_size` finished rows wait for a commit, in addition to those of the current one.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use matchflow_matcher::OutcomeBatch;
use matchflow_model::arrow::array::{AsArray, RecordBatch};
use matchflow_model::outcome::{Counts, Outcome};
use matchflow_model::reject::Reject;
use matchflow_model::store::{Epoch, EpochStore};
use matchflow_model::{columns, fault};
use timely::scheduling::SyncActivator;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::{EpochReport, Observer, Progress};
use crate::times::{StageClock, ThreadRole, Wait};

/// Interval of checks whether the run is over.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Progress of the commit thread, for the outcomes operator. Counters instead of a queue: the commit thread never waits for
/// the operator, which may be stuck.
#[derive(Default)]
pub(crate) struct CommitProgress {
    accepted_rows: AtomicUsize,
    durable_tickets: AtomicU64,
}

impl CommitProgress {
    /// Rows taken from the queue since the last call: their credits are free.
    pub(crate) fn take_accepted(&self) -> usize {
        self.accepted_rows.swap(0, Ordering::AcqRel)
    }

    /// The first ticket that is not durable.
    pub(crate) fn durable_tickets(&self) -> u64 {
        self.durable_tickets.load(Ordering::Acquire)
    }
}

/// A message of the outcomes operator.
pub(crate) struct Delivery {
    /// Increases by one with each message.
    pub(crate) ticket: u64,
    /// The rows.
    pub(crate) outcomes: OutcomeBatch,
}

/// Configuration of the commit thread.
pub(crate) struct CommitThread {
    pub(crate) store: Box<dyn EpochStore>,
    pub(crate) batch_size: usize,
    pub(crate) observer: Box<dyn Observer>,
    pub(crate) abort: Abort,
    pub(crate) progress: Arc<Progress>,
}

/// Totals of the commit thread.
#[derive(Default)]
pub(crate) struct CommitTotals {
    /// Outcomes made durable.
    pub(crate) counts: Counts,
    /// Epochs committed.
    pub(crate) epochs: u64,
    /// Rejected cells made durable.
    pub(crate) rejects: u64,
}

impl CommitThread {
    /// Starts the thread. It ends when all senders of `deliveries` are dropped, or when the grace period of an early end is
    /// over.
    pub(crate) fn spawn(
        self,
        deliveries: Receiver<Delivery>,
        progress: Arc<CommitProgress>,
        activator: SyncActivator,
    ) -> Result<JoinHandle<CommitTotals>, FlowError> {
        let thread = std::thread::Builder::new().name("commit".to_owned());
        let thread = thread.spawn(move || {
            let abort = self.abort.clone();
            let mut builder = EpochBuilder::new(self, progress, activator);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| builder.run(&deliveries))) {
                abort.raise(FlowError::panic("the commit thread", payload.as_ref()));
            }
            builder.totals
        });
        thread.map_err(FlowError::thread("commit"))
    }
}

/// Outcomes between the queue and their commit.
struct EpochBuilder {
    thread: CommitThread,
    progress: Arc<CommitProgress>,
    activator: SyncActivator,
    batches: VecDeque<RecordBatch>,
    rejects: Vec<Reject>,
    rows: usize,
    /// For each message with rows that are not durable yet: its ticket and the number of those rows.
    open: VecDeque<(u64, usize)>,
    totals: CommitTotals,
    started: Instant,
    clock: Arc<StageClock>,
}

impl EpochBuilder {
    fn new(thread: CommitThread, progress: Arc<CommitProgress>, activator: SyncActivator) -> EpochBuilder {
        let clock = thread.progress.times().clock("commit", ThreadRole::Commit);
        EpochBuilder {
            clock,
            thread,
            progress,
            activator,
            batches: VecDeque::new(),
            rejects: Vec::new(),
            rows: 0,
            open: VecDeque::new(),
            totals: CommitTotals::default(),
            started: Instant::now(),
        }
    }

    fn run(&mut self, deliveries: &Receiver<Delivery>) {
        loop {
            let began = Instant::now();
            let received = deliveries.recv_timeout(POLL_INTERVAL);
            self.clock.add_thread_wait(Wait::Outcomes, began);
            let Delivery { ticket, outcomes } = match received {
                Ok(delivery) => delivery,
                // A stuck worker never closes the queue; the others send what is finished before the grace period ends.
                Err(RecvTimeoutError::Timeout) if !self.thread.abort.is_overdue() => continue,
                Err(_) => break,
            };
            fault::point("writer");
            let rows = outcomes.rows.0.num_rows();
            self.rows += rows;
            self.open.push_back((ticket, rows));
            self.batches.push_back(outcomes.rows.0);
            self.rejects.extend(outcomes.rejects);
            self.thread.progress.add_finished(rows as u64);
            self.progress.accepted_rows.fetch_add(rows, Ordering::AcqRel);
            self.wake();
            while self.rows >= self.thread.batch_size {
                if !self.commit(self.thread.batch_size) {
                    return;
                }
            }
        }
        if self.rows > 0 {
            self.commit(self.rows);
        }
    }

    /// Commits the oldest `size` outcomes; returns false on failure, which ends the run.
    fn commit(&mut self, size: usize) -> bool {
        let batches = self.take(size);
        let counts = count(&batches);
        let rejects = self.take_rejects(&batches);
        let epoch = Epoch { number: self.totals.epochs, batches, counts, rejects };
        let began = Instant::now();
        let committed = {
            let _busy = self.clock.busy(size);
            self.thread.store.commit(&epoch)
        };
        if let Err(error) = committed {
            self.thread.abort.raise(FlowError::Commit(error));
            return false;
        }
        self.thread.progress.add_durable(counts.committed(), self.started.elapsed());
        self.totals.epochs += 1;
        self.totals.rejects += epoch.rejects.len() as u64;
        self.totals.counts += counts;
        self.thread.observer.epoch(&EpochReport {
            epoch: epoch.number,
            counts: self.totals.counts,
            elapsed: self.started.elapsed(),
            commit: began.elapsed(),
        });
        self.mark_durable(size);
        true
    }

    /// Takes the oldest `size` outcomes, as slices of the batches.
    fn take(&mut self, size: usize) -> Vec<RecordBatch> {
        let mut taken = Vec::new();
        let mut missing = size;
        while missing > 0 {
            let Some(batch) = self.batches.pop_front() else { break };
            let rows = batch.num_rows().min(missing);
            if rows < batch.num_rows() {
                self.batches.push_front(batch.slice(rows, batch.num_rows() - rows));
            }
            taken.push(batch.slice(0, rows));
            missing -= rows;
        }
        self.rows -= size - missing;
        taken
    }

    /// Takes the rejected cells of these outcomes; the others wait for their own rows.
    fn take_rejects(&mut self, batches: &[RecordBatch]) -> Vec<Reject> {
        if self.rejects.is_empty() {
            return Vec::new();
        }
        let keys = batches.iter().filter_map(|batch| columns::text(batch, "key").ok());
        let keys: HashSet<&str> = keys.flat_map(|keys| keys.iter().flatten()).collect();
        let taken;
        (taken, self.rejects) = self.rejects.drain(..).partition(|reject| keys.contains(reject.key.as_str()));
        taken
    }

    /// Marks the oldest `size` outcomes durable.
    fn mark_durable(&mut self, size: usize) {
        let mut remaining = size;
        let mut durable = None;
        while let Some((ticket, rows)) = self.open.front_mut() {
            let covered = remaining.min(*rows);
            *rows -= covered;
            remaining -= covered;
            if *rows > 0 {
                break;
            }
            durable = Some(*ticket);
            self.open.pop_front();
        }
        if let Some(ticket) = durable {
            self.progress.durable_tickets.store(ticket + 1, Ordering::Release);
            self.wake();
        }
    }

    fn wake(&self) {
        // Fails only when the operator has ended (an aborted run); the rows are committed nevertheless.
        let _ = self.activator.activate();
    }
}

fn count(batches: &[RecordBatch]) -> Counts {
    let mut counts = Counts::default();
    let columns = batches.iter().filter_map(|batch| batch.column_by_name("outcome"));
    let columns = columns.filter_map(|column| column.as_string_opt::<i32>());
    let names = columns.flat_map(|column| column.iter().flatten());
    names.filter_map(Outcome::from_word).for_each(|outcome| counts.add(outcome));
    counts
}
