//! The commit thread: gathers outcomes in completion order and makes each `batch_size` of them one epoch.
//!
//! **Invariant:** one thread writes. Every epoch has exactly `batch_size` outcomes but the last, which is committed when
//! the dataflow is done, was stopped, or failed: finished rows are never given up.
//! A row counts as accepted (its credit returns to the source) when it is taken from the queue, and as durable when its
//! epoch is committed; so at most `batch_size` finished rows wait for a commit, besides those in the one under way.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use matchflow_matcher::Settled;
use matchflow_model::arrow::array::{AsArray, RecordBatch};
use matchflow_model::outcome::{Counts, Outcome};
use matchflow_model::reject::Reject;
use matchflow_model::store::{Epoch, EpochStore};
use matchflow_model::{columns, fault};
use timely::scheduling::SyncActivator;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::{EpochReport, Observer, Progress};
use crate::times::{Clock, Place, Wait};

/// How often it is looked whether the run is over.
const LOOK: Duration = Duration::from_millis(50);

/// What the outcomes operator is told. No queue: the commit thread never waits for whoever reads it, who may be stuck.
#[derive(Default)]
pub(crate) struct News {
    accepted_rows: AtomicUsize,
    durable_tickets: AtomicU64,
}

impl News {
    /// How many rows left the queue since the last look: their credits are free.
    pub(crate) fn take_accepted(&self) -> usize {
        self.accepted_rows.swap(0, Ordering::AcqRel)
    }

    /// How many messages are durable: those with smaller tickets.
    pub(crate) fn durable(&self) -> u64 {
        self.durable_tickets.load(Ordering::Acquire)
    }
}

/// A message of the outcomes operator.
pub(crate) struct Delivery {
    /// Counts up by one with each message.
    pub(crate) ticket: u64,
    /// The rows.
    pub(crate) settled: Settled,
}

/// The thread's surroundings.
pub(crate) struct Writer {
    pub(crate) store: Box<dyn EpochStore>,
    pub(crate) batch_size: usize,
    pub(crate) observer: Box<dyn Observer>,
    pub(crate) abort: Abort,
    pub(crate) progress: Arc<Progress>,
}

/// What the thread leaves behind.
#[derive(Default)]
pub(crate) struct Written {
    /// Outcomes made durable.
    pub(crate) counts: Counts,
    /// Epochs committed.
    pub(crate) epochs: u64,
    /// Rejected cells made durable.
    pub(crate) rejects: u64,
}

impl Writer {
    /// Starts the thread. It ends when every sender of `deliveries` is gone, or when the run is over and none sends
    /// for too long.
    pub(crate) fn spawn(
        self,
        deliveries: Receiver<Delivery>,
        news: Arc<News>,
        activator: SyncActivator,
    ) -> Result<JoinHandle<Written>, FlowError> {
        let thread = std::thread::Builder::new().name("commit".to_owned());
        let thread = thread.spawn(move || {
            let abort = self.abort.clone();
            let mut gather = Gather::new(self, news, activator);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| gather.run(&deliveries))) {
                abort.raise(FlowError::panic("the commit thread", payload.as_ref()));
            }
            gather.written
        });
        thread.map_err(|error| FlowError::Start(error.to_string()))
    }
}

/// Outcomes between the queue and their commit.
struct Gather {
    writer: Writer,
    news: Arc<News>,
    activator: SyncActivator,
    batches: VecDeque<RecordBatch>,
    rejects: Vec<Reject>,
    rows: usize,
    /// For each message under way: its ticket and how many of its rows are not durable yet.
    open: VecDeque<(u64, usize)>,
    written: Written,
    started: Instant,
    clock: Arc<Clock>,
}

impl Gather {
    fn new(writer: Writer, news: Arc<News>, activator: SyncActivator) -> Gather {
        let clock = writer.progress.times().clock("commit", Place::Commit);
        Gather {
            clock,
            writer,
            news,
            activator,
            batches: VecDeque::new(),
            rejects: Vec::new(),
            rows: 0,
            open: VecDeque::new(),
            written: Written::default(),
            started: Instant::now(),
        }
    }

    fn run(&mut self, deliveries: &Receiver<Delivery>) {
        loop {
            let waits = Instant::now();
            let received = deliveries.recv_timeout(LOOK);
            self.clock.stood(Wait::Outcomes, waits);
            let Delivery { ticket, settled } = match received {
                Ok(delivery) => delivery,
                // Who would close the queue may be stuck; who is not hands over what is finished.
                Err(RecvTimeoutError::Timeout) if !self.writer.abort.is_overdue() => continue,
                Err(_) => break,
            };
            fault::point("writer");
            let rows = settled.rows.0.num_rows();
            self.rows += rows;
            self.open.push_back((ticket, rows));
            self.batches.push_back(settled.rows.0);
            self.rejects.extend(settled.rejects);
            self.writer.progress.add_finished(rows as u64);
            self.news.accepted_rows.fetch_add(rows, Ordering::AcqRel);
            self.wake();
            while self.rows >= self.writer.batch_size {
                if !self.commit(self.writer.batch_size) {
                    return;
                }
            }
        }
        if self.rows > 0 {
            self.commit(self.rows);
        }
    }

    /// Commits the oldest `size` outcomes; false when that failed and the run is over.
    fn commit(&mut self, size: usize) -> bool {
        let batches = self.take(size);
        let counts = count(&batches);
        let rejects = self.take_rejects(&batches);
        let epoch = Epoch { number: self.written.epochs, batches, counts, rejects };
        let began = Instant::now();
        let committed = {
            let _busy = self.clock.busy(size);
            self.writer.store.commit(&epoch)
        };
        if let Err(error) = committed {
            self.writer.abort.raise(FlowError::Commit(error));
            return false;
        }
        self.writer.progress.add_durable(counts.committed(), self.started.elapsed());
        self.written.epochs += 1;
        self.written.rejects += epoch.rejects.len() as u64;
        self.written.counts += counts;
        self.writer.observer.epoch(&EpochReport {
            epoch: epoch.number,
            counts: self.written.counts,
            elapsed: self.started.elapsed(),
            commit: began.elapsed(),
        });
        self.close(size);
        true
    }

    /// The oldest `size` outcomes, cut from the batches without copying.
    fn take(&mut self, size: usize) -> Vec<RecordBatch> {
        let mut taken = Vec::new();
        let mut wanted = size;
        while wanted > 0 {
            let Some(batch) = self.batches.pop_front() else { break };
            let rows = batch.num_rows().min(wanted);
            if rows < batch.num_rows() {
                self.batches.push_front(batch.slice(rows, batch.num_rows() - rows));
            }
            taken.push(batch.slice(0, rows));
            wanted -= rows;
        }
        self.rows -= size - wanted;
        taken
    }

    /// The rejected cells of these outcomes; the others wait for theirs.
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
    fn close(&mut self, size: usize) {
        let mut left = size;
        let mut durable = None;
        while let Some((ticket, rows)) = self.open.front_mut() {
            let closed = left.min(*rows);
            *rows -= closed;
            left -= closed;
            if *rows > 0 {
                break;
            }
            durable = Some(*ticket);
            self.open.pop_front();
        }
        if let Some(ticket) = durable {
            self.news.durable_tickets.store(ticket + 1, Ordering::Release);
            self.wake();
        }
    }

    fn wake(&self) {
        // An operator that is gone (an aborted run) needs no news; the rows are committed all the same.
        let _ = self.activator.activate();
    }
}

fn count(batches: &[RecordBatch]) -> Counts {
    let mut counts = Counts::default();
    let words = batches.iter().filter_map(|batch| batch.column_by_name("outcome"));
    let words = words.filter_map(|column| column.as_string_opt::<i32>());
    words.flat_map(|column| column.iter().flatten()).filter_map(Outcome::from_word).for_each(|word| counts.add(word));
    counts
}
