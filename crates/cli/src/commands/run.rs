//! `matchflow run`: from the files to the results, from where the last run left it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use matchflow_checkpoint::{Checkpoint, OpenedCheckpoint, ResumeState, RunInfo, RunStatus, RunSummary, StaleRows};
use matchflow_flow::{Progress, Summary};
use matchflow_model::cells::CellCounts;
use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::{ExecutionPlan, Plan, StalePolicy};
use matchflow_model::store::{CommitError, Done, Epoch, EpochStore};
use matchflow_plugin_host::{Arbiter, Plugin};

use crate::arbiters::{AnswerSource, request_summary};
use crate::args::{ProgressMode, RunArgs};
use crate::commands::worker_process::run_worker_process;
use crate::duplicates::{self, ClusterUpdate, Comparison};
use crate::engine::{Engine, lock};
use crate::failure::Failure;
use crate::index_cache;
use crate::load::{LoadedPipeline, load, load_without_source};
use crate::processes::Process;
use crate::progress::Reporter;
use crate::report::write_report;
use crate::settings::Settings;
use crate::watch::Watch;
use crate::{console, stop, times};

/// The checkpoint, held by the commit thread and by this command.
#[derive(Clone)]
pub(crate) struct SharedCheckpoint(Arc<Mutex<Checkpoint>>);

impl EpochStore for SharedCheckpoint {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        lock(&self.0).commit(epoch)
    }
}

/// Runs the pipeline.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    console::configure(args.progress == ProgressMode::Json, args.log.as_deref())?;
    let Some(process) = Process::of(args)? else { return run_as(None, args, load(&args.pipeline)?) };
    if process.number == 0 {
        return run_as(Some(process), args, load(&args.pipeline)?);
    }
    let loaded = load_without_source(&args.pipeline)?;
    let plan = with_flags(loaded.checked.plan.clone(), args);
    process.check(&plan, args)?;
    run_worker_process(process, args, plan, loaded)
}

/// As the only process, or the first of several.
fn run_as(process: Option<Process>, args: &RunArgs, loaded: LoadedPipeline) -> Result<ExitCode, Failure> {
    let LoadedPipeline { checked, plugins, arbiters, host } = loaded;
    let plan = Arc::new(with_flags(checked.plan, args));
    process.iter().try_for_each(|process| process.check(&plan, args))?;
    let trace = args.trace.as_deref().map(times::create_trace).transpose()?;
    let processes = process.as_ref().map_or(1, Process::count);
    let (engine, reference_digest) = open_engine(process, &plan, &plugins)?;
    let (checkpoint, mut resume, place) = open_checkpoint(&plan, &plugins, &arbiters, reference_digest)?;
    if args.watch_plugins {
        warn_about_arbiters(&arbiters);
    }
    let arbiters = {
        let answers = AnswerSource::live(&plan, &place)?;
        retry_unasked_rows(&plan, &answers, &mut resume);
        answers.start(&plan, &arbiters, &engine.progress())?
    };
    let done = Arc::new(std::mem::take(&mut resume.done));
    let (comparison, update) = compare(&plan, &done, &resume, &checkpoint)?.unzip();
    let engine = engine.with_arbiters(arbiters).with_comparison(comparison);
    lock(&checkpoint.0).begin().map_err(|error| Failure::fatal(&error))?;
    print_start(&plan, &engine, done.len(), processes);
    let reporter = Reporter::new(engine.progress(), engine.rows_hint(), args.progress);
    let (facts, progress) = (engine.facts(), engine.progress());
    stop::on_signals(engine.progress())?;
    if trace.is_some() {
        progress.record_trace();
    }
    let watch = || {
        let checkpoint = checkpoint.clone();
        let mark = move |plugin: &Plugin| lock(&checkpoint.0).mark_mixed(plugin.digest());
        Watch::start(&plan, &plugins, host, engine.replacements(), mark)
    };
    let watch = args.watch_plugins.then(watch).transpose()?;
    let result = engine.run(Box::new(checkpoint.clone()), done, Box::new(reporter));
    drop(watch);
    let (summary, failure) = match result {
        Ok(summary) => (summary, None),
        Err(error) => (error.summary.clone(), Some(Failure::fatal(&error.error))),
    };
    let update = update.filter(|_| failure.is_none() && !summary.stopped);
    let settled = update.map(|update| duplicates::finish(update, &mut lock(&checkpoint.0))).transpose()?;
    if failure.is_none() && !summary.stopped && plan.dedupe.is_none() {
        lock(&checkpoint.0).assign_entries(plan.one_to_one).map_err(|error| Failure::fatal(&error))?;
    }
    finish(&checkpoint, &summary, failure.is_some(), &plan, &progress, facts.source().cells)?;
    if args.progress != ProgressMode::None {
        print_times(&of_all(&plan.execution, processes), &summary, &progress);
    }
    trace.into_iter().for_each(|trace| times::write_trace(trace, &progress));
    request_summary(progress.remote()).into_iter().for_each(|line| message!("[pipeline] {line}"));
    if let Some(failure) = failure {
        if summary.counts.committed() > 0 {
            message!("rows of this run that are committed and stay: {}", summary.counts.committed());
        }
        return Err(failure);
    }
    if summary.stopped {
        let committed = summary.counts.committed();
        message!("[pipeline] stopped: {committed} rows of this run are committed; the next run goes on from there");
        return Ok(ExitCode::from(stop::STOPPED));
    }
    let began = Instant::now();
    let code = match settled {
        Some(settled) => duplicates::write_report(&plan, &lock(&checkpoint.0), &settled, (&summary, &facts)),
        None => write_report(&plan, &lock(&checkpoint.0), &summary, &facts, &progress),
    }?;
    if args.progress != ProgressMode::None && !plan.outputs.is_empty() {
        message!("[pipeline] {}", times::written(began.elapsed()));
    }
    Ok(code)
}

/// Opens the files, and finds the other processes; the digest of the registry comes with it.
fn open_engine(
    process: Option<Process>,
    plan: &Arc<Plan>,
    plugins: &[Vec<Plugin>],
) -> Result<(Engine, String), Failure> {
    let processes = process.as_ref().map_or(1, Process::count);
    let engine = Engine::open_for(plan, plugins.to_vec(), processes).map_err(|error| Failure::fatal(&error))?;
    let reference_digest = registry_digest(plan)?;
    let kept =
        if process.is_some() { index_cache::unused_by_processes(plan) } else { index_cache::prepare(plan, plugins)? };
    let cluster = process.map(|process| process.join(plan, &reference_digest)).transpose()?;
    Ok((engine.with_cluster(cluster).with_kept(kept), reference_digest))
}

/// How the rows of a `dedupe` pipeline are compared, and what becomes of the clusters.
fn compare(
    plan: &Arc<Plan>,
    done: &Arc<Done>,
    resume: &ResumeState,
    checkpoint: &SharedCheckpoint,
) -> Result<Option<(Arc<Comparison>, ClusterUpdate)>, Failure> {
    let Some(dedupe) = &plan.dedupe else { return Ok(None) };
    let comparison = Comparison::new(plan, dedupe, done, resume.clusterings.len())?;
    let checkpoint = lock(&checkpoint.0);
    let tables = checkpoint.tables().map_err(|error| Failure::fatal(&error))?;
    let update = ClusterUpdate::read(&comparison, dedupe, tables)?;
    Ok(Some((comparison, update)))
}

/// Says which plug-ins are not watched: answers under way were asked for by the old one, and only that one can tell what
/// they say.
fn warn_about_arbiters(arbiters: &[Arbiter]) {
    let names: Vec<String> = arbiters.iter().map(|arbiter| format!("`{}`", arbiter.description().name)).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        message!(
            "warning: --watch-plugins does not watch arbiters ({names}): a changed one is used from the next run on"
        );
    }
}

/// Opens the checkpoint and tells what is to be told of it; the file that was opened comes with it.
pub(crate) fn open_checkpoint(
    plan: &Plan,
    plugins: &[Vec<Plugin>],
    arbiters: &[Arbiter],
    reference_digest: String,
) -> Result<(SharedCheckpoint, ResumeState, PathBuf), Failure> {
    let said = plugins.iter().flatten().map(|plugin| (plugin.description().name.clone(), plugin.digest().into()));
    let said = said.chain(arbiters.iter().map(|arbiter| (arbiter.description().name.clone(), arbiter.digest().into())));
    let (info, settings) = run_info(plan, &serde_json::Value::Object(said.collect()).to_string(), reference_digest)?;
    let opened = Checkpoint::open(&plan.sink.checkpoint, plan.sink.fallback.as_deref(), info);
    let opened = opened.map_err(|error| Failure::fatal(&error))?;
    print_checkpoint_notes(&opened);
    print_stale(&opened.resume.stale_by, &settings, plan.execution.stale);
    Ok((SharedCheckpoint(Arc::new(Mutex::new(opened.checkpoint))), opened.resume, opened.path))
}

fn with_flags(mut plan: Plan, args: &RunArgs) -> Plan {
    let execution = &mut plan.execution;
    execution.limit_rows = args.limit.or(execution.limit_rows);
    execution.retry_errors |= args.retry_errors;
    execution.stale = args.resume.into();
    execution.workers = args.workers.unwrap_or(execution.workers).max(1);
    execution.in_flight_rows *= args.cluster.processes.unwrap_or(1);
    plan
}

/// What the registry's files hold, in a digest.
pub(crate) fn registry_digest(plan: &Plan) -> Result<String, Failure> {
    matchflow_ingest::reference_digest(&plan.reference.format).map_err(|error| Failure::fatal(&error))
}

fn run_info(plan: &Plan, plugins: &str, reference_digest: String) -> Result<(RunInfo, Settings), Failure> {
    let source_digest = matchflow_ingest::digest(&plan.source.format).map_err(|error| Failure::fatal(&error))?;
    let settings = Settings::of(plan, &reference_digest);
    let json = serde_json::to_vec(plan).map_err(|error| Failure::fatal(&error))?;
    let info = RunInfo {
        pipeline: plan.name.clone(),
        plan_digest: sha256_hex(&json),
        config_digest: settings.digest(),
        decided_by: settings.to_json(),
        source: plan.source.format.to_string().into(),
        source_digest,
        reference: plan.reference.format.to_string().into(),
        reference_digest,
        plugins: plugins.to_owned(),
    };
    Ok((info, settings))
}

fn print_checkpoint_notes(opened: &OpenedCheckpoint) {
    if let Some(why) = &opened.fell_back {
        message!("warning: {why}");
        message!("warning: this run goes on at `{}`", opened.path.display());
    }
    if opened.imported_rows > 0 {
        message!("[pipeline] {} results were imported from the other checkpoint", opened.imported_rows);
    }
    for warning in &opened.warnings {
        message!("warning: {warning}");
    }
}

/// Rows that nobody was asked about, for the limit on the cost was reached, are done again where there is money now.
fn retry_unasked_rows(plan: &Plan, answers: &AnswerSource, resume: &mut ResumeState) {
    if plan.execution.retry_errors || !answers.has_budget(plan) {
        return;
    }
    let before = resume.done.len();
    resume.done.retain(|_, row| !row.unasked);
    let rows = before - resume.done.len();
    if rows > 0 {
        message!(
            "[pipeline] {rows} rows that nobody was asked about for `max_cost` are done again: it is not reached now"
        );
    }
}

fn print_start(plan: &Plan, engine: &Engine, done: usize, processes: usize) {
    let rows = engine.rows_hint().map_or_else(String::new, |rows| format!("about {rows} rows, "));
    let threads = format!("{} workers, {} scoring threads", plan.execution.workers, plan.execution.scoring_threads);
    let threads = if processes > 1 { format!("{threads} in each of {processes} processes") } else { threads };
    message!("[pipeline] {}: {rows}{done} done by earlier runs; {threads}", plan.name);
    engine.notes().iter().for_each(|note| message!("warning: {note}"));
}

/// Says which of the rows done were decided by other settings, and what becomes of them.
fn print_stale(stale_by: &[StaleRows], settings: &Settings, policy: StalePolicy) {
    for StaleRows { decided_by, rows } in stale_by {
        let what = settings.changed_since(decided_by);
        match policy {
            StalePolicy::Keep => message!(
                "warning: {rows} of the rows done were decided before this changed: {what}. They are kept; \
                 `--resume redo` does them again"
            ),
            StalePolicy::Redo => {
                message!("[pipeline] {rows} of the rows done are done again, for this changed: {what}");
            }
        }
    }
}

/// Says where the time went; programs are told with the end of the run.
pub(crate) fn print_times(execution: &ExecutionPlan, summary: &Summary, progress: &Progress) {
    let table = times::table(progress, summary, execution);
    if console::is_json() { console::log(&table) } else { message!("{table}") }
}

/// The threads of all processes, which are set up alike.
fn of_all(execution: &ExecutionPlan, processes: usize) -> ExecutionPlan {
    let (workers, scoring_threads) = (execution.workers * processes, execution.scoring_threads * processes);
    ExecutionPlan { workers, scoring_threads, ..execution.clone() }
}

/// Seconds from the moment when the registry was ready.
fn since_load(mark: std::time::Duration, summary: &Summary) -> f64 {
    mark.saturating_sub(summary.load).as_secs_f64()
}

/// Writes how the run ended.
fn finish(
    checkpoint: &SharedCheckpoint,
    summary: &Summary,
    failed: bool,
    plan: &Plan,
    progress: &Progress,
    cells: CellCounts,
) -> Result<(), Failure> {
    let (counts, limit) = (summary.counts, plan.execution.limit_rows);
    let at_limit = limit.is_some_and(|limit| counts.committed() >= limit);
    let status = match (failed, summary.stopped || at_limit, counts.failed) {
        (true, _, _) => RunStatus::Failed,
        (_, true, _) => RunStatus::Interrupted,
        (_, _, 0) => RunStatus::Complete,
        _ => RunStatus::Partial,
    };
    console::event(&serde_json::json!({
        "event": "end", "status": status.as_str(), "rows_read": summary.rows_read, "counts": counts,
        "epochs": summary.epochs, "elapsed_s": summary.elapsed.as_secs_f64(), "load_s": summary.load.as_secs_f64(),
        "first_result_s": since_load(progress.first_result(), summary),
        "first_commit_s": since_load(progress.first_commit(), summary),
        "uncommitted_rows_max": progress.uncommitted_max(), "pairs": summary.pairs,
        "scoring_s": summary.scoring.as_secs_f64(), "scoring_threads": plan.execution.scoring_threads,
        "stages": times::json(&progress.stages()), "memory_peak_mib": times::memory_peak_mib(),
    }));
    let done = RunSummary { rows_read: summary.rows_read, counts, rejects: summary.rejects, cells };
    let mut checkpoint = lock(&checkpoint.0);
    let written = match summary.stopped {
        true => checkpoint.leave(&done, status).map(|()| Vec::new()),
        false => checkpoint.finish(&done, status),
    };
    match written {
        Ok(warnings) => warnings.iter().for_each(|warning| message!("warning: {warning}")),
        // The run's own failure says more than that its end could not be noted.
        Err(error) if failed => message!("warning: {error}"),
        Err(error) => return Err(Failure::fatal(&error)),
    }
    Ok(())
}
