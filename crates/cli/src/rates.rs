//! The rate of a run, and its estimated end.

use std::collections::VecDeque;
use std::time::Duration;

/// The period of the recent rate.
const WINDOW: Duration = Duration::from_secs(10);

/// Rows per second, recently and over the whole run. Rows of earlier runs do not count.
#[derive(Default)]
pub(crate) struct Rates {
    /// Times since the start with the rows committed by then; the oldest is at the edge of the window.
    recent: VecDeque<(Duration, u64)>,
}

impl Rates {
    /// Records the number of rows committed so far; returns the rate over the window that ends now.
    pub(crate) fn note(&mut self, elapsed: Duration, committed: u64) -> f64 {
        self.recent.push_back((elapsed, committed));
        while self.recent.len() > 2 && self.recent.front().is_some_and(|(then, _)| elapsed - *then > WINDOW) {
            self.recent.pop_front();
        }
        let (since, before) = match self.recent.front() {
            Some((then, rows)) if self.recent.len() > 1 && *then < elapsed => (*then, *rows),
            _ => (Duration::ZERO, 0),
        };
        per_second(committed - before, elapsed - since)
    }
}

/// Rows per second; 0 if no time has passed.
pub(crate) fn per_second(rows: u64, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64();
    if seconds > 0.0 { rows as f64 / seconds } else { 0.0 }
}

/// Seconds until `total` rows are done at this rate; `None` if unknown.
pub(crate) fn eta_s(done: u64, total: Option<u64>, rate: f64) -> Option<f64> {
    total.filter(|_| rate > 0.0).map(|total| total.saturating_sub(done) as f64 / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_window() {
        let mut rates = Rates::default();
        let at = Duration::from_secs;
        assert_eq!(rates.note(at(1), 100), 100.0);
        assert_eq!(rates.note(at(2), 300), 200.0);
        assert_eq!(rates.note(at(12), 1300), 100.0);
        assert_eq!(rates.note(at(22), 1300), 0.0);
    }

    #[test]
    fn the_eta_follows_from_the_remaining_rows() {
        assert_eq!(eta_s(400, Some(1000), 10.0), Some(60.0));
        assert_eq!(eta_s(1100, Some(1000), 10.0), Some(0.0));
        assert_eq!(eta_s(400, None, 10.0), None);
        assert_eq!(eta_s(400, Some(1000), 0.0), None);
    }
}
