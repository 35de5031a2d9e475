//! Company numbers of Companies House: eight characters, digits or a prefix of two letters and six digits; no check digit.
//!
//! The prefixes are those of Companies House's "Uniform Resource Identifiers" guide: `SC` for Scotland, `NI` for Northern Ireland,
//! `OC` for partnerships, and so on. Spreadsheets lose leading zeros, and people omit those after a prefix (`SC 1234`).

use super::{NumberFormat, number_cleaner};
use crate::cleaner_info::CleanerInfo;

/// Prefixes, sorted.
const PREFIXES: [&str; 33] = [
    "AC", "CE", "CS", "FC", "FE", "GE", "GN", "GS", "IC", "IP", "LP", "NA", "NC", "NF", "NI", "NL", "NO", "NP", "NR",
    "NV", "NZ", "OC", "OE", "PC", "RC", "RS", "SA", "SC", "SF", "SI", "SL", "SO", "SP",
];

pub(crate) const FORMAT: NumberFormat = NumberFormat {
    labels: &["company", "crn", "registration", "registered", "reg", "companies", "england", "wales", "scotland", "co"],
    lengths: &[8],
    normal,
    needs_label: true,
};

/// The cleaner `gb_company`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "gb_company",
    "Company numbers of the United Kingdom, as eight characters; lost leading zeros and those after a prefix (`SC`, `NI`, `OC`) are restored.",
    ("Company No. SC 12345", "SC012345"),
    gb_company,
);

/// A company number, of the value or after its name in a longer text.
pub(crate) fn gb_company(value: &str) -> Option<String> {
    FORMAT.find(value)
}

fn normal(code: &str) -> Option<String> {
    /// Fewer digits are a number of something else.
    const DIGITS_MIN: usize = 3;
    let is_number = |digits: &str| {
        digits.len() >= DIGITS_MIN
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.bytes().any(|byte| byte != b'0')
    };
    if is_number(code) && code.len() <= 8 {
        return Some(format!("{code:0>8}"));
    }
    // The old registers of Northern Ireland have one letter; industrial societies a letter at the end.
    if let Some(digits) = code.strip_prefix('R').filter(|digits| is_number(digits) && digits.len() <= 7) {
        return Some(format!("R{digits:0>7}"));
    }
    let (prefix, digits) = code.split_at_checked(2)?;
    PREFIXES.binary_search(&prefix).ok()?;
    if let Some(digits) = digits.strip_suffix('R').filter(|digits| is_number(digits) && digits.len() <= 5) {
        return Some(format!("{prefix}{digits:0>5}R"));
    }
    (is_number(digits) && digits.len() <= 6).then(|| format!("{prefix}{digits:0>6}"))
}
