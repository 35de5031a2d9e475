//! KVK: the eight digits of a company in the Dutch trade register, without a check digit.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["kvk", "kvknummer", "handelsregister"], lengths: &[8], normal, needs_label: true };

/// The cleaner `nl_kvk`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "nl_kvk",
    "Numbers in the Dutch trade register (KVK), as eight digits; they have no check digit. A lost leading zero is restored.",
    ("KVK-nummer 2345 6789", "23456789"),
    nl_kvk,
);

/// A KVK number, of the value or after its name in a longer text.
pub(crate) fn nl_kvk(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    let is_number = code.bytes().all(|byte| byte.is_ascii_digit()) && code.bytes().any(|byte| byte != b'0');
    (is_number && matches!(code.len(), 7 | 8)).then(|| format!("{code:0>8}"))
}
