//! A host's limits: requests open at once, requests started in a time, and pauses that it asks for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use matchflow_model::plan::Rate;
use tokio::sync::{Mutex as Line, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// The way to one host.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Semaphore,
    /// The time between two starts; zero where the host has no rate.
    interval: Duration,
    /// Whoever holds it is the next to start; the others stand behind it, in the order in which they came.
    line: Line<()>,
    clock: Mutex<Clock>,
}

#[derive(Debug)]
struct Clock {
    /// When the next request may start.
    next: Instant,
    /// Until when nothing may.
    closed: Instant,
}

/// The host wants to be left alone for longer than a request can wait: for this much longer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed(pub(crate) Duration);

impl Gate {
    pub(crate) fn new(in_flight_max: usize, rate: Option<Rate>) -> Gate {
        let interval = rate.map(|rate| Duration::from_millis(rate.period_ms) / rate.requests.max(1));
        let now = Instant::now();
        let places = Semaphore::new(in_flight_max.clamp(1, Semaphore::MAX_PERMITS));
        let clock = Mutex::new(Clock { next: now, closed: now });
        Gate { places, interval: interval.unwrap_or_default(), line: Line::default(), clock }
    }

    /// Waits for a place. First come, first served.
    pub(crate) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Waits for the turn of one try: for the rate as long as it takes, for pauses no longer than `patience` in all.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<(), Closed> {
        let _first = self.line.lock().await;
        let (mut patience, mut due) = (patience, Instant::now());
        // A pause that begins while this one waits holds for it too, hence the second look.
        loop {
            {
                let mut clock = self.clock();
                let now = Instant::now();
                let pause = clock.closed.saturating_duration_since(now);
                patience = patience.checked_sub(pause).ok_or(Closed(pause))?;
                due = due.max(clock.next).max(clock.closed);
                if due <= now {
                    clock.next = due + self.interval;
                    return Ok(());
                }
            }
            sleep_until(due).await;
        }
    }

    /// Nothing starts for this long.
    pub(crate) fn close_for(&self, pause: Duration) {
        let mut clock = self.clock();
        let until = Instant::now().checked_add(pause);
        clock.closed = until.map_or(clock.closed, |until| clock.closed.max(until));
    }

    fn clock(&self) -> std::sync::MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(test);
    }

    #[test]
    fn a_pause_that_begins_while_one_waits_for_the_rate_holds_for_it() {
        run(async {
            let gate = Gate::new(8, Some(Rate { requests: 1, period_ms: 100 }));
            gate.turn(HOUR).await.unwrap();
            let mut second = pin!(gate.turn(HOUR));
            let is_waiting = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending())).await;
            assert!(is_waiting);
            gate.close_for(24 * HOUR);
            let Closed(left) = second.await.unwrap_err();
            assert!(left > 23 * HOUR, "{left:?}");
        });
    }

    #[test]
    fn no_pause_is_too_long_to_be_reckoned_with() {
        run(async {
            let gate = Gate::new(8, None);
            gate.close_for(Duration::MAX);
            assert_eq!(gate.turn(HOUR).await, Ok(()), "there is no such moment");
        });
    }
}
