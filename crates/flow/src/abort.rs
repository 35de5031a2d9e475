//! How a run ends early: the first cause is kept, every worker sees it within one step.
//!
//! **Invariant:** no error and no panic leaves an operator. A worker that panicked would leave the others waiting for
//! ever, and an operator that dropped its capability on an error would let a frontier pass over a lost row.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::FlowError;

/// Shared by every operator and thread of a run.
#[derive(Clone, Default)]
pub(crate) struct Abort(Arc<Inner>);

#[derive(Default)]
struct Inner {
    raised: AtomicBool,
    cause: Mutex<Option<FlowError>>,
}

impl Abort {
    /// Ends the run. Only the first cause is kept: the others follow from it.
    pub(crate) fn raise(&self, cause: FlowError) {
        let mut first = self.0.cause.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(cause);
        self.0.raised.store(true, Ordering::Release);
    }

    /// Ends the run without an error: what is under way is given up, what is finished is committed.
    pub(crate) fn give_up(&self) {
        self.0.raised.store(true, Ordering::Release);
    }

    /// Whether the run is to end.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Acquire)
    }

    /// The first cause.
    pub(crate) fn take_cause(&self) -> Option<FlowError> {
        self.0.cause.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The value, or `None` after having ended the run with the error.
    pub(crate) fn check<T>(&self, result: Result<T, FlowError>) -> Option<T> {
        result.map_err(|cause| self.raise(cause)).ok()
    }
}
