//! The value of a workbook cell as text: numbers keep their digits, zero-padded if their format pads; dates are ISO
//! 8601.

use std::fmt::Write;

use matchflow_xlsx::{Cell, NumberFormat, Tables, Value};

use crate::block::CellKind;
use crate::digits::{number, without_midnight};

/// Spreadsheets write 17 digits where 15 were meant (`1.1000000000000001`); the shortest form of the nearest number
/// restores them. More digits than this were written by another program, on purpose,
const DIGITS_OF_SPREADSHEETS: std::ops::RangeInclusive<usize> = 16..=17;
/// and so were all digits if the shortest form has more than this.
const DIGITS_MEANT_MAX: usize = 15;

/// The text in a reject for a formula without a cached result.
const UNCALCULATED: &str = "a formula that was never calculated; open and save the workbook in a spreadsheet";

/// The cell's kind and its text, which may be stored in `out`.
#[inline]
pub(super) fn text<'a>(cell: &Cell<'a>, tables: &'a Tables, out: &'a mut String) -> (CellKind, &'a str) {
    match cell.value {
        Value::Empty => (CellKind::Empty, ""),
        Value::Uncalculated => (CellKind::Error, UNCALCULATED),
        Value::Text(text) => (CellKind::Text, text),
        Value::Shared(index) => match tables.strings.get(index) {
            Some(text) => (CellKind::Text, text),
            None => {
                out.clear();
                // Writing to a `String` never fails.
                let _ = write!(out, "shared string {index}, which the workbook lacks");
                (CellKind::Error, out)
            }
        },
        Value::Number(raw) => match tables.styles.format(cell.style) {
            NumberFormat::Other => plain(raw, out),
            NumberFormat::ZeroPadded { digits } => padded(raw, usize::from(digits), "", out),
            NumberFormat::Prefixed { digits, prefix } => {
                padded(raw, usize::from(digits), tables.styles.prefix(prefix), out)
            }
            format => moment(raw, format, tables, out),
        },
        Value::Date(text) => (CellKind::Date, without_midnight(text)),
        Value::Boolean(value) => (CellKind::Boolean, if value { "true" } else { "false" }),
        Value::Error(text) => (CellKind::Error, text),
    }
}

fn moment<'a>(raw: &'a str, format: NumberFormat, tables: &Tables, out: &'a mut String) -> (CellKind, &'a str) {
    out.clear();
    // A day without a time is a whole number.
    let is_integer = raw.len() <= 7 && raw.bytes().all(|byte| byte.is_ascii_digit());
    if is_integer && raw.parse().is_ok_and(|day| tables.dates.write_day(day, format, out)) {
        return (CellKind::Date, out);
    }
    match raw.parse() {
        Ok(days) if tables.dates.write(days, format, out) => (CellKind::Date, out),
        // No such date: the cell's number is used.
        _ => plain(raw, out),
    }
}

/// A whole number after `prefix`, padded to at least `digits` digits; any other number unchanged.
fn padded<'a>(raw: &'a str, digits: usize, prefix: &str, out: &'a mut String) -> (CellKind, &'a str) {
    let mut scratch = String::new();
    let (kind, text) = plain(raw, &mut scratch);
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |unsigned| ("-", unsigned));
    out.clear();
    if kind != CellKind::Number || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        out.push_str(text);
        return (kind, out);
    }
    out.extend([sign, prefix]);
    out.extend(std::iter::repeat_n('0', digits.saturating_sub(unsigned.len())));
    out.push_str(unsigned);
    (if prefix.is_empty() { kind } else { CellKind::Text }, out)
}

/// A number without a zero fraction or an exponent; text if it is not a number.
#[inline]
fn plain<'a>(raw: &'a str, out: &'a mut String) -> (CellKind, &'a str) {
    let unsigned = raw.strip_prefix('-').unwrap_or(raw);
    match integer_digits(unsigned) {
        Some(digits) if digits == unsigned.len() && digits > 0 => return (CellKind::Number, raw),
        // A single point among digits.
        Some(digits) if digits > 0 && digits + 1 < unsigned.len() => {
            return (CellKind::Number, if is_rounded(raw, out) { out } else { without_zeros(raw) });
        }
        _ => {}
    }
    match raw.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            out.clear();
            number(value, out);
            (CellKind::Number, out)
        }
        _ => (CellKind::Text, raw),
    }
}

/// Number of digits before the point, if the number consists of digits and at most one point.
#[inline]
fn integer_digits(unsigned: &str) -> Option<usize> {
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

/// Whether a number with a point has spurious digits; then `out` is the intended number.
#[inline]
fn is_rounded(raw: &str, out: &mut String) -> bool {
    // A shorter text has fewer digits, since one of its bytes is the point.
    if raw.len() <= *DIGITS_OF_SPREADSHEETS.start() || !DIGITS_OF_SPREADSHEETS.contains(&significant(raw)) {
        return false;
    }
    out.clear();
    raw.parse().is_ok_and(|value| {
        number(value, out);
        significant(out) <= DIGITS_MEANT_MAX
    })
}

/// Number of digits from the first one that is not zero.
fn significant(number: &str) -> usize {
    number.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count()
}

/// A number with a point without trailing zeros, and without the point if nothing follows it.
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
            ("75001", CellKind::Number, "75001"),
            ("75001.0", CellKind::Number, "75001"),
            ("-12.50", CellKind::Number, "-12.5"),
            ("00123", CellKind::Number, "00123"),
            ("9007199254740993", CellKind::Number, "9007199254740993"),
            ("12345678901234567890", CellKind::Number, "12345678901234567890"),
            ("1.1000000000000001", CellKind::Number, "1.1"),
            ("1234567890123456.7", CellKind::Number, "1234567890123456.7"),
            ("-1234567890123.4565", CellKind::Number, "-1234567890123.4565"),
            ("-0.30000000000000004", CellKind::Number, "-0.30000000000000004"),
            ("-0.10000000000000001", CellKind::Number, "-0.1"),
            ("0.123456789012345678901", CellKind::Number, "0.123456789012345678901"),
            ("3.5600000000048E13", CellKind::Number, "35600000000048"),
            ("1E-7", CellKind::Number, "0.0000001"),
            (".5", CellKind::Number, "0.5"),
            ("1e999", CellKind::Text, "1e999"),
            ("douze", CellKind::Text, "douze"),
            ("1.", CellKind::Number, "1"),
        ] {
            assert_eq!(plain(raw, &mut String::new()), (kind, expected));
        }
    }

    #[test]
    fn formats_pad_whole_numbers() {
        for (raw, prefix, kind, expected) in [
            ("6000", "", CellKind::Number, "06000"),
            ("6000.0", "", CellKind::Number, "06000"),
            ("123456", "", CellKind::Number, "123456"),
            ("-1", "", CellKind::Number, "-00001"),
            ("1.5", "", CellKind::Number, "1.5"),
            ("douze", "F", CellKind::Text, "douze"),
            ("12", "F", CellKind::Text, "F00012"),
            ("-12", "F-", CellKind::Text, "-F-00012"),
            ("1.5", "F", CellKind::Number, "1.5"),
        ] {
            assert_eq!(padded(raw, 5, prefix, &mut String::new()), (kind, expected));
        }
    }

    #[test]
    fn numbers_outside_the_calendar_stay_numbers() {
        let tables = Tables::default();
        for (raw, kind, expected) in [
            ("45382", CellKind::Date, "2024-03-31"),
            ("45382.5", CellKind::Date, "2024-03-31T12:00:00"),
            ("-1", CellKind::Number, "-1"),
            ("1E9", CellKind::Number, "1000000000"),
            ("x", CellKind::Text, "x"),
        ] {
            assert_eq!(moment(raw, NumberFormat::Date, &tables, &mut String::new()), (kind, expected));
        }
    }
}
