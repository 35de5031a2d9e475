//! KRS: the ten digits of a company in the Polish court register, with leading zeros and without a check digit.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat { labels: &["krs"], lengths: &[10], normal, needs_label: true };

/// The cleaner `pl_krs`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "pl_krs",
    "Numbers in the Polish court register (KRS), as ten digits; they have no check digit. Lost leading zeros are restored.",
    ("KRS 28860", "0000028860"),
    pl_krs,
);

/// A KRS number, of the value or after its name in a longer text.
pub(crate) fn pl_krs(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    const DIGITS_MIN: usize = 4;
    let is_number = code.bytes().all(|byte| byte.is_ascii_digit()) && code.bytes().any(|byte| byte != b'0');
    (is_number && (DIGITS_MIN..=10).contains(&code.len())).then(|| format!("{code:0>10}"))
}
