//! UID: `CHE` and nine digits of a Swiss company.
//!
//! Check digit: weights 5, 4, 3, 2, 7, 6, 5, 4; eleven less the sum modulo 11, where 11 is 0 and 10 is not issued (Federal
//! Statistical Office, eCH-0097).

use super::{NumberFormat, number_cleaner, weighted_sum};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["uid", "ide", "idi", "mwst", "tva", "iva"],
    lengths: &[12, 15, 16],
    normal,
    needs_label: false,
};

/// The cleaner `ch_uid`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "ch_uid",
    "Swiss company numbers (UID, IDE) that pass their check, with `CHE` and without `MWST`, `TVA` or `IVA`.",
    ("CHE-100.155.212 MWST", "CHE100155212"),
    ch_uid,
);

/// A UID that passes its check, of the value or in a longer text.
pub(crate) fn ch_uid(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether nine digits are a UID.
pub(crate) fn is_ch_uid(digits: &str) -> bool {
    let Some((body, check)) = digits.split_at_checked(8) else { return false };
    let check = check.parse::<u32>().ok().filter(|_| check.len() == 1);
    let sum = weighted_sum(body, &[5, 4, 3, 2, 7, 6, 5, 4]);
    sum.zip(check).is_some_and(|(sum, check)| (sum + check).is_multiple_of(11))
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("CHE")?;
    let digits = ["MWST", "TVA", "IVA"].iter().find_map(|end| digits.strip_suffix(end)).unwrap_or(digits);
    is_ch_uid(digits).then(|| format!("CHE{digits}"))
}
