//! Y-tunnus: seven digits and a check digit of a Finnish company, written `1572860-0`.
//!
//! Weights 7, 9, 10, 5, 8, 4, 2, 1; the sum is a multiple of 11 (Finnish Tax Administration, "Yritys- ja yhteisötunnuksen
//! tarkistusmerkki"). A lost leading zero is restored.

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["ytunnus", "tunnus", "fo", "fi", "ly"], lengths: &[8], normal, needs_label: false };

/// The cleaner `fi_ytunnus`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "fi_ytunnus",
    "Finnish company numbers (Y-tunnus) that pass their check, as eight digits. A lost leading zero is restored.",
    ("Y-tunnus 2077474-0", "20774740"),
    fi_ytunnus,
);

/// A Finnish number that passes its check, of the value or in a longer text.
pub(crate) fn fi_ytunnus(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether eight digits are a Y-tunnus.
pub(crate) fn is_fi_ytunnus(digits: &str) -> bool {
    let sum = weighted_sum(digits, &[7, 9, 10, 5, 8, 4, 2, 1]).filter(|sum| *sum > 0);
    digits.len() == 8 && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("FI").unwrap_or(code);
    let digits = if digits.len() == 7 { format!("0{digits}") } else { digits.to_owned() };
    is_fi_ytunnus(&digits).then_some(digits)
}
