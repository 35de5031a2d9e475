//! Fast path for the forms in which nearly all cells and shared strings are written, without tokens.
//!
//! `None` only means that the bytes have another form or are incomplete: the token reader then decides. Both give the
//! same result, which a property test checks.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

use crate::cell::{CellType, RowStart};
use crate::limits::ROWS_MAX;
use crate::reference;
use crate::swar;
use crate::xml::token::Attributes;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FastCell<'a> {
    /// Row, from 1, and column, from 0.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) style: u32,
    pub(crate) kind: CellType,
    pub(crate) content: CellContent<'a>,
    pub(crate) rest: &'a [u8],
}

/// The content of a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CellContent<'a> {
    Nothing,
    /// The index of a shared string.
    Shared(u32),
    /// The raw text, possibly encoded if [`may_be_encoded`] is set, and the number of bytes between it and the rest.
    Raw(&'a [u8], usize),
}

/// The most likely reference of the next cell, as bytes: compared as a whole instead of parsed digit by digit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReferenceGuess {
    row: u32,
    column: u32,
    /// The row's digits, the first in the lowest byte, and their number.
    digits: u64,
    length: u32,
    /// The reference and its closing quote, the first byte lowest; zero bytes if it is too long.
    expected: u64,
    mask: u64,
}

impl ReferenceGuess {
    /// Guesses the cell at this position.
    #[inline]
    pub(crate) fn set(&mut self, row: u32, column: u32) {
        // Usual case: the next column, with a one-letter name.
        if row == self.row && column == self.column + 1 && column < SINGLES {
            self.column = column;
            self.expected += 1;
            return;
        }
        self.set_anew(row, column);
    }

    fn set_anew(&mut self, row: u32, column: u32) {
        if row != self.row {
            (self.row, self.digits, self.length) = (row, 0, 0);
            let mut rest = row;
            while rest > 0 {
                self.digits = self.digits << 8 | u64::from(b'0' + (rest % 10) as u8);
                self.length += 1;
                rest /= 10;
            }
        }
        self.column = column;
        let (letters, count) = match column {
            0..SINGLES => (u64::from(column) + u64::from(b'A'), 1),
            SINGLES..DOUBLES => {
                let beyond = u64::from(column - SINGLES);
                ((beyond / 26 + u64::from(b'A')) | (beyond % 26 + u64::from(b'A')) << 8, 2)
            }
            _ => (0, 8),
        };
        let bytes = count + self.length;
        // The closing quote must be within the first eight bytes.
        if bytes > 7 || !(1..=ROWS_MAX).contains(&row) {
            (self.expected, self.mask) = (0, 0);
            return;
        }
        self.expected = letters | self.digits << (8 * count) | u64::from(b'"') << (8 * bytes);
        self.mask = u64::MAX >> (56 - 8 * bytes);
    }

    /// What follows the reference and its quote at the start of `text`, if it is the guessed reference.
    #[inline]
    fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let found = u64::from_le_bytes(*text.first_chunk()?);
        let bytes = self.mask.count_ones() as usize / 8;
        if found & self.mask == self.expected && bytes > 0 { text.get(bytes..) } else { None }
    }
}

const SINGLES: u32 = 26;
const DOUBLES: u32 = SINGLES + 26 * 26;

/// `<c r="A1" s="1" t="s"><v>0</v></c>`, attributes in any order, or the same with `<is><t>` for inline strings.
#[inline(always)]
pub(crate) fn cell<'a>(input: &'a [u8], guess: &ReferenceGuess) -> Option<FastCell<'a>> {
    let mut rest = input.strip_prefix(b"<c ")?;
    let mut fast_cell = FastCell { place: None, style: 0, kind: CellType::Number, content: CellContent::Nothing, rest };
    loop {
        let [name, b'=', b'"', value @ ..] = rest else { return None };
        // The input after the value and its quote.
        rest = match name {
            b'r' => match guess.strip(value) {
                Some(rest) => {
                    fast_cell.place = Some((guess.row, guess.column));
                    rest
                }
                None => {
                    let (place, rest) = reference::read(value)?;
                    fast_cell.place = Some(place);
                    rest.strip_prefix(b"\"")?
                }
            },
            b's' => {
                let (style, rest) = reference::read_integer(value)?;
                fast_cell.style = style;
                rest.strip_prefix(b"\"")?
            }
            b't' => match value {
                [b's', b'"', rest @ ..] => {
                    fast_cell.kind = CellType::Shared;
                    rest
                }
                _ => {
                    // `<` is not allowed in an attribute value: the token reader decides.
                    let (kind, rest) = value.split_at_checked(memchr2(b'"', b'<', value)?)?;
                    fast_cell.kind = CellType::read(kind);
                    rest.strip_prefix(b"\"")?
                }
            },
            _ => return None,
        };
        rest = match rest {
            [b'>', rest @ ..] => {
                let (content, rest) = cell_value(fast_cell.kind, rest)?;
                return Some(FastCell { content, rest, ..fast_cell });
            }
            [b' ', rest @ ..] => rest,
            [b'/', b'>', rest @ ..] => return Some(FastCell { rest, ..fast_cell }),
            _ => return None,
        };
    }
}

/// `<row r="1" spans="1:15">`, possibly after the end tag of another row, and what follows.
#[inline]
pub(crate) fn row(input: &[u8]) -> Option<(RowStart, &[u8])> {
    let start = input.strip_prefix(b"</row>").unwrap_or(input).strip_prefix(b"<row r=\"")?;
    let (number, length) = swar::number(start)?;
    let rest = start.get(length..)?.strip_prefix(b"\"")?;
    // A `>` inside a value leaves its quote open, and a tag may be self-closing: the token reader handles both.
    let (inner, rest) = rest.split_at_checked(memchr2(b'>', b'<', rest)?)?;
    let (rest, false) = (rest.strip_prefix(b">")?, inner.ends_with(b"/")) else { return None };
    let mut row = RowStart { number, is_hidden: false };
    let mut attributes = Attributes::new(inner);
    while let Some((name, value)) = attributes.next().ok()? {
        match name {
            b"r" => return None,
            b"hidden" => row.is_hidden = RowStart::hides(value),
            _ => {}
        }
    }
    (1..=ROWS_MAX).contains(&number).then_some((row, rest))
}

/// Whether the value of a cell of this type may need decoding. Values of other types that do are not read here.
#[inline]
pub(crate) fn may_be_encoded(kind: CellType) -> bool {
    matches!(kind, CellType::Inline | CellType::Text)
}

/// `<si><t>text</t></si>`: the range of the raw text in `input`, whether it contains `&` or `_`, and the rest.
#[inline]
pub(crate) fn shared_string(input: &[u8]) -> Option<(Range<usize>, bool, &[u8])> {
    let body = text_start(input.strip_prefix(b"<si>")?)?;
    // A single search finds the end of most strings.
    let plain = memchr3(b'<', b'&', b'_', body)?;
    let rest = body.get(plain..)?;
    let is_marked = !rest.starts_with(b"<");
    let length = if is_marked { plain + memchr(b'<', rest)? } else { plain };
    let start = input.len() - body.len();
    Some((start..start + length, is_marked, body.get(length..)?.strip_prefix(b"</t></si>")?))
}

#[inline]
fn cell_value(kind: CellType, body: &[u8]) -> Option<(CellContent<'_>, &[u8])> {
    const END: &[u8] = b"</v></c>";
    const INLINE_END: &[u8] = b"</t></is></c>";
    if kind == CellType::Inline {
        let body = text_start(body.strip_prefix(b"<is>")?)?;
        let (raw, rest) = body.split_at_checked(memchr(b'<', body)?)?;
        return Some((CellContent::Raw(raw, INLINE_END.len()), rest.strip_prefix(INLINE_END)?));
    }
    let body = body.strip_prefix(b"<v>")?;
    if kind == CellType::Shared {
        let (index, digits) = swar::number(body)?;
        return Some((CellContent::Shared(index), body.get(digits..)?.strip_prefix(END)?));
    }
    let length = if kind == CellType::Text {
        memchr(b'<', body)?
    } else {
        let plain = swar::plain_length(body);
        // Usually that is all; otherwise the search ends at the first byte that must be decoded.
        let is_end = |byte: &u8| matches!(byte, b'<' | b'&' | b'\r');
        plain + body.get(plain..)?.iter().position(is_end)?
    };
    let (raw, rest) = body.split_at_checked(length)?;
    Some((CellContent::Raw(raw, END.len()), rest.strip_prefix(END)?))
}

#[inline]
fn text_start(input: &[u8]) -> Option<&[u8]> {
    input.strip_prefix(b"<t>").or_else(|| input.strip_prefix(b"<t xml:space=\"preserve\">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_right_or_absent() {
        let mut guess = ReferenceGuess::default();
        for (row, column, text, right) in [
            (1, 0, "A1\"......", true),
            (12, 25, "Z12\".....", true),
            (12, 26, "AA12\"....", true),
            (12, 701, "ZZ12\"....", true),
            (12, 702, "AAA12\"...", false),
            (1_048_576, 0, "A1048576\"", false),
            (123_456, 2, "C123456\".", true),
            (12, 1, "A12\".....", false),
            (12, 1, "B13\".....", false),
            (12, 1, "B12\"", false),
            (0, 0, "A\".......", false),
        ] {
            guess.set(row, column);
            let rest = guess.strip(text.as_bytes());
            assert_eq!(rest.is_some(), right, "{text}");
            assert!(rest.is_none_or(|rest| rest.starts_with(b".") || rest.is_empty()), "{text}");
        }
    }
}
