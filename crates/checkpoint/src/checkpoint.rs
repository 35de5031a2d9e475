//! The open checkpoint of a run: begin, commit epochs, finish.
//!
//! A commit that returns an error may still have succeeded: the connection is closed, the file reopened and queried. If
//! the epoch is there, it was committed; otherwise it is retried once, and a second failure is fatal for the run.

use std::path::{Path, PathBuf};

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::Counts;
use matchflow_model::store::{CommitError, Epoch, EpochStore};

use crate::clock::now_us;
use crate::error::CheckpointError;
use crate::fallback::should_fall_back;
use crate::import_runs::import_runs;
use crate::latest_results::LatestResults;
use crate::open::{connect, lock_down, place_of, unusable, use_own_views};
use crate::own_file::OwnFile;
use crate::prepare::{PreparedCheckpoint, next_run_id};
use crate::run::{RunInfo, RunStatus, RunSummary};
use crate::run_scope::RunScope;
use crate::tables::{CheckpointTables, ResumeState};
use crate::write_epoch::{CommitCost, RunKey, WriteFault, write_epoch};

/// An open checkpoint, with notes for the user.
pub struct OpenedCheckpoint {
    /// The checkpoint, at `path`.
    pub checkpoint: Checkpoint,
    /// The file that was opened: the checkpoint or its fallback.
    pub path: PathBuf,
    /// The reason, if the run continues with the fallback.
    pub fell_back: Option<String>,
    /// Results imported from the other place.
    pub imported_rows: u64,
    /// Upgrades and repairs of the file, and why results in the other place cannot be read and may be computed again.
    pub warnings: Vec<String>,
    /// The rows decided, in both places.
    pub resume: ResumeState,
}

/// The checkpoint of one run, used by one thread.
pub struct Checkpoint {
    path: PathBuf,
    file: OwnFile,
    /// `None` only between closing after a failed commit and reopening.
    connection: Option<Connection>,
    info: RunInfo,
    run: RunKey,
    scope: RunScope,
    epoch_next: u64,
}

impl Checkpoint {
    /// Opens `path`, or `fallback` if `path` is not writable, not a checkpoint, or another pipeline's. A checkpoint
    /// opened by another process is an error: both would process the same rows.
    ///
    /// Runs in the other place are imported if they belong to this checkpoint or used the same settings. A run whose
    /// process has vanished is marked `killed`.
    pub fn open(path: &Path, fallback: Option<&Path>, info: RunInfo) -> Result<OpenedCheckpoint, CheckpointError> {
        let fallback = fallback.map(place_of).transpose()?;
        let place = place_of(path);
        // A dangling path keeps its name, so that its error names it.
        let path = place.as_deref().unwrap_or(path);
        let fallback = fallback.as_deref().filter(|fallback| *fallback != path);
        let open = |place: &Path| {
            place_of(place)?;
            PreparedCheckpoint::open(place, &info.pipeline, &info.config_digest, fallback.is_some())
        };
        let scope = RunScope { checkpoint: RunScope::name_of(path), config_digest: info.config_digest.clone() };
        let (path, other, place, fell_back) = match (open(path), fallback) {
            (Ok(place), _) => (path, fallback, place, None),
            (Err(first), Some(fallback)) if should_fall_back(&first) => {
                match open(fallback).and_then(|place| scope.check(place, fallback)) {
                    Ok(place) => (fallback, Some(path), place, Some(first.to_string())),
                    Err(second) => {
                        return Err(CheckpointError::NoPlace { first: Box::new(first), fallback: Box::new(second) });
                    }
                }
            }
            (Err(first), _) => return Err(first),
        };
        let PreparedCheckpoint { connection, mut resume, notes: mut warnings } = place;
        let mut imported_rows = 0;
        if let Some(other) = other {
            match import_runs(&connection, other, &info.pipeline, &scope) {
                Ok(rows) => imported_rows = rows,
                Err(error) if hides_work(&error) => {
                    warnings.push(format!("its results cannot be read and those rows may be matched again: {error}"));
                }
                Err(_) => {}
            }
        }
        if imported_rows > 0 {
            resume = CheckpointTables::new(&connection, path).done(&info.config_digest)?;
        }
        lock_down(&connection, path)?;
        let file = OwnFile::of(path).map_err(|error| unusable(path, &error))?;
        let run_id = next_run_id(&connection).map_err(|error| CheckpointError::query(path, "begin a run", &error))?;
        let run = RunKey::new(run_id, &info);
        let path = path.to_owned();
        let connection = Some(connection);
        let checkpoint = Checkpoint { path: path.clone(), file, connection, info, run, scope, epoch_next: 0 };
        Ok(OpenedCheckpoint { checkpoint, path, fell_back, imported_rows, warnings, resume })
    }

    /// The run's id: its start in UTC, to the microsecond, later than every run in the file.
    pub fn run_id(&self) -> &str {
        &self.run.run_id
    }

    /// The file.
    pub(crate) fn place(&self) -> &Path {
        &self.path
    }

    /// The time spent on committing epochs so far.
    pub fn cost(&self) -> CommitCost {
        self.run.cost()
    }

    /// Writes the run's row. Must precede the first epoch.
    pub fn begin(&mut self) -> Result<(), CheckpointError> {
        let info = &self.info;
        let row = params![
            self.run.run_id,
            info.pipeline,
            info.plan_digest,
            info.config_digest,
            now_us(),
            info.source.to_string_lossy(),
            info.reference.to_string_lossy(),
            info.reference_digest,
            info.plugins,
            env!("CARGO_PKG_VERSION"),
            info.source_digest,
            info.decided_by,
            self.scope.checkpoint,
            info.edition
        ];
        let sql = "INSERT INTO runs(run_id, pipeline, plan_digest, config_digest, started_at, status, source, \
                   reference, reference_digest, plugins, version, source_digest, decided_by, checkpoint, \
                   edition) VALUES (?, ?, ?, ?, make_timestamp(?), 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let inserted = self.connection()?.execute(sql, row);
        inserted.map(drop).map_err(|error| CheckpointError::query(&self.path, "begin a run", &error))
    }

    /// Writes the end of the run and folds the log into the file. Returns warnings: the results are durable whether or
    /// not the log could be folded in.
    pub fn finish(&mut self, summary: &RunSummary, status: RunStatus) -> Result<Vec<String>, CheckpointError> {
        self.end(summary, status)?;
        matchflow_model::fault::point("before the log is folded in");
        let folded = self.connection()?.execute_batch("CHECKPOINT").err();
        let warning = folded.map(|error| CheckpointError::query(&self.path, "fold its log in", &error).to_string());
        Ok(warning.into_iter().collect())
    }

    /// Writes the end of the run and leaves the log as it is, even when the file is closed: folding in a long log takes
    /// seconds, which a user who stops a run doesn't want to wait. The next run that ends normally does it.
    pub fn leave(&mut self, summary: &RunSummary, status: RunStatus) -> Result<(), CheckpointError> {
        self.end(summary, status)?;
        let disabled = self.connection()?.execute_batch("PRAGMA disable_checkpoint_on_shutdown");
        disabled.map_err(|error| CheckpointError::query(&self.path, "leave its log", &error))
    }

    fn end(&mut self, summary: &RunSummary, status: RunStatus) -> Result<(), CheckpointError> {
        self.file.check()?;
        let counts = summary.counts;
        let row = params![
            now_us(),
            status.as_str(),
            summary.rows_read,
            counts.matched,
            counts.review,
            counts.unmatched,
            counts.failed,
            counts.skipped,
            summary.rejects,
            summary.cells.read,
            summary.cells.filled,
            summary.cells.emitted,
            summary.cells.rejected,
            summary.cells.outside,
            self.run.run_id
        ];
        let sql = "UPDATE runs SET ended_at = make_timestamp(?), status = ?, rows_read = ?, matched = ?, review = ?, \
                   unmatched = ?, failed = ?, skipped = ?, rejects = ?, cells_read = ?, cells_filled = ?, \
                   cells_emitted = ?, cells_rejected = ?, cells_outside = ? WHERE run_id = ?";
        let connection = self.connection()?;
        let ended = connection.execute(sql, row);
        ended.map(drop).map_err(|error| CheckpointError::query(&self.path, "end a run", &error))
    }

    /// The rows decided, for resume: the newest result of each key.
    pub fn done(&self) -> Result<ResumeState, CheckpointError> {
        self.tables()?.done(&self.info.config_digest)
    }

    /// The newest result of each key, ordered by row, then key: batches of [`matchflow_model::outcome::schema`].
    pub fn latest(&self) -> Result<LatestResults<'_>, CheckpointError> {
        self.tables()?.latest()
    }

    /// What this run has committed, by outcome, from its results and checked against its epochs.
    pub fn counts(&self) -> Result<Counts, CheckpointError> {
        self.tables()?.run_counts(&self.run.run_id)
    }

    /// Marks later results as decided by mixed settings: a plug-in was replaced during the run, and rows scored by its
    /// predecessor may still be in flight.
    pub fn mark_mixed(&mut self, plugin_digest: &str) {
        self.run.config_digest = format!("mixed with {plugin_digest}");
    }

    /// The tables of the file, for queries.
    pub fn tables(&self) -> Result<CheckpointTables<'_>, CheckpointError> {
        Ok(CheckpointTables::new(self.connection()?, &self.path))
    }

    pub(crate) fn connection(&self) -> Result<&Connection, CheckpointError> {
        self.connection.as_ref().ok_or_else(|| CheckpointError::Unusable {
            path: self.path.clone(),
            reason: "it could not be opened again after a failed commit".to_owned(),
        })
    }

    #[cfg(test)]
    pub(crate) fn run_key(&self) -> &RunKey {
        &self.run
    }

    /// Commits with `write`; after an error, determines whether the epoch was committed.
    pub(crate) fn commit_with(
        &mut self,
        epoch: &Epoch,
        write: impl Fn(&Connection, &RunKey, &Epoch) -> Result<(), WriteFault>,
    ) -> Result<(), CommitError> {
        self.check(epoch)?;
        self.file.check().map_err(|error| self.commit_error(epoch, error.to_string()))?;
        let mut reason = String::new();
        for _ in 0..2 {
            let written = self.connection().map_err(|error| WriteFault(error.to_string()));
            match written.and_then(|connection| write(connection, &self.run, epoch)) {
                Ok(()) => {
                    self.epoch_next += 1;
                    return Ok(());
                }
                Err(WriteFault(fault)) => reason = fault,
            }
            match self.reopen().and_then(|()| self.has(epoch.number)) {
                Ok(true) => {
                    self.epoch_next += 1;
                    return Ok(());
                }
                Ok(false) => {}
                Err(error) => return Err(self.commit_error(epoch, format!("{reason}; then {error}"))),
            }
        }
        Err(self.commit_error(epoch, reason))
    }

    /// Checks that there are no gaps between epochs and that an epoch has as many rows as it states.
    fn check(&self, epoch: &Epoch) -> Result<(), CommitError> {
        let rows: u64 = epoch.batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if epoch.number != self.epoch_next {
            return Err(self.commit_error(epoch, format!("the next epoch is {}", self.epoch_next)));
        }
        if rows != epoch.counts.committed() {
            let counted = epoch.counts.committed();
            return Err(self.commit_error(epoch, format!("it counts {counted} rows but has {rows}")));
        }
        Ok(())
    }

    /// Closes and reopens the file, as after the death of the process.
    fn reopen(&mut self) -> Result<(), CheckpointError> {
        self.connection = None;
        self.file.check()?;
        let connection = connect(&self.path, AccessMode::ReadWrite)?;
        use_own_views(&connection, &self.path)?;
        lock_down(&connection, &self.path)?;
        self.connection = Some(connection);
        self.file.measure();
        Ok(())
    }

    fn has(&self, epoch: u64) -> Result<bool, CheckpointError> {
        let sql = "SELECT count(*) > 0 FROM epochs WHERE run_id = ? AND epoch = ?";
        self.connection()?
            .query_row(sql, params![self.run.run_id, epoch], |row| row.get(0))
            .map_err(|error| CheckpointError::query(&self.path, "look for an epoch", &error))
    }

    fn commit_error(&self, epoch: &Epoch, reason: String) -> CommitError {
        CommitError { epoch: epoch.number, place: self.path.display().to_string(), reason }
    }
}

impl EpochStore for Checkpoint {
    fn commit(&mut self, epoch: &Epoch) -> Result<(), CommitError> {
        self.commit_with(epoch, write_epoch)
    }
}

/// Whether results in the other place may be unreadable because of this error.
fn hides_work(error: &CheckpointError) -> bool {
    use CheckpointError::{Damaged, Locked, OtherLayout, Query, Unusable};
    matches!(error, Locked { .. } | Unusable { .. } | Query { .. } | Damaged { .. } | OtherLayout { .. })
}
