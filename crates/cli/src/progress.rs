//! The progress of a run: a bar on a terminal, otherwise one line per epoch, at most one per second, and one for the
//! last epoch before a pause. The log file receives the lines in any case.
//!
//! The line is `[pipeline] 300/2440 | rate=812.4/s | ETA=0.0m`: the done and total counts include rows of earlier runs,
//! the rate is that of this run over the last ten seconds, and the ETA is based on it. JSON and the bar have more: the
//! rate over the whole run, rows in flight, failed rows, and for arbiters the requests in flight, failed requests and
//! their cost so far.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use matchflow_flow::{EpochReport, Observer, Progress};
use serde_json::json;

use crate::args::ProgressMode;
use crate::console::{self, Verbosity};
use crate::rates::{Rates, eta_s, per_second};
use crate::sync::lock;
use crate::terminal;

/// The minimum interval between lines.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Width of a terminal with room for the bar and all of its figures.
const WIDE_COLUMNS: usize = 100;

/// Reports the progress of a run.
pub(crate) struct Reporter {
    counters: Arc<Progress>,
    /// The number of rows of the source, if it states it.
    total: Option<u64>,
    bar: Option<ProgressBar>,
    rates: Rates,
    lines: Arc<Mutex<ProgressLines>>,
    /// Closed at the end of the run; the thread then writes the pending line.
    open: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

/// Progress lines, at least [`LINE_INTERVAL`] apart.
struct ProgressLines {
    mode: ProgressMode,
    has_bar: bool,
    last: Option<Instant>,
    /// The snapshot that is delayed because a line was just written.
    pending: Option<RunSnapshot>,
}

/// The progress of a run at one moment.
#[derive(Debug, Clone, Copy)]
struct RunSnapshot {
    report: EpochReport,
    /// Including the rows of earlier runs.
    done: u64,
    total: Option<u64>,
    resumed: u64,
    in_flight: u64,
    rate: f64,
    rate_run: f64,
    remote: RequestCounts,
}

/// The requests of arbiters so far in this run.
#[derive(Debug, Clone, Copy, Default)]
struct RequestCounts {
    in_flight: u64,
    waiting: u64,
    answered: u64,
    failed: u64,
    cost: f64,
}

impl RequestCounts {
    fn of(counters: &matchflow_remote::Counters) -> RequestCounts {
        RequestCounts {
            in_flight: counters.in_flight(),
            waiting: counters.waiting(),
            answered: counters.answered(),
            failed: counters.failed(),
            cost: counters.cost(),
        }
    }

    /// The text for the bar; empty before the first request.
    fn message(&self) -> String {
        let RequestCounts { in_flight, waiting, answered, failed, cost } = self;
        if in_flight + waiting + answered + failed == 0 {
            return String::new();
        }
        format!(" | requests {in_flight} in flight, {failed} failed | cost {cost:.4}")
    }
}

impl Reporter {
    pub(crate) fn new(counters: Arc<Progress>, total: Option<u64>, mode: ProgressMode) -> Reporter {
        let bar = (mode == ProgressMode::Auto && terminal::has_cursor() && console::verbosity() > Verbosity::Quiet)
            .then(|| {
                let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("[pipeline] {wide_bar} {pos}/{len} {msg}");
                bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            });
        let lines = ProgressLines { mode, has_bar: bar.is_some(), last: None, pending: None };
        let lines = Arc::new(Mutex::new(lines));
        let (open, closed) = mpsc::channel::<()>();
        let later = Arc::clone(&lines);
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            while closed.recv_timeout(LINE_INTERVAL / 4) == Err(RecvTimeoutError::Timeout) {
                lock(&later).write_due();
            }
        });
        // Without the thread, a pending line waits for the next epoch.
        let open = thread.ok().map(|thread| (open, thread));
        Reporter { counters, total, bar, rates: Rates::default(), lines, open }
    }

    /// The bar, if there is one.
    pub(crate) fn bar(&self) -> Option<ProgressBar> {
        self.bar.clone()
    }

    fn snapshot(&mut self, report: &EpochReport) -> RunSnapshot {
        let committed = report.counts.committed();
        let resumed = self.counters.skipped();
        let done = committed + resumed;
        RunSnapshot {
            report: *report,
            done,
            total: self.total.map(|total| total.max(done)),
            resumed,
            in_flight: self.counters.in_flight(),
            rate: self.rates.note(report.elapsed, committed),
            rate_run: per_second(committed, report.elapsed),
            remote: RequestCounts::of(self.counters.remote()),
        }
    }
}

impl ProgressLines {
    /// Writes the pending line if enough time has passed.
    fn write_due(&mut self) {
        if self.last.is_none_or(|last| last.elapsed() >= LINE_INTERVAL) {
            self.write();
        }
    }

    /// Writes the pending line.
    fn write(&mut self) {
        let Some(snapshot) = self.pending.take() else { return };
        self.last = Some(Instant::now());
        let line = snapshot.line();
        match self.mode {
            ProgressMode::Auto | ProgressMode::Plain if !self.has_bar => message!("{line}"),
            ProgressMode::Json => {
                console::log(&line);
                console::event(&snapshot.json());
            }
            _ => console::log(&line),
        }
    }
}

impl RunSnapshot {
    fn eta_s(&self) -> Option<f64> {
        eta_s(self.done, self.total, self.rate)
    }

    fn eta(&self) -> String {
        self.eta_s().map_or_else(|| "?".to_owned(), |seconds| format!("{:.1}m", seconds / 60.0))
    }

    /// The line for logs.
    fn line(&self) -> String {
        let total = self.total.map_or_else(|| "?".to_owned(), |total| total.to_string());
        format!("[pipeline] {}/{total} | rate={:.1}/s | ETA={}", self.done, self.rate, self.eta())
    }

    /// The text of the bar, for a terminal of this width.
    fn message(&self, columns: usize) -> String {
        let RunSnapshot { rate, rate_run, in_flight, remote, .. } = self;
        let (eta, failed, remote) = (self.eta(), self.report.counts.failed, remote.message());
        if columns < WIDE_COLUMNS {
            return format!("| {rate:.0}/s | ETA={eta}");
        }
        format!(
            "| rate={rate:.1}/s (run {rate_run:.1}/s) | ETA={eta} | in flight {in_flight} | failed {failed}{remote}"
        )
    }

    fn json(&self) -> serde_json::Value {
        let EpochReport { epoch, counts, elapsed, commit } = self.report;
        let RequestCounts { in_flight, waiting, answered, failed, cost } = self.remote;
        json!({
            "event": "progress",
            "epoch": epoch,
            "done": self.done,
            "total": self.total,
            "resumed": self.resumed,
            "committed": counts.committed(),
            "matched": counts.matched,
            "review": counts.review,
            "unmatched": counts.unmatched,
            "failed": counts.failed,
            "in_flight": self.in_flight,
            "rate": self.rate,
            "rate_run": self.rate_run,
            "eta_s": self.eta_s(),
            "elapsed_s": elapsed.as_secs_f64(),
            "commit_ms": commit.as_secs_f64() * 1e3,
            "requests": { "in_flight": in_flight, "waiting": waiting, "answered": answered, "failed": failed },
            "cost": cost,
        })
    }
}

impl Observer for Reporter {
    fn epoch(&mut self, report: &EpochReport) {
        let snapshot = self.snapshot(report);
        if let Some(bar) = &self.bar {
            bar.set_position(snapshot.done);
            bar.set_message(snapshot.message(terminal::columns()));
        }
        let mut lines = lock(&self.lines);
        lines.pending = Some(snapshot);
        lines.write_due();
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Some((open, thread)) = self.open.take() {
            drop(open);
            let _ = thread.join();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        lock(&self.lines).write();
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::outcome::Counts;

    use super::*;

    fn snapshot(done: u64, total: Option<u64>, rate: f64) -> RunSnapshot {
        let counts = Counts { matched: done, ..Counts::default() };
        let report =
            EpochReport { epoch: 2, counts, elapsed: Duration::from_secs(2), commit: Duration::from_millis(3) };
        RunSnapshot {
            report,
            done,
            total,
            resumed: 0,
            in_flight: 7,
            rate,
            rate_run: 50.0,
            remote: RequestCounts::default(),
        }
    }

    #[test]
    fn the_line_has_the_format_that_logs_are_searched_for() {
        let line = |done, total, rate| snapshot(done, total, rate).line();
        assert_eq!(line(300, Some(2440), 812.44), "[pipeline] 300/2440 | rate=812.4/s | ETA=0.0m");
        assert_eq!(line(100, Some(6100), 10.0), "[pipeline] 100/6100 | rate=10.0/s | ETA=10.0m");
        assert_eq!(line(100, None, 10.0), "[pipeline] 100/? | rate=10.0/s | ETA=?");
        assert_eq!(line(100, Some(100), 0.0), "[pipeline] 100/100 | rate=0.0/s | ETA=?");
    }

    #[test]
    fn rows_of_earlier_runs_count_in_the_total_and_not_in_the_rate() {
        let counters = Progress::new();
        let mut reporter = Reporter::new(counters, Some(90), ProgressMode::None);
        let counts = Counts { matched: 100, failed: 20, ..Counts::default() };
        let report = EpochReport { epoch: 0, counts, elapsed: Duration::from_secs(3), commit: Duration::ZERO };
        let snapshot = reporter.snapshot(&report);
        assert_eq!((snapshot.done, snapshot.total, snapshot.rate, snapshot.rate_run), (120, Some(120), 40.0, 40.0));
    }

    #[test]
    fn json_has_all_figures() {
        let json = snapshot(100, Some(200), 25.0).json();
        assert_eq!((&json["done"], &json["total"], &json["eta_s"]), (&100.into(), &200.into(), &4.0.into()));
        assert_eq!((&json["in_flight"], &json["rate_run"], &json["epoch"]), (&7.into(), &50.0.into(), &2.into()));
    }

    #[test]
    fn requests_and_costs_of_arbiters_are_reported() {
        let mut snapshot = snapshot(100, Some(200), 25.0);
        assert!(!snapshot.message(100).contains("cost"), "nobody was asked: {}", snapshot.message(100));
        let narrow = snapshot.message(60);
        assert_eq!(narrow, "| 25/s | ETA=0.1m", "the line of a narrow terminal does not wrap");
        snapshot.remote = RequestCounts { in_flight: 64, waiting: 3, answered: 90, failed: 2, cost: 0.25 };
        let message = snapshot.message(100);
        assert!(message.ends_with(" | requests 64 in flight, 2 failed | cost 0.2500"), "{message}");
        let (json, told) = (snapshot.json(), json!({ "in_flight": 64, "waiting": 3, "answered": 90, "failed": 2 }));
        assert_eq!((&json["requests"], &json["cost"]), (&told, &0.25.into()));
    }
}
