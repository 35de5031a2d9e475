//! Files that a checkpoint can no longer be: they get another name and are never removed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::SinkError;
use crate::open::unusable;

/// A free name beside `path` that ends in `why`: `s.duckdb.damaged`, `s.duckdb.damaged-2`...
pub(crate) fn aside(path: &Path, why: &str) -> PathBuf {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{why}"));
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    // A name that cannot be looked at is taken for free: giving it away fails then, and says why.
    (1..).map(name).find(|name| !name.try_exists().unwrap_or_default()).unwrap_or_else(|| path.to_owned())
}

/// Gives a file a second name. Some file systems have no links: there it is copied.
pub(crate) fn link(path: &Path, kept: &Path) -> Result<(), SinkError> {
    let linked = fs::hard_link(path, kept).or_else(|_| fs::copy(path, kept).map(drop));
    linked.map_err(|error| unusable(path, &error))
}

/// The log beside a checkpoint.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".wal");
    PathBuf::from(name)
}

/// Gives the checkpoint and its log other names, and tells the checkpoint's.
pub(crate) fn move_aside(path: &Path, why: &str) -> Result<PathBuf, SinkError> {
    let (kept, log) = (aside(path, why), log_of(path));
    // The log first: a log without its file is harmless, a file under the name of a lost one's log is not.
    if log.try_exists().map_err(|error| unusable(&log, &error))? {
        fs::rename(&log, log_of(&kept)).map_err(|error| unusable(&log, &error))?;
    }
    fs::rename(path, &kept).map_err(|error| unusable(path, &error))?;
    Ok(kept)
}
