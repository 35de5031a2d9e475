//! Reads a file of answers from end to end: its intact records and the state of the rest.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::format::{AnswerMeta, HEAD_BYTES, MAGIC, MARKER, RecordHead, parse};
use crate::request::RequestKey;

/// Bytes searched at a time for the next record after a damaged one.
const WINDOW_BYTES: usize = 1 << 20;

/// An intact record.
#[derive(Debug, Clone)]
pub(super) struct AnswerRecord {
    pub(super) key: RequestKey,
    pub(super) meta: AnswerMeta,
    /// Position of its payload in the file.
    pub(super) offset: u64,
    pub(super) payload_bytes: u32,
}

/// Contents of a file.
#[derive(Debug, Default)]
pub(super) struct AnswerScan {
    pub(super) records: Vec<AnswerRecord>,
    pub(super) state: FileState,
}

/// The state of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileState {
    /// Every byte belongs to an intact record.
    #[default]
    Intact,
    /// The last record is incomplete; the first `bytes` bytes are intact.
    Truncated { bytes: u64 },
    /// Any other damage.
    Damaged,
}

/// Reads the file from its beginning. An empty file is intact.
pub(super) fn scan(file: &mut File) -> std::io::Result<AnswerScan> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = std::io::BufReader::with_capacity(1 << 16, file);
    let mut scanned = AnswerScan::default();
    if length < MAGIC.len() as u64 {
        // Not even the magic number is complete: there is nothing to lose.
        let mut start = Vec::new();
        reader.read_to_end(&mut start)?;
        let is_prefix = MAGIC.starts_with(&start);
        scanned.state = match (length, is_prefix) {
            (0, _) => FileState::Intact,
            (_, true) => FileState::Truncated { bytes: 0 },
            (_, false) => FileState::Damaged,
        };
        return Ok(scanned);
    }
    let mut magic = [0; 16];
    reader.read_exact(&mut magic)?;
    if magic != MAGIC {
        scanned.state = FileState::Damaged;
    }
    let mut at = MAGIC.len() as u64;
    while at < length {
        match record_at(&mut reader, at, length)? {
            Ok(record) => {
                at = record.offset + u64::from(record.payload_bytes);
                scanned.records.push(record);
            }
            Err(is_truncated) => match next_record(&mut reader, at + 1, length)? {
                Some(next) => {
                    scanned.state = FileState::Damaged;
                    at = next;
                }
                None => {
                    if scanned.state == FileState::Intact {
                        scanned.state =
                            if is_truncated { FileState::Truncated { bytes: at } } else { FileState::Damaged };
                    }
                    break;
                }
            },
        }
    }
    Ok(scanned)
}

/// The record at `at`, the reader's position; as an error, whether the file ends before the record does.
fn record_at(reader: &mut (impl Read + Seek), at: u64, length: u64) -> std::io::Result<Result<AnswerRecord, bool>> {
    if length - at < HEAD_BYTES as u64 {
        return Ok(Err(true));
    }
    let mut head = [0; HEAD_BYTES];
    reader.read_exact(&mut head)?;
    let Some(head) = RecordHead::read(&head) else { return Ok(Err(false)) };
    let start = at + HEAD_BYTES as u64;
    if u64::from(head.payload_bytes) > length - start {
        return Ok(Err(true));
    }
    let mut payload = vec![0; head.payload_bytes as usize];
    reader.read_exact(&mut payload)?;
    let parsed = head.matches(&payload).then(|| parse(&payload)).flatten();
    let record =
        parsed.map(|(key, meta, _)| AnswerRecord { key, meta, offset: start, payload_bytes: head.payload_bytes });
    Ok(record.ok_or(false))
}

/// Position of the next intact record at or after `from`; the reader is moved there.
fn next_record(reader: &mut (impl Read + Seek), from: u64, length: u64) -> std::io::Result<Option<u64>> {
    let mut at = from;
    let mut window = Vec::new();
    while at < length {
        reader.seek(SeekFrom::Start(at))?;
        window.clear();
        reader.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut window)?;
        for start in
            (0..window.len()).filter(|start| window.get(*start..).is_some_and(|rest| rest.starts_with(&MARKER)))
        {
            let candidate = at + start as u64;
            reader.seek(SeekFrom::Start(candidate))?;
            if record_at(reader, candidate, length)?.is_ok() {
                reader.seek(SeekFrom::Start(candidate))?;
                return Ok(Some(candidate));
            }
        }
        if window.len() < WINDOW_BYTES {
            break;
        }
        // A marker may span the end of the window.
        at += (WINDOW_BYTES - MARKER.len() + 1) as u64;
    }
    Ok(None)
}
