//! Parses cells as declared types. Whatever is not clearly a value of the type is refused, never guessed.
//!
//! | type | accepted |
//! |---|---|
//! | integer | digits with a sign, grouped by spaces (`1 234`), with a fraction of zeros (`12,00`) |
//! | decimal | `1234.56`, `1234,56`, `1 234,56`, `1.234,56`, `1,234.56`, `1.5E3`; a comma alone is a decimal comma |
//! | date | `2024-03-31`, `31/03/2024` (also `.` and `-`), each with or without a time, which is dropped |
//! | boolean | `true`, `vrai`, `oui`, `yes`, `1` and their opposites, in any case |

use chrono::{Datelike, NaiveDate};

use std::fmt::Write;

use crate::block::{CellKind, TextCell};

/// An integer.
pub(crate) fn integer(cell: TextCell<'_>) -> Option<i64> {
    if cell.kind == CellKind::Number
        && let Some((digits, None)) = plain_digits(cell.text)
    {
        return Some(digits as i64);
    }
    let plain = plain_number(cell)?;
    let (integral, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if fraction.bytes().all(|byte| byte == b'0') { integral.parse().ok() } else { None }
}

/// A decimal number.
pub(crate) fn decimal(cell: TextCell<'_>) -> Option<f64> {
    if cell.kind == CellKind::Number
        && let Some((digits, point)) = plain_digits(cell.text)
        && digits < EXACT_INTEGERS_END
    {
        // Both are exact, so the quotient is the number nearest to the written one.
        let fraction = point.map_or(0, |point| cell.text.len() - point - 1);
        return POWERS.get(fraction).map(|power| digits as f64 / power);
    }
    plain_number(cell)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Every integer below this is exact as an `f64` (2^53).
const EXACT_INTEGERS_END: u64 = 1 << 53;
/// Exact powers of ten.
const POWERS: [f64; DIGITS_MAX] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17];
/// More digits may exceed an integer.
const DIGITS_MAX: usize = 18;

/// The digits of a number written with nothing but digits and at most one point, as one integer, and the position of
/// the point. This is the form that spreadsheets write.
#[inline]
fn plain_digits(text: &str) -> Option<(u64, Option<usize>)> {
    let (mut digits, mut point) = (0, None);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
        if at >= DIGITS_MAX {
            return None;
        }
    }
    (!text.is_empty()).then_some((digits, point))
}

/// A date, in days from 1970-01-01.
pub(crate) fn date(cell: TextCell<'_>) -> Option<i32> {
    if !matches!(cell.kind, CellKind::Text | CellKind::Date) {
        return None;
    }
    if let Some((year, month, day)) = iso_parts(cell.text) {
        return days(year, month, day);
    }
    let day = match cell.text.split_once(['T', ' ']) {
        Some((day, time)) if is_time(time) => day,
        Some(_) => return None,
        None => cell.text,
    };
    let separator = day.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = day.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    match (first.len(), third.len()) {
        (4, 1 | 2) if separator == '-' => days(number(first)?, number(second)?, number(third)?),
        (1 | 2, 4) => days(number(third)?, number(second)?, number(first)?),
        _ => None,
    }
}

/// Year, month and day of `2024-03-31`, the form of workbook dates.
#[inline]
fn iso_parts(text: &str) -> Option<(i64, i64, i64)> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text.as_bytes().as_array()? else { return None };
    let is_number = [a, b, c, d, e, f, g, h].iter().all(u8::is_ascii_digit);
    let digit = |byte: u8| i64::from(byte.wrapping_sub(b'0'));
    let two = |tens: u8, ones: u8| digit(tens) * 10 + digit(ones);
    is_number.then(|| (two(a, b) * 100 + two(c, d), two(e, f), two(g, h)))
}

/// Whether a date is followed by a time other than midnight, which [`date`] drops.
#[inline]
pub(crate) fn has_time(text: &str) -> bool {
    // `2024-03-31`, the usual form.
    if let [_, _, _, _, b'-', _, _, b'-', _, _] = text.as_bytes() {
        return false;
    }
    let time = text.split_once(['T', ' ']).map_or("", |(_, time)| time);
    // A time zone offset after it is not a time of day.
    let time = time.split(['Z', '+', '-']).next().unwrap_or_default();
    time.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// A boolean.
pub(crate) fn boolean(cell: TextCell<'_>) -> Option<bool> {
    match cell.text {
        "true" => return Some(true),
        "false" => return Some(false),
        _ => {}
    }
    match cell.text.to_lowercase().as_str() {
        "true" | "vrai" | "oui" | "yes" | "1" => Some(true),
        "false" | "faux" | "non" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Appends a date in ISO 8601.
pub(crate) fn write_iso(days: i32, out: &mut String) {
    let Some(date) = NaiveDate::from_epoch_days(days) else {
        // Outside the calendar: a number is better than a wrong date.
        let _ = write!(out, "day {days} from 1970-01-01");
        return;
    };
    let (year, month, day) = (date.year(), date.month(), date.day());
    // Writing to a `String` never fails.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// The number as `-1234.56`: no grouping, a point, an exponent if there was one.
fn plain_number(cell: TextCell<'_>) -> Option<String> {
    if !matches!(cell.kind, CellKind::Text | CellKind::Number) {
        return None;
    }
    let (sign, unsigned) = match cell.text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", cell.text.strip_prefix('+').unwrap_or(cell.text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i16>().ok()?)),
        None => (unsigned, None),
    };
    let (integral, fraction) = split_fraction(mantissa)?;
    let integral = ungroup(integral)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(fraction) || (integral.is_empty() && fraction.is_empty()) {
        return None;
    }
    let integral = if integral.is_empty() { "0" } else { &integral };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    Some(format!("{sign}{integral}.{fraction}{exponent}"))
}

/// Splits a number at its decimal sign: the last of `,` and `.`, unless it occurs again (then it groups).
fn split_fraction(text: &str) -> Option<(&str, &str)> {
    let Some((integral, fraction)) = text.rsplit_once([',', '.']) else { return Some((text, "")) };
    let sign = text.chars().rev().find(|c| matches!(c, ',' | '.'))?;
    if integral.contains(sign) {
        return if integral.contains(if sign == ',' { '.' } else { ',' }) { None } else { Some((text, "")) };
    }
    Some((integral, fraction))
}

/// Digits without thousands separators; `None` if the groups are not of three digits, or use different separators.
fn ungroup(text: &str) -> Option<String> {
    let grouping = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}' | ',' | '.');
    let Some(separator) = text.chars().find(|c| grouping(*c)) else {
        return text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned());
    };
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let sound =
        (1..=3).contains(&first.len()) && digits(first) && groups.all(|group| group.len() == 3 && digits(group));
    sound.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

fn is_time(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z' | '+' | '-'))
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A date of the Gregorian calendar in days from 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> Option<i32> {
    let (year, month, day) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    Some(NaiveDate::from_ymd_opt(year, month, day)?.to_epoch_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> TextCell<'_> {
        TextCell { kind: CellKind::Text, text }
    }

    #[test]
    fn integers() {
        for (raw, expected) in [
            ("75001", Some(75001)),
            ("-12", Some(-12)),
            ("+7", Some(7)),
            ("1 234 567", Some(1_234_567)),
            ("1\u{202f}234", Some(1234)),
            ("12,00", Some(12)),
            ("35600000000048", Some(35_600_000_000_048)),
            ("12.5", None),
            ("1 2", None),
            ("9223372036854775808", None),
            ("-", None),
            ("1e3", None),
            ("douze", None),
        ] {
            assert_eq!(integer(text(raw)), expected, "{raw}");
        }
    }

    #[test]
    fn decimals() {
        for (raw, expected) in [
            ("1 234,56", Some(1234.56)),
            ("1234.56", Some(1234.56)),
            ("1.234,56", Some(1234.56)),
            ("1,234.56", Some(1234.56)),
            ("1,234,567", Some(1_234_567.0)),
            ("1,5", Some(1.5)),
            (",5", Some(0.5)),
            ("-0.25", Some(-0.25)),
            ("1.5E3", Some(1500.0)),
            ("1e999", None),
            ("1,23,45", None),
            ("1.2.3,4", None),
            ("12 €", None),
            ("NaN", None),
            ("inf", None),
            (".", None),
        ] {
            assert_eq!(decimal(text(raw)), expected, "{raw}");
        }
        assert_eq!(decimal(TextCell { kind: CellKind::Date, text: "2024" }), None);
    }

    #[test]
    fn dates() {
        for (raw, expected) in [
            ("1970-01-01", Some(0)),
            ("2024-03-31", Some(19_813)),
            ("31/03/2024", Some(19_813)),
            ("1/3/2024", Some(19_783)),
            ("31.03.2024", Some(19_813)),
            ("2024-03-31T12:30:00", Some(19_813)),
            ("31/03/2024 12:30", Some(19_813)),
            ("29/02/2023", None),
            ("31/04/2024", None),
            ("03/31/2024", None),
            ("31/03/24", None),
            ("1900-02-29", None),
            ("2024-03-31 au soir", None),
            ("45382", None),
        ] {
            assert_eq!(date(text(raw)), expected, "{raw}");
        }
        assert_eq!(date(TextCell { kind: CellKind::Number, text: "2024-03-31" }), None);
        for (text, expected) in [
            ("2024-03-31T00:00:00Z", false),
            ("2024-03-31", false),
            ("31/03/2024 00:30", true),
            ("2024-3-1 1", true),
            ("2024-03-31T00:00:00+02:00", false),
            ("2024-03-31 00:00:00.000-05:30", false),
            ("2024-03-31T23:30:00+02:00", true),
            ("31/03/2024 00:00:00+0100", false),
        ] {
            assert_eq!(has_time(text), expected, "{text}");
        }
    }

    #[test]
    fn booleans() {
        for (raw, expected) in [("VRAI", Some(true)), ("non", Some(false)), ("1", Some(true)), ("peut-être", None)] {
            assert_eq!(boolean(text(raw)), expected, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn dates_round_trip(day in -700_000_i32..2_900_000) {
            let mut out = String::new();
            write_iso(day, &mut out);
            prop_assert_eq!(date(text(&out)), Some(day));
        }

        #[test]
        fn plain_numbers_agree_with_rust_parsing(text in "[0-9]{1,19}(\\.[0-9]{1,18})?") {
            let cell = TextCell { kind: CellKind::Number, text: &text };
            prop_assert_eq!(decimal(cell), text.parse().ok());
            if !text.contains('.') {
                prop_assert_eq!(integer(cell), text.parse().ok());
            }
        }

        #[test]
        fn any_text_is_a_value_or_none(raw in ".*") {
            let cell = text(raw.trim());
            let _ = (integer(cell), decimal(cell), date(cell), boolean(cell));
        }
    }
}
