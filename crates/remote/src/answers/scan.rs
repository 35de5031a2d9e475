//! Reads a file of answers from end to end: which records are whole, and what is wrong with the rest.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::format::{HEAD_BYTES, Head, MAGIC, MARK, Meta, parse};
use crate::request::Key;

/// Bytes looked through at once for the next record behind a damaged one.
const WINDOW_BYTES: usize = 1 << 20;

/// A whole record.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) meta: Meta,
    /// Where its payload is.
    pub(super) at: u64,
    pub(super) payload_bytes: u32,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) found: Vec<Found>,
    pub(super) state: State,
}

/// The state of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Every byte belongs to a whole record.
    #[default]
    Whole,
    /// The last record was not written whole; up to here all is well.
    Torn { bytes: u64 },
    /// Something else is wrong.
    Damaged,
}

/// Reads the file from its beginning. An empty file is whole.
pub(super) fn scan(file: &mut File) -> std::io::Result<Scanned> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = std::io::BufReader::with_capacity(1 << 16, file);
    let mut scanned = Scanned::default();
    if length < MAGIC.len() as u64 {
        // Not even the beginning was written whole: there is nothing to lose.
        let mut start = Vec::new();
        reader.read_to_end(&mut start)?;
        let torn = MAGIC.starts_with(&start);
        scanned.state = match (length, torn) {
            (0, _) => State::Whole,
            (_, true) => State::Torn { bytes: 0 },
            (_, false) => State::Damaged,
        };
        return Ok(scanned);
    }
    let mut magic = [0; 16];
    reader.read_exact(&mut magic)?;
    if magic != MAGIC {
        scanned.state = State::Damaged;
    }
    let mut at = MAGIC.len() as u64;
    while at < length {
        match record_at(&mut reader, at, length)? {
            Ok(found) => {
                at = found.at + u64::from(found.payload_bytes);
                scanned.found.push(found);
            }
            Err(cut) => match next_record(&mut reader, at + 1, length)? {
                Some(next) => {
                    scanned.state = State::Damaged;
                    at = next;
                }
                None => {
                    if scanned.state == State::Whole {
                        scanned.state = if cut { State::Torn { bytes: at } } else { State::Damaged };
                    }
                    break;
                }
            },
        }
    }
    Ok(scanned)
}

/// The record that begins at `at`, where the reader stands; else whether the file ends before it does.
fn record_at(reader: &mut (impl Read + Seek), at: u64, length: u64) -> std::io::Result<Result<Found, bool>> {
    if length - at < HEAD_BYTES as u64 {
        return Ok(Err(true));
    }
    let mut head = [0; HEAD_BYTES];
    reader.read_exact(&mut head)?;
    let Some(head) = Head::read(&head) else { return Ok(Err(false)) };
    let start = at + HEAD_BYTES as u64;
    if u64::from(head.payload_bytes) > length - start {
        return Ok(Err(true));
    }
    let mut payload = vec![0; head.payload_bytes as usize];
    reader.read_exact(&mut payload)?;
    let parsed = head.fits(&payload).then(|| parse(&payload)).flatten();
    let found = parsed.map(|(key, meta, _)| Found { key, meta, at: start, payload_bytes: head.payload_bytes });
    Ok(found.ok_or(false))
}

/// Where the next whole record begins, from `from` on; the reader stands there then.
fn next_record(reader: &mut (impl Read + Seek), from: u64, length: u64) -> std::io::Result<Option<u64>> {
    let mut at = from;
    let mut window = Vec::new();
    while at < length {
        reader.seek(SeekFrom::Start(at))?;
        window.clear();
        reader.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut window)?;
        for place in (0..window.len()).filter(|place| window.get(*place..).is_some_and(|rest| rest.starts_with(&MARK)))
        {
            let candidate = at + place as u64;
            reader.seek(SeekFrom::Start(candidate))?;
            if record_at(reader, candidate, length)?.is_ok() {
                reader.seek(SeekFrom::Start(candidate))?;
                return Ok(Some(candidate));
            }
        }
        if window.len() < WINDOW_BYTES {
            break;
        }
        // A mark may lie across the end of the window.
        at += (WINDOW_BYTES - MARK.len() + 1) as u64;
    }
    Ok(None)
}
