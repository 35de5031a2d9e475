//! Cell references: `XFD1048576` is column 16,383 of row 1,048,576.

use crate::limits::{COLUMNS_MAX, ROWS_MAX};

/// The row, from 1, and the column, from 0; `None` if the reference is invalid or outside a sheet.
#[inline]
pub(crate) fn parse(text: &[u8]) -> Option<(u32, u32)> {
    read(text).filter(|(_, rest)| rest.is_empty()).map(|(place, _)| place)
}

/// The reference at the start of `text`, as in [`parse`], and what follows.
#[inline]
pub(crate) fn read(text: &[u8]) -> Option<((u32, u32), &[u8])> {
    let (mut column, mut rest) = (0_u32, text);
    while let [byte, tail @ ..] = rest {
        let letter = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            _ => break,
        };
        column = column * 26 + u32::from(letter) + 1;
        // Checked for each letter, before the number can overflow.
        if column > COLUMNS_MAX {
            return None;
        }
        rest = tail;
    }
    let (row, rest) = read_integer(rest)?;
    let is_within = column > 0 && (1..=ROWS_MAX).contains(&row);
    is_within.then(|| ((row, column - 1), rest))
}

/// A row's number, from 1.
#[inline]
pub(crate) fn row(text: &[u8]) -> Option<u32> {
    let row = integer(text)?;
    (1..=ROWS_MAX).contains(&row).then_some(row)
}

/// A number of digits only, below 2^32.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<u32> {
    read_integer(text).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// The digits at the start of `text` as a number below 2^32, and what follows.
#[inline]
pub(crate) fn read_integer(text: &[u8]) -> Option<(u32, &[u8])> {
    let (mut value, mut rest) = (0_u64, text);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value * 10 + u64::from(digit - b'0');
        if value > u64::from(u32::MAX) {
            return None;
        }
        rest = tail;
    }
    let has_digits = rest.len() < text.len();
    has_digits.then_some((value as u32, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_parse() {
        for (text, expected) in [
            ("A1", Some((1, 0))),
            ("z26", Some((26, 25))),
            ("AA10", Some((10, 26))),
            ("XFD1048576", Some((1_048_576, 16_383))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("A", None),
            ("1", None),
            ("AAAA1", None),
            ("A1B", None),
            ("A99999999999999999999", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }
}
