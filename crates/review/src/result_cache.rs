//! Results that were read, and those of the rows that come next: opening the checkpoint takes longer than a step should.
//!
//! **Limits.** [`RESULTS_MAX`] results, some 10 kB each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use matchflow_checkpoint::ReviewableResult;
use parking_lot::Mutex;

/// Results in memory, at most.
const RESULTS_MAX: usize = 1_000;

/// Results by the numbers of their rows.
#[derive(Default)]
pub(crate) struct ResultCache {
    results: Mutex<HashMap<usize, Arc<ReviewableResult>>>,
    is_filling: AtomicBool,
}

impl ResultCache {
    pub(crate) fn get(&self, number: usize) -> Option<Arc<ReviewableResult>> {
        self.results.lock().get(&number).cloned()
    }

    pub(crate) fn insert(&self, number: usize, result: ReviewableResult) -> Arc<ReviewableResult> {
        let result = Arc::new(result);
        let mut results = self.results.lock();
        if results.len() >= RESULTS_MAX {
            results.clear();
        }
        results.insert(number, Arc::clone(&result));
        result
    }

    /// Those of these rows that are not in memory.
    pub(crate) fn missing(&self, numbers: &[usize]) -> Vec<usize> {
        let results = self.results.lock();
        numbers.iter().filter(|number| !results.contains_key(number)).copied().collect()
    }

    /// Fills the cache on another thread, one at a time.
    pub(crate) fn fill<S: Send + Sync + 'static>(
        state: &Arc<S>,
        cache: fn(&S) -> &ResultCache,
        fill: impl FnOnce(&S) + Send + 'static,
    ) {
        if cache(state).is_filling.swap(true, Ordering::AcqRel) {
            return;
        }
        let filled = Arc::clone(state);
        let thread = std::thread::Builder::new().name("results".to_owned()).spawn(move || {
            fill(&filled);
            cache(&filled).is_filling.store(false, Ordering::Release);
        });
        if thread.is_err() {
            // Each result is read when it is needed.
            cache(state).is_filling.store(false, Ordering::Release);
        }
    }
}
