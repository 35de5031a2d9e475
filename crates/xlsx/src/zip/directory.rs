//! The central directory of a zip archive (APPNOTE 6.3.10), from bytes to checked entries.
//!
//! Sizes are taken from the directory, which has them even for archives with data descriptors; of a local header only
//! the length is used. Entries that share bytes are refused.

use std::collections::HashMap;

use crate::error::XlsxError;
use crate::limits::{DIRECTORY_BYTES_MAX, PARTS_MAX};

/// The end record without its comment.
const END_BYTES: usize = 22;
const LOCATOR_BYTES: usize = 20;
/// The bytes of a zip64 end record that are read.
pub(crate) const END64_BYTES: usize = 56;
const ENTRY_BYTES: usize = 46;
/// A local header without its name and extra field.
pub(crate) const LOCAL_BYTES: usize = 30;
/// Maximum distance of the end record from the end of the file: its comment has at most 65,535 bytes.
pub(crate) const TAIL_BYTES_MAX: u64 = (END_BYTES + LOCATOR_BYTES + u16::MAX as usize) as u64;

const END_MAGIC: &[u8] = b"PK\x05\x06";
const END64_MAGIC: &[u8] = b"PK\x06\x06";
const LOCATOR_MAGIC: &[u8] = b"PK\x06\x07";
const ENTRY_MAGIC: &[u8] = b"PK\x01\x02";
const LOCAL_MAGIC: &[u8] = b"PK\x03\x04";

/// The location of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Offset in the file of the end record, or of the zip64 one: the directory ends there.
    pub(crate) offset: u64,
    pub(crate) directory_offset: u64,
    pub(crate) directory_bytes: u64,
    pub(crate) entries: u64,
    /// Possible offsets of the zip64 end record, which then holds the true values: the recorded offset, and the shifted
    /// one if bytes precede the archive.
    pub(crate) end64_offsets: Option<[u64; 2]>,
}

/// A part of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name in the archive.
    pub(crate) name: String,
    pub(crate) method: u16,
    pub(crate) is_encrypted: bool,
    pub(crate) crc: u32,
    pub(crate) packed_bytes: u64,
    pub(crate) bytes: u64,
    /// Offset of the local header in the file.
    pub(crate) offset: u64,
    /// Length of the raw name in the file, which may differ from [`Entry::name`]: replaced bytes that are not UTF-8
    /// take more bytes there.
    pub(crate) name_bytes: usize,
}

/// The parts of an archive, by name.
#[derive(Debug)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

impl Directory {
    /// The part of that name, ignoring case and the kind of slash.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(&normal(name)).and_then(|index| self.entries.get(*index))
    }

    /// The first part whose normalized name ends in `suffix`.
    pub(crate) fn find_suffix(&self, suffix: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| normal(&entry.name).ends_with(suffix))
    }
}

/// Normalizes a part name: references differ from it in case, slashes and a leading slash.
fn normal(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_ascii_lowercase()
}

/// Finds the end record in the last bytes of a file, which start at `tail_offset`.
pub(crate) fn find_end(tail: &[u8], tail_offset: u64) -> Result<End, XlsxError> {
    let cut = XlsxError::Cut { offset: tail_offset + tail.len() as u64, what: "the archive has no end record" };
    let fits = |at: &usize| {
        let comment = number::<2>(tail, at + 20).unwrap_or(0) as usize;
        at + END_BYTES + comment <= tail.len()
    };
    let at = memchr::memmem::rfind_iter(tail, END_MAGIC).find(fits).ok_or(cut)?;
    let field = |from, bytes| wide(tail, at + from, bytes);
    if number::<2>(tail, at + 4) != Some(0) && number::<2>(tail, at + 4) != Some(0xFFFF) {
        return Err(XlsxError::Cut { offset: tail_offset + at as u64, what: "the archive is one of several volumes" });
    }
    let locator = at.checked_sub(LOCATOR_BYTES).filter(|at| tail.get(*at..*at + 4) == Some(LOCATOR_MAGIC));
    Ok(End {
        offset: tail_offset + at as u64,
        entries: field(10, 2),
        directory_bytes: field(12, 4),
        directory_offset: field(16, 4),
        end64_offsets: locator
            .map(|at| [wide(tail, at + 8, 8), (tail_offset + at as u64).saturating_sub(END64_BYTES as u64)]),
    })
}

/// The true end of a zip64 archive, from the record at `offset`; `None` if it is not such a record.
pub(crate) fn read_end64(record: &[u8], end: &End, offset: u64) -> Option<End> {
    if record.len() < END64_BYTES || !record.starts_with(END64_MAGIC) {
        return None;
    }
    let field = |from| wide(record, from, 8);
    Some(End { offset, entries: field(32), directory_bytes: field(40), directory_offset: field(48), ..*end })
}

impl End {
    /// The true start of the directory, and the shift to add to all offsets: bytes may precede the archive.
    pub(crate) fn place(&self) -> Result<(u64, u64), XlsxError> {
        if self.entries > PARTS_MAX {
            return Err(XlsxError::TooManyParts { count: self.entries, count_max: PARTS_MAX });
        }
        if self.directory_bytes > DIRECTORY_BYTES_MAX {
            let part = "(directory)".to_owned();
            return Err(XlsxError::TooLarge { part, bytes: self.directory_bytes, bytes_max: DIRECTORY_BYTES_MAX });
        }
        let start = self.offset.checked_sub(self.directory_bytes);
        let place = start.and_then(|start| Some((start, start.checked_sub(self.directory_offset)?)));
        place.ok_or(XlsxError::Cut { offset: self.offset, what: "the directory is not where the archive says" })
    }
}

/// Reads the directory's bytes, which start at `start`; `shift` is added to all offsets.
pub(crate) fn read(bytes: &[u8], end: &End, start: u64, shift: u64) -> Result<Directory, XlsxError> {
    // Each entry takes 46 bytes, so the count is bounded by the bytes that exist.
    let mut entries = Vec::with_capacity((end.entries as usize).min(bytes.len() / ENTRY_BYTES));
    let mut at = 0;
    for _ in 0..end.entries {
        let cut = XlsxError::Cut { offset: start + at as u64, what: "a directory entry is not whole" };
        let Some((entry, length)) = bytes.get(at..).and_then(|rest| read_entry(rest, shift)) else { return Err(cut) };
        entries.push(entry);
        at += length;
    }
    check_overlaps(&entries, start)?;
    let by_name = entries.iter().enumerate().rev().map(|(index, entry)| (normal(&entry.name), index)).collect();
    Ok(Directory { entries, by_name })
}

fn read_entry(bytes: &[u8], shift: u64) -> Option<(Entry, usize)> {
    if !bytes.starts_with(ENTRY_MAGIC) || bytes.len() < ENTRY_BYTES {
        return None;
    }
    let flags = number::<2>(bytes, 8)?;
    let (name_bytes, extra_bytes) = (number::<2>(bytes, 28)? as usize, number::<2>(bytes, 30)? as usize);
    let comment_bytes = number::<2>(bytes, 32)? as usize;
    let name = bytes.get(ENTRY_BYTES..ENTRY_BYTES + name_bytes)?;
    let extra = bytes.get(ENTRY_BYTES + name_bytes..ENTRY_BYTES + name_bytes + extra_bytes)?;
    let mut sizes = [number::<4>(bytes, 24)?, number::<4>(bytes, 20)?, number::<4>(bytes, 42)?];
    widen(extra, &mut sizes)?;
    let [size, packed_bytes, offset] = sizes;
    let entry = Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        method: number::<2>(bytes, 10)? as u16,
        is_encrypted: flags & 1 != 0,
        crc: number::<4>(bytes, 16)? as u32,
        packed_bytes,
        bytes: size,
        offset: offset.checked_add(shift)?,
        name_bytes,
    };
    Some((entry, ENTRY_BYTES + name_bytes + extra_bytes + comment_bytes))
}

/// Replaces the values that do not fit in 32 bits with those of the zip64 extra field, which has only these, in this
/// order.
fn widen(mut extra: &[u8], values: &mut [u64; 3]) -> Option<()> {
    const ZIP64: u64 = 1;
    let is_wide = |value: &u64| *value == u64::from(u32::MAX);
    while values.iter().any(is_wide) && extra.len() >= 4 {
        let (id, length) = (number::<2>(extra, 0)?, number::<2>(extra, 2)? as usize);
        let body = extra.get(4..4 + length)?;
        if id == ZIP64 {
            let mut at = 0;
            for value in values.iter_mut().filter(|value| is_wide(value)) {
                *value = number::<8>(body, at)?;
                at += 8;
            }
            return Some(());
        }
        extra = extra.get(4 + length..)?;
    }
    Some(())
}

/// Checks that no two parts share bytes and none overlaps the directory.
fn check_overlaps(entries: &[Entry], directory_start: u64) -> Result<(), XlsxError> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.offset);
    let nexts = sorted.iter().skip(1).map(|next| (next.offset, next.name.as_str()));
    for (entry, (limit, other)) in sorted.iter().zip(nexts.chain([(directory_start, "(directory)")])) {
        let length = (LOCAL_BYTES + entry.name_bytes) as u64;
        let end = entry.offset.checked_add(length).and_then(|start| start.checked_add(entry.packed_bytes));
        if end.is_none_or(|end| end > limit) {
            return Err(XlsxError::Overlap { part: entry.name.clone(), other: other.to_owned() });
        }
    }
    Ok(())
}

/// Length of the name and extra field of a local header; the data follows them.
pub(crate) fn local_tail_bytes(header: &[u8]) -> Option<u64> {
    let is_local = header.starts_with(LOCAL_MAGIC);
    is_local.then_some(())?;
    Some(number::<2>(header, 26)? + number::<2>(header, 28)?)
}

fn wide(bytes: &[u8], at: usize, length: usize) -> u64 {
    match length {
        2 => number::<2>(bytes, at),
        4 => number::<4>(bytes, at),
        _ => number::<8>(bytes, at),
    }
    .unwrap_or(0)
}

/// A little-endian number of `N` bytes, at most 8.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(N)?)?;
    Some(field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
