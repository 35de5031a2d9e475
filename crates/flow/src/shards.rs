//! The registry shards of this process, the workers that search them, and an index that is cached between runs.
//!
//! Each worker builds one shard; once ready, all workers of the process read it. For a row, one worker of each process
//! searches all local shards: results of one shard reduce the work in the next. An index from a file is complete in the
//! process, and may have another number of shards than workers. Results do not depend on either.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use matchflow_candidates::{Index, Shard, Vocabulary};
use parking_lot::Mutex;

/// Stores an index, on a separate thread during the matching. It must return soon after its argument returns false: the run
/// is ending.
pub type StoreIndex = Box<dyn FnOnce(Index, &dyn Fn() -> bool) + Send>;

/// The cached index of a run.
#[derive(Default)]
pub struct IndexOptions {
    /// A loaded index; then the registry is not read.
    pub loaded: Option<Index>,
    /// Stores the index that the run builds.
    pub store: Option<StoreIndex>,
}

/// The shards, each available once it is ready.
pub(crate) struct Shards {
    slots: Vec<OnceLock<Arc<Shard>>>,
    /// Workers of all processes, and of one.
    peers: usize,
    workers: usize,
    store: Mutex<Option<StoreIndex>>,
    store_thread: Mutex<Option<JoinHandle<()>>>,
}

impl Shards {
    /// The shards of a loaded index, or a slot per worker: there are `peers` workers, `workers` of them in each process.
    pub(crate) fn new(peers: usize, workers: usize, index: IndexOptions) -> Shards {
        let IndexOptions { loaded, store } = index;
        let workers = if loaded.is_some() { peers } else { workers.clamp(1, peers.max(1)) };
        let slots = match loaded {
            Some(index) => index.shards.into_iter().map(OnceLock::from).collect(),
            None => (0..peers).map(|_| OnceLock::new()).collect(),
        };
        Shards { slots, peers, workers, store: Mutex::new(store), store_thread: Mutex::default() }
    }

    /// The workers that search for a row of the worker `home`: itself, and its counterpart in each other process.
    pub(crate) fn searchers(&self, home: usize) -> impl ExactSizeIterator<Item = usize> {
        let workers = self.workers;
        let local = home % workers;
        (0..self.peers / workers).map(move |process| process * workers + local)
    }

    /// The shards of this process.
    pub(crate) fn local(&self) -> Vec<&Shard> {
        self.slots.iter().filter_map(OnceLock::get).map(Arc::as_ref).collect()
    }

    /// Publishes a worker's shard. The last one completes the index, which is then stored if requested.
    pub(crate) fn publish(
        &self,
        worker: usize,
        shard: Shard,
        vocabulary: &Arc<Vocabulary>,
        is_running: impl Fn() -> bool + Send + 'static,
    ) -> std::io::Result<()> {
        if let Some(slot) = self.slots.get(worker) {
            // Never set before: each worker publishes once.
            let _ = slot.set(Arc::new(shard));
        }
        let Some(index) = self.index(vocabulary) else { return Ok(()) };
        let Some(store) = self.store.lock().take() else { return Ok(()) };
        let thread = std::thread::Builder::new().name("store index".to_owned());
        let thread = thread.spawn(move || store(index, &is_running))?;
        *self.store_thread.lock() = Some(thread);
        Ok(())
    }

    /// The index of all shards, once all are ready.
    pub(crate) fn index(&self, vocabulary: &Arc<Vocabulary>) -> Option<Index> {
        let shards = self.slots.iter().map(|slot| slot.get().cloned()).collect::<Option<Vec<_>>>()?;
        Some(Index { shards, vocabulary: Arc::clone(vocabulary) })
    }

    /// Waits until the index is stored.
    pub(crate) fn join(&self) {
        if let Some(thread) = self.store_thread.lock().take() {
            // It reports its own failures; a panic loses the file, but no result.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_searched_once_per_process_and_workers_share_the_load() {
        for (peers, workers) in [(1, 1), (2, 2), (2, 1), (4, 2), (6, 3)] {
            let shards = Shards::new(peers, workers, IndexOptions::default());
            let mut work = vec![0; peers];
            for home in 0..peers {
                let searchers: Vec<usize> = shards.searchers(home).collect();
                assert!(searchers.contains(&home));
                let processes: Vec<usize> = searchers.iter().map(|worker| worker / workers).collect();
                assert_eq!(processes, (0..peers / workers).collect::<Vec<_>>());
                searchers.into_iter().for_each(|worker| work[worker] += 1);
            }
            assert!(work.iter().all(|count| *count == peers / workers), "{peers} workers: {work:?}");
        }
    }

    #[test]
    fn a_loaded_index_is_only_searched_by_the_rows_own_worker() {
        let index = Index { shards: Vec::new(), vocabulary: Arc::default() };
        let shards = Shards::new(4, 2, IndexOptions { loaded: Some(index), store: None });
        assert!((0..4).all(|home| shards.searchers(home).eq([home])));
    }
}
