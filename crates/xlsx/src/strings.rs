//! The shared strings of a workbook: one text, and the end of each string in it.
//!
//! **Limits.** 2^26 strings and 4 GiB of text, regardless of the counts in the part, which are ignored.

use memchr::memchr;

use crate::error::{FlawKind, FormatViolation};
use crate::fast_path;
use crate::limits::SHARED_STRINGS_MAX;
use crate::rich::{TextPlace, rich};
use crate::xml::text::{Form, decode_text, is_encoded, valid};
use crate::xml::token::{Cursor, Token};

/// The shared strings.
#[derive(Debug, Default)]
pub struct SharedStrings {
    text: String,
    ends: Vec<u32>,
}

impl SharedStrings {
    /// The shared string `index`.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&str> {
        self.get_placed(index).map(|(text, _)| text)
    }

    /// The shared string `index`, and its offset in [`SharedStrings::text`], in bytes.
    #[inline]
    pub fn get_placed(&self, index: u32) -> Option<(&str, u32)> {
        let index = index as usize;
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        Some((self.text.get(start as usize..end as usize)?, start))
    }

    /// Length of the shared string `index` in bytes, without reading it; 0 if there is none.
    #[inline]
    pub fn length(&self, index: u32) -> usize {
        let end = |index: usize| self.ends.get(index).copied();
        let start = (index as usize).checked_sub(1).and_then(end).unwrap_or(0);
        end(index as usize).map_or(0, |end| (end - start) as usize)
    }

    /// All strings, concatenated.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no strings.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Heap size in bytes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    #[inline]
    fn push(&mut self, text: &str) -> Result<(), FlawKind> {
        self.text.push_str(text);
        self.end()
    }

    /// Ends a string at the end of the text.
    #[inline]
    fn end(&mut self) -> Result<(), FlawKind> {
        let end = u32::try_from(self.text.len()).map_err(|_| FlawKind::TooManyStrings)?;
        if self.ends.len() >= SHARED_STRINGS_MAX {
            return Err(FlawKind::TooManyStrings);
        }
        self.ends.push(end);
        Ok(())
    }
}

/// Collects shared strings from bytes that may end anywhere. Any split of the bytes gives the same strings.
#[derive(Debug, Default)]
pub struct StringsScanner {
    strings: SharedStrings,
    scratch: String,
    /// Whether the bytes pushed last contain a carriage return, which is rare.
    has_returns: bool,
    offset: u64,
    depth: usize,
}

impl StringsScanner {
    /// A scanner at the start of the part.
    pub fn new() -> Self {
        StringsScanner::default()
    }

    /// Consumes all complete strings of `input`; returns the number of bytes used. Pass the rest again with more
    /// appended.
    ///
    /// # Errors
    ///
    /// A flaw ends the scan.
    pub fn push(&mut self, input: &[u8]) -> Result<usize, FormatViolation> {
        let mut cursor = Cursor::new(input);
        self.has_returns = memchr(b'\r', input).is_some();
        let checked = valid(input);
        let mut used = 0;
        while self.token(&mut cursor, checked).map_err(|flaw| flaw.shifted(self.offset))?.is_some() {
            used = cursor.position();
        }
        self.offset += used as u64;
        Ok(used)
    }

    /// The strings, once everything has been pushed.
    ///
    /// # Errors
    ///
    /// The part ends inside an element.
    pub fn finish(mut self) -> Result<SharedStrings, FormatViolation> {
        if self.depth > 0 {
            return Err(FlawKind::Unfinished.at(0).shifted(self.offset));
        }
        self.strings.text.shrink_to_fit();
        self.strings.ends.shrink_to_fit();
        Ok(self.strings)
    }

    #[inline]
    fn push_raw(&mut self, raw: &[u8]) -> Result<(), FlawKind> {
        self.push_text(std::str::from_utf8(raw).map_err(|_| FlawKind::Utf8)?, is_encoded(raw, Form::Escaped))
    }

    #[inline]
    fn push_text(&mut self, raw: &str, is_encoded: bool) -> Result<(), FlawKind> {
        if !is_encoded {
            return self.strings.push(raw);
        }
        decode_text(raw, Form::Escaped, &mut self.strings.text);
        self.strings.end()
    }

    #[inline]
    fn token(&mut self, cursor: &mut Cursor<'_>, checked: &str) -> Result<Option<()>, FormatViolation> {
        let begin = cursor.position();
        if let Some((place, is_marked, rest)) = fast_path::shared_string(cursor.rest()) {
            let place = begin + place.start..begin + place.end;
            // Bytes that are not UTF-8 may precede this string in the same window, where they are skipped.
            let unchecked = || cursor.input().get(place.clone()).and_then(|raw| std::str::from_utf8(raw).ok());
            let raw = checked.get(place.clone()).or_else(unchecked).ok_or(FlawKind::Utf8.at(begin))?;
            // Without a mark, only a line end could be encoded.
            let is_encoded = is_marked || (self.has_returns && is_encoded(raw.as_bytes(), Form::Escaped));
            self.push_text(raw, is_encoded).map_err(|kind| kind.at(begin))?;
            cursor.leave(rest);
            return Ok(Some(()));
        }
        let Some(token) = cursor.next()? else { return Ok(None) };
        match token {
            Token::Start(tag) if tag.name == b"si" => {
                let place = if tag.is_empty { Some(TextPlace::Input(0..0)) } else { rich(cursor, &mut self.scratch)? };
                let Some(place) = place else { return Ok(None) };
                let result = match place {
                    TextPlace::Scratch => self.strings.push(&self.scratch),
                    TextPlace::Input(range) => self.push_raw(cursor.input().get(range).unwrap_or_default()),
                };
                result.map_err(|kind| kind.at(begin))?;
            }
            Token::Start(tag) => self.depth += usize::from(!tag.is_empty),
            Token::End(_) => {
                let outer = self.depth.checked_sub(1);
                self.depth = outer.ok_or(FlawKind::Malformed("an end tag without a start").at(begin))?;
            }
            Token::Text(_) | Token::Literal(_) => {}
        }
        Ok(Some(()))
    }
}
