//! IČO: the eight digits of a Czech or Slovak company.
//!
//! Check digit: weights 8 to 2; eleven less the sum modulo 11, where 10 is 0 and 11 is 1 (Czech Statistical Office;
//! python-stdnum `cz.dic`). Leading zeros are restored.

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["ico", "ic"], lengths: &[8], normal, needs_label: false };

/// The cleaner `cz_ico`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "cz_ico",
    "Czech and Slovak company numbers (IČO) that pass their check, as eight digits. Lost leading zeros are restored.",
    ("IČO: 251 23 891", "25123891"),
    cz_ico,
);

/// An IČO that passes its check, of the value or in a longer text.
pub(crate) fn cz_ico(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether eight digits pass the check.
pub(crate) fn is_cz_ico(digits: &str) -> bool {
    let Some((body, check)) = digits.split_at_checked(7) else { return false };
    let check = check.parse::<u32>().ok().filter(|_| check.len() == 1);
    let sum = weighted_sum(body, &[8, 7, 6, 5, 4, 3, 2]).filter(|sum| *sum > 0);
    sum.zip(check).is_some_and(|(sum, check)| match (11 - sum % 11) % 11 {
        0 => check == 1,
        rest => check == rest % 10,
    })
}

fn normal(code: &str) -> Option<String> {
    const ZEROS_MAX: usize = 3;
    let zeros = 8_usize.checked_sub(code.len()).filter(|zeros| *zeros <= ZEROS_MAX)?;
    let digits = format!("{}{code}", "0".repeat(zeros));
    is_cz_ico(&digits).then_some(digits)
}
