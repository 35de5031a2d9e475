//! SIRET: the SIREN of a company and the five digits (NIC) of one of its establishments.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{digits, usual_form};
use crate::luhn::luhn;
use crate::number_search::{of_14_digits, only};
use crate::siren::{is_siren, unlabelled};

/// La Poste, which has too many post offices for a Luhn check: the sum of their digits is a multiple of five.
const LA_POSTE: &str = "356000000";
/// La Poste's head office, the only one that passes the usual Luhn check.
const LA_POSTE_HEAD_OFFICE: &str = "35600000000048";

/// The cleaner `siret`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "siret",
    help: "French establishment numbers (SIRET) that pass their check. A lost leading zero is restored.",
    example: ("732 829 320 00074", "73282932000074"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Identifier,
    clean: siret,
    clean_cell: None,
    is_repetitive: false,
};

/// A SIRET that passes its checks, as 14 digits; if 13 digits pass after a zero is prepended, it had lost it. In a
/// longer text, the only number that passes them.
pub fn siret(value: &str) -> Option<String> {
    let value = usual_form(value);
    alone(&value).or_else(|| only(of_14_digits(&value).into_iter().filter(|digits| is_siret(digits))))
}

/// The SIRET of a value that consists of one number.
fn alone(value: &str) -> Option<String> {
    let digits = digits(unlabelled(value, "siret"))?;
    let siret = if digits.len() == 13 { format!("0{digits}") } else { digits };
    is_siret(&siret).then_some(siret)
}

pub(crate) fn is_siret(digits: &str) -> bool {
    let Some((siren, nic)) = digits.split_at_checked(9) else { return false };
    if nic.len() != 5 || !is_siren(siren) {
        return false;
    }
    if siren == LA_POSTE && digits != LA_POSTE_HEAD_OFFICE {
        return digits.bytes().map(|byte| u64::from(byte - b'0')).sum::<u64>().is_multiple_of(5);
    }
    luhn(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sirets() {
        crate::check(
            siret,
            &[
                ("73282932000074", "73282932000074"),
                ("732 829 320 00074", "73282932000074"),
                ("732.829.320.00074", "73282932000074"),
                ("73282932000074.0", "73282932000074"),
                ("7.3282932000074E+13", "73282932000074"),
                ("7.32829E+13", ""),
                ("1.23457E+13", ""),
                ("1234567890123.0", ""),
                ("Siret: 732 829 320 00074", "73282932000074"),
                ("73282932000075", ""),
                ("2588054300019", "02588054300019"),
                ("02588054300019", "02588054300019"),
                ("2588054300018", ""),
                ("73282932\u{200b}000074", "73282932000074"),
                ("７３２８２９３２００００７４", "73282932000074"),
                ("=\"73282932000074\"", "73282932000074"),
                ("SIRET nº 73282932000074", "73282932000074"),
                ("N° SIRET : 73282932000074", "73282932000074"),
                ("73282932000074 (siège)", "73282932000074"),
                ("732829320 NIC 00074", "73282932000074"),
                ("\"73282932000074\"", "73282932000074"),
                ("73282932000074;", "73282932000074"),
                ("+73282932000074", "73282932000074"),
                ("+2588054300019", "02588054300019"),
                ("73282932000074 / 73282932000074", "73282932000074"),
                ("73282932000074 - APE 6201Z", "73282932000074"),
                ("73282932000074 ou 35600000000048", ""),
                ("73282932000075 (siège)", ""),
                ("code 2588054300019", ""),
                ("A73282932000074", ""),
                // La Poste: the head office by Luhn, the others by their digit sum.
                ("35600000000048", "35600000000048"),
                ("35600000000001", "35600000000001"),
                ("35600000049837", "35600000049837"),
                ("35600000049838", ""),
                // A SIREN alone identifies a company, not an establishment.
                ("732829320", ""),
                ("00000000000000", ""),
                ("FR44732829320", ""),
                ("[ND]", ""),
                ("", ""),
            ],
        );
    }
}
