//! Runs a plan: starts the pool, the workers and the commit thread, waits for them, and adds up the results.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use matchflow_decisions::Decisions;
use matchflow_matcher::{PluginReplacements, ResultFields, SharedVocabulary, match_stages};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::outcome::Counts;
use matchflow_model::plan::Plan;
use matchflow_model::store::{DoneRows, EpochStore};
use matchflow_plugin_host::Plugin;
use parking_lot::Mutex;
use timely::worker::Worker;

use crate::abort::Abort;
use crate::arbitration::{ArbiterInput, ArbiterThreads};
use crate::commit_thread::{CommitThread, CommitTotals};
use crate::credits::rows_max;
use crate::dataflow::{CoordinatorStreams, DataflowBuilder};
use crate::error::{FeedError, FlowError};
use crate::feed::FeedReader;
use crate::intake::ChunkReader;
use crate::operators::Context;
use crate::operators::outcomes::{CommitLink, ConnectCommit};
use crate::operators::reference::EntrySteps;
use crate::operators::score::jobs_max;
use crate::pool::Pool;
use crate::processes::{self, ProcessGroup, RunningWorkers};
use crate::progress::{Observer, Progress};
use crate::shards::{IndexOptions, Shards};
use crate::supervisor::wait;

/// Maximum time that an idle worker sleeps before it checks the abort flag.
pub(crate) const PARK_MAX: Duration = Duration::from_millis(10);

/// Inputs of a run, for process 0.
pub struct RunInputs {
    /// The checked plan.
    pub plan: Arc<Plan>,
    /// The supplier rows, in batches of about [`batch_rows`].
    pub rows: Box<dyn FnMut() -> Result<Option<RowBatch>, FeedError> + Send>,
    /// The registry.
    pub entries: Box<dyn FnMut() -> Result<Option<RecordBatch>, FeedError> + Send>,
    /// The cached index.
    pub index: IndexOptions,
    /// For each stage of the plan, the plug-ins of its scorers in order; empty for stages that do not score.
    pub plugins: Vec<Vec<Plugin>>,
    /// Plug-ins replaced during the run.
    pub replacements: PluginReplacements,
    /// For each `arbitrate` stage of the plan, in order, its plug-in and its HTTP client.
    pub arbiters: Vec<ArbiterInput>,
    /// The store of outcomes.
    pub store: Box<dyn EpochStore>,
    /// The rows with an outcome from earlier runs.
    pub done: Arc<DoneRows>,
    /// What people decided about rows.
    pub decisions: Arc<Decisions>,
    /// Is called for every commit.
    pub observer: Box<dyn Observer>,
    /// Counters, and the stop switch of the run.
    pub progress: Arc<Progress>,
    /// The other processes, if there are any.
    pub group: Option<ProcessGroup>,
}

/// Inputs of a worker process, which sends all outcomes to process 0.
pub struct WorkerInputs {
    /// The checked plan.
    pub plan: Arc<Plan>,
    /// The registry.
    pub entries: Box<dyn FnMut() -> Result<Option<RecordBatch>, FeedError> + Send>,
    /// For each stage of the plan, the plug-ins of its scorers in order; empty for stages that do not score.
    pub plugins: Vec<Vec<Plugin>>,
    /// Counters, and the stop switch of the run.
    pub progress: Arc<Progress>,
    /// The other processes.
    pub group: ProcessGroup,
}

/// Inputs of every process.
struct ProcessInputs {
    plan: Arc<Plan>,
    entries: FeedReader<RecordBatch>,
    index: IndexOptions,
    plugins: Vec<Vec<Plugin>>,
    replacements: PluginReplacements,
    progress: Arc<Progress>,
    group: Option<ProcessGroup>,
}

/// Inputs of process 0 alone.
struct CoordinatorInputs {
    rows: FeedReader<RowBatch>,
    arbiters: Vec<ArbiterInput>,
    store: Box<dyn EpochStore>,
    done: Arc<DoneRows>,
    decisions: Arc<Decisions>,
    observer: Box<dyn Observer>,
}

/// Results of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Outcomes committed by this run, and rows skipped.
    pub counts: Counts,
    /// Rows read, including skipped ones.
    pub rows_read: u64,
    /// Epochs committed.
    pub epochs: u64,
    /// Rejected cells committed.
    pub rejects: u64,
    /// Registry entries indexed.
    pub entries: u64,
    /// Pairs scored.
    pub pairs: u64,
    /// From the start of the workers until the registry was ready.
    pub load: Duration,
    /// Total working time of the scoring threads.
    pub scoring: Duration,
    /// Rows scored without a scorer that failed on them, by stage and scorer (`on_failure: skip-plugin`).
    pub scored_without: BTreeMap<(String, String), u64>,
    /// Whether the run was stopped before the end of the file.
    pub stopped: bool,
    /// From start to the last commit.
    pub elapsed: Duration,
}

impl Summary {
    /// The summary of a run that had nothing to do, by its counters.
    pub fn without_work(progress: &Progress, elapsed: Duration) -> Summary {
        Summary {
            counts: Counts { skipped: progress.skipped(), ..Counts::default() },
            rows_read: progress.rows_read(),
            epochs: 0,
            rejects: 0,
            entries: 0,
            pairs: 0,
            load: Duration::ZERO,
            scoring: Duration::ZERO,
            scored_without: BTreeMap::new(),
            stopped: progress.is_stopped(),
            elapsed,
        }
    }
}

/// A run that ended with an error, and its results until then.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RunError {
    /// The first cause.
    #[source]
    pub error: FlowError,
    /// Results that are durable nevertheless.
    pub summary: Summary,
}

/// Number of rows that a reader should return per batch: one chunk per worker of all processes.
pub fn batch_rows(plan: &Plan, processes: usize) -> usize {
    plan.execution.chunk_rows.max(1) * plan.execution.workers.max(1) * processes.max(1)
}

/// Runs a plan to its end, a stop, or the first error. Finished rows are committed in every case.
pub fn run(inputs: RunInputs) -> Result<Summary, Box<RunError>> {
    let RunInputs {
        plan,
        rows,
        entries,
        index,
        plugins,
        replacements,
        arbiters,
        store,
        done,
        decisions,
        observer,
        progress,
        group,
    } = inputs;
    let process = ProcessInputs { plan, entries, index, plugins, replacements, progress, group };
    run_process(process, Some(CoordinatorInputs { rows, arbiters, store, done, decisions, observer }))
}

/// Runs a worker process until the run ends for all.
pub fn run_worker(inputs: WorkerInputs) -> Result<Summary, Box<RunError>> {
    let WorkerInputs { plan, entries, plugins, progress, group } = inputs;
    let process = ProcessInputs {
        plan,
        entries,
        index: IndexOptions::default(),
        plugins,
        replacements: PluginReplacements::default(),
        progress,
        group: Some(group),
    };
    run_process(process, None)
}

/// Runs a process and adds up its results.
fn run_process(process: ProcessInputs, coordinator: Option<CoordinatorInputs>) -> Result<Summary, Box<RunError>> {
    let started = Instant::now();
    let progress = Arc::clone(&process.progress);
    let abort = Abort::default();
    let totals = match run_threads(process, coordinator, &abort) {
        Ok(totals) => totals,
        Err(error) => {
            abort.raise(error);
            CommitTotals::default()
        }
    };
    let mut counts = totals.counts;
    counts.skipped = progress.skipped();
    let summary = Summary {
        counts,
        rows_read: progress.rows_read(),
        epochs: totals.epochs,
        rejects: totals.rejects,
        entries: progress.entries(),
        pairs: progress.pairs(),
        load: progress.load(),
        scoring: progress.scoring(),
        scored_without: progress.scored_without(),
        stopped: progress.is_stopped() && (!progress.is_ended() || abort.is_raised()),
        elapsed: started.elapsed(),
    };
    if let Some(error) = abort.take_cause() {
        return Err(Box::new(RunError { error, summary }));
    }
    let read = summary.rows_read - counts.skipped;
    let committed = counts.committed();
    if read != committed && !abort.is_raised() {
        return Err(Box::new(RunError { error: FlowError::Unreconciled { read, committed }, summary }));
    }
    Ok(summary)
}

/// Starts all threads of a process and waits for them; returns the totals of the commit thread.
fn run_threads(
    process: ProcessInputs,
    coordinator: Option<CoordinatorInputs>,
    abort: &Abort,
) -> Result<CommitTotals, FlowError> {
    let ProcessInputs { plan, entries, index, plugins, replacements, progress, group } = process;
    let workers = plan.execution.workers.max(1);
    let peers = workers * group.as_ref().map_or(1, ProcessGroup::processes);
    let is_coordinator = coordinator.is_some();
    let pool = Pool::spawn(plan.execution.scoring_threads, jobs_max(&plan), abort, &progress)?;
    let context = context(&plan, abort, &progress);
    let commit_thread = Arc::new(Mutex::new(None));
    let streams = coordinator.map(|inputs| coordinator_streams(inputs, &plan, peers, &context, &commit_thread));
    let (streams, arbiters) = streams.unzip();
    let arbiter_threads = ArbiterThreads::spawn(&plan, arbiters, abort)?;
    let stages = match_stages(&plan, plugins, &replacements, &context.vocabulary);
    let stages = stages.map_err(|error| FlowError::Start(error.to_string()))?.into();
    let is_indexed = index.loaded.is_some();
    if let Some(loaded) = &index.loaded {
        // Never set before.
        let _ = context.vocabulary.set(Arc::clone(&loaded.vocabulary));
        progress.add_entries(loaded.entries());
        progress.set_load(context.started.elapsed());
    }
    let shards = Arc::new(Shards::new(peers, workers, index));
    let builder = DataflowBuilder {
        plan,
        shards: Arc::clone(&shards),
        is_indexed,
        stages,
        jobs: pool.jobs(),
        arbiters: arbiter_threads.handles(),
        context,
    };
    let streams = Mutex::new(streams);
    let entries = Mutex::new(Some(entries));
    let running = processes::start(workers, group, move |worker| {
        // The first worker of each process reads; the first of all is also the coordinator.
        let is_first = worker.index() % workers == 0;
        let streams = if is_first && is_coordinator { streams.lock().take() } else { None };
        let entries = if is_first { entries.lock().take() } else { None };
        work(worker, &builder, streams, entries);
    });
    let RunningWorkers { guards, control } = running.map_err(FlowError::Start)?;
    wait(guards, pool, abort, &progress, control.as_ref())?;
    arbiter_threads.join(abort);
    if !abort.is_raised() {
        shards.join();
    }
    let commit_thread = commit_thread.lock().take();
    let totals = commit_thread.map_or_else(|| Ok(CommitTotals::default()), JoinHandle::join);
    let totals = totals.map_err(|payload| FlowError::panic("the commit thread", payload.as_ref()))?;
    if let Some(control) = control {
        let tallies = control.end(abort, &progress);
        if is_coordinator {
            tallies.iter().for_each(|tally| progress.add_tally(tally));
        }
    }
    Ok(totals)
}

fn context(plan: &Plan, abort: &Abort, progress: &Arc<Progress>) -> Context {
    Context {
        abort: abort.clone(),
        progress: Arc::clone(progress),
        started: Instant::now(),
        workers: plan.execution.workers.max(1),
        reference: plan.reference.table.to_string().into(),
        entry_steps: EntrySteps::of(plan),
        vocabulary: SharedVocabulary::default(),
        shown: Arc::new(ResultFields::from_plan(plan)),
    }
}

/// Both ends of the dataflow, and the arbiters.
fn coordinator_streams(
    inputs: CoordinatorInputs,
    plan: &Plan,
    peers: usize,
    context: &Context,
    handle: &Arc<Mutex<Option<JoinHandle<CommitTotals>>>>,
) -> (CoordinatorStreams, Vec<ArbiterInput>) {
    let CoordinatorInputs { rows, arbiters, store, done, decisions, observer } = inputs;
    let reader = ChunkReader::new(&plan.execution, done, decisions, peers, Arc::clone(&context.progress));
    let thread = CommitThread {
        store,
        batch_size: plan.sink.batch_size,
        observer,
        abort: context.abort.clone(),
        progress: Arc::clone(&context.progress),
    };
    let connect = connect_commit(thread, plan, Arc::clone(handle));
    (CoordinatorStreams { rows: reader.read(rows), connect }, arbiters)
}

/// Runs one worker: builds its dataflow and steps until everything is durable, or the run ends early.
fn work(
    worker: &mut Worker,
    builder: &DataflowBuilder,
    streams: Option<CoordinatorStreams>,
    entries: Option<FeedReader<RecordBatch>>,
) {
    let abort = &builder.context.abort;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let probe = worker.dataflow::<u64, _, _>(|scope| builder.build(scope, streams, entries));
        while !probe.done() && !abort.is_raised() {
            worker.step_or_park(Some(PARK_MAX));
        }
    }));
    if let Err(payload) = outcome {
        abort.raise(FlowError::panic("a worker", payload.as_ref()));
    }
    if abort.is_raised() {
        for dataflow in worker.installed_dataflows() {
            worker.drop_dataflow(dataflow);
        }
    }
}

/// Starts the commit thread when the outcomes operator is built.
fn connect_commit(
    commit: CommitThread,
    plan: &Plan,
    handle: Arc<Mutex<Option<JoinHandle<CommitTotals>>>>,
) -> ConnectCommit {
    // Each message has at least one row.
    let messages_max = rows_max(&plan.execution);
    Box::new(move |activator| {
        let (deliveries, queue) = bounded(messages_max);
        let progress = Arc::default();
        let thread = commit.spawn(queue, Arc::clone(&progress), activator)?;
        *handle.lock() = Some(thread);
        Ok(CommitLink { deliveries, progress })
    })
}
