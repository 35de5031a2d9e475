//! NIF/NIPC: the nine digits of a Portuguese taxpayer.
//!
//! Weights 9 to 2; eleven less the sum modulo 11, where 10 and 11 are 0, is the last digit (Autoridade Tributária; python-stdnum
//! `pt.nif`).

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["nif", "nipc", "contribuinte", "pt"], lengths: &[9], normal, needs_label: false };

/// The cleaner `pt_nif`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "pt_nif",
    "Portuguese tax numbers (NIF, NIPC) that pass their check, as nine digits.",
    ("NIPC 501 964 843", "501964843"),
    pt_nif,
);

/// A NIF that passes its check, of the value or in a longer text.
pub(crate) fn pt_nif(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether nine digits are a NIF.
pub(crate) fn is_pt_nif(digits: &str) -> bool {
    let Some((body, check)) = digits.split_at_checked(8) else { return false };
    let check = check.parse::<u32>().ok().filter(|_| check.len() == 1);
    let sum = weighted_sum(body, &[9, 8, 7, 6, 5, 4, 3, 2]).filter(|_| !body.starts_with('0'));
    sum.zip(check).is_some_and(|(sum, check)| (11 - sum % 11) % 11 % 10 == check)
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("PT").unwrap_or(code);
    is_pt_nif(digits).then(|| digits.to_owned())
}
