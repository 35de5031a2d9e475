//! KBO/BCE: the ten digits of a Belgian enterprise or of one of its establishments.
//!
//! The first digit is 0 or 1 for enterprises, 2 to 8 for establishments. The last two digits are 97 less the first eight modulo
//! 97 (Crossroads Bank for Enterprises; python-stdnum `be.vat`). Numbers of nine digits are old ones without their zero.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;
use crate::digits::number;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["kbo", "bce", "be", "ondernemingsnummer", "entreprise", "btw", "tva", "vestigingsnummer"],
    lengths: &[10],
    normal,
    needs_label: false,
};

/// The cleaner `be_kbo`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "be_kbo",
    "Belgian enterprise and establishment numbers (KBO, BCE) that pass their check, as ten digits. A lost leading zero is restored.",
    ("BE 403.019.261", "0403019261"),
    be_kbo,
);

/// A Belgian number that passes its check, of the value or in a longer text.
pub(crate) fn be_kbo(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether ten digits are a number of the register.
pub(crate) fn is_be_kbo(digits: &str) -> bool {
    let Some((body, check)) = digits.split_at_checked(8) else { return false };
    let (Some(body_number), Some(check)) = (number(body), number(check).filter(|_| check.len() == 2)) else {
        return false;
    };
    body_number > 0 && !body.starts_with('9') && check == 97 - body_number % 97
}

fn normal(code: &str) -> Option<String> {
    let digits = code.strip_prefix("BE").unwrap_or(code);
    let digits = if digits.len() == 9 { format!("0{digits}") } else { digits.to_owned() };
    is_be_kbo(&digits).then_some(digits)
}
