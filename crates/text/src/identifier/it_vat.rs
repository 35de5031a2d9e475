//! Partita IVA: the eleven digits of an Italian business, the last one a Luhn check digit (Agenzia delle Entrate; python-stdnum
//! `it.iva`). Lost leading zeros are restored.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;
use crate::luhn::luhn;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["piva", "iva", "p", "partita", "it", "cf", "vat"],
    lengths: &[11],
    normal,
    needs_label: false,
};

/// The cleaner `it_vat`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "it_vat",
    "Italian business numbers (partita IVA) that pass their check, as eleven digits. Lost leading zeros are restored.",
    ("P.IVA 00743110157", "00743110157"),
    it_vat,
);

/// A partita IVA that passes its check, of the value or in a longer text.
pub(crate) fn it_vat(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether eleven digits are a partita IVA: its first seven digits number the business in its province.
pub(crate) fn is_it_vat(digits: &str) -> bool {
    digits.len() == 11 && !digits.starts_with("0000000") && luhn(digits)
}

fn normal(code: &str) -> Option<String> {
    const ZEROS_MAX: usize = 3;
    let digits = code.strip_prefix("IT").unwrap_or(code);
    let zeros = 11_usize.checked_sub(digits.len()).filter(|zeros| *zeros <= ZEROS_MAX)?;
    let digits = format!("{}{digits}", "0".repeat(zeros));
    is_it_vat(&digits).then_some(digits)
}
