//! A host's limits: concurrent requests, request rate, and pauses that it requests.

use std::time::Duration;

use matchflow_model::plan::Rate;
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// Limits of one host.
#[derive(Debug)]
pub(crate) struct Gate {
    permits: Semaphore,
    /// The time between two starts; zero if the host has no rate.
    interval: Duration,
    /// Its holder starts next; others wait in order of arrival.
    queue: AsyncMutex<()>,
    schedule: Mutex<StartSchedule>,
}

#[derive(Debug)]
struct StartSchedule {
    /// When the next request may start.
    next: Instant,
    /// No request may start before this time.
    closed: Instant,
}

/// The host requested a pause that is longer than a request can wait, by this much.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GateClosed(pub(crate) Duration);

impl Gate {
    pub(crate) fn new(in_flight_max: usize, rate: Option<Rate>) -> Gate {
        let interval = rate.map(|rate| Duration::from_millis(rate.period_ms) / rate.requests.max(1));
        let now = Instant::now();
        let permits = Semaphore::new(in_flight_max.clamp(1, Semaphore::MAX_PERMITS));
        let schedule = Mutex::new(StartSchedule { next: now, closed: now });
        Gate { permits, interval: interval.unwrap_or_default(), queue: AsyncMutex::default(), schedule }
    }

    /// Waits for a permit, in order of arrival.
    pub(crate) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.permits.acquire().await.ok()
    }

    /// Waits until one attempt may start: for the rate as long as necessary, for pauses at most `patience` in total.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<(), GateClosed> {
        let _first = self.queue.lock().await;
        let mut patience = patience;
        let mut due = Instant::now();
        // A pause that begins while this task waits applies to it too, so it checks again afterwards.
        loop {
            {
                let mut schedule = self.schedule.lock();
                let now = Instant::now();
                let pause = schedule.closed.saturating_duration_since(now);
                patience = patience.checked_sub(pause).ok_or(GateClosed(pause))?;
                due = due.max(schedule.next).max(schedule.closed);
                if due <= now {
                    schedule.next = due + self.interval;
                    return Ok(());
                }
            }
            sleep_until(due).await;
        }
    }

    /// Blocks all starts for this long.
    pub(crate) fn close_for(&self, pause: Duration) {
        let mut schedule = self.schedule.lock();
        let until = Instant::now().checked_add(pause);
        schedule.closed = until.map_or(schedule.closed, |until| schedule.closed.max(until));
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
    fn a_pause_that_begins_during_a_wait_for_the_rate_applies() {
        run(async {
            let gate = Gate::new(8, Some(Rate { requests: 1, period_ms: 100 }));
            gate.turn(HOUR).await.unwrap();
            let mut second = pin!(gate.turn(HOUR));
            let is_waiting = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending())).await;
            assert!(is_waiting);
            gate.close_for(24 * HOUR);
            let GateClosed(left) = second.await.unwrap_err();
            assert!(left > 23 * HOUR, "{left:?}");
        });
    }

    #[test]
    fn very_long_pauses_do_not_overflow() {
        run(async {
            let gate = Gate::new(8, None);
            gate.close_for(Duration::MAX);
            assert_eq!(gate.turn(HOUR).await, Ok(()), "there is no such moment");
        });
    }
}
