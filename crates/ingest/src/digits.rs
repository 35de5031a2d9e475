//! Numbers and timestamps as text, the same for every format.

use std::fmt::Write;

/// Every integer below this is exact as an `f64` (2^53).
const EXACT_INTEGERS_END: f64 = 9_007_199_254_740_992.0;

/// Integers without a fraction; other numbers with the fewest digits that parse to the same value. Never an exponent.
pub(crate) fn number(value: f64, out: &mut String) {
    // Writing to a `String` never fails. The cast is exact: the value is whole and below 2^53.
    let _ = if value.fract() == 0.0 && value.abs() < EXACT_INTEGERS_END {
        write!(out, "{}", value as i64)
    } else {
        write!(out, "{value}")
    };
}

/// Writes what [`std::fmt::Display`] would, with a fast path for most cells: at most four decimals.
pub(crate) fn shortest(value: f64, out: &mut String) {
    const SCALE: u64 = 10_000;
    // Limits numbers to 15 digits: no two of them round to the same `f64`, so no shorter form exists.
    const END: f64 = 1e11;
    let scaled = (value * SCALE as f64 + 0.5) as u64;
    // Both are exact, so the quotient is the number nearest to these digits.
    if value.is_sign_negative() || value >= END || scaled as f64 / SCALE as f64 != value {
        // Writing to a `String` never fails.
        let _ = write!(out, "{value}");
        return;
    }
    write_integer(scaled / SCALE, out);
    let fraction = scaled % SCALE;
    if fraction > 0 {
        out.push('.');
        let start = out.len();
        // The leading one keeps the zeros and is removed.
        write_integer(SCALE + fraction, out);
        out.remove(start);
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// Appends the digits of a number.
pub(crate) fn write_integer(value: u64, out: &mut String) {
    const DIGITS_MAX: usize = 20;
    let (mut digits, mut rest, mut length) = ([0; DIGITS_MAX], value, 0);
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        (rest, length) = (rest / 10, length + 1);
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(DIGITS_MAX - length..).and_then(|digits| std::str::from_utf8(digits).ok());
    out.push_str(digits.unwrap_or_default());
}

/// Strips midnight: `2024-03-31T00:00:00Z` becomes `2024-03-31`.
pub(crate) fn without_midnight(text: &str) -> &str {
    match text.split_once('T') {
        Some((date, time)) if !date.is_empty() && time.chars().all(|c| matches!(c, '0' | ':' | '.' | 'Z')) => date,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shortest_agrees_with_display(digits in 0..2_000_000_000_000_000_u64, power in 0..8, any in any::<f64>()) {
            let short = digits as f64 / 10_f64.powi(power);
            for value in [short, -short, short.fract(), short.trunc(), any] {
                let mut out = String::new();
                shortest(value, &mut out);
                prop_assert_eq!(out, value.to_string());
            }
            let mut out = String::new();
            write_integer(any.to_bits(), &mut out);
            prop_assert_eq!(out, any.to_bits().to_string());
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        for (value, expected) in [
            (75001.0, "75001"),
            (35_600_000_000_048.0, "35600000000048"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (0.1, "0.1"),
            (-0.0, "0"),
            (-12.5, "-12.5"),
            (1e21, "1000000000000000000000"),
        ] {
            let mut out = String::new();
            number(value, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn midnight_is_stripped() {
        assert_eq!(without_midnight("2024-03-31T00:00:00.000Z"), "2024-03-31");
        assert_eq!(without_midnight("2024-03-31T08:00:00"), "2024-03-31T08:00:00");
    }
}
