//! Detects whether a file has changed.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::identity::FileIdentity;

/// Metadata that changes with a file's content: cheap to compare, and different after every write, copy or replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    identity: FileIdentity,
    bytes: u64,
    modified: Option<SystemTime>,
    /// Time of the last change of the file or its metadata, which programs cannot set.
    changed: Option<(i64, i64)>,
}

/// Timestamps are finer than the clock that sets them: within this time, two changes may have the same timestamp.
const STABLE_AFTER: Duration = Duration::from_secs(2);

impl FileStamp {
    /// Whether the last change is so long ago that another change would have a different time.
    pub fn is_stable(&self) -> bool {
        let changed = self
            .changed
            .and_then(|(seconds, _)| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().ok()?)));
        let is_old = |time: SystemTime| time.elapsed().is_ok_and(|age| age > STABLE_AFTER);
        changed.is_some_and(is_old) && self.modified.is_some_and(is_old)
    }

    /// The current stamp of the file.
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
