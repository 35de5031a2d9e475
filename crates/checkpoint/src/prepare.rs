//! Prepares a checkpoint for a run: opened, in the current layout, intact.

use std::path::Path;

use duckdb::{Connection, params};

use crate::error::CheckpointError;
use crate::layout::LAYOUT_VERSION;
use crate::open::open_or_create;
use crate::repair::{Repair, repair};
use crate::tables::{CheckpointTables, ResumeState};
use crate::upgrade::upgrade;

/// Limit of repairs: each truncates the log further than the one before.
const REPAIRS_MAX: usize = 100;

/// An open checkpoint.
pub(crate) struct PreparedCheckpoint {
    pub(crate) connection: Connection,
    pub(crate) resume: ResumeState,
    /// Upgrades and repairs done to open it.
    pub(crate) notes: Vec<String>,
}

impl PreparedCheckpoint {
    /// Opens the checkpoint of `pipeline`, creating it if needed. A damaged one is repaired only if `may_repair`.
    pub(crate) fn open(
        path: &Path,
        pipeline: &str,
        config_digest: &str,
        may_repair: bool,
    ) -> Result<PreparedCheckpoint, CheckpointError> {
        let mut notes: Vec<String> = Vec::new();
        for _ in 0..REPAIRS_MAX {
            match attempt(path, pipeline, config_digest) {
                Ok((connection, resume)) => return Ok(PreparedCheckpoint { connection, resume, notes }),
                Err(CheckpointError::OtherLayout { found, .. }) if found < LAYOUT_VERSION => {
                    let backup = upgrade(path, pipeline, found)?;
                    notes.push(format!(
                        "`{}` had checkpoint layout {found} and was copied into layout {LAYOUT_VERSION}; the old file \
                         is now `{}`",
                        path.display(),
                        backup.display()
                    ));
                }
                Err(CheckpointError::Damaged { sound_bytes, reason, .. }) if may_repair => {
                    notes.push(match repair(path, sound_bytes)? {
                        Repair::LogTruncated { backup } => format!(
                            "the log of `{}` is damaged ({reason}): results committed before the damage are used, the \
                             damaged log is now `{}`",
                            path.display(),
                            backup.display()
                        ),
                        Repair::Quarantined { backup } => format!(
                            "`{}` is damaged ({reason}): it is now `{}`, and its rows are matched again",
                            path.display(),
                            backup.display()
                        ),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        let reason = format!("it was repaired {REPAIRS_MAX} times and still cannot be opened");
        Err(CheckpointError::Unusable { path: path.to_owned(), reason })
    }
}

fn attempt(path: &Path, pipeline: &str, config_digest: &str) -> Result<(Connection, ResumeState), CheckpointError> {
    let connection = open_or_create(path, pipeline)?;
    // Damaged blocks of a file are detected only when they are read.
    let resume = CheckpointTables::new(&connection, path).done(config_digest)?;
    mark_killed(&connection).map_err(|error| CheckpointError::query(path, "be written", &error))?;
    Ok((connection, resume))
}

/// Marks runs that ended without a status: this process has the only lock, so the process of a `running` run is gone.
fn mark_killed(connection: &Connection) -> Result<(), duckdb::Error> {
    connection.execute_batch(
        "UPDATE runs SET status = 'killed', ended_at = coalesce(
            (SELECT max(committed_at) FROM epochs WHERE epochs.run_id = runs.run_id), started_at)
        WHERE status = 'running'",
    )
}

/// The id of the next run, later than that of every run in the file even if the clock was set back: `latest` depends on
/// it.
pub(crate) fn next_run_id(connection: &Connection) -> Result<String, duckdb::Error> {
    let sql = "SELECT strftime(greatest(make_timestamp(?),
            (SELECT max(strptime(run_id[1:22], '%Y%m%dT%H%M%S.%f')) FROM runs) + INTERVAL 1 MICROSECOND),
            '%Y%m%dT%H%M%S.%f') || '-' || ?";
    connection.query_row(sql, params![crate::clock::now_us(), std::process::id().to_string()], |row| row.get(0))
}
