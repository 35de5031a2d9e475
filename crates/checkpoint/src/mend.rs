//! A checkpoint whose log is damaged: what was committed before the damage is kept, the damaged log moved aside.
//!
//! DuckDB forgives a log that ends in the middle of an entry, and nothing else: a flipped bit, or the zeros that a power
//! failure leaves at the end, keep the whole file from opening. The entries before the damage are sound, and a log that
//! is cut there opens. Worse, a log whose first bytes are damaged is passed over *and overwritten* without a word, so
//! those bytes are looked at before the file is opened.
//!
//! **Invariants.** The file itself is not touched. The damaged log stays, whole, under another name.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::aside::{aside, link, log_of, move_aside};
use crate::error::SinkError;
use crate::open::{staging_path, unusable};

/// The first bytes of a log as DuckDB 1.5 writes it: the entry that names the log's version, 2.
const LOG_START: [u8; 8] = [0x64, 0x00, 0x62, 0x65, 0x00, 0x02, 0xff, 0xff];

/// An entry's length and checksum, before the position that DuckDB names.
const ENTRY_HEAD_BYTES: u64 = 16;

/// Refuses a checkpoint whose log DuckDB would pass over without a word.
pub(crate) fn check_log(path: &Path) -> Result<(), SinkError> {
    let log = log_of(path);
    let mut start = Vec::new();
    match File::open(&log) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(&log, &error)),
        Ok(file) => file.take(LOG_START.len() as u64 + 1).read_to_end(&mut start).map_err(|e| unusable(&log, &e))?,
    };
    // A log of the first bytes alone, or of a part of them, holds nothing: its writer was killed as it began.
    if start.len() <= LOG_START.len() || start.starts_with(&LOG_START) {
        return Ok(());
    }
    let reason = "the log's first bytes are not those of a log".to_owned();
    Err(SinkError::Damaged { path: path.to_owned(), reason, sound_bytes: None })
}

/// What was done about a damaged checkpoint.
pub(crate) enum Mended {
    /// The log was cut where it is damaged: the checkpoint may open now.
    Log { kept: PathBuf },
    /// Nothing could be made of it: it is out of the way.
    Moved { kept: PathBuf },
}

/// Cuts the log where the damage begins; where it is not the log that is damaged, moves everything aside.
pub(crate) fn mend(path: &Path, sound_bytes: Option<u64>) -> Result<Mended, SinkError> {
    let log = log_of(path);
    let length = fs::metadata(&log).map_or(0, |facts| facts.len());
    let cut = match sound_bytes {
        Some(sound) if sound < length => Some(sound),
        None if check_log(path).is_err() => None,
        _ => return Ok(Mended::Moved { kept: move_aside(path, "damaged")? }),
    };
    let kept = aside(&log, "damaged");
    link(&log, &kept)?;
    let staging = staging_path(&log);
    let repaired = fs::copy(&log, &staging).and_then(|_| {
        let mut file = OpenOptions::new().write(true).open(&staging)?;
        match cut {
            Some(sound) => file.set_len(sound)?,
            None => file.write_all(&LOG_START)?,
        }
        file.sync_all()
    });
    repaired.and_then(|()| fs::rename(&staging, &log)).map_err(|error| unusable(&log, &error))?;
    Ok(Mended::Log { kept })
}

/// How many bytes of the log DuckDB found sound, by its message.
pub(crate) fn sound_bytes(message: &str) -> Option<u64> {
    let number = message.split_once("Corrupt WAL file: entry at byte position ")?.1;
    let position: u64 = number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    position.checked_sub(ENTRY_HEAD_BYTES)
}
