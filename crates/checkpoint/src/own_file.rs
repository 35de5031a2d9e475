//! The file that a run has open: whether its path still leads to it, and nobody else has cut it short.
//!
//! **Limits.** Bytes that another program changes without changing the length are found when DuckDB reads them again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use matchflow_files::FileIdentity;

use crate::error::CheckpointError;
use crate::quarantine::log_of;

/// The file of an open checkpoint as last checked.
pub(crate) struct OwnFile {
    path: PathBuf,
    identity: FileIdentity,
    /// DuckDB appends to its log, and shortens the file only when it folds the log in.
    bytes: u64,
    log_bytes: u64,
}

impl OwnFile {
    pub(crate) fn of(path: &Path) -> io::Result<OwnFile> {
        let (bytes, log_bytes) = (length(path), length(&log_of(path)));
        Ok(OwnFile { path: path.to_owned(), identity: FileIdentity::of(path)?, bytes, log_bytes })
    }

    /// DuckDB continues to write to a deleted file, and does not notice that an open one became shorter.
    pub(crate) fn check(&mut self) -> Result<(), CheckpointError> {
        match FileIdentity::of(&self.path) {
            Ok(found) if found != self.identity => return Err(CheckpointError::Replaced { path: self.path.clone() }),
            // A folder that has become unreadable still has the file.
            Err(_) => return Ok(()),
            Ok(_) => {}
        }
        let (bytes, log_bytes) = (length(&self.path), length(&log_of(&self.path)));
        if bytes < self.bytes && log_bytes >= self.log_bytes {
            return Err(CheckpointError::Replaced { path: self.path.clone() });
        }
        (self.bytes, self.log_bytes) = (bytes, log_bytes);
        Ok(())
    }

    /// The lengths after DuckDB has opened the file again, which may fold its log in.
    pub(crate) fn measure(&mut self) {
        (self.bytes, self.log_bytes) = (length(&self.path), length(&log_of(&self.path)));
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
