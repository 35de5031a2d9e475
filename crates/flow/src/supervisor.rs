//! Waits for the workers and the pool to end, and lets nobody hold up a run that is to end.
//!
//! A worker looks at the abort flag between two steps and a pool thread between two chunks; either may be in the middle
//! of something long: an index of millions of entries, a guest that has seconds left. A run that was stopped or failed
//! does not wait for that: their threads are left behind, with nothing to hand their results to. What is finished is
//! with the commit thread by then, which commits it.

use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};
use timely::communication::WorkerGuards;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::pool::Pool;
use crate::processes::Lines;
use crate::progress::Progress;

/// How often it is looked whether the run is to end.
const LOOK: Duration = Duration::from_millis(10);
/// After a stop, rows under way have this long to finish; then they are given up, to be done by the next run.
const STOP_GRACE: Duration = Duration::from_millis(1200);

/// Waits until all have ended, or until the run is over and one of them does not notice.
pub(crate) fn wait(
    guards: WorkerGuards<()>,
    pool: Pool,
    abort: &Abort,
    progress: &Progress,
    lines: Option<&Lines>,
) -> Result<(), FlowError> {
    let (ended, end) = bounded::<()>(0);
    let raised = abort.clone();
    let join = std::thread::Builder::new().name("join".to_owned()).spawn(move || {
        for result in guards.join() {
            if let Err(message) = result {
                raised.raise(FlowError::Panic { place: "a worker".to_owned(), message });
            }
        }
        pool.join();
        drop(ended);
    });
    join.map_err(|error| FlowError::Start(error.to_string()))?;
    let mut stopped: Option<Instant> = None;
    let look = || lines.into_iter().for_each(|lines| lines.look(abort, progress));
    while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) && !abort.is_overdue() {
        look();
        if progress.is_stopped() && stopped.get_or_insert_with(Instant::now).elapsed() > STOP_GRACE {
            abort.give_up();
        }
    }
    look();
    Ok(())
}
