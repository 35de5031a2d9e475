//! Progress of a run: reported to an observer at every commit, and in counters that any thread can read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use matchflow_matcher::FieldFills;
use matchflow_model::outcome::Counts;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::memory::memory_peak_bytes;
use crate::times::{ClockTally, StageTime, Times};

/// Report of one commit.
#[derive(Debug, Clone, Copy)]
pub struct EpochReport {
    /// The epoch's number in this run, from 0.
    pub epoch: u64,
    /// Outcomes made durable by this run so far (`skipped` is 0).
    pub counts: Counts,
    /// Since the first worker started.
    pub elapsed: Duration,
    /// Duration of this commit.
    pub commit: Duration,
}

/// Is called for every commit, on the commit thread.
pub trait Observer: Send {
    /// An epoch is durable.
    fn epoch(&mut self, report: &EpochReport);
}

/// An observer that ignores everything.
pub struct SilentObserver;

impl Observer for SilentObserver {
    fn epoch(&mut self, _report: &EpochReport) {}
}

/// Counts of one process, for process 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ProcessTally {
    pub(crate) entries: u64,
    pub(crate) pairs: u64,
    pub(crate) scoring_us: u64,
    /// By stage and scorer.
    pub(crate) scored_without: Vec<(String, String, u64)>,
    /// By clean stage.
    pub(crate) fills: Vec<(String, FieldFills)>,
    pub(crate) clocks: Vec<ClockTally>,
}

/// Counters of a run, and its stop switch.
#[derive(Debug, Default)]
pub struct Progress {
    rows_read: AtomicU64,
    skipped: AtomicU64,
    left: AtomicU64,
    finished: AtomicU64,
    milestones: Milestones,
    entries: AtomicU64,
    pairs: AtomicU64,
    remote: Arc<matchflow_remote::Counters>,
    scoring_us: AtomicU64,
    load_us: AtomicU64,
    load_bytes: AtomicU64,
    scored_without: Mutex<BTreeMap<(String, String), u64>>,
    fills: Mutex<BTreeMap<String, FieldFills>>,
    times: Times,
    ended: AtomicBool,
    stop: AtomicBool,
}

/// First results and commits, and rows with outcomes, for comparing schedules.
#[derive(Debug, Default)]
struct Milestones {
    /// Rows with an outcome, and those of them that are durable.
    decided: AtomicU64,
    durable: AtomicU64,
    uncommitted_max: AtomicU64,
    first_result_us: AtomicU64,
    first_commit_us: AtomicU64,
}

impl Progress {
    /// New counters, all at zero.
    pub fn new() -> Arc<Progress> {
        Arc::default()
    }

    /// Rows read from the source, including skipped ones.
    pub fn rows_read(&self) -> u64 {
        self.rows_read.load(Ordering::Relaxed)
    }

    /// Rows processed by an earlier run.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// New rows that a run for failed rows only did not process.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Rows between the source and the commit thread.
    pub fn in_flight(&self) -> u64 {
        let finished = self.finished.load(Ordering::Relaxed);
        self.rows_read().saturating_sub(self.skipped() + finished)
    }

    /// Maximum number of rows with an outcome that was not durable, including those in the current transaction.
    pub fn uncommitted_max(&self) -> u64 {
        self.milestones.uncommitted_max.load(Ordering::Relaxed)
    }

    /// From the start of the workers until the first outcome went to the commit thread; zero until then.
    pub fn first_result(&self) -> Duration {
        Duration::from_micros(self.milestones.first_result_us.load(Ordering::Relaxed))
    }

    /// From the start of the workers until the first commit; zero until then.
    pub fn first_commit(&self) -> Duration {
        Duration::from_micros(self.milestones.first_commit_us.load(Ordering::Relaxed))
    }

    /// Registry entries indexed.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// Pairs scored.
    pub fn pairs(&self) -> u64 {
        self.pairs.load(Ordering::Relaxed)
    }

    /// Counters of arbiters' requests: in flight, failed, cost so far.
    pub fn remote(&self) -> &Arc<matchflow_remote::Counters> {
        &self.remote
    }

    /// Total working time of the scoring threads.
    pub fn scoring(&self) -> Duration {
        Duration::from_micros(self.scoring_us.load(Ordering::Relaxed))
    }

    /// From the start of the workers until every shard of the registry was ready; zero until then.
    pub fn load(&self) -> Duration {
        Duration::from_micros(self.load_us.load(Ordering::Relaxed))
    }

    /// Peak memory until then, in bytes; zero if the system does not report it.
    pub fn load_memory_bytes(&self) -> u64 {
        self.load_bytes.load(Ordering::Relaxed)
    }

    /// Rows scored without a scorer that failed on them, by stage and scorer (`on_failure: skip-plugin`).
    pub fn scored_without(&self) -> BTreeMap<(String, String), u64> {
        self.scored_without.lock().clone()
    }

    /// The field values that cleaning left in this run's rows, by clean stage.
    pub fn fills(&self) -> BTreeMap<String, FieldFills> {
        self.fills.lock().clone()
    }

    /// Times of each stage so far, in the order of the stages.
    pub fn stages(&self) -> Vec<StageTime> {
        self.times.stages()
    }

    /// Counts of this process of the work that all processes share.
    pub(crate) fn tally(&self) -> ProcessTally {
        let scored_without =
            self.scored_without().into_iter().map(|((stage, scorer), rows)| (stage, scorer, rows)).collect();
        let scoring_us = self.scoring_us.load(Ordering::Relaxed);
        let fills = self.fills.lock().clone().into_iter().collect();
        let (entries, pairs, clocks) = (self.entries(), self.pairs(), self.times.tally());
        ProcessTally { entries, pairs, scoring_us, scored_without, fills, clocks }
    }

    /// Adds the counts of another process.
    pub(crate) fn add_tally(&self, tally: &ProcessTally) {
        self.add_entries(tally.entries);
        self.add_pairs(tally.pairs);
        self.add_scoring(Duration::from_micros(tally.scoring_us));
        tally.scored_without.iter().for_each(|(stage, scorer, rows)| self.add_scored_without(stage, scorer, *rows));
        tally.fills.iter().for_each(|(stage, fills)| self.add_fills(stage, fills.clone()));
        self.times.add(&tally.clocks);
    }

    /// Starts recording spans of all threads for [`Progress::write_trace`]; call it before the run.
    pub fn record_trace(&self) {
        self.times.record();
    }

    /// Writes the recorded spans as a Chrome trace (JSON) of bounded size.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn write_trace(&self, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        self.times.write_trace(to)
    }

    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// Whether the source was read to its end.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Stops the run: no more rows are started, those in flight are finished and committed.
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

    pub(crate) fn add_left(&self, rows: u64) {
        self.left.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_finished(&self, rows: u64) {
        self.finished.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_decided(&self, rows: u64) {
        let decided = self.milestones.decided.fetch_add(rows, Ordering::Relaxed) + rows;
        let waiting = decided.saturating_sub(self.milestones.durable.load(Ordering::Relaxed));
        self.milestones.uncommitted_max.fetch_max(waiting, Ordering::Relaxed);
    }

    pub(crate) fn add_durable(&self, rows: u64, since: Duration) {
        self.milestones.durable.fetch_add(rows, Ordering::Relaxed);
        set_once(&self.milestones.first_commit_us, since);
    }

    pub(crate) fn note_result(&self, since: Duration) {
        set_once(&self.milestones.first_result_us, since);
    }

    pub(crate) fn add_scoring(&self, busy: Duration) {
        self.scoring_us.fetch_add(busy.as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_scored_without(&self, stage: &str, scorer: &str, rows: u64) {
        let mut counts = self.scored_without.lock();
        *counts.entry((stage.to_owned(), scorer.to_owned())).or_default() += rows;
    }

    pub(crate) fn add_fills(&self, stage: &str, fills: FieldFills) {
        let mut known = self.fills.lock();
        match known.get_mut(stage) {
            Some(known) => known.merge(fills),
            None => drop(known.insert(stage.to_owned(), fills)),
        }
    }

    pub(crate) fn set_load(&self, load: Duration) {
        self.load_us.fetch_max(load.as_micros() as u64, Ordering::Relaxed);
        self.load_bytes.fetch_max(memory_peak_bytes().unwrap_or(0), Ordering::Relaxed);
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

fn set_once(milestone: &AtomicU64, since: Duration) {
    let us = (since.as_micros() as u64).max(1);
    // Ignored if it is set already.
    let _ = milestone.compare_exchange(0, us, Ordering::Relaxed, Ordering::Relaxed);
}
