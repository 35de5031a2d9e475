//! A process other than the first in a run on several: it works on its share of the rows, and process 0 stores the
//! results.

use std::process::ExitCode;
use std::sync::Arc;

use matchflow_flow::{Progress, WorkerInputs, run_worker};
use matchflow_ingest::open_reference;
use matchflow_model::plan::Plan;

use crate::args::RunArgs;
use crate::engine::{REGISTRY_BATCH_ROWS, registered};
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::ingest_counts::IngestCounts;
use crate::input_files::InputFiles;
use crate::load::LoadedPipeline;
use crate::processes::Process;
use crate::registry_digest::registry_digest;
use crate::times::print_times;
use crate::{stop, times};

/// Works until the run ends for all processes.
pub(crate) fn run_worker_process(
    process: Process,
    args: &RunArgs,
    plan: Plan,
    loaded: LoadedPipeline,
) -> Result<ExitCode, Failure> {
    let trace = args.trace.as_deref().map(times::create_trace).transpose()?;
    let inputs = Arc::new(InputFiles::stamp(&plan));
    let registry =
        open_reference(&plan.reference, REGISTRY_BATCH_ROWS).while_doing("reading and indexing the registry")?;
    let number = process.number;
    let count = process.count();
    let digest = registry_digest(&plan)?;
    inputs.set_digests("", &digest);
    let group = process.join(&plan, &digest)?;
    let execution = &plan.execution;
    let threads = format!("{} workers, {} scoring threads", execution.workers, execution.scoring_threads);
    message!("[pipeline] {}: process {number} of {count}; {threads}; process 0 stores the results", plan.name);
    let progress = Progress::new();
    stop::on_signals(Arc::clone(&progress))?;
    if trace.is_some() {
        progress.record_trace();
    }
    let plan = Arc::new(plan);
    let entries = registered(registry, IngestCounts::default(), inputs);
    let inputs = WorkerInputs {
        plan: Arc::clone(&plan),
        entries,
        plugins: loaded.plugins,
        progress: Arc::clone(&progress),
        group,
    };
    let result = run_worker(inputs);
    if let Ok(summary) = &result {
        print_times(&plan.execution, summary, &progress);
    }
    trace.into_iter().for_each(|trace| times::write_trace(trace, &progress));
    let summary =
        result.map_err(|error| Failure::fatal(&error.error, "running this process's part of the pipeline"))?;
    if summary.stopped {
        message!("[pipeline] stopped: process 0 has the committed rows");
        return Ok(ExitReason::Interrupted.into());
    }
    message!("[pipeline] process {number} of {count} finished");
    Ok(ExitCode::SUCCESS)
}
