//! Cell references: `XFD1048576` is column 16,383 of row 1,048,576.

use crate::limits::{COLUMNS_MAX, ROWS_MAX};

/// The row, from 1, and the column, from 0; `None` for what is no reference or lies outside of a sheet.
#[inline]
pub(crate) fn parse(text: &[u8]) -> Option<(u32, u32)> {
    let mut column = 0_u32;
    let mut letters = 0_usize;
    for byte in text {
        let letter = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            _ => break,
        };
        letters += 1;
        // Four letters are outside of every sheet; the sum stays small.
        if letters > 3 {
            return None;
        }
        column = column * 26 + u32::from(letter) + 1;
    }
    let row = row(text.get(letters..)?)?;
    let column = column.checked_sub(1)?;
    (column < COLUMNS_MAX).then_some((row, column))
}

/// A row's number, from 1.
#[inline]
pub(crate) fn row(text: &[u8]) -> Option<u32> {
    let row = integer(text)?;
    (1..=ROWS_MAX).contains(&row).then_some(row)
}

/// A number of digits alone, below 2^32.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<u32> {
    // Ten digits fit in 64 bits; leading zeros beyond that are not written by anything.
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let mut value = 0_u64;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    u32::try_from(value).ok()
}

/// The last row of a range (`A1:C12`) or a cell.
pub(crate) fn last_row(range: &[u8]) -> Option<u32> {
    let last = range.rsplit(|byte| *byte == b':').next()?;
    let plain: Vec<u8> = last.iter().copied().filter(|byte| *byte != b'$').collect();
    parse(&plain).map(|(row, _)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
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
        assert_eq!(last_row(b"A1:$C$12"), Some(12));
        assert_eq!(last_row(b"B7"), Some(7));
        assert_eq!(last_row(b"A:C"), None);
    }
}
