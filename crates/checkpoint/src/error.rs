//! What can go wrong with a checkpoint, apart from a commit ([`matchflow_model::store::CommitError`]).

use std::path::PathBuf;

use crate::mend::sound_bytes;

/// A fault of a checkpoint file. The file is never changed by a fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Another process has the file open for writing.
    #[error("`{}` is in use by another process{}: wait for it, stop it, or give another checkpoint", .path.display(), pid_note(*.pid))]
    Locked {
        /// The checkpoint.
        path: PathBuf,
        /// The process that has it, where DuckDB names it.
        pid: Option<u32>,
    },
    /// The file is something else.
    #[error("`{}` is not a DuckDB database: give the checkpoint another path, or move the file away", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A DuckDB database with tables of somebody else.
    #[error("`{}` is a DuckDB database, but not a matchflow checkpoint: give the checkpoint another path", .path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint written by a version with other tables.
    #[error(
        "`{}` has checkpoint layout {found}, this version writes layout {wanted}: give the checkpoint another path",
        .path.display()
    )]
    OtherLayout {
        /// The checkpoint.
        path: PathBuf,
        /// Its layout.
        found: u32,
        /// The layout of this version.
        wanted: u32,
    },
    /// The file or its log is damaged.
    #[error(
        "`{}` is damaged: {reason}. With `fallback: temp` or `fallback: {{path: ...}}` under `sink`, what is sound is \
         used and the damaged file kept under another name; or move both the file and its `.wal` away",
        .path.display()
    )]
    Damaged {
        /// The checkpoint.
        path: PathBuf,
        /// What DuckDB said.
        reason: String,
        /// Bytes of the log before the damage, where it is the log that is damaged.
        sound_bytes: Option<u64>,
    },
    /// A checkpoint of another pipeline.
    #[error(
        "`{}` is the checkpoint of pipeline `{found}`, not of `{wanted}`: give each pipeline its own checkpoint",
        .path.display()
    )]
    OtherPipeline {
        /// The checkpoint.
        path: PathBuf,
        /// The pipeline that it belongs to.
        found: String,
        /// The pipeline that asked.
        wanted: String,
    },
    /// There is no such file, in a place where one must exist.
    #[error("there is no checkpoint at `{}`", .path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The file or its folder cannot be used: read-only, no permission, a damaged file.
    #[error("`{}` cannot be opened: {reason}", .path.display())]
    Unusable {
        /// The checkpoint.
        path: PathBuf,
        /// What the system or DuckDB said.
        reason: String,
    },
    /// Neither the checkpoint nor its fallback can be used.
    #[error("{first}; nor can the fallback be used: {fallback}")]
    NoPlace {
        /// Why the checkpoint cannot be used.
        first: Box<SinkError>,
        /// Why the fallback cannot be used.
        fallback: Box<SinkError>,
    },
    /// A query or statement failed on an open checkpoint.
    #[error("`{}` failed to {action}: {reason}", .path.display())]
    Query {
        /// The checkpoint.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What DuckDB said.
        reason: String,
    },
    /// The tables of one run do not add up.
    #[error("`{}` does not add up for run {run_id}: {results} results, {epochs} in its epochs", .path.display())]
    Inconsistent {
        /// The checkpoint.
        path: PathBuf,
        /// The run.
        run_id: String,
        /// Rows of the run in `results`.
        results: u64,
        /// Rows that its epochs count.
        epochs: u64,
    },
}

fn pid_note(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (PID {pid})")).unwrap_or_default()
}

impl SinkError {
    /// Whether a run may go on at its fallback: the place is at fault, not the program or what is stored.
    pub fn is_opening(&self) -> bool {
        !matches!(self, SinkError::Query { .. } | SinkError::Inconsistent { .. } | SinkError::NoPlace { .. })
    }

    /// What DuckDB's refusal to open `path` means.
    pub(crate) fn opening(path: &std::path::Path, error: &duckdb::Error) -> SinkError {
        let path = path.to_owned();
        let reason = said(error);
        if reason.contains("Could not set lock") {
            SinkError::Locked { path, pid: pid_in(&reason) }
        } else if reason.contains("not a valid DuckDB database") {
            SinkError::NotADatabase { path }
        } else if is_damage(&reason) {
            SinkError::Damaged { path, sound_bytes: sound_bytes(&reason), reason: short(&reason) }
        } else {
            SinkError::Unusable { path, reason }
        }
    }

    /// A failed statement on an open checkpoint.
    pub(crate) fn query(path: &std::path::Path, action: &'static str, error: &duckdb::Error) -> SinkError {
        let (path, reason) = (path.to_owned(), said(error));
        match is_damage(&reason) {
            true => SinkError::Damaged { path, reason: short(&reason), sound_bytes: None },
            false => SinkError::Query { path, action, reason },
        }
    }
}

/// Whether DuckDB speaks of bytes that are not as they were written.
fn is_damage(message: &str) -> bool {
    const DAMAGE: [&str; 3] = ["Corrupt", "Could not read enough bytes", "Failure while replaying WAL"];
    let speaks_of = |words: &[&str]| words.iter().any(|words| message.contains(words));
    speaks_of(&DAMAGE) && !speaks_of(&SHORTAGE)
}

/// What the machine has too little of, in DuckDB's words: a sound file cannot be read then, and must not be mended.
const SHORTAGE: [&str; 6] = [
    "Out of Memory",
    "bad allocation",
    "Allocation failure",
    "ailed to allocate",
    "No space left",
    "Too many open files",
];

/// The part of a message about damage that says what and where.
fn short(message: &str) -> String {
    let start = message.find("Corrupt").unwrap_or_default();
    message.get(start..).unwrap_or(message).to_owned()
}

/// DuckDB's own words, on one line, without its links to a manual.
pub(crate) fn said(error: &duckdb::Error) -> String {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let first = text.split(" See also ").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

fn pid_in(message: &str) -> Option<u32> {
    let digits = message.split_once("PID ")?.1;
    digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_lacks_is_no_damage() {
        let wal = "Failure while replaying WAL file \"/a.duckdb.wal\": ";
        assert!(is_damage(&format!("{wal}Corrupt WAL file: entry at byte position 17")));
        assert!(is_damage(&format!("{wal}Catalog Error: Table does not exist")));
        for lack in ["Allocation failure", "Out of Memory Error: could not allocate", "No space left on device"] {
            assert!(!is_damage(&format!("{wal}{lack}")), "{lack}");
        }
    }

    #[test]
    fn the_holder_of_a_lock_is_read_from_duckdb_s_message() {
        let table = [
            (
                "Could not set lock on file \"/a b.duckdb\": Conflicting lock is held in /usr/bin/x (PID 4711).",
                Some(4711),
            ),
            ("Could not set lock on file", None),
            ("(PID none)", None),
        ];
        for (message, pid) in table {
            assert_eq!(pid_in(message), pid, "{message}");
        }
    }
}
