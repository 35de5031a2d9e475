//! The shards of the registry that this process has, and who searches which; an index that is kept between runs.
//!
//! Shards are built a worker each, and read by all workers of the process once they are ready. For a row, one worker of each
//! process searches all shards that the process has: what it finds in one spares it much of the next. An index from a
//! file is whole in the process, and may have another number of shards than workers. Answers do not depend on either.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use matchflow_candidates::{Index, Shard, Vocabulary};

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
    /// Workers of all processes, and of one.
    peers: usize,
    workers: usize,
    keep: Mutex<Option<Keep>>,
    keeping: Mutex<Option<JoinHandle<()>>>,
}

impl Shards {
    /// Those of an index, or places for one a worker: there are `peers`, of which each process has `workers`.
    pub(crate) fn new(peers: usize, workers: usize, kept: Kept) -> Shards {
        let Kept { loaded, keep } = kept;
        let workers = if loaded.is_some() { peers } else { workers.clamp(1, peers.max(1)) };
        let slots = match loaded {
            Some(index) => index.shards.into_iter().map(OnceLock::from).collect(),
            None => (0..peers).map(|_| OnceLock::new()).collect(),
        };
        Shards { slots, peers, workers, keep: Mutex::new(keep), keeping: Mutex::default() }
    }

    /// The workers that search for a row of the worker `home`: itself, and in other processes those of its place.
    pub(crate) fn searchers(&self, home: usize) -> impl ExactSizeIterator<Item = usize> {
        let (place, workers) = (home % self.workers, self.workers);
        (0..self.peers / workers).map(move |process| process * workers + place)
    }

    /// Those that this process has.
    pub(crate) fn own(&self) -> Vec<&Shard> {
        self.slots.iter().filter_map(OnceLock::get).map(Arc::as_ref).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_searched_for_once_in_each_process_and_all_workers_search_alike() {
        for (peers, workers) in [(1, 1), (2, 2), (2, 1), (4, 2), (6, 3)] {
            let shards = Shards::new(peers, workers, Kept::default());
            let mut work = vec![0; peers];
            for home in 0..peers {
                let searchers: Vec<usize> = shards.searchers(home).collect();
                assert!(searchers.contains(&home));
                let processes: Vec<usize> = searchers.iter().map(|worker| worker / workers).collect();
                assert_eq!(processes, (0..peers / workers).collect::<Vec<_>>());
                searchers.into_iter().for_each(|worker| work[worker] += 1);
            }
            assert!(work.iter().all(|own| *own == peers / workers), "{peers} workers: {work:?}");
        }
    }

    #[test]
    fn an_index_from_a_file_is_searched_by_the_worker_of_the_row_alone() {
        let index = Index { shards: Vec::new(), vocabulary: Arc::default() };
        let shards = Shards::new(4, 2, Kept { loaded: Some(index), keep: None });
        assert!((0..4).all(|home| shards.searchers(home).eq([home])));
    }
}
