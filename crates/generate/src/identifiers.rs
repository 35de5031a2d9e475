//! SIREN, SIRET and VAT numbers that pass their checks.
//!
//! SIREN numbers ascend with the unit's number, like the sorted INSEE files. They start at 300000000: those of supplier
//! rows without an entry start with 2, so that they pass every check and are in no registry.

use crate::stream::{Stream, Topic};

/// The first eight digits of the lowest SIREN.
const BODY_FIRST: u64 = 30_000_000;
/// The maximum number of units.
pub(crate) const UNITS_MAX: u64 = 69_999_999;
/// La Poste's, whose SIRETs have their own rule: skipped.
const BODY_LA_POSTE: u64 = 35_600_000;

/// The digit that makes `body` followed by it pass the Luhn check.
pub(crate) fn luhn_digit(body: &str) -> u8 {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

fn with_luhn(mut body: String) -> String {
    let digit = luhn_digit(&body);
    body.push(char::from(b'0' + digit));
    body
}

/// The SIREN of unit `number` out of `units`, which is at most [`UNITS_MAX`].
pub(crate) fn siren(seed: u64, number: u64, units: u64) -> String {
    let stride = (UNITS_MAX / units.max(1)).max(1);
    let body = BODY_FIRST + number * stride + Stream::new(seed, Topic::Siren, number).below_wide(stride);
    with_luhn(format!("{:08}", if body < BODY_LA_POSTE { body } else { body + 1 }))
}

/// A SIREN that no unit has.
pub(crate) fn siren_unregistered(stream: &mut Stream) -> String {
    with_luhn(format!("2{}", stream.digits(7)))
}

/// The SIRET of the establishment `ordinal` (from 0, below 9,999) of its unit.
pub(crate) fn siret(siren: &str, ordinal: u32) -> String {
    with_luhn(format!("{siren}{:04}", ordinal + 1))
}

/// The French VAT number of a SIREN: key `(12 + 3 (SIREN mod 97)) mod 97`.
pub(crate) fn vat(siren: &str) -> String {
    let number: u64 = siren.parse().unwrap_or_default();
    format!("FR{:02}{siren}", (12 + 3 * (number % 97)) % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        assert_eq!(with_luhn("73282932".into()), "732829320");
        assert_eq!(siret("732829320", 6), "73282932000074");
        assert_eq!(vat("732829320"), "FR44732829320");
    }

    #[test]
    fn sirens_ascend_up_to_the_largest_registry() {
        for units in [1, 2, 1_000, 5_000_000, UNITS_MAX] {
            let numbers = [0, 1, 2, units / 2, units.saturating_sub(1)];
            let mut known: Vec<u64> = numbers.into_iter().filter(|number| *number < units).collect();
            known.sort_unstable();
            known.dedup();
            let sirens: Vec<String> = known.into_iter().map(|number| siren(5, number, units)).collect();
            assert!(sirens.is_sorted_by(|a, b| a < b), "{sirens:?}");
            assert!(sirens.iter().all(|siren| siren.len() == 9 && !siren.starts_with("356000000")));
        }
    }
}
