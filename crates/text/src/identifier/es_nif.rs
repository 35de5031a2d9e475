//! NIF: the nine characters of a Spanish taxpayer: companies (formerly CIF), people (DNI) and foreigners (NIE).
//!
//! People: eight digits (or `X`, `Y`, `Z` for 0, 1, 2 and seven; or `K`, `L`, `M` and seven) and the letter that stands at their
//! number modulo 23 in a table. Companies: a letter, seven digits, and a check character from the Luhn sum, as a digit or as a
//! letter of `JABCDEFGHI` (orden EHA/451/2008; python-stdnum `es.nif`).

use super::{NumberFormat, digit_values, number_cleaner};
use crate::cleaner_info::CleanerInfo;
use crate::digits::number;

/// The check letters of people, by their number modulo 23.
const PERSON_LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
/// The check letters of companies, by their check digit.
const COMPANY_LETTERS: &[u8] = b"JABCDEFGHI";

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["nif", "cif", "nie", "es"], lengths: &[9, 11], normal, needs_label: false };

/// The cleaner `es_nif`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "es_nif",
    "Spanish tax numbers (NIF, CIF, NIE) that pass their check, without `ES`.",
    ("ES A-58818501", "A58818501"),
    es_nif,
);

/// A NIF that passes its check, of the value or in a longer text.
pub(crate) fn es_nif(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether nine characters are a NIF.
pub(crate) fn is_es_nif(code: &str) -> bool {
    let (Some((first, rest)), Some((body, check))) = (code.split_at_checked(1), code.split_at_checked(8)) else {
        return false;
    };
    let Some(check) = check.bytes().next().filter(|_| code.len() == 9) else { return false };
    let is_person_check = |number: u64| PERSON_LETTERS.get((number % 23) as usize) == Some(&check);
    let digits = rest.get(..7).unwrap_or_default();
    match first.as_bytes() {
        [b'0'..=b'9'] => number(body).is_some_and(is_person_check),
        [b'K' | b'L' | b'M'] => number(digits).is_some_and(is_person_check),
        [letter @ b'X'..=b'Z'] => {
            let prefix = u64::from(letter - b'X') * 10_000_000;
            number(digits).is_some_and(|number| is_person_check(prefix + number))
        }
        [letter] => company_check(digits).is_some_and(|digit| is_company_check(*letter, digit, check)),
        _ => false,
    }
}

/// The check digit of seven digits.
fn company_check(digits: &str) -> Option<u32> {
    let values = digit_values(digits)?;
    let weighed = values.iter().enumerate().map(|(place, digit)| match place % 2 {
        0 => 2 * digit / 10 + 2 * digit % 10,
        _ => *digit,
    });
    Some((10 - weighed.sum::<u32>() % 10) % 10)
}

/// Some kinds of companies have a letter, some a digit, some either.
fn is_company_check(kind: u8, digit: u32, check: u8) -> bool {
    let is_digit = check.checked_sub(b'0').map(u32::from) == Some(digit);
    let is_letter = COMPANY_LETTERS.get(digit as usize) == Some(&check);
    match kind {
        b'A' | b'B' | b'E' | b'H' => is_digit,
        b'P' | b'Q' | b'R' | b'S' | b'W' | b'N' => is_letter,
        b'C' | b'D' | b'F' | b'G' | b'J' | b'U' | b'V' => is_digit || is_letter,
        _ => false,
    }
}

fn normal(code: &str) -> Option<String> {
    let number = code.strip_prefix("ES").filter(|rest| rest.len() == 9).unwrap_or(code);
    is_es_nif(number).then(|| number.to_owned())
}
