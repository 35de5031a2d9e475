//! An archive file: its directory, and its parts opened by name.

use std::io::{Read, Seek, SeekFrom};

use super::directory::{self, Directory, END64_BYTES, End, Entry, LOCAL_BYTES, TAIL_BYTES_MAX};
use super::part::PartReader;
use crate::error::XlsxError;
use crate::limits::{RATIO_FREE_BYTES, RATIO_MAX};

/// Magic bytes of OLE containers.
const OLE_MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// An archive.
#[derive(Debug)]
pub(crate) struct Archive<R> {
    source: R,
    directory: Directory,
    directory_start: u64,
}

impl<R: Read + Seek> Archive<R> {
    pub(crate) fn open(mut source: R) -> Result<Self, XlsxError> {
        let length = source.seek(SeekFrom::End(0))?;
        let head = read_at(&mut source, 0, length.min(OLE_MAGIC.len() as u64))?;
        if head == OLE_MAGIC {
            return Err(XlsxError::Encrypted);
        }
        if !head.starts_with(b"PK") {
            return Err(XlsxError::NotAnArchive);
        }
        let tail_offset = length.saturating_sub(TAIL_BYTES_MAX);
        let tail = read_at(&mut source, tail_offset, length - tail_offset)?;
        let mut end = directory::find_end(&tail, tail_offset)?;
        if let Some(offsets) = end.end64_offsets {
            end = read_end64(&mut source, &end, offsets)?;
        }
        let (start, shift) = end.place()?;
        let bytes = read_at(&mut source, start, end.directory_bytes)?;
        let directory = directory::read(&bytes, &end, start, shift)?;
        Ok(Archive { source, directory, directory_start: start })
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Opens a part of at most `bytes_max` inflated bytes.
    pub(crate) fn part(&mut self, name: &str, bytes_max: u64) -> Result<PartReader<'_, R>, XlsxError> {
        let entry = self.directory.find(name).ok_or_else(|| XlsxError::NoPart { part: name.to_owned() })?;
        check(entry, bytes_max)?;
        let header = read_at(&mut self.source, entry.offset, LOCAL_BYTES as u64)?;
        let cut = XlsxError::Cut { offset: entry.offset, what: "a part is not where the directory says" };
        let start = directory::local_tail_bytes(&header)
            .and_then(|tail| entry.offset.checked_add(LOCAL_BYTES as u64 + tail))
            .filter(|start| start.checked_add(entry.packed_bytes).is_some_and(|end| end <= self.directory_start));
        let start = start.ok_or(cut)?;
        self.source.seek(SeekFrom::Start(start))?;
        Ok(PartReader::new(&mut self.source, entry))
    }
}

fn read_end64(source: &mut (impl Read + Seek), end: &End, offsets: [u64; 2]) -> Result<End, XlsxError> {
    for offset in offsets {
        let record = read_at(source, offset, END64_BYTES as u64)?;
        if let Some(found) = directory::read_end64(&record, end, offset) {
            return Ok(found);
        }
    }
    let [offset, _] = offsets;
    Err(XlsxError::Cut { offset, what: "the zip64 end record is not where the archive says" })
}

fn check(entry: &Entry, bytes_max: u64) -> Result<(), XlsxError> {
    let part = entry.name.clone();
    let Entry { method, bytes, packed_bytes, .. } = *entry;
    if entry.is_encrypted {
        return Err(XlsxError::EncryptedPart { part });
    }
    if !matches!(method, 0 | 8) {
        return Err(XlsxError::Method { part, method });
    }
    if bytes > bytes_max {
        return Err(XlsxError::TooLarge { part, bytes, bytes_max });
    }
    if bytes > RATIO_FREE_BYTES && bytes / RATIO_MAX > packed_bytes {
        return Err(XlsxError::Bomb { part, packed_bytes, bytes, ratio_max: RATIO_MAX });
    }
    Ok(())
}

/// Reads at most `length` bytes, a length that the caller has bounded.
fn read_at(source: &mut (impl Read + Seek), offset: u64, length: u64) -> Result<Vec<u8>, XlsxError> {
    source.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    source.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
