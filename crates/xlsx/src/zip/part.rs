//! A part of an archive, inflated as it is read; its size and checksum are verified. Text is converted to UTF-8.

use std::io::{ErrorKind, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::directory::Entry;
use crate::error::XlsxError;
use crate::xml::utf16::{Encoding, Transcoder, detect};

const PACKED_BUFFER_BYTES: usize = 1 << 16;
/// The XML declaration, which names the encoding, is within these bytes.
const HEAD_BYTES: usize = 256;

/// A part being read.
pub(crate) struct PartReader<'a, R> {
    source: &'a mut R,
    name: String,
    inflate: Option<Decompress>,
    packed: Vec<u8>,
    packed_start: usize,
    packed_end: usize,
    /// Packed bytes left in the source.
    remaining_bytes: u64,
    expected_bytes: u64,
    expected_crc: u32,
    read_bytes: u64,
    crc: Crc,
    is_done: bool,
}

impl<'a, R: Read> PartReader<'a, R> {
    /// The source is positioned at the part's first compressed byte.
    pub(super) fn new(source: &'a mut R, entry: &Entry) -> Self {
        PartReader {
            source,
            name: entry.name.clone(),
            inflate: (entry.method != 0).then(|| Decompress::new(false)),
            packed: vec![0; PACKED_BUFFER_BYTES],
            packed_start: 0,
            packed_end: 0,
            remaining_bytes: entry.packed_bytes,
            expected_bytes: entry.bytes,
            expected_crc: entry.crc,
            read_bytes: 0,
            crc: Crc::new(),
            is_done: false,
        }
    }

    /// The part's name in the archive.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Fills `out` from its start; 0 at the end, after size and checksum were verified.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, XlsxError> {
        if self.is_done || out.is_empty() {
            return Ok(0);
        }
        let mut length = 0;
        while length == 0 && !self.is_done {
            self.refill()?;
            length = if self.inflate.is_some() { self.inflate(out)? } else { self.copy(out) };
        }
        self.read_bytes += length as u64;
        self.crc.update(out.get(..length).unwrap_or_default());
        if self.read_bytes > self.expected_bytes || (self.is_done && self.read_bytes < self.expected_bytes) {
            let more = self.read_bytes > self.expected_bytes;
            return Err(XlsxError::Length { part: self.name.clone(), expected_bytes: self.expected_bytes, more });
        }
        if self.is_done && self.crc.sum() != self.expected_crc {
            let (part, found) = (self.name.clone(), self.crc.sum());
            return Err(XlsxError::Checksum { part, found, expected: self.expected_crc });
        }
        Ok(length)
    }

    fn refill(&mut self) -> Result<(), XlsxError> {
        while self.packed_start == self.packed_end && self.remaining_bytes > 0 {
            let length_max = usize::try_from(self.remaining_bytes).unwrap_or(usize::MAX).min(self.packed.len());
            let length = match self.source.read(self.packed.get_mut(..length_max).unwrap_or_default()) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(source) => return Err(XlsxError::Io { source }),
            };
            if length == 0 {
                return Err(XlsxError::Cut { offset: self.read_bytes, what: "the file ends within a part" });
            }
            (self.packed_start, self.packed_end) = (0, length);
            self.remaining_bytes -= length as u64;
        }
        Ok(())
    }

    fn inflate(&mut self, out: &mut [u8]) -> Result<usize, XlsxError> {
        let Some(inflate) = &mut self.inflate else { return Ok(0) };
        let packed = self.packed.get(self.packed_start..self.packed_end).unwrap_or_default();
        let (in_before, out_before) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(packed, out, FlushDecompress::None);
        // The bytes inflated before the damage count, regardless of the buffer sizes.
        let damaged = XlsxError::Inflate { part: self.name.clone(), offset: inflate.total_out() };
        let Ok(status) = status else { return Err(damaged) };
        let (used, length) = ((inflate.total_in() - in_before) as usize, (inflate.total_out() - out_before) as usize);
        self.packed_start += used;
        self.is_done = status == Status::StreamEnd;
        // Neither input nor output advances: the stream ends before its last block.
        if used == 0 && length == 0 && !self.is_done {
            return Err(damaged);
        }
        Ok(length)
    }

    fn copy(&mut self, out: &mut [u8]) -> usize {
        let packed = self.packed.get(self.packed_start..self.packed_end).unwrap_or_default();
        let length = packed.len().min(out.len());
        for (to, from) in out.iter_mut().zip(packed) {
            *to = *from;
        }
        self.packed_start += length;
        self.is_done = self.packed_start == self.packed_end && self.remaining_bytes == 0;
        length
    }
}

/// A part converted to UTF-8 from any encoding.
pub(crate) struct TextReader<'a, R> {
    part: PartReader<'a, R>,
    /// Bytes read and not yet returned, already UTF-8.
    pending: Vec<u8>,
    pending_start: usize,
    transcoder: Option<(Transcoder, bool)>,
}

impl<'a, R: Read> TextReader<'a, R> {
    pub(crate) fn new(mut part: PartReader<'a, R>) -> Result<Self, XlsxError> {
        let mut head = vec![0; HEAD_BYTES];
        let mut length = 0;
        loop {
            match part.read(head.get_mut(length..).unwrap_or_default())? {
                0 => break,
                more => length += more,
            }
        }
        head.truncate(length);
        let mut reader = TextReader { part, pending: Vec::new(), pending_start: 0, transcoder: None };
        match detect(&head) {
            Encoding::Utf8 => reader.pending = head,
            Encoding::Utf16 { is_little } => {
                reader.transcoder = Some((Transcoder::default(), is_little));
                reader.transcode(&head, false)?;
            }
            Encoding::Other(label) => return Err(XlsxError::Encoding { part: reader.part.name.clone(), label }),
        }
        Ok(reader)
    }

    /// The part's name in the archive.
    pub(crate) fn name(&self) -> &str {
        self.part.name()
    }

    /// The part's size according to the archive.
    pub(crate) fn bytes(&self) -> u64 {
        self.part.expected_bytes
    }

    /// Fills `out` from its start; 0 at the end.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, XlsxError> {
        loop {
            let pending = self.pending.get(self.pending_start..).unwrap_or_default();
            if !pending.is_empty() {
                let length = pending.len().min(out.len());
                for (to, from) in out.iter_mut().zip(pending) {
                    *to = *from;
                }
                self.pending_start += length;
                return Ok(length);
            }
            if self.transcoder.is_none() {
                return self.part.read(out);
            }
            let mut raw = vec![0; PACKED_BUFFER_BYTES];
            let length = self.part.read(&mut raw)?;
            self.transcode(raw.get(..length).unwrap_or_default(), length == 0)?;
            if length == 0 && self.pending.is_empty() {
                return Ok(0);
            }
        }
    }

    /// The whole part; its size was bounded when it was opened.
    pub(crate) fn read_all(mut self) -> Result<Vec<u8>, XlsxError> {
        let (mut all, mut piece) = (Vec::new(), vec![0; PACKED_BUFFER_BYTES]);
        loop {
            match self.read(&mut piece)? {
                0 => return Ok(all),
                length => all.extend_from_slice(piece.get(..length).unwrap_or_default()),
            }
        }
    }

    fn transcode(&mut self, raw: &[u8], is_last: bool) -> Result<(), XlsxError> {
        let Some((transcoder, is_little)) = &mut self.transcoder else { return Ok(()) };
        let mut text = String::new();
        let transcoded = transcoder.push(raw, *is_little, is_last, &mut text);
        // Somewhere in the piece that ends here.
        let begin = self.part.read_bytes - raw.len() as u64;
        transcoded.map_err(|kind| kind.at(0).shifted(begin).within(&self.part.name))?;
        (self.pending, self.pending_start) = (text.into_bytes(), 0);
        Ok(())
    }
}
