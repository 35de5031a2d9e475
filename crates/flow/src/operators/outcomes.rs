//! Brings all outcomes to the first worker and passes them to the commit thread.
//!
//! **Invariant:** the capability of an outcome is retained until its epoch is durable. The probe after this operator
//! therefore shows what is committed, not what is computed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError};
use matchflow_matcher::OutcomeBatch;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::scheduling::SyncActivator;

use super::{Context, Credits, Outcomes, Time};
use crate::commit_thread::{CommitProgress, Delivery};
use crate::error::FlowError;

/// The first worker's link to the commit thread.
pub(crate) struct CommitLink {
    pub(crate) deliveries: Sender<Delivery>,
    pub(crate) progress: Arc<CommitProgress>,
}

/// Finished rows that the schedule holds back until their round is finished, and the queue to the commit thread. If it
/// is dropped because a run ends early, it sends them: finished rows are committed.
struct Outbox {
    waiting: Vec<Delivery>,
    rows: usize,
    deliveries: Option<Sender<Delivery>>,
}

impl Outbox {
    fn put(&mut self, delivery: Delivery) {
        self.rows += delivery.outcomes.rows.0.num_rows();
        self.waiting.push(delivery);
    }

    /// Sends the waiting deliveries; false if the queue is full.
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

/// Starts the commit thread, given the activator of the operator.
pub(crate) type ConnectCommit = Box<dyn FnOnce(SyncActivator) -> Result<CommitLink, FlowError> + Send>;

/// A stream without data whose frontier shows what is durable. `connect` is present only on the first worker.
pub(crate) fn outcomes<'scope>(
    outcomes: Outcomes<'scope>,
    connect: Option<ConnectCommit>,
    credits: Credits,
    wake_source: Rc<RefCell<Option<timely::scheduling::Activator>>>,
    context: Context,
) -> Stream<'scope, Time, Vec<()>> {
    let scope = outcomes.scope();
    let mut builder = OperatorBuilder::new("outcomes".to_owned(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let mut input = builder.new_input(outcomes, Exchange::new(|_: &OutcomeBatch| 0));
    let (output, stream) = builder.new_output();
    let _output = OutputBuilder::<_, CapacityContainerBuilder<Vec<()>>>::from(output);
    let link = connect.and_then(|connect| context.abort.check(connect(activator)));
    let (deliveries, commit_progress) = link.map(|link| (link.deliveries, link.progress)).unzip();
    let mut outbox = Outbox { waiting: Vec::new(), rows: 0, deliveries };
    builder.build_reschedule(move |_| {
        let mut pending: VecDeque<(u64, Capability<Time>)> = VecDeque::new();
        let mut next_ticket = 0;
        move |frontiers| {
            input.for_each(|capability, batches| {
                for outcomes in batches.drain(..) {
                    matchflow_model::fault::point("outcomes");
                    let Some(durable) = capability.retain_least(0) else { continue };
                    context.progress.add_decided(outcomes.rows.0.num_rows() as u64);
                    outbox.put(Delivery { ticket: next_ticket, outcomes });
                    pending.push_back((next_ticket, durable));
                    next_ticket += 1;
                }
            });
            if let Some(commit_progress) = &commit_progress {
                let accepted = commit_progress.take_accepted();
                credits.give_back(accepted);
                if let Some(source) = wake_source.borrow().as_ref().filter(|_| accepted > 0) {
                    source.activate();
                }
                let durable = commit_progress.durable_tickets();
                while pending.front().is_some_and(|(ticket, _)| *ticket < durable) {
                    pending.pop_front();
                }
            }
            let ended = frontiers.iter().all(|frontier| frontier.is_empty());
            if ended || context.progress.is_stopped() || credits.releases(outbox.rows) {
                if !outbox.waiting.is_empty() {
                    context.progress.note_result(context.started.elapsed());
                }
                if !outbox.send() {
                    // Credits bound the outcomes in flight to the size of the queue.
                    context.abort.raise(FlowError::stage("outcomes", "the commit queue is full"));
                }
            }
            if ended {
                // No more outcomes arrive: the commit thread writes the last epoch when its queue closes.
                outbox.deliveries = None;
            }
            !pending.is_empty()
        }
    });
    stream
}

#[cfg(test)]
mod tests {
    use matchflow_model::arrow::array::RecordBatch;
    use matchflow_model::outcome::schema;

    use super::*;
    use matchflow_matcher::WireBatch;

    #[test]
    fn rows_waiting_for_their_round_are_sent_when_the_run_ends_early() {
        let (deliveries, queue) = crossbeam_channel::bounded(3);
        let mut outbox = Outbox { waiting: Vec::new(), rows: 0, deliveries: Some(deliveries) };
        for ticket in 0..3 {
            let outcomes = OutcomeBatch { rows: WireBatch(RecordBatch::new_empty(schema())), rejects: Vec::new() };
            outbox.put(Delivery { ticket, outcomes });
        }
        assert!(queue.is_empty());
        drop(outbox);
        assert_eq!(queue.iter().map(|delivery| delivery.ticket).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
