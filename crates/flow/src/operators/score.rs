//! Sends chunks to the scoring pool and brings them back as they are done, in whatever order.
//!
//! Holds the capabilities of a chunk while the pool has it. Rows that a plug-in could not score leave as failed.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError, bounded};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use super::{Chunks, Context, Outcomes, Time};
use crate::chunk::{Chunk, Settled};
use crate::decision::Decider;
use crate::error::{FlowError, StepError};
use crate::pool::Job;
use crate::scoring::{ScoreStage, Scored};

/// Where a score stage sends its work.
pub(crate) struct Scoring {
    pub(crate) stage: Arc<ScoreStage>,
    pub(crate) jobs: Sender<Job>,
    /// Chunks at the pool at most: rows in flight bound it.
    pub(crate) chunks_max: usize,
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
    let (reply, replies) = bounded::<Scored>(scoring.chunks_max);
    builder.build_reschedule(move |_| {
        let mut held: HashMap<u64, [Capability<Time>; 2]> = HashMap::new();
        move |_| {
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    let (Some(first), Some(second)) = (capability.retain_least(0), capability.retain_least(1)) else {
                        continue;
                    };
                    held.insert(chunk.id, [first, second]);
                    let (stage, reply) = (Arc::clone(&scoring.stage), reply.clone());
                    let job = Job { stage, chunk, reply, activator: activator.clone() };
                    if let Err(TrySendError::Full(_)) = scoring.jobs.try_send(job) {
                        // Credits bound the chunks under way to the size of the queue.
                        context.abort.raise(FlowError::stage(&scoring.stage.label, "the scoring queue is full"));
                    }
                }
            });
            let (mut scored, mut failed) = (scored.activate(), failed.activate());
            while let Ok(done) = replies.try_recv() {
                let Some([to_scored, to_failed]) = held.remove(&done.chunk.id) else { continue };
                context.progress.add_pairs(done.pairs);
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

/// The rows that were scored, and the outcomes of those that were not.
fn split(done: Scored, label: &str, context: &Context) -> Result<(Chunk, Option<Settled>), StepError> {
    let Scored { chunk, failures, .. } = done;
    if failures.is_empty() {
        return Ok((chunk, None));
    }
    let decider = Decider::new(&chunk, &context.labels, &context.input_fields, &context.entry_fields)?;
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
