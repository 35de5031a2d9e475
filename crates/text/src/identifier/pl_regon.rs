//! REGON: the nine digits of a Polish business, or fourteen of one of its units.
//!
//! Nine digits: weights 8, 9, 2, 3, 4, 5, 6, 7; fourteen: 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8, and the first nine are checked as
//! well. The sum modulo 11 is the last digit, 10 being 0 (Statistics Poland; python-stdnum `pl.regon`).

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat =
    NumberFormat { labels: &["regon"], lengths: &[9, 14], normal, needs_label: false };

/// The cleaner `pl_regon`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "pl_regon",
    "Polish statistical numbers (REGON) that pass their check, as nine or fourteen digits. A lost leading zero is restored.",
    ("REGON: 192 598 184", "192598184"),
    pl_regon,
);

/// A REGON that passes its check, of the value or in a longer text.
pub(crate) fn pl_regon(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn passes(digits: &str, weights: &[u32]) -> bool {
    let Some((body, check)) = digits.split_at_checked(weights.len()) else { return false };
    let check = check.parse::<u32>().ok().filter(|_| check.len() == 1);
    let sum = weighted_sum(body, weights).filter(|sum| *sum > 0);
    sum.zip(check).is_some_and(|(sum, check)| sum % 11 % 10 == check)
}

fn normal(code: &str) -> Option<String> {
    let digits = if matches!(code.len(), 8 | 13) { format!("0{code}") } else { code.to_owned() };
    let of_business = digits.get(..9).is_some_and(|digits| passes(digits, &[8, 9, 2, 3, 4, 5, 6, 7]));
    let of_unit = || passes(&digits, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]);
    (of_business && (digits.len() == 9 || digits.len() == 14 && of_unit())).then_some(digits)
}
