//! Numbers and moments as text, the same from every format.

use std::fmt::Write;

/// Every whole number below this has an `f64` of its own (2^53).
const EXACT_INTEGERS_END: f64 = 9_007_199_254_740_992.0;

/// Whole numbers without a fraction, others with the fewest digits that read back the same; never an exponent.
pub(crate) fn number(value: f64, out: &mut String) {
    // Writing to a `String` never fails. The cast is exact: the value is whole and below 2^53.
    let _ = if value.fract() == 0.0 && value.abs() < EXACT_INTEGERS_END {
        write!(out, "{}", value as i64)
    } else {
        write!(out, "{value}")
    };
}

/// `2024-03-31T00:00:00Z` is `2024-03-31`.
pub(crate) fn without_midnight(text: &str) -> &str {
    match text.split_once('T') {
        Some((date, time)) if !date.is_empty() && time.chars().all(|c| matches!(c, '0' | ':' | '.' | 'Z')) => date,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn midnight_says_nothing() {
        assert_eq!(without_midnight("2024-03-31T00:00:00.000Z"), "2024-03-31");
        assert_eq!(without_midnight("2024-03-31T08:00:00"), "2024-03-31T08:00:00");
    }
}
