//! Cleans the fields of supplier rows, on their home worker.

use matchflow_matcher::{Chunk, CleanStage, FieldFills, WireBatch, clean_batch_counted};
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;

use super::{Chunks, Context};
use crate::error::FlowError;
use crate::times::ThreadRole;

/// The chunks with their fields cleaned.
pub(crate) fn clean<'scope>(chunks: Chunks<'scope>, stage: CleanStage, context: Context) -> Chunks<'scope> {
    let CleanStage { label, plan } = stage;
    let clock = context.progress.times().clock(&label, ThreadRole::Worker);
    chunks.unary(Pipeline, &label.clone(), move |_, _| {
        move |input, output| {
            input.for_each(|capability, chunks| {
                matchflow_model::fault::point("clean");
                let mut session = output.session(&capability);
                for chunk in chunks.drain(..) {
                    let _busy = clock.busy(chunk.len());
                    let mut fills = FieldFills::default();
                    let rows = clean_batch_counted(chunk.rows.0, &plan, &mut fills);
                    context.progress.add_fills(&label, fills);
                    let rows = rows.map_err(|error| FlowError::stage(&label, error));
                    let Some(rows) = context.abort.check(rows) else { return };
                    session.give(Chunk { rows: WireBatch(rows), ..chunk });
                }
            });
        }
    })
}
