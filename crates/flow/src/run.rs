//! Runs a plan: starts the pool, the workers and the commit thread, waits for them, and adds up what happened.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use matchflow_matcher::{Replacements, RowBatch, SharedVocabulary, Shown, score_stages};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::outcome::Counts;
use matchflow_model::plan::Plan;
use matchflow_model::store::{Done, EpochStore};
use matchflow_plugin_host::Plugin;
use timely::worker::Worker;

use crate::abort::Abort;
use crate::arbitration::{ArbiterInput, Clerks};
use crate::credits::rows_max;
use crate::dataflow::{Ends, Wiring};
use crate::error::{FeedError, FlowError};
use crate::feed::Read;
use crate::intake::Intake;
use crate::operators::Context;
use crate::operators::outcomes::{Connect, Line};
use crate::operators::score::jobs_max;
use crate::pool::Pool;
use crate::processes::{self, Cluster, Started};
use crate::progress::{Observer, Progress};
use crate::shards::{Kept, Shards};
use crate::supervisor::wait;
use crate::writer::{Writer, Written};

/// A worker without work looks this often whether the run was aborted.
pub(crate) const PARK_MAX: Duration = Duration::from_millis(10);

/// What a run works with.
pub struct Inputs {
    /// The checked plan.
    pub plan: Arc<Plan>,
    /// The supplier rows, in batches of about [`batch_rows`].
    pub rows: Box<dyn FnMut() -> Result<Option<RowBatch>, FeedError> + Send>,
    /// The registry.
    pub entries: Box<dyn FnMut() -> Result<Option<RecordBatch>, FeedError> + Send>,
    /// The index, where it is kept between runs.
    pub kept: Kept,
    /// For each stage of the plan, the plug-ins of its scorers in order; empty for stages that do not score.
    pub plugins: Vec<Vec<Plugin>>,
    /// Plug-ins that take over while the run goes on.
    pub replacements: Replacements,
    /// For each `arbitrate` stage of the plan, in order, its plug-in and its HTTP side.
    pub arbiters: Vec<ArbiterInput>,
    /// Where outcomes become durable.
    pub store: Box<dyn EpochStore>,
    /// The rows that earlier runs brought to an outcome.
    pub done: Arc<Done>,
    /// Hears of every commit.
    pub observer: Box<dyn Observer>,
    /// Counters, and the switch that stops the run.
    pub progress: Arc<Progress>,
    /// The other processes, where there are any: this one is the first of them.
    pub cluster: Option<Cluster>,
}

/// What a process after the first works with: it does its part of the work and hands all outcomes to the first.
pub struct Share {
    /// The checked plan.
    pub plan: Arc<Plan>,
    /// The registry.
    pub entries: Box<dyn FnMut() -> Result<Option<RecordBatch>, FeedError> + Send>,
    /// For each stage of the plan, the plug-ins of its scorers in order; empty for stages that do not score.
    pub plugins: Vec<Vec<Plugin>>,
    /// Counters, and the switch that stops the run.
    pub progress: Arc<Progress>,
    /// The other processes.
    pub cluster: Cluster,
}

/// What every process has.
struct Own {
    plan: Arc<Plan>,
    entries: Read<RecordBatch>,
    kept: Kept,
    plugins: Vec<Vec<Plugin>>,
    replacements: Replacements,
    progress: Arc<Progress>,
    cluster: Option<Cluster>,
}

/// What only the first process has.
struct Head {
    rows: Read<RowBatch>,
    arbiters: Vec<ArbiterInput>,
    store: Box<dyn EpochStore>,
    done: Arc<Done>,
    observer: Box<dyn Observer>,
}

/// What a run did.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Outcomes committed by this run, and rows skipped.
    pub counts: Counts,
    /// Rows read, the skipped ones among them.
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
    /// Time that the scoring threads worked, all together.
    pub scoring: Duration,
    /// Rows scored without a scorer that failed on them, by stage and scorer (`on_failure: skip-plugin`).
    pub without: BTreeMap<(String, String), u64>,
    /// Whether the run was stopped before the end of the file.
    pub stopped: bool,
    /// From start to the last commit.
    pub elapsed: Duration,
}

/// A run that ended in an error, with what it did until then.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RunError {
    /// The first cause.
    #[source]
    pub error: FlowError,
    /// What is durable all the same.
    pub summary: Summary,
}

/// Rows that a reader should give at once: a chunk for every worker of so many processes.
pub fn batch_rows(plan: &Plan, processes: usize) -> usize {
    plan.execution.chunk_rows.max(1) * plan.execution.workers.max(1) * processes.max(1)
}

/// Runs a plan to its end, to a stop, or to the first error. What was finished is committed in every case.
pub fn run(inputs: Inputs) -> Result<Summary, Box<RunError>> {
    let Inputs { plan, rows, entries, kept, plugins, replacements, arbiters, store, done, observer, progress, cluster } =
        inputs;
    let own = Own { plan, entries, kept, plugins, replacements, progress, cluster };
    conclude(own, Some(Head { rows, arbiters, store, done, observer }))
}

/// Does the part of a process after the first, until the run ends for all.
pub fn assist(share: Share) -> Result<Summary, Box<RunError>> {
    let Share { plan, entries, plugins, progress, cluster } = share;
    let (kept, replacements) = (Kept::default(), Replacements::default());
    conclude(Own { plan, entries, kept, plugins, replacements, progress, cluster: Some(cluster) }, None)
}

fn conclude(own: Own, head: Option<Head>) -> Result<Summary, Box<RunError>> {
    let started = Instant::now();
    let progress = Arc::clone(&own.progress);
    let abort = Abort::default();
    let written = match start(own, head, &abort) {
        Ok(written) => written,
        Err(error) => {
            abort.raise(error);
            Written::default()
        }
    };
    let mut counts = written.counts;
    counts.skipped = progress.skipped();
    let summary = Summary {
        counts,
        rows_read: progress.rows_read(),
        epochs: written.epochs,
        rejects: written.rejects,
        entries: progress.entries(),
        pairs: progress.pairs(),
        load: progress.load(),
        scoring: progress.scoring(),
        without: progress.without(),
        stopped: progress.is_stopped() && (!progress.is_ended() || abort.is_raised()),
        elapsed: started.elapsed(),
    };
    if let Some(error) = abort.take_cause() {
        return Err(Box::new(RunError { error, summary }));
    }
    let (read, committed) = (summary.rows_read - counts.skipped, counts.committed());
    if read != committed && !abort.is_raised() {
        return Err(Box::new(RunError { error: FlowError::Unreconciled { read, committed }, summary }));
    }
    Ok(summary)
}

fn start(own: Own, head: Option<Head>, abort: &Abort) -> Result<Written, FlowError> {
    let Own { plan, entries, kept, plugins, replacements, progress, cluster } = own;
    let workers = plan.execution.workers.max(1);
    let peers = workers * cluster.as_ref().map_or(1, Cluster::processes);
    let is_first = head.is_some();
    let pool = Pool::spawn(plan.execution.scoring_threads, jobs_max(&plan), abort, &progress)?;
    let context = context(&plan, abort, &progress);
    let writing = Arc::new(Mutex::new(None));
    let (ends, arbiters) = head.map(|head| split(head, (&plan, peers), &context, &writing)).unzip();
    let clerks = Clerks::spawn(&plan, arbiters, abort)?;
    let scores = score_stages(&plan, plugins, &replacements, &context.vocabulary);
    let scores = scores.map_err(|error| FlowError::Start(error.to_string()))?;
    let is_indexed = kept.loaded.is_some();
    if let Some(index) = &kept.loaded {
        // Nobody else has set it.
        let _ = context.vocabulary.set(Arc::clone(&index.vocabulary));
        progress.add_entries(index.entries());
        progress.set_load(context.started.elapsed());
    }
    let shards = Arc::new(Shards::new(peers, workers, kept));
    let keeping = Arc::clone(&shards);
    let (jobs, arbitrations) = (pool.jobs(), clerks.arbitrations());
    let wiring = Wiring { plan, shards, is_indexed, scores, jobs, arbitrations, context };
    let (ends, entries) = (Mutex::new(ends), Mutex::new(Some(entries)));
    let started = processes::start(workers, cluster, move |worker| {
        let place = worker.index() % workers;
        let take = |is_taker: bool| is_taker && place == 0;
        let ends = if take(is_first) { taken(&ends) } else { None };
        let entries = if take(true) { taken(&entries) } else { None };
        work(worker, &wiring, ends, entries);
    });
    let Started { guards, lines } = started.map_err(FlowError::Start)?;
    wait(guards, pool, abort, &progress, lines.as_ref())?;
    clerks.join(abort);
    if !abort.is_raised() {
        keeping.join();
    }
    let writing = taken(&writing);
    let written = writing.map_or_else(|| Ok(Written::default()), JoinHandle::join);
    let written = written.map_err(|payload| FlowError::panic("the commit thread", payload.as_ref()))?;
    if let Some(lines) = lines {
        let others = lines.end(abort, &progress);
        others.iter().filter(|_| is_first).for_each(|tally| progress.add_tally(tally));
    }
    Ok(written)
}

fn taken<T>(shared: &Mutex<Option<T>>) -> Option<T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn context(plan: &Plan, abort: &Abort, progress: &Arc<Progress>) -> Context {
    Context {
        abort: abort.clone(),
        progress: Arc::clone(progress),
        started: Instant::now(),
        workers: plan.execution.workers.max(1),
        reference: plan.reference.format.to_string().into(),
        vocabulary: SharedVocabulary::default(),
        shown: Arc::new(Shown::of(plan)),
    }
}

/// The ends of the dataflow, and the arbiters.
fn split(
    head: Head,
    (plan, peers): (&Plan, usize),
    context: &Context,
    writing: &Arc<Mutex<Option<JoinHandle<Written>>>>,
) -> (Ends, Vec<ArbiterInput>) {
    let Head { rows, arbiters, store, done, observer } = head;
    let (abort, progress) = (context.abort.clone(), Arc::clone(&context.progress));
    let intake = Intake::new(&plan.execution, done, peers, Arc::clone(&progress));
    let writer = Writer { store, batch_size: plan.sink.batch_size, observer, abort, progress };
    (Ends { rows: intake.read(rows), connect: connect(writer, plan, Arc::clone(writing)) }, arbiters)
}

/// One worker: builds its part and steps until everything is durable, or the run ends early.
fn work(worker: &mut Worker, wiring: &Wiring, ends: Option<Ends>, entries: Option<Read<RecordBatch>>) {
    let abort = &wiring.context.abort;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let probe = worker.dataflow::<u64, _, _>(|scope| wiring.build(scope, ends, entries));
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

/// How the outcomes operator starts the commit thread.
fn connect(writer: Writer, plan: &Plan, writing: Arc<Mutex<Option<JoinHandle<Written>>>>) -> Connect {
    // A message holds a row at least.
    let messages_max = rows_max(&plan.execution);
    Box::new(move |activator| {
        let (deliveries, queue) = bounded(messages_max);
        let news = Arc::default();
        let thread = writer.spawn(queue, Arc::clone(&news), activator)?;
        *writing.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Line { deliveries, news })
    })
}
