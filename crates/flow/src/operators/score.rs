//! Sends chunks to the scoring pool and brings them back as they are done, in whatever order. A chunk with many pairs is
//! cut into several jobs, so that no thread is left with it alone.
//!
//! Holds the capabilities of a chunk while the pool has it. Rows that a plug-in could not score leave as failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};
use matchflow_matcher::{Chunk, Cut, Decider, PAIRS_MAX, ScoreStage, Scored, Settled, StepError};
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
use crate::times::Place;

/// Where a score stage sends its work.
pub(crate) struct Scoring {
    pub(crate) stage: Arc<ScoreStage>,
    pub(crate) jobs: Sender<Job>,
    /// Jobs at the pool at most: see [`jobs_max`].
    pub(crate) jobs_max: usize,
}

/// The chunks with scores, and the outcomes of rows that failed.
pub(crate) fn score<'scope>(
    chunks: Chunks<'scope>,
    scoring: Scoring,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let scope = chunks.scope();
    let mut builder = OperatorBuilder::new(scoring.stage.label.clone(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let mut input = builder.new_input(chunks, Pipeline);
    let (scored, scored_stream) = builder.new_output();
    let mut scored = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(scored);
    let (failed, failed_stream) = builder.new_output();
    let mut failed = OutputBuilder::<_, CapacityContainerBuilder<Vec<Settled>>>::from(failed);
    let (reply, replies) = bounded::<Scored>(scoring.jobs_max);
    let clock = context.progress.times().clock(&scoring.stage.label, Place::ScoringThread);
    builder.build_reschedule(move |_| {
        let mut held: HashMap<u64, [Capability<Time>; 2]> = HashMap::new();
        let mut cuts = Cuts::default();
        move |_| {
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("score");
                    let (Some(first), Some(second)) = (capability.retain_least(0), capability.retain_least(1)) else {
                        continue;
                    };
                    held.insert(chunk.id, [first, second]);
                    let queued = Instant::now();
                    for chunk in cuts.cut(chunk) {
                        let (stage, reply) = (Arc::clone(&scoring.stage), reply.clone());
                        let job = Job {
                            stage,
                            chunk,
                            reply,
                            activator: activator.clone(),
                            clock: Arc::clone(&clock),
                            queued,
                        };
                        if let Err(TrySendError::Full(_)) = scoring.jobs.try_send(job) {
                            // Credits bound the chunks under way, and so the jobs, to the size of the queue.
                            context.abort.raise(FlowError::stage(&scoring.stage.label, "the scoring queue is full"));
                        }
                    }
                }
            });
            let (mut scored, mut failed) = (scored.activate(), failed.activate());
            while let Ok(done) = replies.try_recv() {
                let Some(done) = cuts.join(done) else { continue };
                let Some([to_scored, to_failed]) = held.remove(&done.chunk.id) else { continue };
                context.progress.add_pairs(done.pairs);
                for (scorer, rows) in &done.without {
                    let name = scoring.stage.plan.scorers.get(*scorer).map_or("", |scorer| &scorer.name);
                    context.progress.add_without(&scoring.stage.label, name, *rows);
                }
                let split = split(done, &scoring.stage.label, &context);
                let split = split.map_err(|error| FlowError::stage(&scoring.stage.label, error));
                let Some((chunk, settled)) = context.abort.check(split) else { return true };
                if let Some(settled) = settled {
                    failed.session(&to_failed).give(settled);
                }
                if chunk.len() > 0 {
                    scored.session(&to_scored).give(chunk);
                }
            }
            !held.is_empty()
        }
    });
    (scored_stream, failed_stream)
}

/// Jobs under way at most: a chunk holds at least a row, and a row's pairs are cut into so many parts.
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
    // Parts are even, so all but the parts of a row's own are more than half full.
    rows_max(execution) * (1 + 2 * candidates_max / PAIRS_MAX)
}

/// The chunks that were cut, by id, and of which of them a job at the pool is a part.
#[derive(Default)]
struct Cuts {
    cuts: HashMap<u64, Cut>,
    /// Job ids count down from the top: those of chunks count up.
    parts: HashMap<u64, (u64, usize)>,
    jobs: u64,
}

impl Cuts {
    /// The jobs of a chunk: itself, or its parts under ids of their own.
    fn cut(&mut self, chunk: Chunk) -> Vec<Chunk> {
        let id = chunk.id;
        if !Cut::is_due(&chunk, PAIRS_MAX) {
            return vec![chunk];
        }
        let (cut, mut parts) = Cut::of(chunk, PAIRS_MAX);
        self.cuts.insert(id, cut);
        for (number, part) in parts.iter_mut().enumerate() {
            part.id = u64::MAX - self.jobs;
            self.jobs += 1;
            self.parts.insert(part.id, (id, number));
        }
        parts
    }

    /// The whole chunk, once its last part has come back.
    fn join(&mut self, done: Scored) -> Option<Scored> {
        let Some((id, number)) = self.parts.remove(&done.chunk.id) else { return Some(done) };
        let cut = self.cuts.get_mut(&id)?;
        cut.add(number, done);
        if cut.is_whole() { self.cuts.remove(&id).map(Cut::join) } else { None }
    }
}

/// The rows that were scored, and the outcomes of those that were not.
fn split(done: Scored, label: &str, context: &Context) -> Result<(Chunk, Option<Settled>), StepError> {
    let Scored { chunk, failures, .. } = done;
    if failures.is_empty() {
        return Ok((chunk, None));
    }
    let decider = Decider::new(&chunk, &context.shown, None)?;
    let decisions = failures.iter().map(|failure| decider.fail(failure, label)).collect::<Result<Vec<_>, _>>()?;
    drop(decider);
    let settled = Settled::new(&decisions, &chunk.rejects)?;
    let mut keep = vec![true; chunk.len()];
    for failure in &failures {
        if let Some(keep) = keep.get_mut(failure.row) {
            *keep = false;
        }
    }
    Ok((chunk.filter(&keep)?, Some(settled)))
}
