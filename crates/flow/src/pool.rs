//! The scoring pool: threads that run WASM scorers, so that a timely worker never waits for a guest.
//!
//! A free thread takes the next chunk, whoever sent it, so nobody waits for the slowest. Each thread keeps its own
//! instance of each plug-in. The queue is bounded by the rows in flight: each job holds at least one row or some
//! thousand pairs of one, and the source's credits bound the rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use matchflow_matcher::{Chunk, Instances, ScoreStage, Scored};
use timely::scheduling::SyncActivator;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::Progress;
use crate::times::{Clock, Wait};

/// One chunk to score and where the result goes.
pub(crate) struct Job {
    pub(crate) stage: Arc<ScoreStage>,
    pub(crate) chunk: Chunk,
    pub(crate) reply: Sender<Scored>,
    pub(crate) activator: SyncActivator,
    pub(crate) clock: Arc<Clock>,
    /// When it was handed over.
    pub(crate) queued: Instant,
}

/// The pool. Its threads end when every sender of jobs is gone.
pub(crate) struct Pool {
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts so many threads, for so many jobs under way at most.
    pub(crate) fn spawn(
        threads: usize,
        jobs_max: usize,
        abort: &Abort,
        progress: &Arc<Progress>,
    ) -> Result<Pool, FlowError> {
        let (jobs, queue) = bounded(jobs_max);
        let start = |number: usize| {
            let (queue, abort, progress) = (queue.clone(), abort.clone(), Arc::clone(progress));
            let thread = std::thread::Builder::new().name(format!("score-{number}"));
            thread.spawn(move || serve(&queue, &abort, &progress)).map_err(|error| FlowError::Start(error.to_string()))
        };
        let threads = (0..threads.max(1)).map(start).collect::<Result<_, _>>()?;
        Ok(Pool { jobs, threads })
    }

    /// A sender of jobs for a worker.
    pub(crate) fn jobs(&self) -> Sender<Job> {
        self.jobs.clone()
    }

    /// Waits until the threads have ended; every other sender must be gone.
    pub(crate) fn join(self) {
        drop(self.jobs);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn serve(queue: &Receiver<Job>, abort: &Abort, progress: &Progress) {
    let mut instances = Instances::new();
    while let Ok(job) = queue.recv() {
        if abort.is_raised() {
            continue;
        }
        let Job { stage, chunk, reply, activator, clock, queued } = job;
        clock.waited(Wait::ScoringThread, queued.elapsed(), chunk.len());
        let began = Instant::now();
        let scored = catch_unwind(AssertUnwindSafe(|| {
            matchflow_model::fault::point("plug-in");
            let _busy = clock.busy(chunk.len());
            stage.score(&mut instances, chunk, &|| abort.is_raised())
        }));
        progress.add_scoring(began.elapsed());
        // An abort cuts work short (no halves, no explanations): what it may have cut is not finished, and is done again
        // by the next run. Once raised it stays so, hence work that ends before is whole.
        if abort.is_raised() {
            continue;
        }
        match scored {
            Ok(Ok(scored)) => {
                // The operator is gone only when the run is over.
                let _ = reply.send(scored);
                let _ = activator.activate();
            }
            Ok(Err(error)) => abort.raise(FlowError::stage(&stage.label, error)),
            Err(payload) => abort.raise(FlowError::panic(&stage.label, payload.as_ref())),
        }
    }
}
