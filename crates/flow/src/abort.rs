//! How a run ends early: the first cause is kept, every worker sees it within one step.
//!
//! **Invariant:** no error and no panic leaves an operator. A worker that panicked would leave the others waiting for
//! ever, and an operator that dropped its capability on an error would let a frontier pass over a lost row.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::error::FlowError;

/// Threads that go on for longer after the end of a run are left behind, all of them together: whoever waits for one
/// looks at [`Abort::is_overdue`].
const LEAVE: Duration = Duration::from_millis(400);

/// Shared by every operator and thread of a run.
#[derive(Clone, Default)]
pub(crate) struct Abort(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// When the run was to end.
    since: OnceLock<Instant>,
    cause: Mutex<Option<FlowError>>,
}

impl Abort {
    /// Ends the run. Only the first cause is kept: the others follow from it.
    pub(crate) fn raise(&self, cause: FlowError) {
        let mut first = self.0.cause.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(cause);
        self.give_up();
    }

    /// Ends the run without an error: what is under way is given up, what is finished is committed.
    pub(crate) fn give_up(&self) {
        self.0.since.get_or_init(Instant::now);
    }

    /// Whether the run is to end.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.since.get().is_some()
    }

    /// Whether the run was to end so long ago that nobody is waited for any more.
    pub(crate) fn is_overdue(&self) -> bool {
        self.0.since.get().is_some_and(|since| since.elapsed() > LEAVE)
    }

    /// The first cause.
    pub(crate) fn take_cause(&self) -> Option<FlowError> {
        self.0.cause.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The first cause as other processes are told of it, and the process that was lost where it is that; `None` of a run
    /// that was given up.
    pub(crate) fn tell(&self) -> Option<(String, Option<usize>)> {
        let cause = self.0.cause.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = |cause: &FlowError| match cause {
            FlowError::Lost { process, .. } => Some(*process),
            _ => None,
        };
        cause.as_ref().map(|cause| (cause.to_string(), lost(cause)))
    }

    /// The value, or `None` after having ended the run with the error.
    pub(crate) fn check<T>(&self, result: Result<T, FlowError>) -> Option<T> {
        result.map_err(|cause| self.raise(cause)).ok()
    }
}
