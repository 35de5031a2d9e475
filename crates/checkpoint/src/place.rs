//! Making a place ready for a run: opened, of this layout, whole.

use std::path::Path;

use duckdb::{Connection, params};

use crate::error::SinkError;
use crate::layout::LAYOUT_VERSION;
use crate::mend::{Mended, mend};
use crate::open::open_or_create;
use crate::tables::{Resume, Tables};
use crate::upgrade::upgrade;

/// A damaged log is cut at most this often: each cut is before the one before.
const MENDS_MAX: usize = 100;

/// A checkpoint that is open.
pub(crate) struct Place {
    pub(crate) connection: Connection,
    pub(crate) resume: Resume,
    /// What was done so that it could be opened.
    pub(crate) notes: Vec<String>,
}

impl Place {
    /// Opens the checkpoint of `pipeline`, made where there is none. A damaged one is mended only if `mending`.
    pub(crate) fn open(path: &Path, pipeline: &str, config_digest: &str, mending: bool) -> Result<Place, SinkError> {
        let mut notes: Vec<String> = Vec::new();
        for _ in 0..MENDS_MAX {
            match attempt(path, pipeline, config_digest) {
                Ok((connection, resume)) => return Ok(Place { connection, resume, notes }),
                Err(SinkError::OtherLayout { found, .. }) if found < LAYOUT_VERSION => {
                    let kept = upgrade(path, pipeline, found)?;
                    notes.push(format!(
                        "`{}` had checkpoint layout {found} and was copied into layout {LAYOUT_VERSION}; the old file \
                         is kept as `{}`",
                        path.display(),
                        kept.display()
                    ));
                }
                Err(SinkError::Damaged { sound_bytes, reason, .. }) if mending => {
                    notes.push(match mend(path, sound_bytes)? {
                        Mended::Log { kept } => format!(
                            "the log of `{}` is damaged ({reason}): what was committed before the damage is kept, the \
                             damaged log is kept as `{}`",
                            path.display(),
                            kept.display()
                        ),
                        Mended::Moved { kept } => format!(
                            "`{}` is damaged ({reason}): it is kept as `{}`, and its rows are done again",
                            path.display(),
                            kept.display()
                        ),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        let reason = format!("it was mended {MENDS_MAX} times and still cannot be opened");
        Err(SinkError::Unusable { path: path.to_owned(), reason })
    }
}

fn attempt(path: &Path, pipeline: &str, config_digest: &str) -> Result<(Connection, Resume), SinkError> {
    let connection = open_or_create(path, pipeline)?;
    // Damage in the blocks of a file shows only when they are read.
    let resume = Tables::new(&connection, path).done(config_digest)?;
    mark_killed(&connection).map_err(|error| SinkError::query(path, "be written", &error))?;
    Ok((connection, resume))
}

/// Marks runs that nobody ended: this process holds the only lock, so a run that is still `running` has no process.
fn mark_killed(connection: &Connection) -> Result<(), duckdb::Error> {
    connection.execute_batch(
        "UPDATE runs SET status = 'killed', ended_at = coalesce(
            (SELECT max(committed_at) FROM epochs WHERE epochs.run_id = runs.run_id), started_at)
        WHERE status = 'running'",
    )
}

/// The id of the next run, later than every run that the file knows even where the clock was set back: `latest` goes by
/// it.
pub(crate) fn next_run_id(connection: &Connection) -> Result<String, duckdb::Error> {
    let sql = "SELECT strftime(greatest(make_timestamp(?),
            (SELECT max(strptime(run_id[1:22], '%Y%m%dT%H%M%S.%f')) FROM runs) + INTERVAL 1 MICROSECOND),
            '%Y%m%dT%H%M%S.%f') || '-' || ?";
    connection.query_row(sql, params![crate::checkpoint::now_us(), std::process::id().to_string()], |row| row.get(0))
}
