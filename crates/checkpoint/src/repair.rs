//! Repairs a checkpoint whose log is damaged: everything committed before the damage is kept, and the damaged log is
//! renamed.
//!
//! DuckDB accepts a log that ends in the middle of an entry, but no other damage: a flipped bit, or the zeros that a
//! power failure leaves at the end, prevent the file from opening. The entries before the damage are intact, and a log
//! truncated there opens. Worse, a log whose first bytes are damaged is silently ignored *and overwritten*, so those
//! bytes are checked before the file is opened.
//!
//! **Invariants.** The file itself is not modified. The damaged log is kept, complete, under another name.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use matchflow_files::open_regular;

use crate::error::CheckpointError;
use crate::open::{staging_path, unusable};
use crate::quarantine::{free_name, link, log_of, quarantine};

/// The first bytes of a log as written by DuckDB 1.5: the entry with the log's version, 2.
const LOG_START: [u8; 8] = [0x64, 0x00, 0x62, 0x65, 0x00, 0x02, 0xff, 0xff];

/// Refuses a checkpoint whose log DuckDB would silently ignore.
pub(crate) fn check_log(path: &Path) -> Result<(), CheckpointError> {
    let log = log_of(path);
    let mut start = Vec::new();
    match open_regular(&log) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(&log, &error)),
        Ok(file) => file.take(LOG_START.len() as u64 + 1).read_to_end(&mut start).map_err(|e| unusable(&log, &e))?,
    };
    // A log with no more than these bytes is empty: its writer was killed at the start.
    if start.len() <= LOG_START.len() || start.starts_with(&LOG_START) {
        return Ok(());
    }
    let reason = "the log's first bytes are not those of a log".to_owned();
    Err(CheckpointError::Damaged { path: path.to_owned(), reason, sound_bytes: None })
}

/// The repair of a damaged checkpoint.
pub(crate) enum Repair {
    /// The log was truncated where the damage begins: the checkpoint may open now.
    LogTruncated { backup: PathBuf },
    /// It could not be repaired and was renamed.
    Quarantined { backup: PathBuf },
}

/// Truncates the log where the damage begins; quarantines the checkpoint if the damage is not in the log.
pub(crate) fn repair(path: &Path, sound_bytes: Option<u64>) -> Result<Repair, CheckpointError> {
    let log = log_of(path);
    let length = fs::metadata(&log).map_or(0, |facts| facts.len());
    let sound_bytes = match sound_bytes {
        Some(sound) if sound < length => Some(sound),
        None if check_log(path).is_err() => None,
        _ => return Ok(Repair::Quarantined { backup: quarantine(path, "damaged")? }),
    };
    let backup = free_name(&log, "damaged");
    link(&log, &backup)?;
    let staging = staging_path(&log);
    let repaired = fs::copy(&log, &staging).and_then(|_| {
        let mut file = OpenOptions::new().write(true).open(&staging)?;
        match sound_bytes {
            Some(sound) => file.set_len(sound)?,
            None => file.write_all(&LOG_START)?,
        }
        file.sync_all()
    });
    repaired.and_then(|()| fs::rename(&staging, &log)).map_err(|error| unusable(&log, &error))?;
    Ok(Repair::LogTruncated { backup })
}
