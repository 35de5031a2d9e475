//! Metadata of a run, stored in `runs`.

use std::path::PathBuf;

use matchflow_model::cells::CellCounts;
use matchflow_model::outcome::Counts;

/// The settings that decide the results of a run, and its files. Known before the first row is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    /// The pipeline's name: a checkpoint belongs to one pipeline.
    pub pipeline: String,
    /// Digest of the checked plan.
    pub plan_digest: String,
    /// Digest of everything but the row itself that decides a result: plug-ins, parameters, registry.
    pub config_digest: String,
    /// The same by part, so that a later run can name what changed: a JSON object `{name: digest}` as text.
    pub decided_by: String,
    /// The supplier file.
    pub source: PathBuf,
    /// Digest of the supplier file.
    pub source_digest: String,
    /// The registry file, the first one if there are several.
    pub reference: PathBuf,
    /// Digest of the registry.
    pub reference_digest: String,
    /// The registry and its edition, `sirene 2026-10-31`, if they are known.
    pub edition: Option<String>,
    /// The plug-ins and their digests, a JSON object as text.
    pub plugins: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// All rows have an outcome, none failed.
    Complete,
    /// All rows have an outcome, some failed.
    Partial,
    /// Stopped by the user, with every finished row committed.
    Interrupted,
    /// Ended at the requested row limit, with every row up to it committed.
    Limited,
    /// Stopped by a fatal error.
    Failed,
}

impl RunStatus {
    /// The word in `runs.status`, which may also be `running` and, for a run whose process vanished, `killed`.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Complete => "complete",
            RunStatus::Partial => "partial",
            RunStatus::Interrupted => "interrupted",
            RunStatus::Limited => "limited",
            RunStatus::Failed => "failed",
        }
    }
}

/// The figures of a run, written when it ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// Rows read, including those skipped.
    pub rows_read: u64,
    /// Rows by outcome.
    pub counts: Counts,
    /// Cells that did not fit their declared type.
    pub rejects: u64,
    /// Counts of the cells of the supplier file.
    pub cells: CellCounts,
}
