//! Telephone numbers in normal form.

/// Digits of an international number, without its `+` (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The number with its country, as `+33142345678`. One without a country is French if it has the nine digits (or ten
/// with the leading zero) of French numbers; the `(0)` often written after the country is omitted.
pub(crate) fn phone(value: &str) -> Option<String> {
    let value = value.trim();
    // `04 78 12 34 56 / 06 11 22 33 44` is two numbers, the first of which is usually the company's.
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
            // A spreadsheet that parses it as a number drops the leading zero.
            (9, None) => format!("33{digits}"),
            (11, None) if digits.starts_with("33") => digits,
            _ => return None,
        };
    }
    let french_fits = !digits.starts_with("33") || digits.len() == 11 && !digits.starts_with("330");
    (DIGITS.contains(&digits.len()) && french_fits).then(|| format!("+{digits}"))
}
