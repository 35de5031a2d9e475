//! Whether a file is still the one that it was.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::identity::FileIdentity;

/// What changes with a file's content: cheap to compare, and different after every write, copy or replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    identity: FileIdentity,
    bytes: u64,
    modified: Option<SystemTime>,
    /// Time of the last change of the file or its facts, which programs cannot set.
    changed: Option<(i64, i64)>,
}

impl FileStamp {
    /// The stamp of the file now.
    pub fn of(path: &Path) -> io::Result<FileStamp> {
        let metadata = std::fs::metadata(path)?;
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let changed = None;
        Ok(FileStamp {
            identity: FileIdentity::of(path)?,
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            changed,
        })
    }
}
