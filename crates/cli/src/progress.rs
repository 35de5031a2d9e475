//! Progress for people: a bar on a terminal, elsewhere one line at every epoch, at most one a second, and
//! one for the last epoch.
//!
//! The line is `[pipeline] 300/2440 | rate=812.4/s | ETA=0.0m`: done and total count the rows of earlier runs too, the
//! rate counts this run's rows over its last ten seconds.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use matchflow_flow::{EpochReport, Observer, Progress};

/// The rate is that of this long.
const WINDOW: Duration = Duration::from_secs(10);
/// Lines are at least this far apart.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Tells how far a run is.
pub(crate) struct Reporter {
    counters: Arc<Progress>,
    /// Rows that the source says it has, where it says so.
    total: Option<u64>,
    bar: Option<ProgressBar>,
    recent: VecDeque<(Duration, u64)>,
    last_line: Option<Instant>,
    /// A line that was held back because another had just been written.
    held_back: Option<String>,
}

impl Reporter {
    pub(crate) fn new(counters: Arc<Progress>, total: Option<u64>) -> Reporter {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("[pipeline] {wide_bar} {pos}/{len} {msg}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Reporter { counters, total, bar, recent: VecDeque::new(), last_line: None, held_back: None }
    }

    /// Rows a second over the window that ends now.
    fn rate(&mut self, elapsed: Duration, committed: u64) -> f64 {
        self.recent.push_back((elapsed, committed));
        while self.recent.len() > 2 && self.recent.front().is_some_and(|(then, _)| elapsed - *then > WINDOW) {
            self.recent.pop_front();
        }
        let (since, before) = match self.recent.front() {
            Some((then, rows)) if self.recent.len() > 1 && *then < elapsed => (*then, *rows),
            _ => (Duration::ZERO, 0),
        };
        let seconds = (elapsed - since).as_secs_f64();
        if seconds > 0.0 { (committed - before) as f64 / seconds } else { 0.0 }
    }
}

/// The line for logs.
fn line(done: u64, total: Option<u64>, rate: f64) -> String {
    let left = total.map(|total| total.saturating_sub(done));
    let total = total.map_or_else(|| "?".to_owned(), |total| total.max(done).to_string());
    let eta = match left {
        Some(left) if rate > 0.0 => format!("{:.1}m", left as f64 / rate / 60.0),
        _ => "?".to_owned(),
    };
    format!("[pipeline] {done}/{total} | rate={rate:.1}/s | ETA={eta}")
}

impl Observer for Reporter {
    fn epoch(&mut self, report: &EpochReport) {
        let committed = report.counts.committed();
        let done = committed + self.counters.skipped();
        let rate = self.rate(report.elapsed, committed);
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            let eta = self.total.filter(|_| rate > 0.0).map(|total| total.saturating_sub(done) as f64 / rate);
            let eta = eta.map_or_else(|| "?".to_owned(), |seconds| format!("{:.1}m", seconds / 60.0));
            bar.set_message(format!("| rate={rate:.1}/s | ETA={eta} | failed={}", report.counts.failed));
            return;
        }
        let line = line(done, self.total, rate);
        if self.last_line.is_none_or(|last| last.elapsed() >= LINE_INTERVAL) {
            tell!("{line}");
            self.last_line = Some(Instant::now());
            self.held_back = None;
        } else {
            self.held_back = Some(line);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(line) = &self.held_back {
            tell!("{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_one_that_logs_are_read_for() {
        assert_eq!(line(300, Some(2440), 812.44), "[pipeline] 300/2440 | rate=812.4/s | ETA=0.0m");
        assert_eq!(line(100, Some(6100), 10.0), "[pipeline] 100/6100 | rate=10.0/s | ETA=10.0m");
        assert_eq!(line(100, None, 10.0), "[pipeline] 100/? | rate=10.0/s | ETA=?");
        assert_eq!(line(100, Some(90), 0.0), "[pipeline] 100/100 | rate=0.0/s | ETA=?");
    }

    #[test]
    fn the_rate_is_that_of_the_window() {
        let mut reporter = Reporter::new(Progress::new(), None);
        let at = Duration::from_secs;
        assert_eq!(reporter.rate(at(1), 100), 100.0);
        assert_eq!(reporter.rate(at(2), 300), 200.0);
        assert_eq!(reporter.rate(at(12), 1300), 100.0);
        assert_eq!(reporter.rate(at(22), 1300), 0.0);
    }
}
