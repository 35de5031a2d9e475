//! Settles the rows that a decision covers; the others go on to the stages that follow.

use std::sync::Arc;

use matchflow_matcher::{Chunk, Decider, ScoreStage, Settled, StepError};
use matchflow_model::plan::DecidePlan;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use super::{Chunks, Context, Outcomes};
use crate::error::FlowError;
use crate::times::Place;

/// A `decide` stage.
pub(crate) struct Judge {
    pub(crate) plan: DecidePlan,
    /// The stage that scored last, where one did.
    pub(crate) scored: Option<Arc<ScoreStage>>,
    pub(crate) label: String,
}

/// The rows still open, and the outcomes of the others.
pub(crate) fn decide<'scope>(
    chunks: Chunks<'scope>,
    judge: Judge,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let mut builder = OperatorBuilder::new(judge.label.clone(), chunks.scope());
    let mut input = builder.new_input(chunks, Pipeline);
    let (open, open_stream) = builder.new_output();
    let mut open = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(open);
    let (settled, settled_stream) = builder.new_output();
    let mut settled = OutputBuilder::<_, CapacityContainerBuilder<Vec<Settled>>>::from(settled);
    let clock = context.progress.times().clock(&judge.label, Place::Worker);
    builder.build(move |_| {
        move |_| {
            let (mut open, mut settled) = (open.activate(), settled.activate());
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("decide");
                    let _busy = clock.busy(chunk.len());
                    let result = split(chunk, &judge, &context).map_err(|error| FlowError::stage(&judge.label, error));
                    let Some((rest, outcomes)) = context.abort.check(result) else { return };
                    if let Some(outcomes) = outcomes {
                        settled.session(&capability).give(outcomes);
                    }
                    if rest.len() > 0 {
                        open.session(&capability).give(rest);
                    }
                }
            });
        }
    });
    (open_stream, settled_stream)
}

fn split(chunk: Chunk, judge: &Judge, context: &Context) -> Result<(Chunk, Option<Settled>), StepError> {
    let decider = Decider::new(&chunk, &context.shown, judge.scored.as_deref().map(ScoreStage::basis))?;
    let mut decisions = Vec::with_capacity(chunk.len());
    let mut keep = vec![true; chunk.len()];
    for (row, keep) in keep.iter_mut().enumerate() {
        if let Some(decision) = decider.decide(row, &judge.plan)? {
            decisions.push(decision);
            *keep = false;
        }
    }
    drop(decider);
    if decisions.is_empty() {
        return Ok((chunk, None));
    }
    let settled = Settled::new(&decisions, &chunk.rejects)?;
    Ok((chunk.filter(&keep)?, Some(settled)))
}
