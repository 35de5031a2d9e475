//! Errors of a checkpoint, other than commit errors ([`matchflow_model::store::CommitError`]).

use std::path::{Path, PathBuf};

use matchflow_database::duckdb_message::{
    OpenFailure, classify, damage_detail, is_damage, is_out_of_memory, message_of,
};

/// An error of a checkpoint file. An error never changes the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Another process has the file open for writing.
    #[error("`{}` is in use by another process{}: `--wait` waits for it; or stop it, or give another checkpoint", .path.display(), pid_note(*.pid))]
    Locked {
        /// The checkpoint.
        path: PathBuf,
        /// The process that has it open, if DuckDB names it.
        pid: Option<u32>,
    },
    /// The file is of another format.
    #[error("`{}` is not a DuckDB database: give the checkpoint another path, or move the file away", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A DuckDB database with other tables.
    #[error("`{}` is a DuckDB database, but not a matchflow checkpoint: give the checkpoint another path", .path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint written by a version with other tables.
    #[error(
        "`{}` has checkpoint layout {found}, this version writes layout {supported}: give the checkpoint another path",
        .path.display()
    )]
    OtherLayout {
        /// The checkpoint.
        path: PathBuf,
        /// Its layout.
        found: u32,
        /// The layout of this version.
        supported: u32,
    },
    /// The file or its log is damaged.
    #[error(
        "`{}` is damaged: {reason}. With `fallback: temp` or `fallback: {{path: ...}}` under `sink`, its sound part is \
         used and the damaged file gets another name; or move both the file and its `.wal` away",
        .path.display()
    )]
    Damaged {
        /// The checkpoint.
        path: PathBuf,
        /// DuckDB's message.
        reason: String,
        /// Bytes of the log before the damage, if the log is damaged.
        sound_bytes: Option<u64>,
    },
    /// A checkpoint of another pipeline.
    #[error(
        "`{}` is the checkpoint of pipeline `{found}`, not of `{requested}`: give each pipeline its own checkpoint",
        .path.display()
    )]
    OtherPipeline {
        /// The checkpoint.
        path: PathBuf,
        /// The pipeline that it belongs to.
        found: String,
        /// The pipeline of this run.
        requested: String,
    },
    /// A fallback with results of another checkpoint, decided by other settings.
    #[error(
        "`{}` has results of the checkpoint `{found}`, decided with other settings; they must not get into `{requested}`: \
         give each checkpoint its own fallback",
        .path.display()
    )]
    OtherCheckpoint {
        /// The fallback.
        path: PathBuf,
        /// The checkpoint that its runs were for.
        found: String,
        /// The checkpoint of this run.
        requested: String,
    },
    /// The file does not exist, but must.
    #[error("there is no checkpoint at `{}`", .path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The file or its folder cannot be used: read-only, or no permission.
    #[error("`{}` cannot be opened: {reason}", .path.display())]
    Unusable {
        /// The checkpoint.
        path: PathBuf,
        /// The message of the system or of DuckDB.
        reason: String,
    },
    /// The file at the path is no longer the one that the run opened, or was cut short.
    #[error(
        "`{}` was deleted, replaced or cut short during the run: the rows of this run are lost. Let nothing else remove or write the \
         file, and start the run again",
        .path.display()
    )]
    Replaced {
        /// The checkpoint.
        path: PathBuf,
    },
    /// Neither the checkpoint nor its fallback can be used.
    #[error("{first}; the fallback cannot be used either: {fallback}")]
    NoPlace {
        /// The error of the checkpoint.
        first: Box<CheckpointError>,
        /// The error of the fallback.
        fallback: Box<CheckpointError>,
    },
    /// A query or statement failed on an open checkpoint.
    #[error("`{}` failed to {action}: {reason}", .path.display())]
    Query {
        /// The checkpoint.
        path: PathBuf,
        /// The action that failed.
        action: &'static str,
        /// DuckDB's message.
        reason: String,
    },
    /// The tables of one run contradict each other.
    #[error("`{}` is inconsistent for run {run_id}: {results} results, but {epochs} counted in its epochs", .path.display())]
    Inconsistent {
        /// The checkpoint.
        path: PathBuf,
        /// The run.
        run_id: String,
        /// Rows of the run in `results`.
        results: u64,
        /// Results according to its epochs.
        epochs: u64,
    },
}

fn pid_note(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (PID {pid})")).unwrap_or_default()
}

impl CheckpointError {
    /// Whether another process has the file open, so that waiting helps.
    pub fn is_locked(&self) -> bool {
        match self {
            CheckpointError::Locked { .. } => true,
            CheckpointError::NoPlace { fallback, .. } => fallback.is_locked(),
            _ => false,
        }
    }

    /// Whether the machine gave DuckDB no memory: the file is sound.
    pub fn is_out_of_memory(&self) -> bool {
        is_out_of_memory(&self.to_string())
    }

    /// What DuckDB's refusal to open `path` means.
    pub(crate) fn opening(path: &Path, error: &duckdb::Error) -> CheckpointError {
        let path = path.to_owned();
        let reason = message_of(error);
        match classify(&reason) {
            OpenFailure::Locked(pid) => CheckpointError::Locked { path, pid },
            OpenFailure::OtherFormat => CheckpointError::NotADatabase { path },
            OpenFailure::Damaged(sound_bytes) => {
                CheckpointError::Damaged { path, sound_bytes, reason: damage_detail(&reason) }
            }
            OpenFailure::Other => CheckpointError::Unusable { path, reason },
        }
    }

    /// A failed statement on an open checkpoint.
    pub(crate) fn query(path: &Path, action: &'static str, error: &duckdb::Error) -> CheckpointError {
        let path = path.to_owned();
        let reason = message_of(error);
        match is_damage(&reason) {
            true => CheckpointError::Damaged { path, reason: damage_detail(&reason), sound_bytes: None },
            false => CheckpointError::Query { path, action, reason },
        }
    }
}
