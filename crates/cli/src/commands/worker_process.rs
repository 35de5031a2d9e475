//! A process after the first of a run on several: it does its part, and process 0 keeps what comes of it.

use std::process::ExitCode;
use std::sync::Arc;

use matchflow_flow::{Progress, Share, assist};
use matchflow_ingest::open_reference;
use matchflow_model::plan::Plan;

use crate::args::{ProgressMode, RunArgs};
use crate::commands::run::{print_times, registry_digest};
use crate::engine::{ENTRIES_AT_ONCE, Facts, registered};
use crate::failure::Failure;
use crate::load::LoadedPipeline;
use crate::processes::Process;
use crate::{stop, times};

/// Works until the run ends for all processes.
pub(crate) fn run_worker_process(
    process: Process,
    args: &RunArgs,
    plan: Plan,
    loaded: LoadedPipeline,
) -> Result<ExitCode, Failure> {
    let trace = args.trace.as_deref().map(times::create_trace).transpose()?;
    let registry = open_reference(&plan.reference, ENTRIES_AT_ONCE).map_err(|error| Failure::fatal(&error))?;
    let (number, count) = (process.number, process.count());
    let cluster = process.join(&plan, &registry_digest(&plan)?)?;
    let execution = &plan.execution;
    let threads = format!("{} workers, {} scoring threads", execution.workers, execution.scoring_threads);
    message!("[pipeline] {}: process {number} of {count}; {threads}; process 0 keeps the results", plan.name);
    let progress = Progress::new();
    stop::on_signals(Arc::clone(&progress))?;
    if trace.is_some() {
        progress.record_trace();
    }
    let (plan, entries) = (Arc::new(plan), registered(registry, Facts::default()));
    let share =
        Share { plan: Arc::clone(&plan), entries, plugins: loaded.plugins, progress: Arc::clone(&progress), cluster };
    let result = assist(share);
    if let (Ok(summary), true) = (&result, args.progress != ProgressMode::None) {
        print_times(&plan.execution, summary, &progress);
    }
    trace.into_iter().for_each(|trace| times::write_trace(trace, &progress));
    let summary = result.map_err(|error| Failure::fatal(&error.error))?;
    if summary.stopped {
        message!("[pipeline] stopped: what is committed is with process 0");
        return Ok(ExitCode::from(stop::STOPPED));
    }
    message!("[pipeline] process {number} of {count} has done its part");
    Ok(ExitCode::SUCCESS)
}
