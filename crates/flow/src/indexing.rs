//! Indexes a registry without running a pipeline: the part of the dataflow before the first search.

use std::sync::Arc;
use std::time::Instant;

use matchflow_candidates::Index;
use matchflow_matcher::{ResultFields, SharedVocabulary, clean_plans, shard_builder};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::Plan;
use parking_lot::Mutex;
use timely::dataflow::operators::Probe;
use timely::{CommunicationConfig, Config, WorkerConfig};

use crate::abort::Abort;
use crate::error::{FeedError, FlowError};
use crate::operators::Context;
use crate::operators::index::index;
use crate::operators::reference::{EntrySteps, reference};
use crate::progress::Progress;
use crate::run::PARK_MAX;
use crate::shards::{IndexOptions, Shards};

/// Reads, cleans and indexes the registry on the plan's workers. Counts the words of the fields `counted` in addition to
/// those that searches need.
///
/// # Errors
///
/// A registry that cannot be read, is empty, or is too large.
pub fn index_registry(
    plan: &Plan,
    counted: &[String],
    entries: Box<dyn FnMut() -> Result<Option<RecordBatch>, FeedError> + Send>,
) -> Result<Index, FlowError> {
    let workers = plan.execution.workers.max(1);
    let shards = Arc::new(Shards::new(workers, workers, IndexOptions::default()));
    let context = Context {
        abort: Abort::default(),
        progress: Progress::new(),
        started: Instant::now(),
        workers,
        reference: plan.reference.table.to_string().into(),
        entry_steps: EntrySteps::of(plan),
        vocabulary: SharedVocabulary::default(),
        shown: Arc::new(ResultFields::default()),
    };
    let cleaning = clean_plans(plan);
    let plan = Arc::new(plan.clone());
    let counted: Arc<[String]> = counted.into();
    let read = Mutex::new(Some(entries));
    let worker_context = context.clone();
    let worker_shards = Arc::clone(&shards);
    let config = Config { communication: CommunicationConfig::Process(workers), worker: WorkerConfig::default() };
    let guards = timely::execute(config, move |worker| {
        let first = worker.index() == 0;
        let read = if first { read.lock().take() } else { None };
        let context = worker_context.clone();
        let builder = shard_builder(&plan, counted.iter().map(String::as_str));
        let probe = worker.dataflow::<u64, _, _>(|scope| {
            let entries = reference(scope, read, Arc::clone(&cleaning), context.clone());
            index(entries, builder, Arc::clone(&worker_shards), context.clone()).probe().0
        });
        while !probe.done() && !context.abort.is_raised() {
            worker.step_or_park(Some(PARK_MAX));
        }
        if context.abort.is_raised() {
            for dataflow in worker.installed_dataflows() {
                worker.drop_dataflow(dataflow);
            }
        }
    });
    for result in guards.map_err(FlowError::Start)?.join() {
        result.map_err(|message| FlowError::Panic { place: "a worker".to_owned(), message })?;
    }
    if let Some(error) = context.abort.take_cause() {
        return Err(error);
    }
    let index = context.vocabulary.get().and_then(|vocabulary| shards.index(vocabulary));
    index.ok_or_else(|| FlowError::stage("index", "not every shard was built"))
}
