//! Telephone numbers in one spelling.

/// Digits of an international number, without its `+` (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The number with its country, as `+33142345678`. One without a country is French where it has the nine digits (or
/// ten with the leading zero) that French numbers have; the `(0)` that people write after the country is left out.
pub(crate) fn phone(value: &str) -> Option<String> {
    let value = value.trim();
    // `04 78 12 34 56 / 06 11 22 33 44` is two numbers, and the first is the company's more often than not.
    let value = value.split(['/', ';', ',']).next().unwrap_or(value);
    let value = value.replace("(0)", "");
    let mut digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let letters: usize = value.chars().filter(|character| character.is_alphabetic()).count();
    if letters > 4 {
        return None;
    }
    let international = value.trim_start().starts_with('+') || digits.starts_with("00");
    if international {
        digits = digits.trim_start_matches('0').to_owned();
        if let Some(rest) = digits.strip_prefix("330") {
            digits = format!("33{rest}");
        }
    } else {
        digits = match (digits.len(), digits.strip_prefix('0')) {
            (10, Some(rest)) => format!("33{rest}"),
            // A spreadsheet that took the number for a number drops its zero.
            (9, None) => format!("33{digits}"),
            (11, None) if digits.starts_with("33") => digits,
            _ => return None,
        };
    }
    let french_fits = !digits.starts_with("33") || digits.len() == 11 && !digits.starts_with("330");
    (DIGITS.contains(&digits.len()) && french_fits).then(|| format!("+{digits}"))
}
