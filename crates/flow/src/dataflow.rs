//! Builds the dataflow of a plan: one operator per stage, the same on every worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use matchflow_matcher::{Chunk, MatchStage, clean_plans, shard_builder};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::Plan;
use timely::dataflow::operators::generic::operator::empty;
use timely::dataflow::operators::{Exchange, Probe};
use timely::dataflow::{ProbeHandle, Scope};

use crate::arbitration::ArbiterHandle;
use crate::credits::rows_max;
use crate::feed::FeedReader;
use crate::operators::arbitrate::{ArbitrateStage, arbitrate};
use crate::operators::candidates::candidates;
use crate::operators::clean::clean;
use crate::operators::decide::decide;
use crate::operators::index::{IndexReady, index};
use crate::operators::outcomes::{ConnectCommit, outcomes};
use crate::operators::reference::reference;
use crate::operators::score::{ScoreDispatch, jobs_max, score};
use crate::operators::source::source;
use crate::operators::{Context, Credits, Time};
use crate::shards::Shards;

/// Both ends of the dataflow, on the first worker of all: the reader of rows and the link to the commit thread.
pub(crate) struct CoordinatorStreams {
    pub(crate) rows: FeedReader<Vec<Chunk>>,
    pub(crate) connect: ConnectCommit,
}

/// Builds the dataflow of each worker.
pub(crate) struct DataflowBuilder {
    pub(crate) plan: Arc<Plan>,
    pub(crate) shards: Arc<Shards>,
    /// Whether the index is loaded, so that the registry is not read.
    pub(crate) is_indexed: bool,
    /// The stages of the plan with their plug-ins.
    pub(crate) stages: Arc<[MatchStage]>,
    pub(crate) jobs: crossbeam_channel::Sender<crate::pool::Job>,
    /// For each stage of the plan, the handle of its arbiter thread if it is an `arbitrate` stage.
    pub(crate) arbiters: Arc<[Option<Arc<ArbiterHandle>>]>,
    pub(crate) context: Context,
}

impl DataflowBuilder {
    /// Builds the dataflow. The probe passes a time once all rows read at that time are durable. `entries` reads the registry,
    /// on the first worker of each process.
    pub(crate) fn build<'scope>(
        &self,
        scope: Scope<'scope, Time>,
        streams: Option<CoordinatorStreams>,
        entries: Option<FeedReader<RecordBatch>>,
    ) -> ProbeHandle<Time> {
        let (rows, connect) = streams.map(|streams| (streams.rows, streams.connect)).unzip();
        let context = || self.context.clone();
        let execution = &self.plan.execution;
        let credits = Credits::new(execution.schedule, execution.in_flight_rows);
        let wake_source = Rc::new(RefCell::new(None));

        let ready = self.ready(scope, entries);
        let source = source(scope, rows, credits.clone(), Rc::clone(&wake_source), context());
        let mut open = source.exchange(|chunk: &Chunk| chunk.home as u64);
        let mut outcome_streams = Vec::new();
        for (number, stage) in self.stages.iter().enumerate() {
            open = match stage {
                MatchStage::Clean(stage) => clean(open, stage.clone(), context()),
                MatchStage::Candidates(stage) => {
                    candidates(open, ready.clone(), Arc::clone(&self.shards), stage.clone(), context())
                }
                MatchStage::Score(stage) => {
                    let stage = Arc::clone(stage);
                    let dispatch = ScoreDispatch { stage, jobs: self.jobs.clone(), jobs_max: jobs_max(&self.plan) };
                    let (rest, failed) = score(open, dispatch, context());
                    outcome_streams.push(failed);
                    rest
                }
                MatchStage::Decide(stage) => {
                    let (rest, decided) = decide(open, stage.clone(), context());
                    outcome_streams.push(decided);
                    rest
                }
                MatchStage::Arbitrate(stage) => {
                    let Some(arbiter) = self.arbiters.get(number).cloned().flatten() else { continue };
                    let stage = ArbitrateStage { arbiter, scored: stage.scored_by.clone() };
                    let (rest, decided) = arbitrate(open, stage, rows_max(execution), context());
                    outcome_streams.push(decided);
                    rest
                }
            };
        }
        let all_outcomes = timely::dataflow::operators::core::Concatenate::concatenate(&scope, outcome_streams);
        let durable = outcomes(all_outcomes, connect, credits, wake_source, context());
        let (probe, _) = durable.probe();
        probe
    }

    /// Reads and indexes the registry, unless the index is loaded.
    fn ready<'scope>(
        &self,
        scope: Scope<'scope, Time>,
        entries: Option<FeedReader<RecordBatch>>,
    ) -> IndexReady<'scope> {
        if self.is_indexed {
            return empty(scope);
        }
        let context = || self.context.clone();
        let entries = reference(scope, entries, clean_plans(&self.plan), context());
        let scores = self.stages.iter().filter_map(MatchStage::as_score);
        let counted = scores.flat_map(|stage| stage.term_frequency_fields());
        index(entries, shard_builder(&self.plan, counted), Arc::clone(&self.shards), context())
    }
}
