//! Decides rows; those without a decision continue to the next stages.

use std::sync::Arc;

use matchflow_matcher::{Chunk, Decider, ScoreStage, Settled, StepError};
use matchflow_model::plan::DecidePlan;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use super::{Chunks, Context, Outcomes};
use crate::error::FlowError;
use crate::times::ThreadRole;

/// A `decide` stage.
pub(crate) struct DecideStage {
    pub(crate) plan: DecidePlan,
    /// The last score stage before it, if there is one.
    pub(crate) scored: Option<Arc<ScoreStage>>,
    pub(crate) label: String,
}

/// The rows without a decision, and the outcomes of the others.
pub(crate) fn decide<'scope>(
    chunks: Chunks<'scope>,
    stage: DecideStage,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let mut builder = OperatorBuilder::new(stage.label.clone(), chunks.scope());
    let mut input = builder.new_input(chunks, Pipeline);
    let (open, open_stream) = builder.new_output();
    let mut open = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(open);
    let (decided, decided_stream) = builder.new_output();
    let mut decided = OutputBuilder::<_, CapacityContainerBuilder<Vec<Settled>>>::from(decided);
    let clock = context.progress.times().clock(&stage.label, ThreadRole::Worker);
    builder.build(move |_| {
        move |_| {
            let mut open = open.activate();
            let mut decided = decided.activate();
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("decide");
                    let _busy = clock.busy(chunk.len());
                    let result = split(chunk, &stage, &context).map_err(|error| FlowError::stage(&stage.label, error));
                    let Some((rest, outcomes)) = context.abort.check(result) else { return };
                    if let Some(outcomes) = outcomes {
                        decided.session(&capability).give(outcomes);
                    }
                    if rest.len() > 0 {
                        open.session(&capability).give(rest);
                    }
                }
            });
        }
    });
    (open_stream, decided_stream)
}

fn split(chunk: Chunk, stage: &DecideStage, context: &Context) -> Result<(Chunk, Option<Settled>), StepError> {
    let decider = Decider::new(&chunk, &context.shown, stage.scored.as_deref().map(ScoreStage::basis))?;
    let mut decisions = Vec::with_capacity(chunk.len());
    let mut is_open = vec![true; chunk.len()];
    for (row, is_open) in is_open.iter_mut().enumerate() {
        if let Some(decision) = decider.decide(row, &stage.plan)? {
            decisions.push(decision);
            *is_open = false;
        }
    }
    drop(decider);
    if decisions.is_empty() {
        return Ok((chunk, None));
    }
    let outcomes = Settled::new(&decisions, &chunk.rejects)?;
    Ok((chunk.filter(&is_open)?, Some(outcomes)))
}
