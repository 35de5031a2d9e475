//! Dirt in a supplier's SIRET and VAT number.

use crate::dirt::typo::wrong_digit;
use crate::dirt::{Dirt, Dirts};
use crate::stream::Stream;
use crate::supplier::cell::SupplierCell;
use crate::supplier::facts::Facts;

/// The cell of `Code SIRET`: most suppliers have none.
pub(crate) fn siret(facts: &Facts, stream: &mut Stream, dirts: &mut Dirts) -> SupplierCell {
    let Some(siret) = &facts.siret else {
        return SupplierCell::Empty;
    };
    match stream.below(1000) {
        0..660 => {
            dirts.add(Dirt::SiretMissing);
            SupplierCell::Empty
        }
        660..720 => {
            dirts.add(Dirt::SiretSpaced);
            SupplierCell::Text(grouped(siret, &[3, 3, 3]))
        }
        720..770 => {
            dirts.add(Dirt::SiretNumber);
            SupplierCell::number(siret)
        }
        770..795 => {
            dirts.add(Dirt::SiretDigit);
            SupplierCell::Text(wrong_digit(siret, stream))
        }
        795..830 => {
            dirts.add(Dirt::SiretSiren);
            SupplierCell::Text(siret.chars().take(9).collect())
        }
        830..850 if facts.siret_other.is_some() => {
            dirts.add(Dirt::SiretOther);
            facts.siret_other.clone().map_or(SupplierCell::Empty, SupplierCell::Text)
        }
        _ => SupplierCell::Text(siret.clone()),
    }
}

/// The cell of `Code NIF`: the VAT number for three in ten, and occasionally the SIRET.
pub(crate) fn nif(facts: &Facts, stream: &mut Stream, dirts: &mut Dirts) -> SupplierCell {
    let drawn = stream.below(1000);
    match (&facts.vat, &facts.siret) {
        (Some(vat), _) if drawn < 220 => SupplierCell::Text(vat.clone()),
        (Some(vat), _) if drawn < 300 => {
            dirts.add(Dirt::NifSpaced);
            SupplierCell::Text(grouped(vat, if vat.len() == 13 { &[2, 2, 3, 3] } else { &[2, 3, 3] }))
        }
        (_, Some(siret)) if drawn >= 990 => {
            dirts.add(Dirt::NifSiret);
            SupplierCell::Text(siret.clone())
        }
        _ => SupplierCell::Empty,
    }
}

/// `text` with a space after each group of characters, whose sizes are given.
fn grouped(text: &str, groups: &[usize]) -> String {
    let mut letters = text.chars();
    let mut parts: Vec<String> = groups.iter().map(|size| letters.by_ref().take(*size).collect()).collect();
    parts.push(letters.collect());
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        assert_eq!(grouped("73282932000074", &[3, 3, 3]), "732 829 320 00074");
        assert_eq!(grouped("FR44732829320", &[2, 2, 3, 3]), "FR 44 732 829 320");
    }
}
