//! Wires the operators of a plan, one operator a stage, the same on every worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::{CleanPlan, Plan, StageKind};
use timely::dataflow::operators::{Exchange, Probe};
use timely::dataflow::{ProbeHandle, Scope};

use crate::chunk::Chunk;
use crate::feed::Read;
use crate::operators::candidates::{Stage, candidates};
use crate::operators::clean::clean;
use crate::operators::decide::decide;
use crate::operators::index::{index, searches};
use crate::operators::outcomes::{Connect, outcomes};
use crate::operators::reference::reference;
use crate::operators::score::{Scoring, score};
use crate::operators::source::source;
use crate::operators::{Context, Credits, Time};
use crate::scoring::ScoreStage;

/// What only the first worker has: the readers and the line to the commit thread.
pub(crate) struct Ends {
    pub(crate) rows: Read<Vec<Chunk>>,
    pub(crate) entries: Read<RecordBatch>,
    pub(crate) connect: Connect,
}

/// What every worker needs to build its part.
pub(crate) struct Wiring {
    pub(crate) plan: Arc<Plan>,
    /// For each stage of the plan, the loaded plug-ins where it is a score stage.
    pub(crate) scores: Arc<[Option<Arc<ScoreStage>>]>,
    pub(crate) jobs: crossbeam_channel::Sender<crate::pool::Job>,
    pub(crate) context: Context,
}

impl Wiring {
    /// Builds the dataflow; the probe passes a time when everything read at it is durable.
    pub(crate) fn build<'scope>(&self, scope: Scope<'scope, Time>, ends: Option<Ends>) -> ProbeHandle<Time> {
        let (rows, entries, connect) = match ends {
            None => (None, None, None),
            Some(ends) => (Some(ends.rows), Some(ends.entries), Some(ends.connect)),
        };
        let context = || self.context.clone();
        let execution = &self.plan.execution;
        let credits = Credits::new(execution.in_flight_rows);
        let wake_source = Rc::new(RefCell::new(None));

        let entries = reference(scope, entries, self.cleaning(), context());
        let (shard, ready) = index(entries, &searches(&self.plan), context());
        let source = source(scope, rows, credits.clone(), Rc::clone(&wake_source), context());
        let mut open = source.exchange(|chunk: &Chunk| chunk.home as u64);
        let mut settled = Vec::new();
        for (number, stage) in self.plan.stages.iter().enumerate() {
            let label = stage.label.clone();
            open = match &stage.kind {
                StageKind::Clean(plan) => clean(open, Arc::new(plan.clone()), label, context()),
                StageKind::Candidates(plan) => {
                    let stage = Stage { number: number as u16, label, plan: Arc::new(plan.clone()) };
                    candidates(open, ready.clone(), Rc::clone(&shard), stage, context())
                }
                StageKind::Score(_) => {
                    let Some(stage) = self.scores.get(number).cloned().flatten() else { continue };
                    let chunks_max = execution.in_flight_rows.max(execution.chunk_rows);
                    let scoring = Scoring { stage, jobs: self.jobs.clone(), chunks_max };
                    let (scored, failed) = score(open, scoring, context());
                    settled.push(failed);
                    scored
                }
                StageKind::Decide(plan) => {
                    let (rest, decided) = decide(open, Arc::new(plan.clone()), label, context());
                    settled.push(decided);
                    rest
                }
            };
        }
        let settled = timely::dataflow::operators::core::Concatenate::concatenate(&scope, settled);
        let durable = outcomes(settled, connect, credits, wake_source, context());
        let (probe, _) = durable.probe();
        probe
    }

    /// The clean stages of the chain, as the registry goes through them before it is indexed.
    fn cleaning(&self) -> Arc<[CleanPlan]> {
        let plans = self.plan.stages.iter().filter_map(|stage| match &stage.kind {
            StageKind::Clean(plan) => Some(plan.clone()),
            _ => None,
        });
        plans.collect()
    }
}
