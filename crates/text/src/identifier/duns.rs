//! D-U-N-S: nine digits of a business, given by Dun & Bradstreet; without a check digit since 2006.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat { labels: &["duns"], lengths: &[9], normal, needs_label: true };

/// The cleaner `duns`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "duns",
    "D-U-N-S numbers, as nine digits; they have no check digit. Lost leading zeros are restored.",
    ("DUNS 15-048-3782", "150483782"),
    duns,
);

/// A D-U-N-S number, of the value or after its name in a longer text.
pub(crate) fn duns(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    let code = code.strip_prefix("DUNS").unwrap_or(code);
    let is_number = code.bytes().all(|byte| byte.is_ascii_digit()) && code.bytes().any(|byte| byte != b'0');
    (is_number && (7..=9).contains(&code.len())).then(|| format!("{code:0>9}"))
}
