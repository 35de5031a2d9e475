//! Codice fiscale: the sixteen characters of a person in Italy; of a company it is its partita IVA.
//!
//! Six letters, two digits of the year, a letter of the month, two digits of the day, a letter and three digits of the place, a
//! check letter. Digits may be replaced by letters where two people would share a code (omocodia). The check letter is the sum
//! modulo 26 of the characters, those in odd places by a table of their own (decree of 23 December 1976).

use super::it_vat::it_vat;
use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;

/// The values of `0` to `9`, and of `A` to `Z`, in odd places.
const ODD: [u32; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["cf", "codice", "fiscale"], lengths: &[16], normal, needs_label: false };

/// The cleaner `it_fiscal_code`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "it_fiscal_code",
    "Italian tax codes (codice fiscale) of people and companies that pass their check.",
    ("C.F. RCC MNL 83S18 D969H", "RCCMNL83S18D969H"),
    it_fiscal_code,
);

/// A codice fiscale that passes its check, of the value or in a longer text.
pub(crate) fn it_fiscal_code(value: &str) -> Option<String> {
    FORMAT.find(value).or_else(|| it_vat(value))
}

fn normal(code: &str) -> Option<String> {
    let place = |at: usize, byte: u8| match at {
        6 | 7 | 9 | 10 | 12..=14 => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte),
        8 => b"ABCDEHLMPRST".contains(&byte),
        _ => byte.is_ascii_uppercase(),
    };
    let (body, check) = code.split_at_checked(15)?;
    let has_shape = code.len() == 16 && code.bytes().enumerate().all(|(at, byte)| place(at, byte));
    let value = |(at, byte): (usize, u8)| {
        let order = if byte.is_ascii_digit() { byte - b'0' } else { byte.checked_sub(b'A')? };
        if at % 2 == 0 { ODD.get(usize::from(order)).copied() } else { Some(u32::from(order)) }
    };
    let sum: u32 = body.bytes().enumerate().map(value).sum::<Option<u32>>()?;
    let expected = char::from_u32(u32::from('A') + sum % 26)?;
    (has_shape && check.starts_with(expected)).then(|| code.to_owned())
}
