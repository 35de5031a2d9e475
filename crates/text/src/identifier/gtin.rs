//! GTIN: the number under the bar code of a product (EAN, UPC), with a check digit.
//!
//! GS1 General Specifications 7.9: from the right, digits weigh 3 and 1 in turn; the sum with the check digit is a multiple of
//! 10. Numbers of 8, 12, 13 and 14 digits are one, with zeros in front.

use super::{NumberFormat, digit_values, number_cleaner};
use crate::cleaner_info::CleanerInfo;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["ean", "gtin", "upc", "gencod", "gencode"],
    lengths: &[8, 12, 13, 14],
    normal,
    needs_label: false,
};

/// The cleaner `gtin`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "gtin",
    "Product numbers (GTIN, EAN, UPC) of 8, 12, 13 or 14 digits that pass their check, as 14 digits.",
    ("EAN 400638 1333931", "04006381333931"),
    gtin,
);

/// A GTIN that passes its check, of the value or in a longer text.
pub(crate) fn gtin(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    let values = digit_values(code).filter(|values| matches!(values.len(), 8 | 12..=14))?;
    let weighed = values.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 1 { 3 * digit } else { *digit });
    let sum: u32 = weighed.sum();
    (sum > 0 && sum.is_multiple_of(10)).then(|| format!("{code:0>14}"))
}
