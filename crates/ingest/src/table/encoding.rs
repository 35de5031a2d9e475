//! Bytes to UTF-8: the encoding of a text file found or taken from the plan, and its bytes transcoded as they are read.
//!
//! A byte-order mark decides. Without one, a file whose bytes are UTF-8 is UTF-8; any other is Windows-1252, unless it
//! has as many valid multi-byte characters as bad places: that is UTF-8 with damage, whose bad places read as U+FFFD.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};

use crate::error::IngestError;
use crate::file;

const BUFFER_BYTES: usize = 1 << 16;
/// The maximum length of a UTF-8 character, or of its prefix at the end of a buffer.
const UTF8_CHARACTER_BYTES_MAX: usize = 4;

/// The encoding that `label` names, or the one found in the file.
pub(super) fn choose(path: &Path, label: Option<&str>) -> Result<&'static Encoding, IngestError> {
    let file = file::name(path);
    if let Some(label) = label {
        let unknown = || IngestError::UnknownEncoding { file, label: label.to_owned() };
        return Encoding::for_label(label.as_bytes()).ok_or_else(unknown);
    }
    detect(file::open(path)?).map_err(|source| IngestError::Unreadable { file, source })
}

fn detect(mut handle: impl Read) -> io::Result<&'static Encoding> {
    let mut buffer = vec![0_u8; BUFFER_BYTES];
    let (mut carried, mut first) = (0_usize, true);
    let (mut multibyte, mut bad) = (0_u64, 0_u64);
    loop {
        let read = handle.read(buffer.get_mut(carried..).unwrap_or_default())?;
        let end = carried + read;
        let mut rest = buffer.get(..end).unwrap_or_default();
        if first && let Some((encoding, _)) = Encoding::for_bom(rest) {
            return Ok(encoding);
        }
        first = false;
        loop {
            let (valid, fault) = match std::str::from_utf8(rest) {
                Ok(text) => (text.len(), None),
                Err(error) => (error.valid_up_to(), Some(error.error_len())),
            };
            let text = rest.get(..valid).unwrap_or_default();
            multibyte += text.iter().filter(|byte| **byte >= 0xC0).count() as u64;
            rest = rest.get(valid..).unwrap_or_default();
            match fault {
                Some(Some(length)) => {
                    bad += 1;
                    rest = rest.get(length..).unwrap_or_default();
                }
                // A character that the buffer's end cuts: its other bytes come with the next read.
                Some(None) | None => break,
            }
        }
        carried = rest.len();
        if read == 0 {
            bad += u64::from(carried > 0);
            return Ok(if bad > multibyte { WINDOWS_1252 } else { UTF_8 });
        }
        buffer.copy_within(end - carried..end, 0);
    }
}

/// A reader of a file's text as UTF-8, without a byte-order mark.
/// The last line ends in a line break, so that every line can be counted.
pub(super) struct Transcoder {
    handle: File,
    decoder: Decoder,
    input: Vec<u8>,
    start: usize,
    end: usize,
    input_ended: bool,
    /// Whether the decoder has given all that it will.
    drained: bool,
    /// The byte handed out last.
    last: u8,
    /// Whether bytes were met that the encoding does not have; they read as U+FFFD.
    pub(super) damaged: bool,
    /// Bytes that may still be handed out before [`Transcoder::allow`] is called again.
    allowance: u64,
}

/// The cause of the error of a read beyond the allowance.
#[derive(Debug, thiserror::Error)]
#[error("the record is too long")]
pub(super) struct BeyondAllowance;

impl Transcoder {
    pub(super) fn new(handle: File, encoding: &'static Encoding) -> Self {
        Transcoder {
            handle,
            decoder: encoding.new_decoder(),
            input: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            input_ended: false,
            drained: false,
            last: b'\n',
            damaged: false,
            allowance: u64::MAX,
        }
    }

    /// Lets `bytes` be handed out; reads beyond them fail with [`BeyondAllowance`].
    pub(super) fn allow(&mut self, bytes: u64) {
        self.allowance = bytes;
    }

    /// Ends the last line where the file does not.
    fn end_line(&mut self, out: &mut [u8]) -> usize {
        match out.first_mut() {
            Some(first) if !matches!(self.last, b'\n' | b'\r') => {
                *first = b'\n';
                self.last = b'\n';
                1
            }
            _ => 0,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.start = 0;
        self.end = loop {
            match self.handle.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.input_ended = self.end == 0;
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.len() < UTF8_CHARACTER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a buffer of at least 4 bytes is wanted"));
        }
        while !self.drained {
            if self.start == self.end && !self.input_ended {
                self.fill()?;
            }
            let input = self.input.get(self.start..self.end).unwrap_or_default();
            let (result, read, written, replaced) = self.decoder.decode_to_utf8(input, out, self.input_ended);
            self.start += read;
            self.damaged |= replaced;
            self.drained = self.input_ended && result == CoderResult::InputEmpty;
            if written > 0 {
                self.last = out.get(written - 1).copied().unwrap_or(self.last);
                let rest = self.allowance.checked_sub(written as u64);
                self.allowance = rest.ok_or_else(|| io::Error::other(BeyondAllowance))?;
                return Ok(written);
            }
        }
        Ok(self.end_line(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found_whatever_way_the_bytes_are_cut() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                self.0.read(out.get_mut(..1).unwrap_or_default())
            }
        }
        let cases: [(&[u8], &Encoding); 6] = [
            (b"", UTF_8),
            ("Société;Évry".as_bytes(), UTF_8),
            (b"Soci\xE9t\xE9", WINDOWS_1252),
            (b"caf\xE9", WINDOWS_1252),
            (b"\xC3\xA9t\xC3\xA9 \xC3\xA0 caf\xE9", UTF_8),
            (b"plain", UTF_8),
        ];
        for (bytes, expected) in cases {
            assert_eq!(detect(bytes).unwrap(), expected, "{bytes:?}");
            assert_eq!(detect(Slow(bytes)).unwrap(), expected, "{bytes:?} a byte at a time");
        }
        assert_eq!(detect(&b"\xFF\xFEN\0"[..]).unwrap().name(), "UTF-16LE");
    }
}
