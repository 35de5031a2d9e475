//! How far a run is: told to an observer at every commit, and kept in counters that any thread may read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use matchflow_model::outcome::Counts;

/// One commit, as the observer hears of it.
#[derive(Debug, Clone, Copy)]
pub struct EpochReport {
    /// The epoch's number in this run, from 0.
    pub epoch: u64,
    /// Outcomes made durable by this run so far (`skipped` is 0).
    pub counts: Counts,
    /// Since the first worker started.
    pub elapsed: Duration,
    /// What this commit took.
    pub commit: Duration,
}

/// Hears of every commit, on the commit thread.
pub trait Observer: Send {
    /// An epoch is durable.
    fn epoch(&mut self, report: &EpochReport);
}

/// Hears nothing.
pub struct Silent;

impl Observer for Silent {
    fn epoch(&mut self, _report: &EpochReport) {}
}

/// Counters of a run, and the switch that stops it.
#[derive(Debug, Default)]
pub struct Progress {
    rows_read: AtomicU64,
    skipped: AtomicU64,
    entries: AtomicU64,
    pairs: AtomicU64,
    scoring_us: AtomicU64,
    load_us: AtomicU64,
    ended: AtomicBool,
    stop: AtomicBool,
}

impl Progress {
    /// New counters, all at zero.
    pub fn new() -> Arc<Progress> {
        Arc::default()
    }

    /// Rows taken from the source, those skipped among them.
    pub fn rows_read(&self) -> u64 {
        self.rows_read.load(Ordering::Relaxed)
    }

    /// Rows that an earlier run had done.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// Registry entries indexed.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// Pairs scored.
    pub fn pairs(&self) -> u64 {
        self.pairs.load(Ordering::Relaxed)
    }

    /// Time that the scoring threads worked, all together.
    pub fn scoring(&self) -> Duration {
        Duration::from_micros(self.scoring_us.load(Ordering::Relaxed))
    }

    /// From the start of the workers until every shard of the registry was ready; zero until then.
    pub fn load(&self) -> Duration {
        Duration::from_micros(self.load_us.load(Ordering::Relaxed))
    }

    /// Whether the source was read to its end.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Asks the run to end: no further row is started, those under way are finished and committed.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Whether [`Progress::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(crate) fn add_started(&self, rows: u64) {
        self.rows_read.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_skipped(&self, rows: u64) {
        self.rows_read.fetch_add(rows, Ordering::Relaxed);
        self.skipped.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_scoring(&self, busy: Duration) {
        self.scoring_us.fetch_add(busy.as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_load(&self, load: Duration) {
        self.load_us.fetch_max(load.as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_ended(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(crate) fn add_entries(&self, entries: u64) {
        self.entries.fetch_add(entries, Ordering::Relaxed);
    }

    pub(crate) fn add_pairs(&self, pairs: u64) {
        self.pairs.fetch_add(pairs, Ordering::Relaxed);
    }
}
