//! Waits for the workers and the pool to end, without letting any of them delay an early end.
//!
//! A worker checks the abort flag between two steps and a pool thread between two chunks; either may be in the middle
//! of something long: an index of millions of entries, a guest with seconds left. A run that was stopped or failed does
//! not wait for that: it abandons such threads, whose results are discarded. Finished rows have already reached the
//! commit thread, which commits them.

use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};
use timely::communication::WorkerGuards;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::pool::Pool;
use crate::processes::ControlChannel;
use crate::progress::Progress;

/// Interval of checks whether the run must end.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Time for rows in flight to finish after a stop; then they are abandoned, for the next run to process.
const STOP_GRACE: Duration = Duration::from_millis(1200);

/// Waits until all threads have ended, or until the grace period of an early end is over.
pub(crate) fn wait(
    guards: WorkerGuards<()>,
    pool: Pool,
    abort: &Abort,
    progress: &Progress,
    control: Option<&ControlChannel>,
) -> Result<(), FlowError> {
    let (ended, end) = bounded::<()>(0);
    let join_abort = abort.clone();
    let join = std::thread::Builder::new().name("join".to_owned()).spawn(move || {
        for result in guards.join() {
            if let Err(message) = result {
                join_abort.raise(FlowError::Panic { place: "a worker".to_owned(), message });
            }
        }
        pool.join();
        drop(ended);
    });
    join.map_err(FlowError::thread("join"))?;
    let mut stop_time: Option<Instant> = None;
    let sync = || control.into_iter().for_each(|control| control.sync(abort, progress));
    while end.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) && !abort.is_overdue() {
        sync();
        if progress.is_stopped() && stop_time.get_or_insert_with(Instant::now).elapsed() > STOP_GRACE {
            abort.give_up();
        }
    }
    sync();
    Ok(())
}
