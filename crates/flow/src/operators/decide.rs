//! Decides rows; those without a decision continue to the next stages.

use matchflow_matcher::{Chunk, DecideStage, OutcomeBatch};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use super::{Chunks, Context, Outcomes};
use crate::error::FlowError;
use crate::times::ThreadRole;

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
    let mut decided = OutputBuilder::<_, CapacityContainerBuilder<Vec<OutcomeBatch>>>::from(decided);
    let clock = context.progress.times().clock(&stage.label, ThreadRole::Worker);
    builder.build(move |_| {
        move |_| {
            let mut open = open.activate();
            let mut decided = decided.activate();
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("decide");
                    let _busy = clock.busy(chunk.len());
                    let result = stage.decide(chunk, &context.shown);
                    let result = result.and_then(|chunk| Ok((chunk.outcomes()?, chunk.rest)));
                    let result = result.map_err(|error| FlowError::stage(&stage.label, error));
                    let Some((outcomes, rest)) = context.abort.check(result) else { return };
                    if let Some(outcomes) = outcomes {
                        decided.session(&capability).give(outcomes);
                    }
                    if !rest.is_empty() {
                        open.session(&capability).give(rest);
                    }
                }
            });
        }
    });
    (open_stream, decided_stream)
}
