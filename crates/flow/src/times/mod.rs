//! Where the time of a run goes: for each stage the rows, the time that somebody worked on them, and what was waited for.
//!
//! Two kinds of waiting are told apart. A thread of its own (a reader, the commit thread) stands still: that is told as a
//! sum. Rows stand in line for a worker, a scoring thread or an answer: that is told as so much a row, counted from when
//! the stage sees them.
//!
//! Cost: two looks at the clock a chunk and stage, and counters; with a trace a lock nobody else holds for long.
//!
//! **Invariant:** nothing here is read by anything that decides: timing cannot change a result.

mod trace;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use self::trace::Recorder;

/// Who works on a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A thread that reads a file.
    Reader,
    /// The workers of the dataflow.
    Worker,
    /// The threads that run plug-ins.
    ScoringThread,
    /// The thread that commits.
    Commit,
}

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A reader: as many rows are under way as may be.
    RowsUnderWay,
    /// A reader: the registry read before is not cleaned and sorted in yet.
    Indexing,
    /// The commit thread: no row is finished.
    Outcomes,
    /// Rows: the registry is not ready.
    Registry,
    /// Rows: the workers are at others.
    Worker,
    /// Rows: the scoring threads are at others.
    ScoringThread,
    /// Rows: those who were asked have not answered.
    Answers,
}

impl Wait {
    const ALL: [Wait; 7] = [
        Wait::RowsUnderWay,
        Wait::Indexing,
        Wait::Outcomes,
        Wait::Registry,
        Wait::Worker,
        Wait::ScoringThread,
        Wait::Answers,
    ];

    /// In words, after "waited for".
    pub fn words(self) -> &'static str {
        match self {
            Wait::RowsUnderWay => "rows under way",
            Wait::Indexing => "indexing",
            Wait::Outcomes => "outcomes",
            Wait::Registry => "the registry",
            Wait::Worker => "a worker",
            Wait::ScoringThread => "a scoring thread",
            Wait::Answers => "answers",
        }
    }

    /// Whether rows wait, rather than a thread.
    pub fn is_of_rows(self) -> bool {
        !matches!(self, Wait::RowsUnderWay | Wait::Indexing | Wait::Outcomes)
    }
}

/// What one stage did.
#[derive(Debug, Clone)]
pub struct StageTime {
    /// Its label.
    pub stage: String,
    /// Who works on it.
    pub place: Place,
    /// Rows that went through.
    pub rows: u64,
    /// Time that somebody worked on them, of all threads together.
    pub busy: Duration,
    /// What was waited for, the longest first.
    pub waits: Vec<Waited>,
}

/// A wait of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Waited {
    /// What for.
    pub on: Wait,
    /// Of a thread the sum; of rows what each waited, on average.
    pub time: Duration,
}

impl StageTime {
    /// Rows in a second of work.
    pub fn rate(&self) -> f64 {
        if self.busy.is_zero() { 0.0 } else { self.rows as f64 / self.busy.as_secs_f64() }
    }
}

/// What one clock counted.
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
    clocks: Mutex<Vec<Arc<Clock>>>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Times {
    /// The clock of a stage. Every worker asks in the order of the stages: the clocks come to be in that order.
    pub(crate) fn clock(&self, stage: &str, place: Place) -> Arc<Clock> {
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clocks.iter().find(|clock| clock.stage.as_ref() == stage);
        let clock = known.map(Arc::clone).unwrap_or_else(|| {
            Arc::new(Clock {
                stage: stage.into(),
                place,
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

    /// Records every span from now on; before the stages ask for their clocks.
    pub(crate) fn record(&self) {
        self.recorder.get_or_init(Arc::default);
    }

    /// Writes what was recorded as a Chrome trace; nothing was where [`Times::record`] was not called.
    pub(crate) fn write_trace(&self, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        self.recorder.get().map_or(Ok(()), |recorder| recorder.write(to))
    }

    /// What every clock counted so far.
    pub(crate) fn tally(&self) -> Vec<ClockTally> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|clock| clock.tally()).collect()
    }

    /// Adds what the clocks of another process counted. All have the same stages.
    pub(crate) fn add(&self, tallies: &[ClockTally]) {
        let clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        for tally in tallies {
            if let Some(clock) = clocks.iter().find(|clock| clock.stage.as_ref() == tally.stage) {
                clock.add_tally(tally);
            }
        }
    }

    /// What every stage did so far.
    pub(crate) fn stages(&self) -> Vec<StageTime> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|clock| clock.read()).collect()
    }
}

/// One wait of a clock.
#[derive(Debug, Default)]
struct Waiting {
    ns: AtomicU64,
    /// Rows that waited; 1 at least where a thread did.
    rows: AtomicU64,
}

/// Counts what one stage does, on any thread.
#[derive(Debug)]
pub(crate) struct Clock {
    stage: Arc<str>,
    place: Place,
    rows: AtomicU64,
    busy_ns: AtomicU64,
    waits: [Waiting; Wait::ALL.len()],
    recorder: Option<Arc<Recorder>>,
}

/// Work under way; it ends when this is dropped.
pub(crate) struct Busy<'a> {
    clock: &'a Clock,
    began: Instant,
    rows: usize,
}

impl Busy<'_> {
    /// The rows are known only now.
    pub(crate) fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        self.clock.rows.fetch_add(self.rows as u64, Ordering::Relaxed);
        self.clock.busy_ns.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
        self.clock.span(None, self.began, took, self.rows);
    }
}

impl Clock {
    /// Somebody works on so many rows from now on. Rows that were counted before, by another part of the stage, are 0 here.
    pub(crate) fn busy(&self, rows: usize) -> Busy<'_> {
        Busy { clock: self, began: Instant::now(), rows }
    }

    /// A thread stood still from `began` on.
    pub(crate) fn stood(&self, on: Wait, began: Instant) {
        let took = began.elapsed();
        self.add(on, took, 1);
        self.span(Some(on), began, took, 0);
    }

    /// So many rows waited so long, each of them.
    pub(crate) fn waited(&self, on: Wait, each: Duration, rows: usize) {
        self.add(on, each * u32::try_from(rows).unwrap_or(u32::MAX), rows);
    }

    fn add(&self, on: Wait, time: Duration, rows: usize) {
        let Some(waiting) = self.waits.get(on as usize) else { return };
        waiting.ns.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
        waiting.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn span(&self, wait: Option<Wait>, began: Instant, took: Duration, rows: usize) {
        if let Some(recorder) = &self.recorder {
            recorder.add(&self.stage, wait, began, took, rows);
        }
    }

    fn tally(&self) -> ClockTally {
        let read = |waiting: &Waiting| (waiting.ns.load(Ordering::Relaxed), waiting.rows.load(Ordering::Relaxed));
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
        for (waiting, (ns, rows)) in self.waits.iter().zip(&tally.waits) {
            waiting.ns.fetch_add(*ns, Ordering::Relaxed);
            waiting.rows.fetch_add(*rows, Ordering::Relaxed);
        }
    }

    fn read(&self) -> StageTime {
        let mut waits: Vec<Waited> = Wait::ALL
            .into_iter()
            .zip(&self.waits)
            .map(|(on, waiting)| {
                let (ns, rows) = (waiting.ns.load(Ordering::Relaxed), waiting.rows.load(Ordering::Relaxed));
                Waited { on, time: Duration::from_nanos(if on.is_of_rows() { ns / rows.max(1) } else { ns }) }
            })
            .filter(|waited| !waited.time.is_zero())
            .collect();
        waits.sort_by_key(|waited| std::cmp::Reverse(waited.time));
        StageTime {
            stage: self.stage.as_ref().to_owned(),
            place: self.place,
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
    fn work_and_waits_add_up_by_stage_in_the_order_of_asking() {
        let times = Times::default();
        let (first, second) = (times.clock("clean", Place::Worker), times.clock("commit", Place::Commit));
        assert!(Arc::ptr_eq(&first, &times.clock("clean", Place::Worker)));
        drop(first.busy(3));
        first.busy(0).set_rows(4);
        first.waited(Wait::Worker, Duration::from_millis(1), 1);
        first.waited(Wait::Worker, Duration::from_millis(5), 3);
        second.stood(Wait::Outcomes, Instant::now());
        let stages = times.stages();
        assert_eq!(stages.iter().map(|stage| stage.stage.as_str()).collect::<Vec<_>>(), ["clean", "commit"]);
        assert_eq!((stages[0].rows, stages[0].place), (7, Place::Worker));
        assert_eq!(stages[0].waits[0].time, Duration::from_millis(4), "what a row waits is an average");
        assert_eq!(stages[1].waits[0].on, Wait::Outcomes);
        times.add(&times.tally());
        let doubled = times.stages();
        assert_eq!((doubled[0].rows, doubled[0].waits[0].time), (14, stages[0].waits[0].time));
        assert!(Wait::ALL.iter().enumerate().all(|(place, wait)| *wait as usize == place));
    }
}
