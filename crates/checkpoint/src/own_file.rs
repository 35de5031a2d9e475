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
    lengths: FileLengths,
}

/// Of a database file and its log, in bytes.
#[derive(Clone, Copy)]
struct FileLengths {
    file: u64,
    log: u64,
}

impl FileLengths {
    fn of(path: &Path) -> FileLengths {
        let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        FileLengths { file: length(path), log: length(&log_of(path)) }
    }

    /// Whether the file lost bytes: DuckDB appends to its log, and shortens the file only when it folds the log in.
    fn is_cut_since(self, before: FileLengths) -> bool {
        self.file < before.file && self.log >= before.log
    }
}

impl OwnFile {
    pub(crate) fn of(path: &Path) -> io::Result<OwnFile> {
        Ok(OwnFile { path: path.to_owned(), identity: FileIdentity::of(path)?, lengths: FileLengths::of(path) })
    }

    /// DuckDB continues to write to a deleted file, and does not notice that an open one became shorter.
    pub(crate) fn check(&mut self) -> Result<(), CheckpointError> {
        match FileIdentity::of(&self.path) {
            Ok(found) if found != self.identity => return Err(CheckpointError::Replaced { path: self.path.clone() }),
            // A folder that has become unreadable still has the file.
            Err(_) => return Ok(()),
            Ok(_) => {}
        }
        let lengths = FileLengths::of(&self.path);
        if lengths.is_cut_since(self.lengths) {
            return Err(CheckpointError::Replaced { path: self.path.clone() });
        }
        self.lengths = lengths;
        Ok(())
    }

    /// The lengths after DuckDB has opened the file again, which may fold its log in.
    pub(crate) fn measure(&mut self) {
        self.lengths = FileLengths::of(&self.path);
    }
}
