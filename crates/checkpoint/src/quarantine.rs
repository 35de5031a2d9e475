//! Files that are no longer usable as a checkpoint: they are renamed and never removed.

use std::fs;
use std::path::{Path, PathBuf};

use matchflow_files::with_suffix;

use crate::error::CheckpointError;
use crate::open::unusable;

/// A free name next to `path` that ends in `suffix`: `s.duckdb.damaged`, `s.duckdb.damaged-2`...
pub(crate) fn free_name(path: &Path, suffix: &str) -> PathBuf {
    let name = |number: u32| match number {
        1 => with_suffix(path, format!(".{suffix}")),
        _ => with_suffix(path, format!(".{suffix}-{number}")),
    };
    // A name whose existence cannot be checked counts as free: renaming or linking to it then fails with the reason.
    (1..).map(name).find(|name| !name.try_exists().unwrap_or_default()).unwrap_or_else(|| path.to_owned())
}

/// Gives a file a second name, or copies it on file systems without links.
pub(crate) fn link(path: &Path, second: &Path) -> Result<(), CheckpointError> {
    let linked = fs::hard_link(path, second).or_else(|_| fs::copy(path, second).map(drop));
    linked.map_err(|error| unusable(path, &error))
}

/// The write-ahead log of a checkpoint.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    beside(path, ".wal")
}

/// The logs that DuckDB writes: that of commits, that of commits while it folds the first one in, and the joined one.
pub(crate) fn logs_of(path: &Path) -> [PathBuf; 3] {
    [".wal", ".wal.checkpoint", ".wal.recovery"].map(|suffix| beside(path, suffix))
}

/// The name that DuckDB gives a file that belongs to the database at `path`. It takes `?` for the start of options, and
/// puts the suffix before it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('?'));
    if let Some((before, after)) = name {
        return path.with_file_name(format!("{before}{suffix}?{after}"));
    }
    with_suffix(path, suffix)
}

/// Renames the checkpoint and its log, and returns the checkpoint's new name.
pub(crate) fn quarantine(path: &Path, suffix: &str) -> Result<PathBuf, CheckpointError> {
    let target = free_name(path, suffix);
    let log = log_of(path);
    // The log first: a log without its file is harmless, but a new file must never get the log of an old one.
    if log.try_exists().map_err(|error| unusable(&log, &error))? {
        fs::rename(&log, log_of(&target)).map_err(|error| unusable(&log, &error))?;
    }
    fs::rename(path, &target).map_err(|error| unusable(path, &error))?;
    Ok(target)
}
