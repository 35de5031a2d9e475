//! SIREN: the nine digits of a French company, the last one a Luhn check digit.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{digits, usual_form};
use crate::luhn::luhn;
use crate::number_search::{of_9_digits, of_14_digits, only};
use crate::vat::french_numbers;
use crate::{siret, vat};

/// The cleaner `siren`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "siren",
    help: "French company numbers (SIREN) that pass their check, from a SIREN, a SIRET or a French VAT number.",
    example: ("FR44 732829320", "732829320"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Identifier,
    clean: siren,
    clean_cell: None,
    is_repetitive: false,
};

/// A SIREN that passes its check, as nine digits, from
/// - a SIREN, even if it lost its leading zero;
/// - a SIRET: its first nine digits, which are checked on their own, since the error may be in the others;
/// - a French VAT number, with or without `FR`. Those of Monaco contain no SIREN.
///
/// In a longer text, all numbers that pass their check must have the same SIREN.
pub fn siren(value: &str) -> Option<String> {
    let value = usual_form(value);
    alone(&value).or_else(|| only(in_text(&value)))
}

fn in_text(text: &str) -> impl Iterator<Item = String> {
    let of_companies = of_9_digits(text).into_iter().filter_map(checked);
    let of_establishments = of_14_digits(text).into_iter().filter_map(|digits| checked(digits.get(..9)?.to_owned()));
    let of_vat_numbers = french_numbers(text).into_iter().filter_map(|number| of_vat_number(&number));
    of_companies.chain(of_establishments).chain(of_vat_numbers)
}

/// The SIREN of a value that consists of one number.
fn alone(value: &str) -> Option<String> {
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

/// Whether nine digits are a SIREN. Those that begin with `000` are not: they occur in Monaco's VAT numbers.
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
    of_vat_number(&vat(value)?)
}

fn of_vat_number(number: &str) -> Option<String> {
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
                ("732\u{ad}829\u{feff}320", "732829320"),
                ("RCS NICE 732 829 320", "732829320"),
                ("732 829 320 R.C.S. Nice", "732829320"),
                ("TVA FR44732829320", "732829320"),
                ("n° TVA : FR 44 732 829 320 (France)", "732829320"),
                ("732,829,320", "732829320"),
                ("73282932000074 (siège)", "732829320"),
                ("732829320 NIC 00074", "732829320"),
                ("73282932000074 / FR44732829320", "732829320"),
                ("732829320 ou 356000000", ""),
                ("FR45 732 829 320", ""),
                ("45 732 829 320", ""),
                ("732829320,50", ""),
                ("capital 1 732 829 320 EUR", ""),
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
