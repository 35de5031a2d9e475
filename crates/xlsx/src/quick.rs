//! The forms in which nearly all cells and shared strings are written, read without tokens.
//!
//! `None` says nothing about the bytes but that they have another form, or are cut: the general reading, by tokens,
//! then decides. What is read here is what that reading gives; a property test holds the two together.

use memchr::memchr;

use crate::cell::Type;
use crate::limits::ROWS_MAX;
use crate::reference;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quick<'a> {
    /// From 1 and from 0.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) style: u32,
    pub(crate) kind: Type,
    /// As it stands, coded perhaps where [`may_be_coded`] says so; `None` for a cell without a value.
    pub(crate) raw: Option<&'a [u8]>,
    /// The bytes between the value and `rest`.
    pub(crate) end_bytes: usize,
    pub(crate) rest: &'a [u8],
}

/// The reference that the next cell most likely has, as its bytes: compared at once, not read digit by digit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guess {
    row: u32,
    column: u32,
    /// The row's digits, the first one lowest, and how many they are.
    digits: u64,
    length: u32,
}

impl Guess {
    /// The cell after this one.
    #[inline]
    pub(crate) fn set(&mut self, row: u32, column: u32) {
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
    }

    /// What follows the reference at the start of `text`, if it is the one guessed.
    #[inline]
    fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        const SINGLES: u32 = 26;
        const DOUBLES: u32 = SINGLES + 26 * 26;
        let (letters, count) = match self.column {
            column @ 0..SINGLES => (u64::from(column) + u64::from(b'A'), 1),
            column @ SINGLES..DOUBLES => {
                let beyond = u64::from(column - SINGLES);
                ((beyond / 26 + u64::from(b'A')) | (beyond % 26 + u64::from(b'A')) << 8, 2)
            }
            _ => return None,
        };
        let bytes = count + self.length;
        // The quote that ends it is the eighth byte at the latest.
        if bytes > 7 || !(1..=ROWS_MAX).contains(&self.row) {
            return None;
        }
        let wanted = letters | self.digits << (8 * count);
        let found = u64::from_le_bytes(text.first_chunk().copied()?);
        let mask = (1_u64 << (8 * bytes)) - 1;
        if found & mask == wanted { text.get(bytes as usize..) } else { None }
    }
}

/// `<c r="A1" s="1" t="s"><v>0</v></c>`, attributes in any order, or the same with `<is><t>` for inline strings.
#[inline]
pub(crate) fn cell<'a>(input: &'a [u8], guess: &Guess) -> Option<Quick<'a>> {
    let mut rest = input.strip_prefix(b"<c ")?;
    let mut quick = Quick { place: None, style: 0, kind: Type::Number, raw: None, end_bytes: 0, rest };
    loop {
        let [name, b'=', b'"', value @ ..] = rest else { return None };
        rest = match name {
            b'r' => match guess.strip(value) {
                Some(rest @ [b'"', ..]) => {
                    quick.place = Some((guess.row, guess.column));
                    rest
                }
                _ => {
                    let (place, rest) = reference::read(value)?;
                    quick.place = Some(place);
                    rest
                }
            },
            b's' => {
                let (style, rest) = reference::read_integer(value)?;
                quick.style = style;
                rest
            }
            b't' => {
                // `<` is not allowed there: what it means is for the general reading to say.
                let end = value.iter().position(|byte| matches!(byte, b'"' | b'<'))?;
                quick.kind = Type::read(value.get(..end)?);
                value.get(end..)?
            }
            _ => return None,
        };
        rest = match rest {
            [b'"', b' ', rest @ ..] => rest,
            [b'"', b'>', rest @ ..] => {
                let (raw, end_bytes, rest) = cell_value(quick.kind, rest)?;
                return Some(Quick { raw: Some(raw), end_bytes, rest, ..quick });
            }
            [b'"', b'/', b'>', rest @ ..] => return Some(Quick { rest, ..quick }),
            _ => return None,
        };
    }
}

/// Whether the value of a cell of this type may need decoding: others are not read here where they do.
#[inline]
pub(crate) fn may_be_coded(kind: Type) -> bool {
    matches!(kind, Type::Inline | Type::Text)
}

/// `<si><t>text</t></si>`: the raw text, and what follows.
#[inline]
pub(crate) fn shared_string(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text_start(input.strip_prefix(b"<si>")?)?;
    let (raw, rest) = body.split_at_checked(memchr(b'<', body)?)?;
    Some((raw, rest.strip_prefix(b"</t></si>")?))
}

#[inline]
fn cell_value(kind: Type, body: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let (body, length, end): (_, _, &[u8]) = if kind == Type::Inline {
        let body = text_start(body.strip_prefix(b"<is>")?)?;
        (body, memchr(b'<', body)?, b"</t></is></c>")
    } else {
        let body = body.strip_prefix(b"<v>")?;
        // Mostly a few digits: a search that starts at once, and ends at what would have to be decoded.
        let is_end = |byte: &u8| matches!(byte, b'<' | b'&' | b'\r');
        let length = if kind == Type::Text { memchr(b'<', body)? } else { body.iter().position(is_end)? };
        (body, length, b"</v></c>")
    };
    let (raw, rest) = body.split_at_checked(length)?;
    Some((raw, end.len(), rest.strip_prefix(end)?))
}

#[inline]
fn text_start(input: &[u8]) -> Option<&[u8]> {
    input.strip_prefix(b"<t>").or_else(|| input.strip_prefix(b"<t xml:space=\"preserve\">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_right_or_none() {
        let mut guess = Guess::default();
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
            assert!(rest.is_none_or(|rest| rest.starts_with(b"\"")), "{text}");
        }
    }
}
