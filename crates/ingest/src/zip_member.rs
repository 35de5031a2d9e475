//! The single table of a zip archive, read as a stream: INSEE's CSV files come in this form.
//!
//! The archive's directory gives the member's location; length and checksum are verified at the member's end.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use crate::counted_file::CountedFile;
use crate::error::IngestError;

/// Members that are ignored.
const IGNORED: [&str; 3] = ["__MACOSX/", ".DS_Store", "Thumbs.db"];
/// Archives with more members are not searched for a table.
const MEMBERS_MAX: usize = 1_000;
/// Members named in a message.
const NAMED_MAX: usize = 5;

/// The bytes of the member.
pub(crate) struct ZipMember {
    bytes: MemberBytes,
    checksum: Crc,
    expected: u32,
    /// Bytes left to return.
    left: u64,
}

enum MemberBytes {
    Stored(io::Take<CountedFile>),
    Deflated(DeflateDecoder<io::Take<CountedFile>>),
}

impl ZipMember {
    /// Finds the member of the archive in `handle`.
    pub(crate) fn open(mut handle: File, file: &str) -> Result<ZipMember, IngestError> {
        let fault = |offset: u64, reason: String| IngestError::Decompression {
            file: file.to_owned(),
            compression: "zip",
            offset,
            reason,
        };
        let damaged = |error: zip::result::ZipError| fault(0, format!("{error}; copy or export it again"));
        let reader = handle.try_clone().map_err(|source| IngestError::Unreadable { file: file.to_owned(), source })?;
        let mut archive = ZipArchive::new(reader).map_err(damaged)?;
        let mut tables = Vec::new();
        for index in 0..archive.len().min(MEMBERS_MAX) {
            let member = archive.by_index_raw(index).map_err(damaged)?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            tables.extend(is_table(&name).then_some((index, name)));
        }
        let [(index, _)] = *tables.as_slice() else {
            let members = tables.into_iter().map(|(_, name)| name).collect();
            return Err(IngestError::ArchiveMembers { file: file.to_owned(), members: named(members) });
        };
        let member = archive.by_index_raw(index).map_err(damaged)?;
        let start = member.data_start().ok_or_else(|| fault(0, "it has no place for its member".to_owned()))?;
        let (packed, left, expected) = (member.compressed_size(), member.size(), member.crc32());
        if member.encrypted() {
            return Err(fault(start, "it has a password; extract the table first".to_owned()));
        }
        let method = member.compression();
        drop(member);
        handle.seek(SeekFrom::Start(start)).map_err(|error| fault(start, error.to_string()))?;
        let bytes = CountedFile::at(handle, start).take(packed);
        let bytes = match method {
            CompressionMethod::Stored => MemberBytes::Stored(bytes),
            CompressionMethod::Deflated => MemberBytes::Deflated(DeflateDecoder::new(bytes)),
            method => return Err(fault(start, format!("it is packed with {method}; extract the table first"))),
        };
        Ok(ZipMember { bytes, checksum: Crc::new(), expected, left })
    }

    /// The offset in the archive after the consumed bytes.
    pub(crate) fn offset(&self) -> u64 {
        match &self.bytes {
            MemberBytes::Stored(bytes) => bytes.get_ref().offset(),
            MemberBytes::Deflated(decoder) => decoder.get_ref().get_ref().offset(),
        }
    }
}

impl Read for ZipMember {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.bytes {
            MemberBytes::Stored(bytes) => bytes.read(out)?,
            MemberBytes::Deflated(decoder) => decoder.read(out)?,
        };
        self.checksum.update(out.get(..read).unwrap_or_default());
        if read > 0 {
            self.left = self.left.checked_sub(read as u64).ok_or_else(|| mismatch("length"))?;
        } else if !out.is_empty() && self.left > 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        } else if !out.is_empty() && self.checksum.sum() != self.expected {
            return Err(mismatch("checksum"));
        }
        Ok(read)
    }
}

fn mismatch(what: &str) -> io::Error {
    io::Error::other(format!("the {what} of its member does not match its bytes"))
}

fn is_table(name: &str) -> bool {
    !name.ends_with('/') && !IGNORED.iter().any(|ignored| name.starts_with(ignored) || name.ends_with(ignored))
}

/// The names of the first members.
fn named(mut members: Vec<String>) -> Vec<String> {
    members.sort();
    members.truncate(NAMED_MAX);
    members
}
