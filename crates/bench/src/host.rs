//! The services that a benchmark needs from the command that it is part of: pipelines, runs, searches and messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use matchflow_flow::{Observer, Progress, Summary};
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;

use crate::BenchError;

/// A pipeline that passed its checks.
pub struct LoadedPlan {
    /// The plan.
    pub plan: Plan,
    /// For each stage of the plan, the plug-ins of its scorers.
    pub plugins: Vec<Vec<Plugin>>,
}

/// Where the outcomes of a measured run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeTarget {
    /// Into the plan's checkpoint, as in any run.
    Checkpoint,
    /// Discarded, so that the cost of commits is not measured.
    Discard,
}

/// A run with open files, ready to start.
pub struct PreparedRun {
    /// Its counters.
    pub progress: Arc<Progress>,
    /// Runs it to its end.
    pub start: Box<dyn FnOnce() -> Result<Summary, BenchError>>,
}

/// The cost of searching every row with every candidate stage.
pub struct SearchFigures {
    /// Entries in the index.
    pub entries: u64,
    /// Bytes of the index per entry.
    pub bytes_per_entry: f64,
    /// Seconds to read and index the registry.
    pub load_seconds: f64,
    /// Seconds to search all rows.
    pub search_seconds: f64,
    /// Candidate stages in their order, each with the time of its searches over all threads.
    pub stages: Vec<(String, Duration)>,
}

/// The command that benchmarks are part of.
pub trait BenchHost {
    /// Reads and checks a pipeline; `settings` are `path=value` as for `--set`.
    fn load(&self, pipeline: &Path, settings: Vec<String>) -> Result<LoadedPlan, BenchError>;

    /// Opens the files of a run. Opening them is not measured.
    fn prepare_run(
        &self,
        plan: &Arc<Plan>,
        plugins: &[Vec<Plugin>],
        target: OutcomeTarget,
        observer: Box<dyn Observer>,
    ) -> Result<PreparedRun, BenchError>;

    /// Indexes the registry, and searches the first `rows` rows with every candidate stage.
    fn search(&self, plan: &Plan, rows: u64) -> Result<SearchFigures, BenchError>;

    /// The folder of generated files if the command line names none; `None` if the user has no cache folder.
    fn data_folder(&self) -> Option<PathBuf>;

    /// Shows a message to the user.
    fn message(&self, text: &str);
}
