//! CVR: the eight digits of a Danish company.
//!
//! The sum with weights 2, 7, 6, 5, 4, 3, 2, 1 is a multiple of 11 (Erhvervsstyrelsen, "Modulus 11 på CVR-numre").

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["cvr", "se", "dk", "moms"], lengths: &[8], normal, needs_label: false };

/// The cleaner `dk_cvr`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "dk_cvr",
    "Danish company numbers (CVR) that pass their check, as eight digits.",
    ("CVR-nr. 13 58 56 28", "13585628"),
    dk_cvr,
);

/// A CVR number that passes its check, of the value or in a longer text.
pub(crate) fn dk_cvr(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether eight digits are a CVR number.
pub(crate) fn is_dk_cvr(digits: &str) -> bool {
    let sum = weighted_sum(digits, &[2, 7, 6, 5, 4, 3, 2, 1]);
    digits.len() == 8 && !digits.starts_with('0') && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("DK").unwrap_or(code);
    is_dk_cvr(digits).then(|| digits.to_owned())
}
