//! Early end of a run: the first cause is recorded, and every worker notices within one step.
//!
//! **Invariant:** no error and no panic leaves an operator. A worker that panicked would leave the others waiting
//! forever, and an operator that dropped its capability on an error would let a frontier pass a row without an outcome.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::FlowError;

/// Total grace period for all threads after an early end; threads still running after it are abandoned. Code that waits
/// for a thread checks [`Abort::is_overdue`].
const GRACE: Duration = Duration::from_millis(400);

/// Shared by every operator and thread of a run.
#[derive(Clone, Default)]
pub(crate) struct Abort(Arc<AbortState>);

#[derive(Default)]
struct AbortState {
    /// When the early end was requested.
    since: OnceLock<Instant>,
    cause: Mutex<Option<FlowError>>,
}

impl Abort {
    /// Ends the run with an error. Only the first cause is recorded: the others follow from it.
    pub(crate) fn raise(&self, cause: FlowError) {
        let mut first = self.0.cause.lock();
        first.get_or_insert(cause);
        self.give_up();
    }

    /// Ends the run without an error: rows in flight are abandoned, finished rows are committed.
    pub(crate) fn give_up(&self) {
        self.0.since.get_or_init(Instant::now);
    }

    /// Whether the run is ending early.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.since.get().is_some()
    }

    /// Whether the grace period is over, so that threads are no longer waited for.
    pub(crate) fn is_overdue(&self) -> bool {
        self.0.since.get().is_some_and(|since| since.elapsed() > GRACE)
    }

    /// The first cause.
    pub(crate) fn take_cause(&self) -> Option<FlowError> {
        self.0.cause.lock().take()
    }

    /// The first cause for other processes, and the process that was disconnected if that is the cause; `None` if the run
    /// ended without an error.
    pub(crate) fn failure_report(&self) -> Option<(String, Option<usize>)> {
        let cause = self.0.cause.lock();
        let disconnected = |cause: &FlowError| match cause {
            FlowError::PeerDisconnected { process, .. } => Some(*process),
            _ => None,
        };
        cause.as_ref().map(|cause| (cause.to_string(), disconnected(cause)))
    }

    /// The value; `None` for an error, which ends the run.
    pub(crate) fn check<T>(&self, result: Result<T, FlowError>) -> Option<T> {
        result.map_err(|cause| self.raise(cause)).ok()
    }
}
