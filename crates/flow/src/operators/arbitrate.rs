//! Sends rows to the clerk of an `arbitrate` stage and settles each as its ruling comes, in whatever order.
//!
//! Of several processes the first asks for all, for it has the secrets, the recorded answers and the limit on the cost: rows
//! go to the worker there that stands for their own.
//!
//! Holds the capabilities of a chunk until its last row is settled or has gone on to a further arbiter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use matchflow_matcher::{Chunk, Decider, Fields, Ruling, ScoreStage, Settled, StepError};
use matchflow_model::outcome::Decision;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::scheduling::SyncActivator;

use super::{Chunks, Context, Outcomes, Time};
use crate::arbitration::{Arbitration, Question, Ruled, Task};
use crate::error::FlowError;
use crate::times::{Place, Wait};

/// An `arbitrate` stage.
pub(crate) struct Counsel {
    pub(crate) arbitration: Arc<Arbitration>,
    /// The stage that scored last, where one did.
    pub(crate) scored: Option<Arc<ScoreStage>>,
}

/// A chunk with rows that are asked about.
struct Held {
    chunk: Chunk,
    /// Rows without a ruling.
    open: usize,
    since: Instant,
    capabilities: [Capability<Time>; 2],
}

/// What a chunk comes to at once.
struct Sorted {
    questions: Vec<Question>,
    settled: Option<Settled>,
    /// Rows that a further arbiter may be asked about.
    rest: Option<Chunk>,
    asked: usize,
}

/// The rows that nobody chose for and that a further arbiter is asked about, and the outcomes of the others.
pub(crate) fn arbitrate<'scope>(
    chunks: Chunks<'scope>,
    stage: Counsel,
    rows_max: usize,
    context: Context,
) -> (Chunks<'scope>, Outcomes<'scope>) {
    let scope = chunks.scope();
    let mut builder = OperatorBuilder::new(stage.arbitration.label.clone(), scope);
    let activator = scope.worker().sync_activator_for(builder.operator_info().address.to_vec());
    let workers = context.workers;
    let to_desk = Exchange::new(move |chunk: &Chunk| (chunk.home % workers) as u64);
    let mut input = builder.new_input(chunks, to_desk);
    let (open, open_stream) = builder.new_output();
    let mut open = OutputBuilder::<_, CapacityContainerBuilder<Vec<Chunk>>>::from(open);
    let (settled, settled_stream) = builder.new_output();
    let mut settled = OutputBuilder::<_, CapacityContainerBuilder<Vec<Settled>>>::from(settled);
    // Each reply has a row at least, and credits bound the rows.
    let (reply, replies) = bounded::<Ruled>(rows_max);
    let clock = context.progress.times().clock(&stage.arbitration.label, Place::Worker);
    builder.build_reschedule(move |_| {
        let Counsel { arbitration: stage, scored } = stage;
        let mut desk = Desk { stage, scored, context, reply, activator, held: HashMap::new(), next: 0 };
        move |_| {
            let (mut open, mut settled) = (open.activate(), settled.activate());
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("arbitrate");
                    let (Some(first), Some(second)) = (capability.retain_least(0), capability.retain_least(1)) else {
                        continue;
                    };
                    let capabilities = [first, second];
                    let _busy = clock.busy(chunk.len());
                    let sorted = desk.sort(&chunk).map_err(|error| FlowError::stage(&desk.stage.label, error));
                    let Some(sorted) = desk.context.abort.check(sorted) else { return };
                    if let Some(outcomes) = sorted.settled {
                        settled.session(&capabilities[1]).give(outcomes);
                    }
                    if let Some(rest) = sorted.rest {
                        open.session(&capabilities[0]).give(rest);
                    }
                    desk.hold(chunk, sorted.asked, capabilities, sorted.questions);
                }
            });
            for (number, rulings) in gather(&replies) {
                let Some(mut held) = desk.held.remove(&number) else { continue };
                clock.waited(Wait::Answers, held.since.elapsed(), rulings.len());
                let _busy = clock.busy(0);
                held.open = held.open.saturating_sub(rulings.len());
                let ruled = desk.rule(&held.chunk, rulings);
                let ruled = ruled.map_err(|error| FlowError::stage(&desk.stage.label, error));
                let Some((outcomes, rest)) = desk.context.abort.check(ruled) else { return true };
                if let Some(outcomes) = outcomes {
                    settled.session(&held.capabilities[1]).give(outcomes);
                }
                if let Some(rest) = rest {
                    open.session(&held.capabilities[0]).give(rest);
                }
                if held.open > 0 {
                    desk.held.insert(number, held);
                }
            }
            !desk.held.is_empty()
        }
    });
    (open_stream, settled_stream)
}

/// What came since the last look, by chunk.
fn gather(replies: &Receiver<Ruled>) -> HashMap<u64, Vec<(usize, Ruling)>> {
    let mut gathered: HashMap<u64, Vec<(usize, Ruling)>> = HashMap::new();
    while let Ok(Ruled { chunk, rulings }) = replies.try_recv() {
        gathered.entry(chunk).or_default().extend(rulings);
    }
    gathered
}

struct Desk {
    stage: Arc<Arbitration>,
    scored: Option<Arc<ScoreStage>>,
    context: Context,
    reply: Sender<Ruled>,
    activator: SyncActivator,
    /// Chunks under way, by a number of the operator's own: a chunk may come in pieces.
    held: HashMap<u64, Held>,
    next: u64,
}

impl Desk {
    /// What is asked about a chunk's rows, and what becomes of the others.
    fn sort(&self, chunk: &Chunk) -> Result<Sorted, StepError> {
        let plan = &self.stage.plan;
        let decider = self.decider(chunk)?;
        let row_fields = Fields::new(&chunk.rows.0, &plan.row_fields)?;
        let entries = chunk.candidates.entries.as_ref();
        let entry_fields = entries.map(|entries| Fields::new(&entries.0, &plan.entry_fields)).transpose()?;
        let (mut asked, mut decisions, mut keep) = (Vec::new(), Vec::new(), vec![false; chunk.len()]);
        for (place, keep) in keep.iter_mut().enumerate() {
            match decider.question(place, plan, &row_fields, entry_fields.as_ref())? {
                Some(row) => asked.push((place, row)),
                None if plan.pass_on => *keep = true,
                None => decisions.extend(decider.decide(place, &plan.decide)?),
            }
        }
        drop(decider);
        let count = asked.len();
        let mut questions = Vec::new();
        while !asked.is_empty() {
            let rest = asked.split_off(asked.len().min(plan.rows_together.max(1)));
            let (places, rows) = std::mem::replace(&mut asked, rest).into_iter().unzip();
            let (reply, activator) = (self.reply.clone(), self.activator.clone());
            questions.push(Question { rows, chunk: self.next, places, reply, activator });
        }
        let settled = (!decisions.is_empty()).then(|| Settled::new(&decisions, &chunk.rejects)).transpose()?;
        let rest = keep.contains(&true).then(|| chunk.clone().filter(&keep)).transpose()?;
        Ok(Sorted { questions, settled, rest, asked: count })
    }

    fn hold(&mut self, chunk: Chunk, open: usize, capabilities: [Capability<Time>; 2], questions: Vec<Question>) {
        if open == 0 {
            return;
        }
        self.held.insert(self.next, Held { chunk, open, since: Instant::now(), capabilities });
        self.next += 1;
        for question in questions {
            if self.stage.tasks.send(Task::Ask(question)).is_err() && !self.context.abort.is_raised() {
                self.context.abort.raise(FlowError::stage(&self.stage.label, "the arbiter's thread has ended"));
            }
        }
    }

    /// The outcomes of rows with a ruling, and those that a further arbiter is asked about.
    fn rule(
        &self,
        chunk: &Chunk,
        rulings: Vec<(usize, Ruling)>,
    ) -> Result<(Option<Settled>, Option<Chunk>), StepError> {
        let Arbitration { plan, arbiter, label, .. } = self.stage.as_ref();
        let decider = self.decider(chunk)?;
        let (mut decisions, mut keep): (Vec<Decision>, _) = (Vec::new(), vec![false; chunk.len()]);
        for (place, ruling) in rulings {
            match decider.rule(place, plan, (arbiter, label), ruling)? {
                Some(decision) => decisions.push(decision),
                None => keep.get_mut(place).into_iter().for_each(|keep| *keep = true),
            }
        }
        drop(decider);
        let settled = (!decisions.is_empty()).then(|| Settled::new(&decisions, &chunk.rejects)).transpose()?;
        let rest = keep.contains(&true).then(|| chunk.clone().filter(&keep)).transpose()?;
        Ok((settled, rest))
    }

    fn decider<'a>(&'a self, chunk: &'a Chunk) -> Result<Decider<'a>, StepError> {
        Decider::new(chunk, &self.context.shown, self.scored.as_deref().map(ScoreStage::basis))
    }
}
