//! Brings all outcomes to the first worker and hands them to the commit thread.
//!
//! **Invariant:** the capability of an outcome is held until its epoch is durable. The probe behind this operator
//! therefore says what is committed, not what was computed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError};
use matchflow_matcher::Settled;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::scheduling::SyncActivator;

use super::{Context, Credits, Outcomes, Time};
use crate::error::FlowError;
use crate::writer::{Delivery, News};

/// The first worker's line to the commit thread.
pub(crate) struct Line {
    pub(crate) deliveries: Sender<Delivery>,
    pub(crate) news: Arc<News>,
}

/// Finished rows that the schedule keeps until all of their chunk are finished, and the way to the commit thread. In a
/// run that ends early whoever drops it hands them over: finished rows are committed.
struct Outbox {
    waiting: Vec<Delivery>,
    rows: usize,
    deliveries: Option<Sender<Delivery>>,
}

impl Outbox {
    fn put(&mut self, delivery: Delivery) {
        self.rows += delivery.settled.rows.0.num_rows();
        self.waiting.push(delivery);
    }

    /// Hands over what waits; false where the queue is full.
    fn send(&mut self) -> bool {
        self.rows = 0;
        let queue = self.deliveries.as_ref();
        let mut waiting = self.waiting.drain(..);
        waiting.all(|delivery| !matches!(queue.map(|queue| queue.try_send(delivery)), Some(Err(TrySendError::Full(_)))))
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.send();
    }
}

/// Starts the commit thread, given what wakes the operator.
pub(crate) type Connect = Box<dyn FnOnce(SyncActivator) -> Result<Line, FlowError> + Send>;

/// A stream that is silent; its frontier is what is durable. `connect` is given on the first worker only.
pub(crate) fn outcomes<'scope>(
    settled: Outcomes<'scope>,
    connect: Option<Connect>,
    credits: Credits,
    wake_source: Rc<RefCell<Option<timely::scheduling::Activator>>>,
    context: Context,
) -> Stream<'scope, Time, Vec<()>> {
    let scope = settled.scope();
    let mut builder = OperatorBuilder::new("outcomes".to_owned(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let mut input = builder.new_input(settled, Exchange::new(|_: &Settled| 0));
    let (output, stream) = builder.new_output();
    let _output = OutputBuilder::<_, CapacityContainerBuilder<Vec<()>>>::from(output);
    let line = connect.and_then(|connect| context.abort.check(connect(activator)));
    let (deliveries, news) = line.map(|line| (line.deliveries, line.news)).unzip();
    let mut outbox = Outbox { waiting: Vec::new(), rows: 0, deliveries };
    builder.build_reschedule(move |_| {
        let mut held: VecDeque<(u64, Capability<Time>)> = VecDeque::new();
        let mut next_ticket = 0;
        move |frontiers| {
            input.for_each(|capability, settled| {
                for settled in settled.drain(..) {
                    matchflow_model::fault::point("outcomes");
                    let Some(durable) = capability.retain_least(0) else { continue };
                    context.progress.add_settled(settled.rows.0.num_rows() as u64);
                    outbox.put(Delivery { ticket: next_ticket, settled });
                    held.push_back((next_ticket, durable));
                    next_ticket += 1;
                }
            });
            if let Some(news) = &news {
                let accepted = news.take_accepted();
                credits.give_back(accepted);
                if let Some(source) = wake_source.borrow().as_ref().filter(|_| accepted > 0) {
                    source.activate();
                }
                let durable = news.durable();
                while held.front().is_some_and(|(ticket, _)| *ticket < durable) {
                    held.pop_front();
                }
            }
            let ended = frontiers.iter().all(|frontier| frontier.is_empty());
            if ended || context.progress.is_stopped() || credits.lets_out(outbox.rows) {
                if !outbox.waiting.is_empty() {
                    context.progress.note_result(context.started.elapsed());
                }
                if !outbox.send() {
                    // Credits bound the outcomes under way to the size of the queue.
                    context.abort.raise(FlowError::stage("outcomes", "the commit queue is full"));
                }
            }
            if ended {
                // No more outcomes will come: the commit thread writes the last epoch when its queue closes.
                outbox.deliveries = None;
            }
            !held.is_empty()
        }
    });
    stream
}

#[cfg(test)]
mod tests {
    use matchflow_model::arrow::array::RecordBatch;
    use matchflow_model::outcome::schema;

    use super::*;
    use matchflow_matcher::Batch;

    #[test]
    fn rows_that_wait_for_their_chunk_are_handed_over_when_the_run_ends_before() {
        let (deliveries, queue) = crossbeam_channel::bounded(3);
        let mut outbox = Outbox { waiting: Vec::new(), rows: 0, deliveries: Some(deliveries) };
        for ticket in 0..3 {
            let settled = Settled { rows: Batch(RecordBatch::new_empty(schema())), rejects: Vec::new() };
            outbox.put(Delivery { ticket, settled });
        }
        assert!(queue.is_empty());
        drop(outbox);
        assert_eq!(queue.iter().map(|delivery| delivery.ticket).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
