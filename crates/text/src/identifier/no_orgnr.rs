//! Organisasjonsnummer: the nine digits of a Norwegian organisation.
//!
//! The sum with weights 3, 2, 7, 6, 5, 4, 3, 2, 1 is a multiple of 11 (Brønnøysundregistrene, "Om organisasjonsnummeret").

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["orgnr", "org", "organisasjonsnummer", "foretaksregisteret", "no"],
    lengths: &[9, 12],
    normal,
    needs_label: false,
};

/// The cleaner `no_orgnr`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "no_orgnr",
    "Norwegian organisation numbers that pass their check, as nine digits, without `NO` and `MVA`.",
    ("NO 988 077 917 MVA", "988077917"),
    no_orgnr,
);

/// A Norwegian number that passes its check, of the value or in a longer text.
pub(crate) fn no_orgnr(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether nine digits are an organisation number.
pub(crate) fn is_no_orgnr(digits: &str) -> bool {
    let sum = weighted_sum(digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]);
    digits.len() == 9
        && digits.starts_with(|first: char| matches!(first, '1'..='9'))
        && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("NO").unwrap_or(code);
    let digits = digits.strip_suffix("MVA").unwrap_or(digits);
    is_no_orgnr(digits).then(|| digits.to_owned())
}
