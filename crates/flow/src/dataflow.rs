//! Wires the operators of a plan, one operator a stage, the same on every worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use matchflow_matcher::{Chunk, ScoreStage, builder, cleaning};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::{Plan, StageKind};
use timely::dataflow::operators::generic::operator::empty;
use timely::dataflow::operators::{Exchange, Probe};
use timely::dataflow::{ProbeHandle, Scope};

use crate::arbitration::Arbitration;
use crate::credits::rows_max;
use crate::feed::Read;
use crate::operators::arbitrate::{Counsel, arbitrate};
use crate::operators::candidates::{Stage, candidates};
use crate::operators::clean::clean;
use crate::operators::decide::{Judge, decide};
use crate::operators::index::{Ready, index};
use crate::operators::outcomes::{Connect, outcomes};
use crate::operators::reference::reference;
use crate::operators::score::{Scoring, jobs_max, score};
use crate::operators::source::source;
use crate::operators::{Context, Credits, Time};
use crate::shards::Shards;

/// What only the first worker of all has: the reader of rows and the line to the commit thread.
pub(crate) struct Ends {
    pub(crate) rows: Read<Vec<Chunk>>,
    pub(crate) connect: Connect,
}

/// What every worker needs to build its part.
pub(crate) struct Wiring {
    pub(crate) plan: Arc<Plan>,
    pub(crate) shards: Arc<Shards>,
    /// Whether the shards are there already: the registry is not read.
    pub(crate) is_indexed: bool,
    /// For each stage of the plan, the loaded plug-ins where it is a score stage.
    pub(crate) scores: Arc<[Option<Arc<ScoreStage>>]>,
    pub(crate) jobs: crossbeam_channel::Sender<crate::pool::Job>,
    /// For each stage of the plan, the way to its clerk where it is an `arbitrate` stage.
    pub(crate) arbitrations: Arc<[Option<Arc<Arbitration>>]>,
    pub(crate) context: Context,
}

impl Wiring {
    /// Builds the dataflow; the probe passes a time when everything read at it is durable. `entries` reads the registry,
    /// on the first worker of each process.
    pub(crate) fn build<'scope>(
        &self,
        scope: Scope<'scope, Time>,
        ends: Option<Ends>,
        entries: Option<Read<RecordBatch>>,
    ) -> ProbeHandle<Time> {
        let (rows, connect) = ends.map(|ends| (ends.rows, ends.connect)).unzip();
        let context = || self.context.clone();
        let execution = &self.plan.execution;
        let credits = Credits::new(execution.schedule, execution.in_flight_rows);
        let wake_source = Rc::new(RefCell::new(None));

        let ready = self.ready(scope, entries);
        let source = source(scope, rows, credits.clone(), Rc::clone(&wake_source), context());
        let mut open = source.exchange(|chunk: &Chunk| chunk.home as u64);
        let mut settled = Vec::new();
        let mut scored: Option<Arc<ScoreStage>> = None;
        for (number, stage) in self.plan.stages.iter().enumerate() {
            let label = stage.label.clone();
            open = match &stage.kind {
                StageKind::Clean(plan) => clean(open, Arc::new(plan.clone()), label, context()),
                StageKind::Candidates(plan) => {
                    let stage = Stage { number: number as u16, label, plan: Arc::new(plan.clone()) };
                    candidates(open, ready.clone(), Arc::clone(&self.shards), stage, context())
                }
                StageKind::Score(_) => {
                    let Some(stage) = self.scores.get(number).cloned().flatten() else { continue };
                    scored = Some(Arc::clone(&stage));
                    let scoring = Scoring { stage, jobs: self.jobs.clone(), jobs_max: jobs_max(&self.plan) };
                    let (rest, failed) = score(open, scoring, context());
                    settled.push(failed);
                    rest
                }
                StageKind::Decide(plan) => {
                    let judge = Judge { plan: plan.clone(), scored: scored.clone(), label };
                    let (rest, decided) = decide(open, judge, context());
                    settled.push(decided);
                    rest
                }
                StageKind::Arbitrate(_) => {
                    let Some(arbitration) = self.arbitrations.get(number).cloned().flatten() else { continue };
                    let stage = Counsel { arbitration, scored: scored.clone() };
                    let (rest, decided) = arbitrate(open, stage, rows_max(execution), context());
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

    /// Reads and indexes the registry, where that is not done already.
    fn ready<'scope>(&self, scope: Scope<'scope, Time>, entries: Option<Read<RecordBatch>>) -> Ready<'scope> {
        if self.is_indexed {
            return empty(scope);
        }
        let context = || self.context.clone();
        let entries = reference(scope, entries, cleaning(&self.plan), context());
        let counted = self.scores.iter().flatten().flat_map(|stage| stage.rarity_fields());
        index(entries, builder(&self.plan, counted), Arc::clone(&self.shards), context())
    }
}
