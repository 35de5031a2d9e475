//! Organisationsnummer: the ten digits of a Swedish organisation, the last one a Luhn check digit (Skatteverket, SKV 709).
//!
//! The third digit of an organisation is 2 or more, which tells it from a person's number.

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;
use crate::luhn::luhn;

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["orgnr", "org", "organisationsnummer", "momsnr", "vat"],
    lengths: &[10, 14],
    normal,
    needs_label: false,
};

/// The cleaner `se_orgnr`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "se_orgnr",
    "Swedish organisation numbers that pass their check, as ten digits; also of a Swedish VAT number.",
    ("SE556703748501", "5567037485"),
    se_orgnr,
);

/// A Swedish number that passes its check, of the value or in a longer text.
pub(crate) fn se_orgnr(value: &str) -> Option<String> {
    FORMAT.find(value)
}

/// Whether ten digits pass the check.
pub(crate) fn is_se_orgnr(digits: &str) -> bool {
    digits.len() == 10 && digits.bytes().any(|byte| byte != b'0') && luhn(digits)
}

fn normal(code: &str) -> Option<String> {
    let of_vat = code.strip_prefix("SE").filter(|rest| rest.len() == 12).and_then(|rest| rest.get(..10));
    let of_century = code.strip_prefix("16").filter(|rest| rest.len() == 10);
    let digits = of_vat.or(of_century).unwrap_or(code);
    let is_organisation = digits.as_bytes().get(2).is_some_and(|third| *third >= b'2');
    (is_organisation && is_se_orgnr(digits)).then(|| digits.to_owned())
}
