//! Extracts digits from identifiers as spreadsheets, scripts and people write them.

use std::borrow::Cow;

use matchflow_characters::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// The value as identifiers are read: without invisible characters, and with characters of other widths and forms
/// converted to the usual ones (`９００` becomes `900`).
pub(crate) fn usual_form(value: &str) -> Cow<'_, str> {
    if value.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control()) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.chars().filter(|character| !is_invisible(*character)).nfkc().collect())
}

/// The value without its guards: quotes, brackets, signs, and formulas that turn digits into text (`="06300"`,
/// `=T("06300")`).
pub(crate) fn unguarded(value: &str) -> &str {
    const GUARDS: &[char] = &[
        '\'', '"', '’', '‘', '`', '´', '«', '»', '“', '”', '(', ')', '[', ']', '{', '}', '<', '>', '=', '+', ';', ':',
        ',', '#', '|', '*',
    ];
    let value = value.trim();
    let argument = value.strip_prefix('=').map(|formula| formula.trim_start_matches(|one: char| one.is_alphabetic()));
    let value = argument.filter(|argument| argument.starts_with(['"', '('])).unwrap_or(value);
    value.trim_matches(|edge: char| edge.is_whitespace() || GUARDS.contains(&edge))
}

/// The digits of a number written with spaces, full stops, hyphens, a zero decimal part (`75001.0`) or a lossless
/// exponent (`7.32829320E+8`). `None`: other characters, no digits, or lost digits (`1.23E+13`).
pub(crate) fn digits(value: &str) -> Option<String> {
    let value = unguarded(value);
    if let Some((mantissa, exponent)) = value.split_once(['e', 'E']) {
        return expand(mantissa, exponent);
    }
    let integer = value.split_once(['.', ',']).filter(|(_, zeros)| matches!(*zeros, "0" | "00"));
    let integer = integer.map_or(value, |(integer, _)| integer);
    let mut digits = String::with_capacity(integer.len());
    for character in integer.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '.' | '-' | '\u{2010}'..='\u{2013}' | '_' | '/' => {}
            _ if character.is_whitespace() => {}
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// `7.3282932000074E+13`: the digits, if the mantissa has all of them.
fn expand(mantissa: &str, exponent: &str) -> Option<String> {
    const EXPONENT_MAX: usize = 40;
    let exponent: usize = exponent.trim_start_matches('+').parse().ok().filter(|exponent| *exponent <= EXPONENT_MAX)?;
    let (integer, fraction) = mantissa.split_once(['.', ','])?;
    let complete = integer.len() == 1 && fraction.len() == exponent;
    let digits = format!("{integer}{fraction}");
    (complete && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Upper-case letters and digits without spaces, full stops, hyphens and the like. `None`: other characters.
pub(crate) fn compact(value: &str) -> Option<String> {
    let mut compact = String::with_capacity(value.len());
    for character in unguarded(value).chars() {
        match character {
            _ if character.is_ascii_alphanumeric() => compact.push(character.to_ascii_uppercase()),
            '.' | '-' | '\u{2010}'..='\u{2013}' | '_' | '/' | ':' | ',' | ';' | '\'' | '"' | '(' | ')' | '[' | ']' => {}
            _ if character.is_whitespace() => {}
            _ => return None,
        }
    }
    (!compact.is_empty()).then_some(compact)
}

/// `text` as a number; `None` unless it is all digits.
pub(crate) fn number(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_of_characters() {
        for (value, expected) in [
            ("９００ ５１２\u{3000}３４４", "900 512 344"),
            ("900\u{200b}512\u{ad}344\u{202d}\0", "900512344"),
            ("900\u{a0}512\u{202f}344", "900 512 344"),
            ("ＦＲ３５", "FR35"),
            ("732829320", "732829320"),
            ("a\tb", "a\tb"),
        ] {
            assert_eq!(usual_form(value), expected);
        }
    }

    #[test]
    fn numbers_as_they_are_found() {
        crate::check(
            digits,
            &[
                ("732829320", "732829320"),
                (" 732 829 320 ", "732829320"),
                ("732\u{a0}829\u{202f}320", "732829320"),
                ("732.829.320", "732829320"),
                ("732-829-320", "732829320"),
                ("732829320.0", "732829320"),
                ("75001,00", "75001"),
                ("123.456.000", "123456000"),
                ("7.32829320E+8", "732829320"),
                ("7.3282932E8", ""),
                ("1.23457E+13", ""),
                ("1E999999999999999999999", ""),
                ("'06000", "06000"),
                ("=\"06300\"", "06300"),
                ("=T(\"06300\")", "06300"),
                ("=TEXTE(06300)", "06300"),
                ("\"732829320;\"", "732829320"),
                ("(+732 829 320)", "732829320"),
                ("=A1", ""),
                ("= 12 / 3 x", ""),
                ("12A", ""),
                ("-", ""),
                ("", ""),
            ],
        );
    }
}
