//! `matchflow run`: from the files to the results, resuming where the last run stopped.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use matchflow_checkpoint::ResumeState;
use matchflow_decisions::Decisions;
use matchflow_flow::{FlowError, Summary};
use matchflow_model::plan::Plan;
use matchflow_model::store::DoneRows;
use matchflow_plugin_host::{Arbiter, Host, Plugin};

use crate::arbiters::{AnswerSource, request_figures};
use crate::args::{ProgressMode, RunArgs};
use crate::checkpoint::{RunCheckpoint, SharedCheckpoint, finish, open_checkpoint};
use crate::commands::worker_process::run_worker_process;
use crate::console::{self, Verbosity};
use crate::duplicates::{self, ClusterUpdate, ClusterUpdateResult, Comparison};
use crate::engine::Engine;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::index_cache;
use crate::input_files::InputFiles;
use crate::load::{LoadedPipeline, load, load_without_source};
use crate::messages::{Notice, notice_text};
use crate::present_rows::PresentRows;
use crate::processes::Process;
use crate::progress::Reporter;
use crate::registry_digest::registry_digest;
use crate::registry_edition::refuse_older;
use crate::registry_progress::{RegistryReporter, RegistrySource};
use crate::report::{print_irregular_rows, write_report};
use crate::run_decisions::{read_decisions, reopen_rows};
use crate::system_limits::{OTHER_THREADS, ensure_threads};
use crate::times::{print_times, threads_of_all};
use crate::watch::PluginWatcher;
use crate::{stop, times};

/// Runs the pipeline.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let verbosity = match (args.quiet, args.verbose || args.trace.is_some()) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    console::configure(args.progress == ProgressMode::Json, verbosity, args.log.as_deref());
    let Some(process) = Process::of(args)? else { return run_as(None, args, load(&args.pipeline)?) };
    if process.number == 0 {
        return run_as(Some(process), args, load(&args.pipeline)?);
    }
    let loaded = load_without_source(&args.pipeline)?;
    console::open_log()?;
    let plan = with_flags(loaded.checked.plan.clone(), args);
    process.check(&plan, args)?;
    run_worker_process(process, args, plan, loaded)
}

/// Runs an already loaded pipeline, as the only process.
pub(crate) fn run_loaded(args: &RunArgs, loaded: LoadedPipeline) -> Result<ExitCode, Failure> {
    run_as(None, args, loaded)
}

/// A run with open files, before its first row.
struct PreparedRun {
    engine: Engine,
    checkpoint: SharedCheckpoint,
    /// The rows decided by earlier runs.
    done: Arc<DoneRows>,
    inputs: Arc<InputFiles>,
    present: PresentRows,
    /// What people decided.
    decisions: Arc<Decisions>,
    /// The update of the clusters of a `dedupe` pipeline.
    update: Option<ClusterUpdate>,
    /// Whether any row is open.
    has_work: bool,
    began: Instant,
}

/// Runs as the only process or as the first of several.
fn run_as(process: Option<Process>, args: &RunArgs, loaded: LoadedPipeline) -> Result<ExitCode, Failure> {
    let LoadedPipeline { checked, plugins, arbiters, host } = loaded;
    console::open_log()?;
    let plan = Arc::new(with_flags(checked.plan, args));
    process.iter().try_for_each(|process| process.check(&plan, args))?;
    let trace = args.trace.as_deref().map(times::create_trace).transpose()?;
    let processes = process.as_ref().map_or(1, Process::count);
    ensure_threads(plan.execution.workers + plan.execution.scoring_threads + OTHER_THREADS)?;
    let run = prepare(process, args, &plan, &plugins, &arbiters)?;
    let PreparedRun { engine, checkpoint, done, inputs, present, decisions, update, has_work, began } = run;
    checkpoint.lock().begin().while_doing("starting the run in the checkpoint")?;
    print_start(&plan, &engine, done.len(), processes);
    let (counts, progress) = (engine.counts(), engine.progress());
    let reporter = Reporter::new(engine.progress(), engine.rows_hint(), args.progress);
    if trace.is_some() {
        progress.record_trace();
    }
    let watcher = if args.watch_plugins { Some(watch(&plan, &plugins, host, &engine, &checkpoint)?) } else { None };
    let result = if has_work {
        let _registry = report_registry(&plan, args, &engine, &reporter);
        engine.run(Box::new(checkpoint.clone()), done, Box::new(reporter))
    } else {
        drop(reporter);
        Ok(Summary::without_work(&progress, began.elapsed()))
    };
    drop(watcher);
    if !has_work && !progress.is_stopped() {
        console::notice(&Notice::NothingToDo);
    }
    let (summary, failure) = match result {
        Ok(summary) => (summary, None),
        Err(error) => (error.summary.clone(), Some(Failure::fatal(&error.error, "running the pipeline"))),
    };
    let changed = inputs.check_source().and_then(|()| inputs.check_reference());
    let failure = changed.while_doing("running the pipeline").err().or(failure).or_else(|| no_rows(&plan, &summary));
    let is_complete = failure.is_none() && !summary.stopped;
    let clusters = if is_complete { conclude(&plan, &checkpoint, update, &present)? } else { None };
    print_irregular_rows(&counts);
    finish(&checkpoint, &plan, &summary, &progress, counts.source().cells, failure.is_some())?;
    if has_work {
        print_times(&threads_of_all(&plan.execution, processes), &summary, &progress);
    }
    trace.into_iter().for_each(|trace| times::write_trace(trace, &progress));
    request_figures(progress.remote()).into_iter().for_each(|figures| console::notice(&Notice::Requests(figures)));
    if let Some(code) = report_early_end(failure, &summary)? {
        return Ok(code);
    }
    let started = Instant::now();
    let code = match clusters {
        Some(clusters) => duplicates::write_report(&plan, &checkpoint.lock(), &clusters, &summary, &counts, &progress),
        None => write_report(&plan, &checkpoint.lock(), &decisions, &summary, &counts, &progress),
    }?;
    if !plan.outputs.is_empty() {
        console::detail(&format!("[pipeline] {}", times::output_time(started.elapsed())));
    }
    Ok(code)
}

/// Opens the files, the checkpoint and the arbiters, and determines whether there is anything to do.
fn prepare(
    process: Option<Process>,
    args: &RunArgs,
    plan: &Arc<Plan>,
    plugins: &[Vec<Plugin>],
    arbiters: &[Arbiter],
) -> Result<PreparedRun, Failure> {
    let inputs = Arc::new(InputFiles::stamp(plan));
    let is_alone = process.is_none();
    let (engine, reference_digest) = open_engine(process, plan, plugins)?;
    let RunCheckpoint { store: checkpoint, mut resume, path, input_digests } =
        open_checkpoint(plan, plugins, arbiters, reference_digest, wait(args))?;
    if !args.allow_older_edition {
        let checkpoint = checkpoint.lock();
        refuse_older(plan, checkpoint.tables().while_doing("reading the runs from the checkpoint")?)?;
    }
    inputs.set_digests(&input_digests.0, &input_digests.1);
    if args.watch_plugins {
        warn_about_arbiters(arbiters);
    }
    let arbiters = {
        let answers = AnswerSource::live(plan, &path)?;
        retry_unasked_rows(plan, &answers, &mut resume);
        answers.start(plan, arbiters, &engine.progress())?
    };
    let decisions = read_decisions(plan)?;
    if plan.dedupe.is_none() {
        let checkpoint = checkpoint.lock();
        let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
        reopen_rows(&mut resume.done, &decisions, tables)?;
    }
    let done = Arc::new(std::mem::take(&mut resume.done));
    let (comparison, update) = compare(plan, &done, &resume, &decisions, &checkpoint)?.unzip();
    let present = PresentRows::new(&done);
    let engine = engine.with_arbiters(arbiters).with_comparison(comparison);
    let engine = engine.with_inputs(Arc::clone(&inputs)).with_present_rows(present.clone());
    let mut engine = engine.with_decisions(Arc::clone(&decisions));
    stop::on_signals(engine.progress())?;
    let began = Instant::now();
    let may_be_idle = is_alone && plan.dedupe.is_none() && has_read_registry(&checkpoint, &input_digests.1)?;
    let has_work = !may_be_idle || skip_done_rows(&mut engine, &done)?;
    let engine = match (is_alone, has_work) {
        (true, true) => engine.with_index(index_cache::prepare(plan, plugins)?),
        (true, false) => engine,
        (false, _) => engine.with_index(index_cache::unused_by_processes(plan)),
    };
    Ok(PreparedRun { engine, checkpoint, done, inputs, present, decisions, update, has_work, began })
}

/// Stores what depends on the results of all rows: clusters, or removed rows and the assignment of entries.
fn conclude(
    plan: &Plan,
    checkpoint: &SharedCheckpoint,
    update: Option<ClusterUpdate>,
    present: &PresentRows,
) -> Result<Option<ClusterUpdateResult>, Failure> {
    if let Some(update) = update {
        return duplicates::finish(update, &mut checkpoint.lock()).map(Some);
    }
    let mut checkpoint = checkpoint.lock();
    checkpoint.write_removed_rows(&present.removed_keys()).while_doing("recording the removed rows")?;
    checkpoint.assign_entries(plan.one_to_one).while_doing("applying `one_to_one` to the results")?;
    Ok(None)
}

/// Reports the progress of the registry, unless a stored index is used or there is no registry.
fn report_registry(plan: &Plan, args: &RunArgs, engine: &Engine, reporter: &Reporter) -> Option<RegistryReporter> {
    if plan.dedupe.is_some() || engine.is_indexed() {
        return None;
    }
    let hint = Notice::IndexHint { pipeline: args.pipeline.pipeline.display().to_string() };
    let hint = notice_text(&hint, plan.language);
    let (counted, ready) = (engine.progress(), engine.progress());
    let source = RegistrySource {
        entries: Box::new(move || counted.entries()),
        is_ready: Box::new(move || !ready.load().is_zero() || ready.is_stopped()),
        hint: plan.reference.index_path.is_none().then_some(hint),
    };
    Some(RegistryReporter::start(args.progress, reporter.bar(), source))
}

/// The message of a run that did not complete, with its exit code: it failed or was stopped.
fn report_early_end(failure: Option<Failure>, summary: &Summary) -> Result<Option<ExitCode>, Failure> {
    let committed = summary.counts.committed();
    if let Some(failure) = failure {
        if committed > 0 {
            console::notice(&Notice::RowsCommitted(committed));
        }
        return Err(failure);
    }
    if summary.stopped {
        console::notice(&Notice::StoppedWithRows(committed));
        return Ok(Some(ExitReason::Interrupted.into()));
    }
    Ok(None)
}

/// Watches the plug-ins' files. Rows in current batches may be scored by either version of a changed plug-in.
fn watch(
    plan: &Plan,
    plugins: &[Vec<Plugin>],
    host: Host,
    engine: &Engine,
    checkpoint: &SharedCheckpoint,
) -> Result<PluginWatcher, Failure> {
    let checkpoint = checkpoint.clone();
    let mark = move |plugin: &Plugin| checkpoint.lock().mark_mixed(plugin.digest());
    PluginWatcher::start(plan, plugins, host, engine.replacements(), mark)
}

/// Opens the files and connects to the other processes; also returns the digest of the registry.
fn open_engine(
    process: Option<Process>,
    plan: &Arc<Plan>,
    plugins: &[Vec<Plugin>],
) -> Result<(Engine, String), Failure> {
    let processes = process.as_ref().map_or(1, Process::count);
    let engine =
        Engine::open_for(plan, plugins.to_vec(), processes).while_doing("opening the files of the pipeline")?;
    let reference_digest = registry_digest(plan)?;
    let group = process.map(|process| process.join(plan, &reference_digest)).transpose()?;
    Ok((engine.with_group(group), reference_digest))
}

/// Whether an earlier run has read this registry: a run without open rows does not need it then.
fn has_read_registry(checkpoint: &SharedCheckpoint, reference_digest: &str) -> Result<bool, Failure> {
    let checkpoint = checkpoint.lock();
    let tables = checkpoint.tables().while_doing("reading the runs from the checkpoint")?;
    tables.has_read_registry(reference_digest).while_doing("reading the runs from the checkpoint")
}

/// Skips done rows at the start of the supplier file; returns false if no row is open.
fn skip_done_rows(engine: &mut Engine, done: &DoneRows) -> Result<bool, Failure> {
    let skipped = engine.skip_done_rows(done).map_err(FlowError::Source);
    skipped.while_doing("reading the supplier file")
}

/// The comparison of a `dedupe` pipeline, and the update of its clusters.
fn compare(
    plan: &Arc<Plan>,
    done: &Arc<DoneRows>,
    resume: &ResumeState,
    decisions: &Decisions,
    checkpoint: &SharedCheckpoint,
) -> Result<Option<(Arc<Comparison>, ClusterUpdate)>, Failure> {
    let Some(dedupe) = &plan.dedupe else { return Ok(None) };
    let comparison = Comparison::new(plan, dedupe, done, resume.clusterings.len())?;
    let checkpoint = checkpoint.lock();
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let update = ClusterUpdate::read(&comparison, dedupe, decisions.pair_verdicts(), tables)?;
    Ok(Some((comparison, update)))
}

/// Warns that arbiters are not watched: only the version that sent a request can read its answer.
fn warn_about_arbiters(arbiters: &[Arbiter]) {
    let names: Vec<String> = arbiters.iter().map(|arbiter| format!("`{}`", arbiter.description().name)).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        message!(
            "warning: --watch-plugins does not apply to arbiters ({names}); changes to them take effect at the next run"
        );
    }
}

/// The failure for a supplier file with only a header: the wrong file, or a failed export.
fn no_rows(plan: &Plan, summary: &Summary) -> Option<Failure> {
    (summary.rows_read == 0 && !summary.stopped && plan.execution.limit_rows != Some(0)).then(|| {
        let file = &plan.source.table;
        let text = format!("the supplier file `{file}` has no rows under its header: there is nothing to match");
        Failure::Ended(ExitReason::InputEmpty, text)
    })
}

fn wait(args: &RunArgs) -> Option<Duration> {
    args.wait.map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn with_flags(mut plan: Plan, args: &RunArgs) -> Plan {
    let execution = &mut plan.execution;
    execution.limit_rows = args.limit.or(execution.limit_rows);
    execution.retry_errors |= args.retry_errors;
    execution.stale = args.resume.into();
    execution.workers = args.workers.unwrap_or(execution.workers).max(1);
    execution.in_flight_rows *= args.process_args.processes.unwrap_or(1);
    plan
}

/// Retries the rows that were skipped because `max_cost` had been reached, if the limit allows requests now.
fn retry_unasked_rows(plan: &Plan, answers: &AnswerSource, resume: &mut ResumeState) {
    if plan.execution.retry_errors || !answers.has_budget(plan) {
        return;
    }
    let before = resume.done.len();
    resume.done.retain(|_, row| !row.unasked);
    let rows = before - resume.done.len();
    if rows > 0 {
        console::notice(&Notice::RetryingUnasked(rows as u64));
    }
}

fn print_start(plan: &Plan, engine: &Engine, done: usize, processes: usize) {
    console::notice(&Notice::Start {
        pipeline: plan.name.clone(),
        rows: engine.rows_hint(),
        done: done as u64,
        workers: plan.execution.workers as u64,
        scoring_threads: plan.execution.scoring_threads as u64,
        processes: processes as u64,
    });
    engine.notes().iter().for_each(|note| console::notice(&Notice::Warning { detail: note.clone() }));
}
