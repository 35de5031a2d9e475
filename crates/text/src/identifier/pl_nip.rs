//! NIP: the ten digits of a Polish taxpayer.
//!
//! Weights 6, 5, 7, 2, 3, 4, 5, 6, 7; the sum modulo 11 is the last digit, and never 10 (act on the registration of taxpayers;
//! python-stdnum `pl.nip`).

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["nip", "pl"], lengths: &[10], normal, needs_label: false };

/// The cleaner `pl_nip`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "pl_nip",
    "Polish tax numbers (NIP) that pass their check, as ten digits.",
    ("NIP 856-734-62-15", "8567346215"),
    pl_nip,
);

/// A NIP that passes its check, of the value or in a longer text.
pub(crate) fn pl_nip(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether ten digits are a NIP.
pub(crate) fn is_pl_nip(digits: &str) -> bool {
    let Some((body, check)) = digits.split_at_checked(9) else { return false };
    let check = check.parse::<u32>().ok().filter(|_| check.len() == 1);
    let sum = weighted_sum(body, &[6, 5, 7, 2, 3, 4, 5, 6, 7]).filter(|sum| *sum > 0);
    sum.zip(check).is_some_and(|(sum, check)| sum % 11 == check)
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("PL").unwrap_or(code);
    is_pl_nip(digits).then(|| digits.to_owned())
}
