//! The shards of the registry that this process has, and who searches which; an index that is kept between runs.
//!
//! Shards are built a worker each, and read by all once they are ready. Where there are as many as workers (or a multiple),
//! each worker searches its own, whose memory it has at hand. An index from a file may have another number of them: then
//! the worker of a row searches all of them. Answers do not depend on either.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use matchflow_candidates::{Index, Shard, ShardBuilder, Vocabulary};
use matchflow_model::plan::{Plan, Search};

use crate::operators::index::searches;

/// Keeps an index; runs on a thread of its own beside the matching. It is to end soon where its argument says that the run
/// goes on no more.
pub type Keep = Box<dyn FnOnce(Index, &dyn Fn() -> bool) + Send>;

/// What a run does about an index that is kept.
#[derive(Default)]
pub struct Kept {
    /// The index; the registry is not read then.
    pub loaded: Option<Index>,
    /// What keeps the index that the run builds.
    pub keep: Option<Keep>,
}

/// The shards, each once it is ready.
pub(crate) struct Shards {
    slots: Vec<OnceLock<Arc<Shard>>>,
    workers: usize,
    keep: Mutex<Option<Keep>>,
    keeping: Mutex<Option<JoinHandle<()>>>,
}

impl Shards {
    /// Those of an index, or places for one a worker.
    pub(crate) fn new(workers: usize, kept: Kept) -> Shards {
        let Kept { loaded, keep } = kept;
        let slots = match loaded {
            Some(index) => index.shards.into_iter().map(OnceLock::from).collect(),
            None => (0..workers).map(|_| OnceLock::new()).collect(),
        };
        Shards { slots, workers, keep: Mutex::new(keep), keeping: Mutex::default() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The worker that searches a shard for a row of the worker `home`.
    pub(crate) fn searcher(&self, shard: usize, home: usize) -> usize {
        if self.slots.len().is_multiple_of(self.workers) { shard % self.workers } else { home }
    }

    pub(crate) fn get(&self, shard: usize) -> Option<&Shard> {
        self.slots.get(shard)?.get().map(Arc::as_ref)
    }

    /// A worker's shard is ready. The last one makes the index whole: then it is kept, where that is wanted.
    pub(crate) fn publish(
        &self,
        worker: usize,
        shard: Shard,
        vocabulary: &Arc<Vocabulary>,
        goes_on: impl Fn() -> bool + Send + 'static,
    ) -> std::io::Result<()> {
        if let Some(slot) = self.slots.get(worker) {
            // Each worker publishes once.
            let _ = slot.set(Arc::new(shard));
        }
        let Some(index) = self.index(vocabulary) else { return Ok(()) };
        let Some(keep) = self.keep.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        let thread = std::thread::Builder::new().name("keep index".to_owned());
        let thread = thread.spawn(move || keep(index, &goes_on))?;
        *self.keeping.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(())
    }

    /// All of them, once all are ready.
    pub(crate) fn index(&self, vocabulary: &Arc<Vocabulary>) -> Option<Index> {
        let shards = self.slots.iter().map(|slot| slot.get().cloned()).collect::<Option<Vec<_>>>()?;
        Some(Index { shards, vocabulary: Arc::clone(vocabulary) })
    }

    /// Waits for what keeps the index.
    pub(crate) fn join(&self) {
        if let Some(thread) = self.keeping.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It tells its own failures; a panic of it costs the file and no result.
            let _ = thread.join();
        }
    }
}

/// A builder of the indexes that a plan's searches need, which counts the words of the fields `counted` too.
pub(crate) fn builder<'a>(plan: &Plan, counted: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
    let searches: Vec<Search> = searches(plan);
    let counted: Vec<&str> = counted.into_iter().collect();
    let builder = ShardBuilder::new(&searches).counting(counted.iter().copied());
    match plan.dedupe {
        Some(_) => builder.counting_names(counted),
        None => builder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_is_searched_by_somebody_and_evenly() {
        for (workers, shards) in [(1, 1), (2, 2), (2, 4), (2, 1), (4, 3), (3, 4)] {
            let index = Index { shards: Vec::new(), vocabulary: Arc::default() };
            let mut all = Shards::new(workers, Kept { loaded: Some(index), keep: None });
            all.slots.extend((0..shards).map(|_| OnceLock::new()));
            let mut work = vec![0; workers];
            for (shard, home) in (0..shards).flat_map(|shard| (0..workers).map(move |home| (shard, home))) {
                work[all.searcher(shard, home)] += 1;
            }
            assert!(work.iter().all(|own| *own == shards), "{workers} workers, {shards} shards: {work:?}");
        }
    }
}
