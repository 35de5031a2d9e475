//! What a cell of a workbook says, as text: numbers keep their digits, padded where their format pads; dates are ISO
//! 8601.

use std::fmt::Write;

use matchflow_xlsx::{Cell, NumberFormat, Tables, Value};

use crate::block::Kind;
use crate::digits::{number, without_midnight};

/// Spreadsheets write 17 digits where 15 were meant (`1.1000000000000001`), which the nearest number's shortest form
/// puts right. More digits than these two were written on purpose, by something else.
const DIGITS_OF_SPREADSHEETS: std::ops::RangeInclusive<usize> = 16..=17;

/// The cell's kind and text, which may stand in `out`.
#[inline]
pub(super) fn text<'a>(cell: &Cell<'a>, tables: &'a Tables, out: &'a mut String) -> (Kind, &'a str) {
    match cell.value {
        Value::Empty => (Kind::Empty, ""),
        Value::Text(text) => (Kind::Text, text),
        Value::Shared(index) => match tables.strings.get(index) {
            Some(text) => (Kind::Text, text),
            None => {
                out.clear();
                // Writing to a `String` never fails.
                let _ = write!(out, "shared string {index}, which the workbook lacks");
                (Kind::Error, out)
            }
        },
        Value::Number(raw) => match tables.styles.format(cell.style) {
            NumberFormat::Other => plain(raw, out),
            NumberFormat::ZeroPadded { digits } => padded(raw, usize::from(digits), out),
            format => moment(raw, format, tables, out),
        },
        Value::Date(text) => (Kind::Date, without_midnight(text)),
        Value::Boolean(value) => (Kind::Boolean, if value { "true" } else { "false" }),
        Value::Error(text) => (Kind::Error, text),
    }
}

fn moment<'a>(raw: &'a str, format: NumberFormat, tables: &Tables, out: &'a mut String) -> (Kind, &'a str) {
    out.clear();
    // A day without a time is a whole number.
    let is_whole = raw.len() <= 7 && raw.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && raw.parse().is_ok_and(|day| tables.dates.write_day(day, format, out)) {
        return (Kind::Date, out);
    }
    match raw.parse() {
        Ok(days) if tables.dates.write(days, format, out) => (Kind::Date, out),
        // No such date: what the cell holds is its number.
        _ => plain(raw, out),
    }
}

fn padded<'a>(raw: &'a str, digits: usize, out: &'a mut String) -> (Kind, &'a str) {
    let mut scratch = String::new();
    let (kind, text) = plain(raw, &mut scratch);
    let is_whole = kind == Kind::Number && text.bytes().all(|byte| byte.is_ascii_digit());
    out.clear();
    if is_whole && text.len() < digits {
        out.extend(std::iter::repeat_n('0', digits - text.len()));
    }
    out.push_str(text);
    (kind, out)
}

/// A number without a fraction of zeros or an exponent; text where it is no number.
#[inline]
fn plain<'a>(raw: &'a str, out: &'a mut String) -> (Kind, &'a str) {
    let unsigned = raw.strip_prefix('-').unwrap_or(raw);
    match whole_digits(unsigned) {
        Some(digits) if digits == unsigned.len() && digits > 0 => return (Kind::Number, raw),
        // A point among digits.
        Some(digits)
            if digits > 0
                && digits + 1 < unsigned.len()
                && !DIGITS_OF_SPREADSHEETS.contains(&significant(unsigned)) =>
        {
            return (Kind::Number, without_zeros(raw));
        }
        _ => {}
    }
    match raw.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            out.clear();
            number(value, out);
            (Kind::Number, out)
        }
        _ => (Kind::Text, raw),
    }
}

/// The digits before the point of a number that has nothing but digits and a point at most.
#[inline]
fn whole_digits(unsigned: &str) -> Option<usize> {
    let mut point = None;
    for (at, byte) in unsigned.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    Some(point.unwrap_or(unsigned.len()))
}

/// The significant digits of a number with a point; a few more for short numbers, of which it does not matter.
#[inline]
fn significant(unsigned: &str) -> usize {
    if unsigned.len() <= *DIGITS_OF_SPREADSHEETS.start() {
        return unsigned.len() - 1;
    }
    unsigned.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count()
}

/// A number with a point, without the zeros at its end; without the point if it stands there then.
#[inline]
fn without_zeros(raw: &str) -> &str {
    if !raw.ends_with('0') {
        return raw;
    }
    let cut = raw.trim_end_matches('0');
    cut.strip_suffix('.').unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (raw, kind, expected) in [
            ("75001", Kind::Number, "75001"),
            ("75001.0", Kind::Number, "75001"),
            ("-12.50", Kind::Number, "-12.5"),
            ("00123", Kind::Number, "00123"),
            ("9007199254740993", Kind::Number, "9007199254740993"),
            ("12345678901234567890", Kind::Number, "12345678901234567890"),
            ("1.1000000000000001", Kind::Number, "1.1"),
            ("0.123456789012345678901", Kind::Number, "0.123456789012345678901"),
            ("3.5600000000048E13", Kind::Number, "35600000000048"),
            ("1E-7", Kind::Number, "0.0000001"),
            (".5", Kind::Number, "0.5"),
            ("1e999", Kind::Text, "1e999"),
            ("douze", Kind::Text, "douze"),
            ("1.", Kind::Number, "1"),
        ] {
            assert_eq!(plain(raw, &mut String::new()), (kind, expected));
        }
    }

    #[test]
    fn formats_pad_whole_numbers() {
        for (raw, expected) in
            [("6000", "06000"), ("6000.0", "06000"), ("123456", "123456"), ("-1", "-1"), ("1.5", "1.5")]
        {
            assert_eq!(padded(raw, 5, &mut String::new()), (Kind::Number, expected));
        }
    }

    #[test]
    fn what_is_no_date_is_its_number() {
        let tables = Tables::default();
        for (raw, kind, expected) in [
            ("45382", Kind::Date, "2024-03-31"),
            ("45382.5", Kind::Date, "2024-03-31T12:00:00"),
            ("-1", Kind::Number, "-1"),
            ("1E9", Kind::Number, "1000000000"),
            ("x", Kind::Text, "x"),
        ] {
            assert_eq!(moment(raw, NumberFormat::Date, &tables, &mut String::new()), (kind, expected));
        }
    }
}
