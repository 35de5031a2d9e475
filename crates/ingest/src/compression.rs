//! The bytes of a text table: those of its file, or decompressed from gzip, Zstandard or zip.
//!
//! The first bytes of a file determine its compression, whatever its name. Bytes are decompressed as they are read.
//!
//! **Limits.** Beyond [`limits::RATIO_FREE_BYTES`], a file may expand to [`limits::RATIO_MAX`] times its size. A
//! Zstandard window is at most 128 MiB. A zip archive has a single file, apart from folders and files added by macOS.
//!
//! **Invariants.** The end of the bytes is the end of the table: a truncated or damaged file is an error with the
//! offset in the file, even if only a checksum at the end reveals it. Zeros after the last gzip member are padding;
//! anything else there is an error, since it might have been rows.

use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use matchflow_xlsx::limits;

use crate::contents::{Compression, FileContents, START_BYTES};
use crate::counted_file::CountedFile;
use crate::error::IngestError;
use crate::file;
use crate::zip_member::ZipMember;

/// The bytes of a text table.
pub(crate) struct TableBytes {
    file: String,
    decoder: Decoder,
    /// Bytes returned so far.
    bytes: u64,
    failed: bool,
}

enum Decoder {
    Plain(File),
    Gzip(Box<GzipMembers>),
    Zstandard(Box<zstd::stream::read::Decoder<'static, CountedFile>>),
    Zip(Box<ZipMember>),
}

impl TableBytes {
    /// Opens a file of at least one byte.
    pub(crate) fn open(path: &Path) -> Result<TableBytes, IngestError> {
        let file = file::name(path);
        let compression = file::contents(path)?.and_then(|contents| contents.compression());
        let handle = file::open(path)?;
        let decoder = match compression {
            None => Decoder::Plain(handle),
            Some(Compression::Gzip) => Decoder::Gzip(Box::new(GzipMembers::new(CountedFile::new(handle)))),
            Some(Compression::Zstandard) => {
                let decoder = zstd::stream::read::Decoder::with_buffer(CountedFile::new(handle));
                Decoder::Zstandard(Box::new(decoder.map_err(|error| read_error(&file, error))?))
            }
            Some(Compression::Zip) => Decoder::Zip(Box::new(ZipMember::open(handle, &file)?)),
        };
        Ok(TableBytes { file, decoder, bytes: 0, failed: false })
    }

    /// The decoder's position in the file.
    fn offset(&self) -> u64 {
        match &self.decoder {
            Decoder::Plain(_) => self.bytes,
            Decoder::Gzip(members) => members.offset(),
            Decoder::Zstandard(decoder) => decoder.get_ref().offset(),
            Decoder::Zip(member) => member.offset(),
        }
    }

    fn compression(&self) -> Option<Compression> {
        match &self.decoder {
            Decoder::Plain(_) => None,
            Decoder::Gzip(_) => Some(Compression::Gzip),
            Decoder::Zstandard(_) => Some(Compression::Zstandard),
            Decoder::Zip(_) => Some(Compression::Zip),
        }
    }

    fn fault(&mut self, reason: String) -> io::Error {
        self.failed = true;
        let compression = self.compression().map_or("", Compression::name);
        let fault = IngestError::Decompression { file: self.file.clone(), compression, offset: self.offset(), reason };
        io::Error::other(fault)
    }
}

impl Read for TableBytes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(self.fault("it was damaged before this place".to_owned()));
        }
        let read = match &mut self.decoder {
            Decoder::Plain(file) => return file.read(out),
            Decoder::Gzip(members) => members.read(out),
            Decoder::Zstandard(decoder) => decoder.read(out),
            Decoder::Zip(member) => member.read(out),
        };
        match read {
            Ok(read) => {
                self.bytes += read as u64;
                let allowed = self.offset().saturating_mul(limits::RATIO_MAX).max(limits::RATIO_FREE_BYTES);
                if self.bytes > allowed {
                    let times = limits::RATIO_MAX;
                    return Err(self.fault(format!(
                        "it expands to more than {times} times its size, as no table does; if it is one, decompress it"
                    )));
                }
                Ok(read)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(self.fault("the file is cut: it ends before its contents do; copy or export it again".to_owned()))
            }
            Err(error) => Err(self.fault(format!("{error}; copy or export it again"))),
        }
    }
}

/// The error for a file whose bytes cannot be read.
pub(crate) fn read_error(file: &str, source: io::Error) -> IngestError {
    if source.get_ref().is_some_and(|inner| inner.is::<IngestError>()) {
        let fault = source.into_inner().and_then(|inner| inner.downcast::<IngestError>().ok());
        return fault.map_or_else(|| cut(file), |fault| *fault);
    }
    IngestError::Unreadable { file: file.to_owned(), source }
}

fn cut(file: &str) -> IngestError {
    IngestError::Unreadable { file: file.to_owned(), source: ErrorKind::UnexpectedEof.into() }
}

/// The contents of a compressed file, if recognised. An empty one is an error.
pub(crate) fn inner_contents(path: &Path) -> Result<Option<FileContents>, IngestError> {
    let mut start = Vec::new();
    let read = TableBytes::open(path)?.take(START_BYTES).read_to_end(&mut start);
    read.map_err(|error| read_error(&file::name(path), error))?;
    if start.is_empty() {
        return Err(IngestError::EmptyFile { file: file::name(path) });
    }
    Ok(FileContents::recognise(&start))
}

/// The members of a gzip file, in sequence: tools append them.
struct GzipMembers {
    /// `None` at the end of the file.
    member: Option<GzDecoder<CountedFile>>,
    /// The position of the end.
    end: u64,
}

impl GzipMembers {
    fn new(file: CountedFile) -> GzipMembers {
        GzipMembers { member: Some(GzDecoder::new(file)), end: 0 }
    }

    fn offset(&self) -> u64 {
        self.member.as_ref().map_or(self.end, |member| member.get_ref().offset())
    }

    /// Moves to the next member, if there is one, after any zeros.
    fn advance(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut file = member.into_inner();
        loop {
            let buffer = file.fill_buf()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            let is_next = zeros < buffer.len();
            let is_end = buffer.is_empty();
            file.consume(zeros);
            self.end = file.offset();
            if is_next {
                self.member = Some(GzDecoder::new(file));
                return Ok(());
            }
            if is_end {
                return Ok(());
            }
        }
    }
}

impl Read for GzipMembers {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            self.advance()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests;
