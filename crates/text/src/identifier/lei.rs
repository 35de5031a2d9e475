//! LEI, the Legal Entity Identifier: twenty letters and digits, the last two of which are check digits.
//!
//! ISO 17442-1: the check digits are those of ISO 7064 mod 97-10 over letters as 10 to 35; the whole is 1 modulo 97. A single
//! wrong character and two swapped neighbours are found.

use super::{NumberFormat, mod_97, number_cleaner};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat { labels: &["lei"], lengths: &[20], normal, needs_label: false };

/// The cleaner `lei`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "lei",
    "Legal Entity Identifiers (LEI) that pass their check.",
    ("LEI: 213800-KUD8LAJWSQ9D-15", "213800KUD8LAJWSQ9D15"),
    lei,
);

/// A LEI that passes its check, of the value or in a longer text.
pub(crate) fn lei(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    let ends_in_digits = code.bytes().rev().take(2).all(|byte| byte.is_ascii_digit());
    (code.len() == 20 && ends_in_digits && mod_97(code) == Some(1)).then(|| code.to_owned())
}
