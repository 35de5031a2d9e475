//! Decodes text files to UTF-8 as needed; their encoding is detected or given in the plan.
//!
//! A byte-order mark decides. Without one, zero bytes on one side of each line break mean UTF-16; valid UTF-8 is UTF-8;
//! anything else has one byte a character ([`single_byte`]), unless it has as many valid multi-byte characters as invalid
//! sequences: that is damaged UTF-8, whose invalid sequences are decoded as U+FFFD.
//!
//! **Limits.** UTF-32 is refused.

mod single_byte;

use std::io::{self, ErrorKind, Read};
use std::path::Path;

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::compression::{TableBytes, read_error};
use crate::error::IngestError;
use crate::file;

const BUFFER_BYTES: usize = 1 << 16;

/// The label of [`TextEncoding::CodePage850`].
const CODE_PAGE_850: &str = "cp850";

/// The encoding of a text file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TextEncoding {
    /// One of the WHATWG's.
    Standard(&'static Encoding),
    /// That of MS-DOS in Western Europe, which is not among the WHATWG's.
    CodePage850,
}

/// What the bytes of a file can be.
#[derive(Debug, PartialEq)]
enum DetectedEncoding {
    Standard(&'static Encoding),
    SingleByte,
    Utf32,
}

/// The encoding with this `label`, or the detected one.
pub(super) fn choose(path: &Path, label: Option<&str>) -> Result<TextEncoding, IngestError> {
    let file = file::name(path);
    match label {
        Some(CODE_PAGE_850) => return Ok(TextEncoding::CodePage850),
        Some(label) => {
            let unknown = || IngestError::UnknownEncoding { file, label: label.to_owned() };
            return Encoding::for_label(label.as_bytes()).map(TextEncoding::Standard).ok_or_else(unknown);
        }
        None => {}
    }
    let failed = |source| read_error(&file, source);
    match detect(TableBytes::open(path)?).map_err(failed)? {
        DetectedEncoding::Standard(encoding) => Ok(TextEncoding::Standard(encoding)),
        DetectedEncoding::SingleByte => single_byte::guess(TableBytes::open(path)?).map_err(failed),
        DetectedEncoding::Utf32 => Err(IngestError::UnsupportedEncoding { file, encoding: "UTF-32" }),
    }
}

fn detect(mut handle: impl Read) -> io::Result<DetectedEncoding> {
    let mut buffer = vec![0_u8; BUFFER_BYTES];
    let mut filled = fill(&mut handle, &mut buffer)?;
    let start = buffer.get(..filled).unwrap_or_default();
    if is_utf32(start) {
        return Ok(DetectedEncoding::Utf32);
    }
    if let Some(encoding) = Encoding::for_bom(start).map(|(encoding, _)| encoding).or_else(|| utf16_without_mark(start))
    {
        return Ok(DetectedEncoding::Standard(encoding));
    }
    let (mut multibyte, mut bad) = (0_u64, 0_u64);
    loop {
        let mut rest = buffer.get(..filled).unwrap_or_default();
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
                // A character split by the end of the buffer: the next read has its other bytes.
                Some(None) | None => break,
            }
        }
        let carried = rest.len();
        buffer.copy_within(filled - carried..filled, 0);
        let read = fill(&mut handle, buffer.get_mut(carried..).unwrap_or_default())?;
        filled = carried + read;
        if read == 0 {
            bad += u64::from(carried > 0);
            let is_utf8 = bad <= multibyte;
            return Ok(if is_utf8 { DetectedEncoding::Standard(UTF_8) } else { DetectedEncoding::SingleByte });
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(handle: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
        match handle.read(free) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn is_utf32(start: &[u8]) -> bool {
    let has_mark = start.starts_with(b"\xFF\xFE\0\0") || start.starts_with(b"\0\0\xFE\xFF");
    let is_latin = |unit: &&[u8; 4]| matches!(unit, [1..=255, 0, 0, 0] | [0, 0, 0, 1..=255]);
    let (units, _) = start.as_chunks::<4>();
    has_mark || (!units.is_empty() && units.iter().filter(is_latin).count() * 2 > units.len())
}

/// Detects UTF-16 without a mark, which has a zero byte next to each ASCII character: in a table, at least next to
/// delimiters and line breaks, and on one side only. Cells padded with zero bytes have them on both.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let (units, _) = start.as_chunks::<2>();
    let count = |is_counted: fn(&&[u8; 2]) -> bool| units.iter().filter(is_counted).count();
    let little = count(|unit| matches!(unit, [1..=0x7F, 0]));
    let big = count(|unit| matches!(unit, [0, 1..=0x7F]));
    // A single byte is a line break in any other encoding.
    let narrow_breaks = count(|unit| matches!(unit, [b'\n' | b'\r', 1..=0x7F] | [1..=0x7F, b'\n' | b'\r']));
    let is_wide =
        |ascii: usize, other: usize| ascii * 16 > units.len() && other * 4 < ascii && narrow_breaks * 4 <= ascii;
    match () {
        () if is_wide(little, big) => Some(UTF_16LE),
        () if is_wide(big, little) => Some(UTF_16BE),
        () => None,
    }
}

/// The text of a file, decoded as needed, without a leading byte-order mark.
///
/// Memory: the text not consumed yet, and twice as much while more is decoded.
pub(super) struct DecodedText {
    handle: TableBytes,
    /// `None`: code page 850.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    text: String,
    /// The start in `text` of what is not consumed yet.
    start: usize,
    is_complete: bool,
    /// Whether there were bytes that are invalid in the encoding; they are decoded as U+FFFD.
    pub(super) is_damaged: bool,
}

impl DecodedText {
    pub(super) fn new(handle: TableBytes, encoding: TextEncoding) -> Self {
        DecodedText {
            handle,
            decoder: match encoding {
                TextEncoding::Standard(encoding) => Some(encoding.new_decoder()),
                TextEncoding::CodePage850 => None,
            },
            input: Vec::new(),
            text: String::new(),
            start: 0,
            is_complete: false,
            is_damaged: false,
        }
    }

    /// The text that is decoded and not consumed.
    #[inline]
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Whether [`DecodedText::rest`] extends to the end of the file.
    #[inline]
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Consumes this many bytes of the rest.
    #[inline]
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.text.len());
    }

    /// Decodes more, doubling the rest, so that rescanning a long rest is rare.
    pub(super) fn extend(&mut self) -> io::Result<()> {
        self.text.drain(..self.start);
        self.start = 0;
        self.input.resize(self.text.len().max(BUFFER_BYTES), 0);
        let read = fill(&mut self.handle, &mut self.input)?;
        let mut input = self.input.get(..read).unwrap_or_default();
        let is_last = input.len() < self.input.len();
        self.is_complete = is_last;
        let Some(decoder) = &mut self.decoder else {
            self.text.extend(input.iter().map(|byte| single_byte::code_page_850(*byte)));
            return Ok(());
        };
        loop {
            let room = decoder.max_utf8_buffer_length(input.len());
            self.text.reserve(room.unwrap_or(BUFFER_BYTES).max(BUFFER_BYTES));
            let (result, read, is_damaged) = decoder.decode_to_string(input, &mut self.text, is_last);
            self.is_damaged |= is_damaged;
            input = input.get(read..).unwrap_or_default();
            if result == encoding_rs::CoderResult::InputEmpty {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, is_big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn the_detected_encoding_does_not_depend_on_the_split() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                self.0.read(out.get_mut(..1).unwrap_or_default())
            }
        }
        let utf8 = || DetectedEncoding::Standard(UTF_8);
        let cases: [(&[u8], DetectedEncoding); 9] = [
            (b"", utf8()),
            ("Société;Évry".as_bytes(), utf8()),
            (b"Soci\xE9t\xE9", DetectedEncoding::SingleByte),
            (b"caf\xE9", DetectedEncoding::SingleByte),
            (b"\xC3\xA9t\xC3\xA9 \xC3\xA0 caf\xE9", utf8()),
            (b"plain", utf8()),
            (b"\xFF\xFEN\0", DetectedEncoding::Standard(UTF_16LE)),
            (b"N;V\nF1\0\0\0\0;X\0\0\0", utf8()),
            (b"N;V\nF1\0;X\0", utf8()),
        ];
        for (bytes, expected) in cases {
            assert_eq!(detect(bytes).unwrap(), expected, "{bytes:?}");
            assert_eq!(detect(Slow(bytes)).unwrap(), expected, "{bytes:?} a byte at a time");
        }
    }

    #[test]
    fn utf16_without_a_mark_is_detected_and_utf32_is_refused() {
        for text in
            ["Code;Nom\r\nF1;Été\r\n", "コード;名前;住所\n一;株式会社東京;東京都千代田区\n", "Имя;Город\nА;Москва\n"]
        {
            for (is_big, expected) in [(false, UTF_16LE), (true, UTF_16BE)] {
                assert_eq!(
                    detect(wide(text, is_big).as_slice()).unwrap(),
                    DetectedEncoding::Standard(expected),
                    "{text}"
                );
            }
            let utf32: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
            let marked = [b"\xFF\xFE\0\0", utf32.as_slice()].concat();
            assert_eq!(detect(marked.as_slice()).unwrap(), DetectedEncoding::Utf32, "{text}");
        }
        let utf32: Vec<u8> = "Code;Nom\n".chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        assert_eq!(detect(utf32.as_slice()).unwrap(), DetectedEncoding::Utf32);
    }

    #[test]
    fn text_is_decoded_piece_by_piece() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let expected = "Société;Évry 😀\r\n".repeat(20_000);
        for bytes in [expected.clone().into_bytes(), wide(&expected, false), wide(&format!("\u{feff}{expected}"), true)]
        {
            std::fs::write(&path, bytes).unwrap();
            let encoding = choose(&path, None).unwrap();
            let mut decoded = DecodedText::new(TableBytes::open(&path).unwrap(), encoding);
            let mut text = String::new();
            while !decoded.is_complete() {
                decoded.extend().unwrap();
                let length = decoded.rest().char_indices().map(|(at, _)| at).nth(1_000).unwrap_or(0);
                text.push_str(&decoded.rest()[..length]);
                decoded.consume(length);
            }
            text.push_str(decoded.rest());
            assert!(text == expected && !decoded.is_damaged, "{encoding:?}");
        }
    }
}
