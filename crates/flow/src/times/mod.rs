//! Where the time of a run goes: for each stage its rows, the time spent on them, and the waits.
//!
//! There are two kinds of waits. A dedicated thread (a reader, the commit thread) is idle: reported as a sum. Rows queue
//! for a worker, a scoring thread or an answer: reported per row, from when the stage receives them.
//!
//! Cost: two clock readings per chunk and stage, and counters; with a trace also a briefly held lock.
//!
//! **Invariant:** nothing here is read by anything that decides: timing cannot change a result.

mod trace;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use self::trace::Recorder;

/// Kind of thread that runs a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadRole {
    /// A thread that reads a file.
    Reader,
    /// The workers of the dataflow.
    Worker,
    /// The threads that run plug-ins.
    ScoringThread,
    /// The thread that commits.
    Commit,
}

/// A cause of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A reader waits: the maximum of rows is in flight.
    RowsInFlight,
    /// A reader waits: earlier entries of the registry are not indexed yet.
    Indexing,
    /// The commit thread waits: no row is finished.
    Outcomes,
    /// Rows wait: the registry is not ready.
    Registry,
    /// Rows wait: the workers are busy.
    Worker,
    /// Rows wait: the scoring threads are busy.
    ScoringThread,
    /// Rows wait: requests are not answered yet.
    Answers,
}

impl Wait {
    const ALL: [Wait; 7] = [
        Wait::RowsInFlight,
        Wait::Indexing,
        Wait::Outcomes,
        Wait::Registry,
        Wait::Worker,
        Wait::ScoringThread,
        Wait::Answers,
    ];

    /// Its label, after "waited for".
    pub fn label(self) -> &'static str {
        match self {
            Wait::RowsInFlight => "rows in flight",
            Wait::Indexing => "indexing",
            Wait::Outcomes => "outcomes",
            Wait::Registry => "the registry",
            Wait::Worker => "a worker",
            Wait::ScoringThread => "a scoring thread",
            Wait::Answers => "answers",
        }
    }

    /// Whether rows wait, rather than a thread.
    pub fn is_row_wait(self) -> bool {
        !matches!(self, Wait::RowsInFlight | Wait::Indexing | Wait::Outcomes)
    }
}

/// Times of one stage.
#[derive(Debug, Clone)]
pub struct StageTime {
    /// Its label.
    pub stage: String,
    /// The kind of thread that runs it.
    pub role: ThreadRole,
    /// Rows processed.
    pub rows: u64,
    /// Total working time of all threads.
    pub busy: Duration,
    /// Its waits, the longest first.
    pub waits: Vec<StageWait>,
}

/// A wait of a stage.
#[derive(Debug, Clone, Copy)]
pub struct StageWait {
    /// The cause.
    pub on: Wait,
    /// For threads the sum; for rows the average per row.
    pub time: Duration,
}

impl StageTime {
    /// Rows per second of work.
    pub fn rate(&self) -> f64 {
        if self.busy.is_zero() { 0.0 } else { self.rows as f64 / self.busy.as_secs_f64() }
    }
}

/// Counts of one clock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClockTally {
    stage: String,
    rows: u64,
    busy_ns: u64,
    /// Nanoseconds and rows of each wait, in the order of [`Wait::ALL`].
    waits: Vec<(u64, u64)>,
}

/// The clocks of a run, in the order of its stages.
#[derive(Debug, Default)]
pub(crate) struct Times {
    clocks: Mutex<Vec<Arc<StageClock>>>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Times {
    /// The clock of a stage, created at the first call. Workers call this in the order of the stages, so the clocks are in
    /// that order.
    pub(crate) fn clock(&self, stage: &str, role: ThreadRole) -> Arc<StageClock> {
        let mut clocks = self.clocks.lock();
        let known = clocks.iter().find(|clock| clock.stage.as_ref() == stage);
        let clock = known.map(Arc::clone).unwrap_or_else(|| {
            Arc::new(StageClock {
                stage: stage.into(),
                role,
                rows: AtomicU64::new(0),
                busy_ns: AtomicU64::new(0),
                waits: Default::default(),
                recorder: self.recorder.get().cloned(),
            })
        });
        if !clocks.iter().any(|known| Arc::ptr_eq(known, &clock)) {
            clocks.push(Arc::clone(&clock));
        }
        clock
    }

    /// Starts recording spans; call it before the stages get their clocks.
    pub(crate) fn record(&self) {
        self.recorder.get_or_init(Arc::default);
    }

    /// Writes the recorded spans as a Chrome trace; nothing without [`Times::record`].
    pub(crate) fn write_trace(&self, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        self.recorder.get().map_or(Ok(()), |recorder| recorder.write(to))
    }

    /// Counts of every clock so far.
    pub(crate) fn tally(&self) -> Vec<ClockTally> {
        self.clocks.lock().iter().map(|clock| clock.tally()).collect()
    }

    /// Adds the counts of another process. All processes have the same stages.
    pub(crate) fn add(&self, tallies: &[ClockTally]) {
        let clocks = self.clocks.lock();
        for tally in tallies {
            if let Some(clock) = clocks.iter().find(|clock| clock.stage.as_ref() == tally.stage) {
                clock.add_tally(tally);
            }
        }
    }

    /// Times of every stage so far.
    pub(crate) fn stages(&self) -> Vec<StageTime> {
        self.clocks.lock().iter().map(|clock| clock.read()).collect()
    }
}

/// One wait of a clock.
#[derive(Debug, Default)]
struct WaitCounter {
    ns: AtomicU64,
    /// Rows that waited; for a thread, its number of waits.
    rows: AtomicU64,
}

/// Counts rows and times of one stage, on any thread.
#[derive(Debug)]
pub(crate) struct StageClock {
    stage: Arc<str>,
    role: ThreadRole,
    rows: AtomicU64,
    busy_ns: AtomicU64,
    waits: [WaitCounter; Wait::ALL.len()],
    recorder: Option<Arc<Recorder>>,
}

/// Measures work until it is dropped.
pub(crate) struct BusyGuard<'a> {
    clock: &'a StageClock,
    began: Instant,
    rows: usize,
}

impl BusyGuard<'_> {
    /// Sets the number of rows, if it is only known after the start.
    pub(crate) fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }
}

impl Drop for BusyGuard<'_> {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        self.clock.rows.fetch_add(self.rows as u64, Ordering::Relaxed);
        self.clock.busy_ns.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
        self.clock.span(None, self.began, took, self.rows);
    }
}

impl StageClock {
    /// Starts measuring work on `rows` rows; 0 if another operator of the stage counts them.
    pub(crate) fn busy(&self, rows: usize) -> BusyGuard<'_> {
        BusyGuard { clock: self, began: Instant::now(), rows }
    }

    /// Adds a wait of a thread since `began`.
    pub(crate) fn add_thread_wait(&self, on: Wait, began: Instant) {
        let took = began.elapsed();
        self.add(on, took, 1);
        self.span(Some(on), began, took, 0);
    }

    /// Adds a wait of `rows` rows, each for this long.
    pub(crate) fn add_row_waits(&self, on: Wait, each: Duration, rows: usize) {
        self.add(on, each * u32::try_from(rows).unwrap_or(u32::MAX), rows);
    }

    fn add(&self, on: Wait, time: Duration, rows: usize) {
        let Some(counter) = self.waits.get(on as usize) else { return };
        counter.ns.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
        counter.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn span(&self, wait: Option<Wait>, began: Instant, took: Duration, rows: usize) {
        if let Some(recorder) = &self.recorder {
            recorder.add(&self.stage, wait, began, took, rows);
        }
    }

    fn tally(&self) -> ClockTally {
        let read = |counter: &WaitCounter| (counter.ns.load(Ordering::Relaxed), counter.rows.load(Ordering::Relaxed));
        ClockTally {
            stage: self.stage.as_ref().to_owned(),
            rows: self.rows.load(Ordering::Relaxed),
            busy_ns: self.busy_ns.load(Ordering::Relaxed),
            waits: self.waits.iter().map(read).collect(),
        }
    }

    fn add_tally(&self, tally: &ClockTally) {
        self.rows.fetch_add(tally.rows, Ordering::Relaxed);
        self.busy_ns.fetch_add(tally.busy_ns, Ordering::Relaxed);
        for (counter, (ns, rows)) in self.waits.iter().zip(&tally.waits) {
            counter.ns.fetch_add(*ns, Ordering::Relaxed);
            counter.rows.fetch_add(*rows, Ordering::Relaxed);
        }
    }

    fn read(&self) -> StageTime {
        let mut waits: Vec<StageWait> = Wait::ALL
            .into_iter()
            .zip(&self.waits)
            .map(|(on, counter)| {
                let ns = counter.ns.load(Ordering::Relaxed);
                let rows = counter.rows.load(Ordering::Relaxed);
                StageWait { on, time: Duration::from_nanos(if on.is_row_wait() { ns / rows.max(1) } else { ns }) }
            })
            .filter(|wait| !wait.time.is_zero())
            .collect();
        waits.sort_by_key(|wait| std::cmp::Reverse(wait.time));
        StageTime {
            stage: self.stage.as_ref().to_owned(),
            role: self.role,
            rows: self.rows.load(Ordering::Relaxed),
            busy: Duration::from_nanos(self.busy_ns.load(Ordering::Relaxed)),
            waits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_waits_add_up_by_stage_in_the_order_of_creation() {
        let times = Times::default();
        let first = times.clock("clean", ThreadRole::Worker);
        let second = times.clock("commit", ThreadRole::Commit);
        assert!(Arc::ptr_eq(&first, &times.clock("clean", ThreadRole::Worker)));
        drop(first.busy(3));
        first.busy(0).set_rows(4);
        first.add_row_waits(Wait::Worker, Duration::from_millis(1), 1);
        first.add_row_waits(Wait::Worker, Duration::from_millis(5), 3);
        second.add_thread_wait(Wait::Outcomes, Instant::now());
        let stages = times.stages();
        assert_eq!(stages.iter().map(|stage| stage.stage.as_str()).collect::<Vec<_>>(), ["clean", "commit"]);
        assert_eq!((stages[0].rows, stages[0].role), (7, ThreadRole::Worker));
        assert_eq!(stages[0].waits[0].time, Duration::from_millis(4), "the wait per row is an average");
        assert_eq!(stages[1].waits[0].on, Wait::Outcomes);
        times.add(&times.tally());
        let doubled = times.stages();
        assert_eq!((doubled[0].rows, doubled[0].waits[0].time), (14, stages[0].waits[0].time));
        assert!(Wait::ALL.iter().enumerate().all(|(index, wait)| *wait as usize == index));
    }
}
