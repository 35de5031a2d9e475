//! A host's limits: requests open at once, requests started in a time, and pauses that it asks for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use matchflow_model::plan::Rate;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// The way to one host.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Semaphore,
    /// The time between two starts.
    interval: Option<Duration>,
    clock: Mutex<Clock>,
}

#[derive(Debug)]
struct Clock {
    /// When the next request may start.
    next: Instant,
    /// Until when nothing may.
    closed: Instant,
}

impl Gate {
    pub(crate) fn new(in_flight_max: usize, rate: Option<Rate>) -> Gate {
        let interval = rate.map(|rate| Duration::from_millis(rate.period_ms) / rate.requests.max(1));
        let now = Instant::now();
        let places = Semaphore::new(in_flight_max.clamp(1, Semaphore::MAX_PERMITS));
        Gate { places, interval, clock: Mutex::new(Clock { next: now, closed: now }) }
    }

    /// Waits for a place. First come, first served.
    pub(crate) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Waits for the turn of one try: for the end of a pause, and for the rate.
    pub(crate) async fn turn(&self) {
        loop {
            let closed = self.clock().closed;
            if closed <= Instant::now() {
                break;
            }
            sleep_until(closed).await;
        }
        let Some(interval) = self.interval else { return };
        let mine = {
            let mut clock = self.clock();
            let mine = clock.next.max(Instant::now());
            clock.next = mine + interval;
            mine
        };
        sleep_until(mine).await;
    }

    /// Nothing starts for this long.
    pub(crate) fn close_for(&self, pause: Duration) {
        let mut clock = self.clock();
        clock.closed = clock.closed.max(Instant::now() + pause);
    }

    fn clock(&self) -> std::sync::MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
