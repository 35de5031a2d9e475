//! The checkpoint of a run: opened with notices to the user, shared with the commit thread, closed with a status.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use matchflow_checkpoint::{
    Checkpoint, CheckpointError, OpenedCheckpoint, ResumeState, RunInfo, RunStatus, RunSummary, StaleRows,
};
use matchflow_files::PrivateFolder;
use matchflow_flow::{Progress, Summary};
use matchflow_model::cells::CellCounts;
use matchflow_model::plan::{Plan, StalePolicy};
use matchflow_model::store::{CommitError, Epoch, EpochStore};
use matchflow_plugin_host::{Arbiter, Plugin};

use crate::environment::fallback_folder;
use crate::failure::{Failure, FailureContext};
use crate::messages::Notice;
use crate::registry_edition::RegistryEdition;
use crate::settings::Settings;
use crate::{console, sync, times};

/// Interval of retries for a checkpoint that another process is using.
const LOCK_INTERVAL: Duration = Duration::from_millis(200);

/// The checkpoint, shared by the commit thread and the command.
#[derive(Clone)]
pub(crate) struct SharedCheckpoint(Arc<Mutex<Checkpoint>>);

impl SharedCheckpoint {
    fn new(checkpoint: Checkpoint) -> SharedCheckpoint {
        SharedCheckpoint(Arc::new(Mutex::new(checkpoint)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Checkpoint> {
        sync::lock(&self.0)
    }
}

impl EpochStore for SharedCheckpoint {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        self.lock().commit(epoch)
    }
}

/// An open checkpoint.
pub(crate) struct RunCheckpoint {
    pub(crate) store: SharedCheckpoint,
    /// The results of earlier runs.
    pub(crate) resume: ResumeState,
    /// The file that was opened: the checkpoint, or its fallback.
    pub(crate) path: PathBuf,
    /// Digests of the supplier file and of the registry.
    pub(crate) input_digests: (String, String),
}

/// Opens the checkpoint and prints notices about it.
pub(crate) fn open_checkpoint(
    plan: &Plan,
    plugins: &[Vec<Plugin>],
    arbiters: &[Arbiter],
    reference_digest: String,
    wait: Option<Duration>,
) -> Result<RunCheckpoint, Failure> {
    let scorers = plugins.iter().flatten().map(|plugin| (plugin.description().name.clone(), plugin.digest().into()));
    let arbiters = arbiters.iter().map(|arbiter| (arbiter.description().name.clone(), arbiter.digest().into()));
    let digests = serde_json::Value::Object(scorers.chain(arbiters).collect()).to_string();
    let settings = Settings::of(plan, &reference_digest);
    let info = run_info(plan, &settings, &digests, reference_digest)?;
    let fallback = trusted_fallback(plan);
    let input_digests = (info.source_digest.clone(), info.reference_digest.clone());
    let opened = open_waiting(&plan.sink.checkpoint, fallback, &info, wait);
    let opened = opened.while_doing("opening the checkpoint")?;
    console::name_run(&plan.name, opened.checkpoint.run_id());
    print_checkpoint_notes(&opened);
    print_stale(&opened.resume.stale_by, &settings, plan.execution.stale);
    let store = SharedCheckpoint::new(opened.checkpoint);
    Ok(RunCheckpoint { store, resume: opened.resume, path: opened.path, input_digests })
}

/// Opens the checkpoint; if another process is using it, retries until `wait` has passed.
fn open_waiting(
    path: &Path,
    fallback: Option<&Path>,
    info: &RunInfo,
    wait: Option<Duration>,
) -> Result<OpenedCheckpoint, CheckpointError> {
    let began = Instant::now();
    let mut is_reported = false;
    loop {
        match Checkpoint::open(path, fallback, info.clone()) {
            Err(error) if error.is_locked() && wait.is_some_and(|wait| began.elapsed() < wait) => {
                if !is_reported {
                    console::notice(&Notice::Waiting { detail: error.to_string() });
                    is_reported = true;
                }
                std::thread::sleep(LOCK_INTERVAL);
            }
            opened => return opened,
        }
    }
}

/// The fallback, unless it is in the folder of `temp` and other users may have written to it.
pub(crate) fn trusted_fallback(plan: &Plan) -> Option<&Path> {
    let fallback = plan.sink.fallback.as_deref()?;
    let folder = fallback.parent().filter(|folder| *folder == fallback_folder());
    let Some(folder) = folder else { return Some(fallback) };
    let owned = PrivateFolder::open(folder).map_err(|error| error.to_string()).and_then(|owner| {
        let is_foreign = |path: &Path| match std::fs::symlink_metadata(path) {
            Ok(metadata) => !owner.owns_file(&metadata),
            Err(_) => false,
        };
        let log = fallback.with_extension("duckdb.wal");
        match [fallback, &log].into_iter().find(|path| is_foreign(path)) {
            Some(path) => Err(format!("`{}` is not a file of this user", path.display())),
            None => Ok(()),
        }
    });
    match owned {
        Ok(()) => Some(fallback),
        Err(why) => {
            console::notice(&Notice::FallbackUnused { detail: why });
            None
        }
    }
}

fn run_info(plan: &Plan, settings: &Settings, plugins: &str, reference_digest: String) -> Result<RunInfo, Failure> {
    let source_digest = matchflow_ingest::digest(&plan.source.table).while_doing("reading the supplier file")?;
    let json = serde_json::to_value(plan).while_doing("writing the plan as JSON")?;
    Ok(RunInfo {
        pipeline: plan.name.clone(),
        plan_digest: crate::settings::digest(&json),
        config_digest: settings.digest(),
        decided_by: settings.to_json(),
        source: plan.source.table.to_string().into(),
        source_digest,
        reference: plan.reference.table.to_string().into(),
        reference_digest,
        edition: RegistryEdition::of(plan).map(|edition| edition.stored()),
        plugins: plugins.to_owned(),
    })
}

fn print_checkpoint_notes(opened: &OpenedCheckpoint) {
    if let Some(why) = &opened.fell_back {
        warn(why);
        console::notice(&Notice::FellBack { path: opened.path.display().to_string() });
    }
    if opened.imported_rows > 0 {
        console::notice(&Notice::Imported(opened.imported_rows));
    }
    opened.warnings.iter().for_each(|warning| warn(warning));
}

fn warn(detail: &str) {
    console::notice(&Notice::Warning { detail: detail.to_owned() });
}

/// Lists the rows that were decided with other settings, and how they are treated.
fn print_stale(stale_by: &[StaleRows], settings: &Settings, policy: StalePolicy) {
    for StaleRows { decided_by, rows } in stale_by {
        let (rows, changed) = (*rows, settings.changed_since(decided_by));
        console::notice(&match policy {
            StalePolicy::Keep => Notice::StaleKept { rows, changed },
            StalePolicy::Redo => Notice::StaleRedone { rows, changed },
        });
    }
}

/// Seconds since the registry was ready.
fn since_load(mark: Duration, summary: &Summary) -> f64 {
    mark.saturating_sub(summary.load).as_secs_f64()
}

/// Records the end of the run in the checkpoint, and reports it to programs.
pub(crate) fn finish(
    checkpoint: &SharedCheckpoint,
    plan: &Plan,
    summary: &Summary,
    progress: &Progress,
    cells: CellCounts,
    failed: bool,
) -> Result<(), Failure> {
    let counts = summary.counts;
    let at_limit = plan.execution.limit_rows.is_some_and(|limit| counts.committed() >= limit);
    let status = match (failed, summary.stopped, counts.failed) {
        (true, _, _) => RunStatus::Failed,
        (_, true, _) => RunStatus::Interrupted,
        _ if at_limit => RunStatus::Limited,
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
    let mut checkpoint = checkpoint.lock();
    let written = if summary.stopped {
        checkpoint.leave(&done, status).map(|()| Vec::new())
    } else {
        checkpoint.finish(&done, status)
    };
    match written {
        Ok(warnings) => warnings.iter().for_each(|warning| warn(warning)),
        // The failure of the run itself is the more useful message.
        Err(error) if failed => warn(&error.to_string()),
        Err(error) => return Err(Failure::fatal(&error, "ending the run in the checkpoint")),
    }
    Ok(())
}
