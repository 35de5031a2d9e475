//! `matchflow run`: from the files to the results, from where the last run left it.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use matchflow_export::{Layout, Summary as ExportSummary, export};
use matchflow_flow::Summary;
use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::{Format, Plan, ReferenceFormat, StageKind};
use matchflow_model::store::{CommitError, Epoch, EpochStore};
use matchflow_plugin_host::Plugin;
use matchflow_sink::{Checkpoint, Opened, Resume, RunInfo, RunStatus, RunSummary};

use crate::args::RunArgs;
use crate::engine::{Engine, Facts, lock};
use crate::failure::Failure;
use crate::load::{Loaded, config_digest, load};
use crate::progress::Reporter;
use crate::stop;

/// Rejected cells that the workbook lists.
const REJECTS_LISTED_MAX: u64 = 10_000;
/// The exit code of a run that finished with failed rows.
const WITH_FAILED_ROWS: u8 = 3;

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
    let checkpoint = open_checkpoint(&plan, &plugins)?;
    let resume = lock(&checkpoint.0).done().map_err(|error| Failure::fatal(&error))?;
    let engine = Engine::open(&plan, plugins, Box::new(checkpoint.clone())).map_err(|error| Failure::fatal(&error))?;
    lock(&checkpoint.0).begin().map_err(|error| Failure::fatal(&error))?;
    tell_start(&plan, &engine, &resume);
    let reporter = Reporter::new(engine.progress(), engine.rows_hint());
    let facts = engine.facts();
    stop::on_signals(engine.progress())?;
    let result = engine.resume(resume.done).observe(Box::new(reporter)).run();
    let (summary, failure) = match result {
        Ok(summary) => (summary, None),
        Err(error) => (error.summary.clone(), Some(Failure::fatal(&error.error))),
    };
    finish(&checkpoint, &summary, failure.is_some(), plan.execution.limit_rows)?;
    if let Some(failure) = failure {
        eprintln!("{} rows of this run are committed and stay", summary.counts.committed());
        return Err(failure);
    }
    if summary.stopped {
        let committed = summary.counts.committed();
        eprintln!("[pipeline] stopped: {committed} rows of this run are committed; the next run goes on from there");
        return Ok(ExitCode::from(stop::STOPPED));
    }
    deliver(&plan, &checkpoint, &summary, &facts)
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
        source: path_of(&plan.source.format),
        reference: match &plan.reference.format {
            ReferenceFormat::Flat(format) => path_of(format),
            ReferenceFormat::Sirene { establishments, .. } => establishments.clone(),
        },
        reference_digest,
        plugins: plugins.to_owned(),
    })
}

fn path_of(format: &Format) -> std::path::PathBuf {
    match format {
        Format::Xlsx(xlsx) => xlsx.path.clone(),
        Format::Csv(csv) => csv.path.clone(),
        Format::Parquet { path } => path.clone(),
        Format::Inline(_) => "inline".into(),
    }
}

fn tell_opened(opened: &Opened) {
    if let Some(why) = &opened.fell_back {
        eprintln!("warning: {why}");
        eprintln!("warning: this run goes on at `{}`", opened.path.display());
    }
    if opened.adopted_rows > 0 {
        eprintln!("[pipeline] {} results were taken over from the other checkpoint", opened.adopted_rows);
    }
    for warning in &opened.warnings {
        eprintln!("warning: {warning}");
    }
}

fn tell_start(plan: &Plan, engine: &Engine, resume: &Resume) {
    let rows = engine.rows_hint().map_or_else(String::new, |rows| format!("about {rows} rows, "));
    let done = resume.done.len();
    let threads = format!("{} workers, {} scoring threads", plan.execution.workers, plan.execution.scoring_threads);
    eprintln!("[pipeline] {}: {rows}{done} done by earlier runs; {threads}", plan.name);
    if resume.stale > 0 {
        eprintln!(
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
        Ok(warnings) => warnings.iter().for_each(|warning| eprintln!("warning: {warning}")),
        // The run's own failure says more than that its end could not be noted.
        Err(error) if failed => eprintln!("warning: {error}"),
        Err(error) => return Err(Failure::fatal(&error)),
    }
    Ok(())
}

/// Writes the outputs and the last lines.
fn deliver(plan: &Plan, checkpoint: &Shared, summary: &Summary, facts: &Facts) -> Result<ExitCode, Failure> {
    let checkpoint = lock(&checkpoint.0);
    let tables = checkpoint.tables().map_err(|error| Failure::fatal(&error))?;
    let (rejects, rejects_total) = tables.rejects(REJECTS_LISTED_MAX).map_err(|error| Failure::fatal(&error))?;
    let about =
        ExportSummary { pipeline: plan.name.clone(), facts: run_facts(plan, summary, facts), rejects, rejects_total };
    let latest = checkpoint.latest().map_err(|error| Failure::fatal(&error))?;
    let written = export(&plan.outputs, &layout(plan), latest, &about).map_err(|error| Failure::fatal(&error))?;
    let all = tables.latest_counts().map_err(|error| Failure::fatal(&error))?;
    let mut out = std::io::stdout().lock();
    let (counts, seconds) = (summary.counts, summary.elapsed.as_secs_f64());
    writeln!(
        out,
        "matched {} · review {} · unmatched {} · failed {}",
        all.matched, all.review, all.unmatched, all.failed
    )?;
    writeln!(
        out,
        "this run: {} rows in {seconds:.1} s ({:.0} rows/s), {} pairs scored, {} entries, {} epochs; {} skipped (done before)",
        counts.committed(),
        counts.committed() as f64 / seconds.max(f64::EPSILON),
        summary.pairs,
        summary.entries,
        summary.epochs,
        counts.skipped
    )?;
    for note in notes(facts, rejects_total) {
        writeln!(out, "note: {note}")?;
    }
    for file in &written {
        writeln!(out, "{} ({} rows)", file.path.display(), file.rows)?;
    }
    if all.failed > 0 {
        writeln!(out, "{} rows failed: `--retry-errors` tries them again", all.failed)?;
        return Ok(ExitCode::from(WITH_FAILED_ROWS));
    }
    Ok(ExitCode::SUCCESS)
}

fn layout(plan: &Plan) -> Layout {
    let names = |fields: &[matchflow_model::plan::FieldPlan]| fields.iter().map(|field| field.name.clone()).collect();
    let mut scorers: Vec<String> = Vec::new();
    for stage in &plan.stages {
        if let StageKind::Score(score) = &stage.kind {
            for scorer in &score.scorers {
                if !scorers.contains(&scorer.name) {
                    scorers.push(scorer.name.clone());
                }
            }
        }
    }
    Layout {
        input_fields: names(&plan.source.fields),
        entry_fields: names(&plan.reference.fields),
        scorers,
        id_label: plan.reference.id.clone(),
        group_label: plan.reference.group.clone().unwrap_or_default(),
    }
}

fn run_facts(plan: &Plan, summary: &Summary, facts: &Facts) -> Vec<(String, String)> {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("supplier file", path_of(&plan.source.format).display().to_string()),
        fact("cells read", facts.source().cells.to_string()),
        fact("registry entries", summary.entries.to_string()),
        fact("rows done by this run", summary.counts.committed().to_string()),
        fact("rows done before", summary.counts.skipped.to_string()),
        fact("pairs scored", summary.pairs.to_string()),
        fact("seconds", format!("{:.1}", summary.elapsed.as_secs_f64())),
    ]
}

/// What a careful reader wants to know of the files.
fn notes(facts: &Facts, rejects: u64) -> Vec<String> {
    let (source, reference) = (facts.source(), facts.reference());
    let noted = [
        (rejects, "cells of the supplier file do not fit their type; they are listed in the results"),
        (source.rows_blank, "blank rows of the supplier file were passed over"),
        (source.keys_duplicate, "rows have a key that an earlier row has; they are kept as `key#2` and so on"),
        (source.keys_missing, "rows have none of the key's columns"),
        (reference.rows_without_id, "registry rows have no id and were passed over"),
        (reference.rows_without_group, "registry rows have no group and were passed over"),
    ];
    noted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}
