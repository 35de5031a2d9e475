//! SIREN: the nine digits of a French company, the last one a Luhn check.

use crate::cleaner_info::{CleanedForm, CleanerInfo};
use crate::digits::digits;
use crate::luhn::luhn;
use crate::{siret, vat};

/// The cleaner `siren`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "siren",
    help: "French company numbers (SIREN) that pass their check, from a SIREN, a SIRET or a French VAT number.",
    example: ("FR44 732829320", "732829320"),
    version: 1,
    form: CleanedForm::Code,
    clean: siren,
    clean_cell: None,
    is_repetitive: false,
};

/// A SIREN that passes its check, as nine digits, from
/// - a SIREN, also one that lost its leading zero;
/// - a SIRET: its first nine digits, which are checked by themselves, as the error may be in the others;
/// - a French VAT number, with or without `FR`. Those of Monaco hold no SIREN.
pub fn siren(value: &str) -> Option<String> {
    let value = unlabelled(value, "siren");
    let Some(digits) = digits(value) else { return from_vat(value) };
    match digits.len() {
        8 => checked(format!("0{digits}")),
        9 => checked(digits),
        11 => from_vat(&digits),
        13 => siret(&digits)?.get(..9).map(str::to_owned),
        14 => digits.get(..9).and_then(|siren| checked(siren.to_owned())),
        _ => None,
    }
}

/// Whether nine digits are a SIREN. Those that begin with `000` are not: Monaco's VAT numbers have them.
pub(crate) fn is_siren(digits: &str) -> bool {
    digits.len() == 9 && !digits.starts_with("000") && luhn(digits)
}

/// The value without its label (`SIREN : 732 829 320`).
pub(crate) fn unlabelled<'a>(value: &'a str, label: &str) -> &'a str {
    let value = value.trim();
    match value.split_at_checked(label.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(label) => {
            rest.trim_start_matches(|character: char| !character.is_ascii_alphanumeric())
        }
        _ => value,
    }
}

fn checked(digits: String) -> Option<String> {
    is_siren(&digits).then_some(digits)
}

fn from_vat(value: &str) -> Option<String> {
    let number = vat(value)?;
    number.strip_prefix("FR")?.get(2..).filter(|digits| is_siren(digits)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sirens() {
        crate::check(
            siren,
            &[
                ("732829320", "732829320"),
                ("732 829 320", "732829320"),
                ("732.829.320", "732829320"),
                ("732829320.0", "732829320"),
                ("SIREN : 732 829 320", "732829320"),
                ("73282932000074", "732829320"),
                ("732 829 320 00074", "732829320"),
                ("73282932000075", "732829320"),
                ("7.3282932000074E+13", "732829320"),
                ("1.23457E+13", ""),
                ("FR44732829320", "732829320"),
                ("FR 44 732 829 320", "732829320"),
                ("44732829320", "732829320"),
                ("45732829320", ""),
                ("FR45732829320", ""),
                ("FRK7399859412", "399859412"),
                ("5720784", ""),
                ("87281242", "087281242"),
                ("087281242", "087281242"),
                ("732829321", ""),
                ("000000000", ""),
                ("FR83000000000", ""),
                ("DE123456789", ""),
                ("ABC", ""),
                ("nan", ""),
                ("", ""),
            ],
        );
    }
}
