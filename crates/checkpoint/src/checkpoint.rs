//! The open checkpoint of one run: begin, commit epochs, finish.
//!
//! A commit that fails is not known to have failed: the connection is closed, the file opened again and asked. If the
//! epoch is there, it was committed; otherwise it is tried once more, and a second failure is fatal for the run.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::Counts;
use matchflow_model::store::{CommitError, Epoch, EpochStore};

use crate::adopt::adopt;
use crate::error::SinkError;
use crate::open::connect;
use crate::place::{Place, next_run_id};
use crate::run::{RunInfo, RunStatus, RunSummary};
use crate::tables::{Batches, Resume, Tables};
use crate::write::{CommitCost, RunKey, WriteFault, write_epoch};

/// A checkpoint opened, and what its user should be told.
pub struct Opened {
    /// The checkpoint, at `path`.
    pub checkpoint: Checkpoint,
    /// The file that was opened: the checkpoint or its fallback.
    pub path: PathBuf,
    /// Why the run goes on at the fallback, where it does.
    pub fell_back: Option<String>,
    /// Results taken over from the other of the two places.
    pub adopted_rows: u64,
    /// What was done so that the file could be used, and work in the other place that cannot be seen and may be done
    /// again, and why.
    pub warnings: Vec<String>,
    /// The rows done, in both places.
    pub resume: Resume,
}

/// The checkpoint of one run, for one thread.
pub struct Checkpoint {
    path: PathBuf,
    /// `None` only between closing after a failed commit and opening again.
    connection: Option<Connection>,
    info: RunInfo,
    run: RunKey,
    epoch_next: u64,
}

impl Checkpoint {
    /// Opens `path`, or `fallback` where `path` is locked, not writable, not a checkpoint, or another pipeline's.
    ///
    /// Runs found in the other place are taken over. A run whose process vanished is marked `killed`.
    pub fn open(path: &Path, fallback: Option<&Path>, info: RunInfo) -> Result<Opened, SinkError> {
        let fallback = fallback.filter(|fallback| *fallback != path);
        let open = |place| Place::open(place, &info.pipeline, &info.config_digest, fallback.is_some());
        let (path, other, place, fell_back) = match (open(path), fallback) {
            (Ok(place), _) => (path, fallback, place, None),
            (Err(first), Some(fallback)) if first.is_opening() => match open(fallback) {
                Ok(place) => (fallback, Some(path), place, Some(first.to_string())),
                Err(second) => return Err(SinkError::NoPlace { first: Box::new(first), fallback: Box::new(second) }),
            },
            (Err(first), _) => return Err(first),
        };
        let Place { connection, mut resume, notes: mut warnings } = place;
        let mut adopted_rows = 0;
        if let Some(other) = other {
            match adopt(&connection, other, &info.pipeline) {
                Ok(rows) => adopted_rows = rows,
                Err(error) if hides_work(&error) => {
                    warnings.push(format!("rows done there cannot be seen and may be done again: {error}"));
                }
                Err(_) => {}
            }
        }
        if adopted_rows > 0 {
            resume = Tables::new(&connection, path).done(&info.config_digest)?;
        }
        let run_id = next_run_id(&connection).map_err(|error| SinkError::query(path, "begin a run", &error))?;
        let run = RunKey::new(run_id, &info);
        let path = path.to_owned();
        let checkpoint = Checkpoint { path: path.clone(), connection: Some(connection), info, run, epoch_next: 0 };
        Ok(Opened { checkpoint, path, fell_back, adopted_rows, warnings, resume })
    }

    /// The run's id: its start in UTC, to the microsecond, later than every run that the file knows.
    pub fn run_id(&self) -> &str {
        &self.run.run_id
    }

    /// The file.
    pub(crate) fn place(&self) -> &Path {
        &self.path
    }

    /// What the epochs of this run cost so far.
    pub fn cost(&self) -> CommitCost {
        self.run.cost()
    }

    /// Writes the run's row. Before the first epoch.
    pub fn begin(&mut self) -> Result<(), SinkError> {
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
            info.decided_by
        ];
        let sql = "INSERT INTO runs(run_id, pipeline, plan_digest, config_digest, started_at, status, source, \
                   reference, reference_digest, plugins, version, source_digest, decided_by) \
                   VALUES (?, ?, ?, ?, make_timestamp(?), 'running', ?, ?, ?, ?, ?, ?, ?)";
        let inserted = self.connection()?.execute(sql, row);
        inserted.map(drop).map_err(|error| SinkError::query(&self.path, "begin a run", &error))
    }

    /// Writes how the run ended and folds the log into the file. What is returned are warnings: the results are
    /// durable whether or not the log could be folded in.
    pub fn finish(&mut self, summary: &RunSummary, status: RunStatus) -> Result<Vec<String>, SinkError> {
        self.end(summary, status)?;
        matchflow_model::fault::point("before the log is folded in");
        let folded = self.connection()?.execute_batch("CHECKPOINT").err();
        let warning = folded.map(|error| SinkError::query(&self.path, "fold its log in", &error).to_string());
        Ok(warning.into_iter().collect())
    }

    /// Writes how the run ended and leaves the log as it is, also when the file is closed: folding a long one in takes
    /// seconds that somebody who stops a run does not have. The next run that comes to its end does it.
    pub fn leave(&mut self, summary: &RunSummary, status: RunStatus) -> Result<(), SinkError> {
        self.end(summary, status)?;
        let left = self.connection()?.execute_batch("PRAGMA disable_checkpoint_on_shutdown");
        left.map_err(|error| SinkError::query(&self.path, "leave its log", &error))
    }

    fn end(&self, summary: &RunSummary, status: RunStatus) -> Result<(), SinkError> {
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
        ended.map(drop).map_err(|error| SinkError::query(&self.path, "end a run", &error))
    }

    /// The rows done, for resume: the newest result of each key.
    pub fn done(&self) -> Result<Resume, SinkError> {
        self.tables()?.done(&self.info.config_digest)
    }

    /// The newest result of each key, ordered by row, then key: batches of [`matchflow_model::outcome::schema`].
    pub fn latest(&self) -> Result<Batches<'_>, SinkError> {
        self.tables()?.latest()
    }

    /// What this run has committed, by outcome, read from its results and compared with its epochs.
    pub fn counts(&self) -> Result<Counts, SinkError> {
        self.tables()?.run_counts(&self.run.run_id)
    }

    /// Marks the results to come as decided by settings that no plan has: a plug-in took over while the run goes on, and
    /// rows that it did not score may still be on their way.
    pub fn mark_mixed(&mut self, plugin_digest: &str) {
        self.run.config_digest = format!("mixed with {plugin_digest}");
    }

    /// All that can be asked of the file.
    pub fn tables(&self) -> Result<Tables<'_>, SinkError> {
        Ok(Tables::new(self.connection()?, &self.path))
    }

    pub(crate) fn connection(&self) -> Result<&Connection, SinkError> {
        self.connection.as_ref().ok_or_else(|| SinkError::Unusable {
            path: self.path.clone(),
            reason: "it could not be opened again after a failed commit".to_owned(),
        })
    }

    #[cfg(test)]
    pub(crate) fn run_key(&self) -> &RunKey {
        &self.run
    }

    /// Commits with `write`, and where that fails finds out what became of it.
    pub(crate) fn commit_with(
        &mut self,
        epoch: &Epoch,
        write: impl Fn(&Connection, &RunKey, &Epoch) -> Result<(), WriteFault>,
    ) -> Result<(), CommitError> {
        self.check(epoch)?;
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

    /// Epochs have no holes, and the rows of one are those that it counts.
    fn check(&self, epoch: &Epoch) -> Result<(), CommitError> {
        let rows: u64 = epoch.batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if epoch.number != self.epoch_next {
            return Err(self.commit_error(epoch, format!("epoch {} comes next", self.epoch_next)));
        }
        if rows != epoch.counts.committed() {
            let counted = epoch.counts.committed();
            return Err(self.commit_error(epoch, format!("it counts {counted} rows and holds {rows}")));
        }
        Ok(())
    }

    /// Closes the file and opens it again, as after the death of the process.
    fn reopen(&mut self) -> Result<(), SinkError> {
        self.connection = None;
        self.connection = Some(connect(&self.path, AccessMode::ReadWrite)?);
        Ok(())
    }

    fn has(&self, epoch: u64) -> Result<bool, SinkError> {
        let sql = "SELECT count(*) > 0 FROM epochs WHERE run_id = ? AND epoch = ?";
        self.connection()?
            .query_row(sql, params![self.run.run_id, epoch], |row| row.get(0))
            .map_err(|error| SinkError::query(&self.path, "look for an epoch", &error))
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

/// Whether the other place may hold results that this error keeps from being seen.
fn hides_work(error: &SinkError) -> bool {
    use SinkError::{Damaged, Locked, OtherLayout, Query, Unusable};
    matches!(error, Locked { .. } | Unusable { .. } | Query { .. } | Damaged { .. } | OtherLayout { .. })
}

/// Microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
