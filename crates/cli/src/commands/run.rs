//! `matchflow run`: from the files to the results, from where the last run left it.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use matchflow_flow::Summary;
use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::Plan;
use matchflow_model::store::{CommitError, Epoch, EpochStore};
use matchflow_plugin_host::Plugin;
use matchflow_sink::{Checkpoint, Opened, Resume, RunInfo, RunStatus, RunSummary};

use crate::args::RunArgs;
use crate::deliver::deliver;
use crate::engine::{Engine, lock};
use crate::failure::Failure;
use crate::load::{Loaded, config_digest, load};
use crate::progress::Reporter;
use crate::stop;

/// The checkpoint, held by the commit thread and by this command.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Checkpoint>>);

impl EpochStore for Shared {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        lock(&self.0).commit(epoch)
    }
}

/// Runs the pipeline.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let Loaded { checked, plugins } = load(&args.pipeline)?;
    let plan = Arc::new(with_flags(checked.plan, args));
    let engine = Engine::open(&plan, plugins.clone()).map_err(|error| Failure::fatal(&error))?;
    let checkpoint = open_checkpoint(&plan, &plugins)?;
    let resume = lock(&checkpoint.0).done().map_err(|error| Failure::fatal(&error))?;
    lock(&checkpoint.0).begin().map_err(|error| Failure::fatal(&error))?;
    tell_start(&plan, &engine, &resume);
    let reporter = Reporter::new(engine.progress(), engine.rows_hint());
    let facts = engine.facts();
    stop::on_signals(engine.progress())?;
    let result = engine.run(Box::new(checkpoint.clone()), resume.done, Box::new(reporter));
    let (summary, failure) = match result {
        Ok(summary) => (summary, None),
        Err(error) => (error.summary.clone(), Some(Failure::fatal(&error.error))),
    };
    finish(&checkpoint, &summary, failure.is_some(), plan.execution.limit_rows)?;
    if let Some(failure) = failure {
        if summary.counts.committed() > 0 {
            tell!("rows of this run that are committed and stay: {}", summary.counts.committed());
        }
        return Err(failure);
    }
    if summary.stopped {
        let committed = summary.counts.committed();
        tell!("[pipeline] stopped: {committed} rows of this run are committed; the next run goes on from there");
        return Ok(ExitCode::from(stop::STOPPED));
    }
    deliver(&plan, &lock(&checkpoint.0), &summary, &facts)
}

/// Opens the checkpoint and tells what is to be told of it.
pub(crate) fn open_checkpoint(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<Shared, Failure> {
    let said = plugins.iter().flatten().map(|plugin| (plugin.description().name.clone(), plugin.digest().into()));
    let info = run_info(plan, &serde_json::Value::Object(said.collect()).to_string())?;
    let opened = Checkpoint::open(&plan.sink.checkpoint, plan.sink.fallback.as_deref(), info);
    let opened = opened.map_err(|error| Failure::fatal(&error))?;
    tell_opened(&opened);
    Ok(Shared(Arc::new(Mutex::new(opened.checkpoint))))
}

fn with_flags(mut plan: Plan, args: &RunArgs) -> Plan {
    let execution = &mut plan.execution;
    execution.limit_rows = args.limit.or(execution.limit_rows);
    execution.retry_errors |= args.retry_errors;
    execution.workers = args.workers.unwrap_or(execution.workers).max(1);
    plan
}

fn run_info(plan: &Plan, plugins: &str) -> Result<RunInfo, Failure> {
    let reference_digest =
        matchflow_ingest::reference_digest(&plan.reference.format).map_err(|error| Failure::fatal(&error))?;
    let json = serde_json::to_vec(plan).map_err(|error| Failure::fatal(&error))?;
    Ok(RunInfo {
        pipeline: plan.name.clone(),
        plan_digest: sha256_hex(&json),
        config_digest: config_digest(plan, &reference_digest),
        source: plan.source.format.to_string().into(),
        reference: plan.reference.format.to_string().into(),
        reference_digest,
        plugins: plugins.to_owned(),
    })
}

fn tell_opened(opened: &Opened) {
    if let Some(why) = &opened.fell_back {
        tell!("warning: {why}");
        tell!("warning: this run goes on at `{}`", opened.path.display());
    }
    if opened.adopted_rows > 0 {
        tell!("[pipeline] {} results were taken over from the other checkpoint", opened.adopted_rows);
    }
    for warning in &opened.warnings {
        tell!("warning: {warning}");
    }
}

fn tell_start(plan: &Plan, engine: &Engine, resume: &Resume) {
    let rows = engine.rows_hint().map_or_else(String::new, |rows| format!("about {rows} rows, "));
    let done = resume.done.len();
    let threads = format!("{} workers, {} scoring threads", plan.execution.workers, plan.execution.scoring_threads);
    tell!("[pipeline] {}: {rows}{done} done by earlier runs; {threads}", plan.name);
    if resume.stale > 0 {
        tell!(
            "warning: {} of the rows done were decided by other plug-ins, parameters or registry; they are kept. \
             Give another `sink.checkpoint` to do them again",
            resume.stale
        );
    }
}

/// Writes how the run ended.
fn finish(checkpoint: &Shared, summary: &Summary, failed: bool, limit: Option<u64>) -> Result<(), Failure> {
    let counts = summary.counts;
    let at_limit = limit.is_some_and(|limit| counts.committed() >= limit);
    let status = match (failed, summary.stopped || at_limit, counts.failed) {
        (true, _, _) => RunStatus::Failed,
        (_, true, _) => RunStatus::Interrupted,
        (_, _, 0) => RunStatus::Complete,
        _ => RunStatus::Partial,
    };
    let done = RunSummary { rows_read: summary.rows_read, counts, rejects: summary.rejects };
    match lock(&checkpoint.0).finish(&done, status) {
        Ok(warnings) => warnings.iter().for_each(|warning| tell!("warning: {warning}")),
        // The run's own failure says more than that its end could not be noted.
        Err(error) if failed => tell!("warning: {error}"),
        Err(error) => return Err(Failure::fatal(&error)),
    }
    Ok(())
}
