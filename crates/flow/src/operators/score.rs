//! Sends chunks to the scoring pool and receives them in order of completion. A chunk with many pairs is split into several
//! jobs, so that several threads share it.
//!
//! Retains the capabilities of a chunk while the pool has it. Rows that a plug-in failed to score leave as failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};
use matchflow_matcher::{Chunk, JOB_PAIRS_MAX, OutcomeBatch, ScoreStage, ScoredChunk, SplitChunk};
use matchflow_model::plan::{Plan, StageKind};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use super::{Chunks, Context, Outcomes, Time};
use crate::credits::rows_max;
use crate::error::FlowError;
use crate::pool::Job;
use crate::times::ThreadRole;

/// A score stage and its access to the pool.
pub(crate) struct ScoreDispatch {
    pub(crate) stage: Arc<ScoreStage>,
    pub(crate) jobs: Sender<Job>,
    /// Maximum number of jobs in the pool: see [`jobs_max`].
    pub(crate) jobs_max: usize,
}

/// The chunks with scores, and the outcomes of rows that failed.
pub(crate) fn score<'scope>(
    chunks: Chunks<'scope>,
    dispatch: ScoreDispatch,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let scope = chunks.scope();
    let mut builder = OperatorBuilder::new(dispatch.stage.label.clone(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let mut input = builder.new_input(chunks, Pipeline);
    let (scored, scored_stream) = builder.new_output();
    let mut scored = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(scored);
    let (failed, failed_stream) = builder.new_output();
    let mut failed = OutputBuilder::<_, CapacityContainerBuilder<Vec<OutcomeBatch>>>::from(failed);
    let (reply, replies) = bounded::<ScoredChunk>(dispatch.jobs_max);
    let clock = context.progress.times().clock(&dispatch.stage.label, ThreadRole::ScoringThread);
    builder.build_reschedule(move |_| {
        let mut pending: HashMap<u64, [Capability<Time>; 2]> = HashMap::new();
        let mut splits = ChunkSplits::default();
        move |_| {
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("score");
                    let (Some(first), Some(second)) = (capability.retain_least(0), capability.retain_least(1)) else {
                        continue;
                    };
                    pending.insert(chunk.id, [first, second]);
                    let queued = Instant::now();
                    for chunk in splits.split(chunk) {
                        let job = Job {
                            stage: Arc::clone(&dispatch.stage),
                            chunk,
                            reply: reply.clone(),
                            activator: activator.clone(),
                            clock: Arc::clone(&clock),
                            queued,
                        };
                        if let Err(TrySendError::Full(_)) = dispatch.jobs.try_send(job) {
                            // Credits bound the chunks in flight, and so the jobs, to the size of the queue.
                            context.abort.raise(FlowError::stage(&dispatch.stage.label, "the scoring queue is full"));
                        }
                    }
                }
            });
            let mut scored = scored.activate();
            let mut failed = failed.activate();
            while let Ok(done) = replies.try_recv() {
                let Some(done) = splits.join(done, &dispatch.stage) else { continue };
                let Some(done) = context.abort.check(done) else { return true };
                let Some([to_scored, to_failed]) = pending.remove(&done.chunk.id) else { continue };
                context.progress.add_pairs(done.pairs);
                for (scorer, rows) in &done.skipped {
                    let name = dispatch.stage.plan.scorers.get(*scorer).map_or("", |scorer| &scorer.name);
                    context.progress.add_scored_without(&dispatch.stage.label, name, *rows);
                }
                let result = done.decide_failures(&dispatch.stage.label, &context.shown);
                let result = result.and_then(|chunk| Ok((chunk.outcomes()?, chunk.rest)));
                let result = result.map_err(|error| FlowError::stage(&dispatch.stage.label, error));
                let Some((outcomes, chunk)) = context.abort.check(result) else { return true };
                if let Some(outcomes) = outcomes {
                    failed.session(&to_failed).give(outcomes);
                }
                if !chunk.is_empty() {
                    scored.session(&to_scored).give(chunk);
                }
            }
            !pending.is_empty()
        }
    });
    (scored_stream, failed_stream)
}

/// Maximum number of jobs in flight: a chunk has at least one row, and a row's pairs are split into a bounded number of jobs.
pub(crate) fn jobs_max(plan: &Plan) -> usize {
    let execution = &plan.execution;
    let candidates_max: usize = plan
        .stages
        .iter()
        .map(|stage| match &stage.kind {
            StageKind::Candidates(candidates) => candidates.candidates_max,
            _ => 0,
        })
        .sum();
    // Jobs of one large row are even, so each of them is more than half full.
    rows_max(execution) * (1 + 2 * candidates_max / JOB_PAIRS_MAX)
}

/// The split chunks by id, and the chunk that each of their jobs belongs to.
#[derive(Default)]
struct ChunkSplits {
    chunks: HashMap<u64, SplitChunk>,
    /// Job ids count down from the maximum; those of chunks count up.
    owners: HashMap<u64, (u64, usize)>,
    jobs: u64,
}

impl ChunkSplits {
    /// The jobs of a chunk: itself, or its parts under new ids.
    fn split(&mut self, chunk: Chunk) -> Vec<Chunk> {
        let id = chunk.id;
        if !SplitChunk::is_needed(&chunk, JOB_PAIRS_MAX) {
            return vec![chunk];
        }
        let (split, mut parts) = SplitChunk::new(chunk, JOB_PAIRS_MAX);
        self.chunks.insert(id, split);
        for (number, part) in parts.iter_mut().enumerate() {
            part.id = u64::MAX - self.jobs;
            self.jobs += 1;
            self.owners.insert(part.id, (id, number));
        }
        parts
    }

    /// The complete chunk, once its last part is scored.
    fn join(&mut self, done: ScoredChunk, stage: &ScoreStage) -> Option<Result<ScoredChunk, FlowError>> {
        let Some((id, number)) = self.owners.remove(&done.chunk.id) else { return Some(Ok(done)) };
        let split = self.chunks.get_mut(&id)?;
        split.add(number, done);
        let complete = if split.is_complete() { self.chunks.remove(&id) } else { None };
        complete.map(|split| split.join(stage).map_err(|error| FlowError::step(&stage.label, error)))
    }
}
