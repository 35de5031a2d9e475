//! The encoding of a part, detected from its first bytes, and streaming conversion of UTF-16 to UTF-8.

use super::token::{Cursor, Token};
use crate::error::FlawKind;

/// The encoding of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16 { is_little: bool },
    Other(String),
}

/// Detects the encoding from a part's first bytes: a byte-order mark, the zeros of UTF-16, or the XML declaration.
pub(crate) fn detect(head: &[u8]) -> Encoding {
    match head {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => return Encoding::Utf16 { is_little: true },
        [0xFE, 0xFF, ..] | [0, b'<', ..] => return Encoding::Utf16 { is_little: false },
        _ => {}
    }
    let label = declared(head).unwrap_or_default();
    match label.to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => Encoding::Utf8,
        _ => Encoding::Other(label),
    }
}

fn declared(head: &[u8]) -> Option<String> {
    let start = memchr::memmem::find(head, b"<?xml")?;
    let declaration = head.get(start + 2..)?;
    let end = memchr::memmem::find(declaration, b"?>")?;
    // A declaration is parsed as a tag.
    let tag = [b"<".as_slice(), declaration.get(..end)?, b">"].concat();
    match Cursor::new(&tag).next() {
        Ok(Some(Token::Start(tag))) => {
            tag.attribute(b"encoding").ok()?.map(|label| String::from_utf8_lossy(label).into_owned())
        }
        _ => None,
    }
}

/// State that one piece of UTF-16 leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Transcoder {
    has_started: bool,
    byte: Option<u8>,
    high: Option<u16>,
}

impl Transcoder {
    /// Appends the text of `raw` to `out`. An unpaired surrogate is refused, as invalid UTF-8 is, and so is an
    /// incomplete unit at the end (`is_last`).
    pub(crate) fn push(
        &mut self,
        raw: &[u8],
        is_little: bool,
        is_last: bool,
        out: &mut String,
    ) -> Result<(), FlawKind> {
        for &second in raw {
            let Some(first) = self.byte.take() else {
                self.byte = Some(second);
                continue;
            };
            let unit =
                if is_little { u16::from_le_bytes([first, second]) } else { u16::from_be_bytes([first, second]) };
            self.unit(unit, out)?;
        }
        if is_last && (self.byte.is_some() || self.high.is_some()) { Err(FlawKind::Utf16) } else { Ok(()) }
    }

    fn unit(&mut self, unit: u16, out: &mut String) -> Result<(), FlawKind> {
        let is_first = !std::mem::replace(&mut self.has_started, true);
        if let Some(high) = self.high.take() {
            let pair = char::decode_utf16([high, unit]).next();
            out.push(pair.and_then(Result::ok).ok_or(FlawKind::Utf16)?);
            return Ok(());
        }
        match char::from_u32(u32::from(unit)) {
            // The byte-order mark is not part of the text.
            Some('\u{FEFF}') if is_first => {}
            Some(character) => out.push(character),
            None if (0xD800..0xDC00).contains(&unit) => self.high = Some(unit),
            None => return Err(FlawKind::Utf16),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_detected() {
        let other = |label: &str| Encoding::Other(label.to_owned());
        for (head, expected) in [
            (b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>".as_slice(), Encoding::Utf8),
            (b"\xEF\xBB\xBF<a/>", Encoding::Utf8),
            (b"<?xml encoding='ISO-8859-1' ?>", other("ISO-8859-1")),
            (b"\xFF\xFE<\0", Encoding::Utf16 { is_little: true }),
            (b"\0<\0a", Encoding::Utf16 { is_little: false }),
            (b"", Encoding::Utf8),
        ] {
            assert_eq!(detect(head), expected);
        }
    }

    #[test]
    fn pieces_of_utf16_join() {
        let text = "\u{FEFF}é😀\u{FEFF}<a>";
        for is_little in [true, false] {
            let units = text.encode_utf16();
            let bytes: Vec<u8> =
                units.flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
            for size in 1..bytes.len() {
                let (mut transcoder, mut out) = (Transcoder::default(), String::new());
                for piece in bytes.chunks(size) {
                    transcoder.push(piece, is_little, false, &mut out).unwrap();
                }
                transcoder.push(&[], is_little, true, &mut out).unwrap();
                assert_eq!(out, "é😀\u{FEFF}<a>");
            }
        }
        let half = |raw: &[u8]| Transcoder::default().push(raw, true, true, &mut String::new());
        assert_eq!(half(&[b'a', 0]), Ok(()));
        for raw in [&[0x3D, 0xD8, b'a', 0][..], &[0x3D, 0xD8], &[0, 0xDE, b'a', 0], &[b'a', 0, b'b']] {
            assert_eq!(half(raw), Err(FlawKind::Utf16), "{raw:x?}");
        }
    }
}
