//! The scoring pool: threads that run WASM scorers, so that a timely worker never waits for a guest.
//!
//! An idle thread takes the next chunk of any worker, so that no worker waits for a slow thread. Each thread has its own
//! instance of each plug-in. The queue is bounded by the rows in flight: each job has at least one row, or some thousand
//! pairs of one, and the source's credits bound the rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use matchflow_matcher::{Chunk, ScoreStage, ScoredChunk, ScorerInstances};
use timely::scheduling::SyncActivator;

use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::Progress;
use crate::times::{StageClock, Wait};

/// One chunk to score, and the destination of the result.
pub(crate) struct Job {
    pub(crate) stage: Arc<ScoreStage>,
    pub(crate) chunk: Chunk,
    pub(crate) reply: Sender<ScoredChunk>,
    pub(crate) activator: SyncActivator,
    pub(crate) clock: Arc<StageClock>,
    /// When it was queued.
    pub(crate) queued: Instant,
}

/// The pool. Its threads end when all senders of jobs are dropped.
pub(crate) struct Pool {
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts the threads; `jobs_max` bounds the jobs in flight.
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
            let thread = thread.spawn(move || serve(&queue, &abort, &progress));
            thread.map_err(FlowError::thread(format!("score-{number}")))
        };
        let threads = (0..threads.max(1)).map(start).collect::<Result<_, _>>()?;
        Ok(Pool { jobs, threads })
    }

    /// A sender of jobs for a worker.
    pub(crate) fn jobs(&self) -> Sender<Job> {
        self.jobs.clone()
    }

    /// Waits until the threads have ended; all other senders must be dropped.
    pub(crate) fn join(self) {
        drop(self.jobs);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn serve(queue: &Receiver<Job>, abort: &Abort, progress: &Progress) {
    let mut instances = ScorerInstances::default();
    while let Ok(job) = queue.recv() {
        if abort.is_raised() {
            continue;
        }
        let Job { stage, chunk, reply, activator, clock, queued } = job;
        clock.add_row_waits(Wait::ScoringThread, queued.elapsed(), chunk.len());
        let began = Instant::now();
        let scored = catch_unwind(AssertUnwindSafe(|| {
            matchflow_model::fault::point("plug-in");
            let _busy = clock.busy(chunk.len());
            stage.score(&mut instances, chunk, &|| abort.is_raised())
        }));
        progress.add_scoring(began.elapsed());
        // An abort cuts work short (no retries, no explanations), so the result may be incomplete and is dropped; the
        // next run processes it again. The flag is never cleared: a result from before it was raised is complete.
        if abort.is_raised() {
            continue;
        }
        match scored {
            Ok(Ok(scored)) => {
                // Fails only when the run is over.
                let _ = reply.send(scored);
                let _ = activator.activate();
            }
            Ok(Err(error)) => abort.raise(FlowError::step(&stage.label, error)),
            Err(payload) => abort.raise(FlowError::panic(&stage.label, payload.as_ref())),
        }
    }
}
