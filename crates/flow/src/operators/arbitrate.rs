//! Sends rows to the thread of an `arbitrate` stage, and emits outcomes as decisions arrive, in any order.
//!
//! Process 0 sends the requests of all processes, since it has the secrets, the recorded answers and the cost limit:
//! rows go to the counterpart of their worker there.
//!
//! Retains a chunk's capabilities until its last row has an outcome or continues to the next arbiter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use matchflow_matcher::{
    ArbiterDecision, ArbiterStage, Chunk, DisplayFields, OutcomeBatch, RowDecider, ScoreStage, StepError,
};
use matchflow_model::outcome::Decision;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::scheduling::SyncActivator;

use super::{Chunks, Context, Outcomes, Time};
use crate::arbitration::{ArbiterHandle, ArbiterQuery, ArbiterReply, ArbiterTask};
use crate::error::FlowError;
use crate::times::{ThreadRole, Wait};

/// An `arbitrate` stage.
pub(crate) struct ArbitrateStage {
    pub(crate) arbiter: Arc<ArbiterHandle>,
    /// The last score stage before it, if there is one.
    pub(crate) scored: Option<Arc<ScoreStage>>,
}

/// A chunk with rows that wait for the arbiter.
struct PendingChunk {
    chunk: Chunk,
    /// Rows without a decision.
    open: usize,
    since: Instant,
    capabilities: [Capability<Time>; 2],
}

/// The rows of a chunk by their next step.
struct SplitRows {
    queries: Vec<ArbiterQuery>,
    outcomes: Option<OutcomeBatch>,
    /// Rows for the next arbiter.
    rest: Option<Chunk>,
    /// Rows in queries.
    queried: usize,
}

/// The undecided rows for the next arbiter, and the outcomes of the others.
pub(crate) fn arbitrate<'scope>(
    chunks: Chunks<'scope>,
    stage: ArbitrateStage,
    rows_max: usize,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let scope = chunks.scope();
    let mut builder = OperatorBuilder::new(stage.arbiter.label.clone(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let workers = context.workers;
    let to_coordinator = Exchange::new(move |chunk: &Chunk| (chunk.home % workers) as u64);
    let mut input = builder.new_input(chunks, to_coordinator);
    let (open, open_stream) = builder.new_output();
    let mut open = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(open);
    let (decided, decided_stream) = builder.new_output();
    let mut decided = OutputBuilder::<_, CapacityContainerBuilder<Vec<OutcomeBatch>>>::from(decided);
    // Each reply has at least one row, and credits bound the rows.
    let (reply, replies) = bounded::<ArbiterReply>(rows_max);
    let clock = context.progress.times().clock(&stage.arbiter.label, ThreadRole::Worker);
    builder.build_reschedule(move |_| {
        let ArbitrateStage { arbiter, scored } = stage;
        let mut operator =
            ArbitrateOperator { arbiter, scored, context, reply, activator, pending: HashMap::new(), next: 0 };
        move |_| {
            let mut open = open.activate();
            let mut decided = decided.activate();
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("arbitrate");
                    let (Some(first), Some(second)) = (capability.retain_least(0), capability.retain_least(1)) else {
                        continue;
                    };
                    let capabilities = [first, second];
                    let _busy = clock.busy(chunk.len());
                    let split =
                        operator.split(&chunk).map_err(|error| FlowError::stage(&operator.arbiter.label, error));
                    let Some(split) = operator.context.abort.check(split) else { return };
                    if let Some(outcomes) = split.outcomes {
                        decided.session(&capabilities[1]).give(outcomes);
                    }
                    if let Some(rest) = split.rest {
                        open.session(&capabilities[0]).give(rest);
                    }
                    operator.send(chunk, split.queried, capabilities, split.queries);
                }
            });
            for (number, decisions) in receive(&replies) {
                let Some(mut pending) = operator.pending.remove(&number) else { continue };
                clock.add_row_waits(Wait::Answers, pending.since.elapsed(), decisions.len());
                let _busy = clock.busy(0);
                pending.open = pending.open.saturating_sub(decisions.len());
                let result = operator.decide(&pending.chunk, decisions);
                let result = result.map_err(|error| FlowError::stage(&operator.arbiter.label, error));
                let Some((outcomes, rest)) = operator.context.abort.check(result) else { return true };
                if let Some(outcomes) = outcomes {
                    decided.session(&pending.capabilities[1]).give(outcomes);
                }
                if let Some(rest) = rest {
                    open.session(&pending.capabilities[0]).give(rest);
                }
                if pending.open > 0 {
                    operator.pending.insert(number, pending);
                }
            }
            !operator.pending.is_empty()
        }
    });
    (open_stream, decided_stream)
}

/// The decisions that have arrived, by chunk.
fn receive(replies: &Receiver<ArbiterReply>) -> HashMap<u64, Vec<(usize, ArbiterDecision)>> {
    let mut received: HashMap<u64, Vec<(usize, ArbiterDecision)>> = HashMap::new();
    while let Ok(ArbiterReply { chunk, decisions }) = replies.try_recv() {
        received.entry(chunk).or_default().extend(decisions);
    }
    received
}

struct ArbitrateOperator {
    arbiter: Arc<ArbiterHandle>,
    scored: Option<Arc<ScoreStage>>,
    context: Context,
    reply: Sender<ArbiterReply>,
    activator: SyncActivator,
    /// Pending chunks by a number that the operator gives: a chunk may arrive in pieces.
    pending: HashMap<u64, PendingChunk>,
    next: u64,
}

impl ArbitrateOperator {
    /// Splits a chunk into queries, outcomes, and rows for the next arbiter.
    fn split(&self, chunk: &Chunk) -> Result<SplitRows, StepError> {
        let plan = &self.arbiter.plan;
        let decider = self.decider(chunk)?;
        let row_fields = DisplayFields::new(&chunk.rows.0, &plan.row_fields)?;
        let entries = chunk.candidates.entries.as_ref();
        let entry_fields = entries.map(|entries| DisplayFields::new(&entries.0, &plan.entry_fields)).transpose()?;
        let mut queried = Vec::new();
        let mut decisions = Vec::new();
        let mut is_passed_on = vec![false; chunk.len()];
        for (row, is_passed_on) in is_passed_on.iter_mut().enumerate() {
            match decider.arbiter_row(row, plan, &row_fields, entry_fields.as_ref())? {
                Some(content) => queried.push((row, content)),
                None if plan.pass_on => *is_passed_on = true,
                None => decisions.extend(decider.decide(row, &plan.decide)?),
            }
        }
        drop(decider);
        let count = queried.len();
        let mut queries = Vec::new();
        while !queried.is_empty() {
            let rest = queried.split_off(queried.len().min(plan.rows_together.max(1)));
            let (chunk_rows, rows) = std::mem::replace(&mut queried, rest).into_iter().unzip();
            queries.push(ArbiterQuery {
                rows,
                chunk: self.next,
                chunk_rows,
                reply: self.reply.clone(),
                activator: self.activator.clone(),
            });
        }
        let outcomes = (!decisions.is_empty()).then(|| OutcomeBatch::new(&decisions, &chunk.rejects)).transpose()?;
        let rest = is_passed_on.contains(&true).then(|| chunk.clone().filter(&is_passed_on)).transpose()?;
        Ok(SplitRows { queries, outcomes, rest, queried: count })
    }

    /// Sends the queries of a chunk, and stores the chunk until they are answered.
    fn send(&mut self, chunk: Chunk, open: usize, capabilities: [Capability<Time>; 2], queries: Vec<ArbiterQuery>) {
        if open == 0 {
            return;
        }
        self.pending.insert(self.next, PendingChunk { chunk, open, since: Instant::now(), capabilities });
        self.next += 1;
        for query in queries {
            if self.arbiter.tasks.send(ArbiterTask::Query(query)).is_err() && !self.context.abort.is_raised() {
                self.context.abort.raise(FlowError::stage(&self.arbiter.label, "the arbiter's thread has ended"));
            }
        }
    }

    /// The outcomes of rows with a decision, and the rows for the next arbiter.
    fn decide(
        &self,
        chunk: &Chunk,
        arbiter_decisions: Vec<(usize, ArbiterDecision)>,
    ) -> Result<(Option<OutcomeBatch>, Option<Chunk>), StepError> {
        let ArbiterHandle { plan, arbiter, label, .. } = self.arbiter.as_ref();
        let stage = ArbiterStage { plan, arbiter, label };
        let decider = self.decider(chunk)?;
        let mut decisions: Vec<Decision> = Vec::new();
        let mut is_passed_on = vec![false; chunk.len()];
        for (row, decision) in arbiter_decisions {
            match decider.decide_by_arbiter(row, stage, decision)? {
                Some(decision) => decisions.push(decision),
                None => is_passed_on.get_mut(row).into_iter().for_each(|is_passed_on| *is_passed_on = true),
            }
        }
        drop(decider);
        let outcomes = (!decisions.is_empty()).then(|| OutcomeBatch::new(&decisions, &chunk.rejects)).transpose()?;
        let rest = is_passed_on.contains(&true).then(|| chunk.clone().filter(&is_passed_on)).transpose()?;
        Ok((outcomes, rest))
    }

    fn decider<'a>(&'a self, chunk: &'a Chunk) -> Result<RowDecider<'a>, StepError> {
        RowDecider::new(chunk, &self.context.shown, self.scored.as_deref().map(ScoreStage::context))
    }
}
