//! Street addresses: street types and common abbreviations normalized, the number separated from what follows it.
//!
//! Only the word `n°` and an embedded postcode with its town are removed: whether two addresses agree is up to the
//! scorer.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::fold::{fold, is_number, join_words, known, until_stable};
use crate::postcode::place_inside;
use crate::street_words::{ANYWHERE, AS_TYPE, PHRASES, meaning};

/// The cleaner `address`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "address",
    help: "Street addresses with street types and common abbreviations spelled out, without a postcode and town at the end.",
    example: ("12bis, av. du Gal de Gaulle", "12 bis avenue du general de gaulle"),
    version: 3,
    form: CleanedForm::Words,
    kind: ValueKind::Other,
    clean: address,
    clean_cell: None,
    is_repetitive: false,
};

/// [`crate::fold`] with street words normalized: `12bis, av. du Gal de Gaulle` becomes `12 bis avenue du general de
/// gaulle`.
pub fn address(value: &str) -> Option<String> {
    until_stable(fold(value)?, |address| known(spelled(address)))
}

fn spelled(address: &str) -> String {
    let split: Vec<&str> = address.split(' ').flat_map(number_and_suffix).collect();
    let mut retained: Vec<&str> = Vec::with_capacity(split.len());
    let street = place_inside(&split).and_then(|postcode| split.get(..postcode));
    let mut rest = street.unwrap_or(split.as_slice());
    while let Some((word, after)) = rest.split_first() {
        if let Some((phrase, meaning)) = PHRASES.iter().find(|(phrase, _)| rest.starts_with(phrase)) {
            retained.push(meaning);
            rest = rest.get(phrase.len()..).unwrap_or_default();
            continue;
        }
        rest = after;
        let says_number = matches!(*word, "n" | "no" | "num" | "numero");
        if says_number && after.first().is_some_and(|next| is_number(next)) {
            continue;
        }
        retained.push(spelling(word, retained.last().copied(), after));
    }
    join_words(retained.into_iter())
}

fn spelling<'a>(word: &'a str, before: Option<&str>, after: &[&str]) -> &'a str {
    if before.is_some_and(is_number) {
        match word {
            "b" => return "bis",
            "t" => return "ter",
            "q" if !after.is_empty() && after.first().is_some_and(|next| is_type(next)) => return "quater",
            _ => {}
        }
    }
    // The last word is a name, or the only word.
    if after.is_empty() {
        return word;
    }
    let type_position = before.is_none_or(|before| is_number(before) || matches!(before, "bis" | "ter" | "quater"));
    let as_type = if type_position { meaning(AS_TYPE, word) } else { None };
    as_type.or_else(|| meaning(ANYWHERE, word)).unwrap_or(word)
}

/// Whether the word is a street type, abbreviated or not.
fn is_type(word: &str) -> bool {
    matches!(word, "rue" | "route" | "place" | "quai" | "avenue" | "boulevard" | "chemin" | "impasse")
        || meaning(AS_TYPE, word).is_some()
        || meaning(ANYWHERE, word).is_some()
}

/// `12bis` becomes `12`, `bis`; `12b` becomes `12`, `b`; `1er` and `3d5` are kept.
fn number_and_suffix(word: &str) -> impl Iterator<Item = &str> {
    let digits = word.len() - word.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, suffix) = word.split_at(digits);
    let is_suffix = matches!(suffix, "bis" | "ter" | "quater") || matches!(suffix.as_bytes(), [b'a'..=b'z']);
    let parts = if digits > 0 && is_suffix { [number, suffix] } else { [word, ""] };
    parts.into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        crate::check(
            address,
            &[
                ("17 RUE DES CHAMPS 51100 REIMS", "17 rue des champs"),
                ("17 RUE DES CHAMPS BP 51100 REIMS", "17 rue des champs bp 51100 reims"),
                ("12, rue de la Paix", "12 rue de la paix"),
                ("12 R DE LA PAIX", "12 rue de la paix"),
                ("12bis, av. du Gal de Gaulle", "12 bis avenue du general de gaulle"),
                ("12 BIS AV DU GENERAL DE GAULLE", "12 bis avenue du general de gaulle"),
                ("12B rue Pasteur", "12 bis rue pasteur"),
                ("12 b rue Pasteur", "12 bis rue pasteur"),
                ("12T R PASTEUR", "12 ter rue pasteur"),
                ("5 Q VOLTAIRE", "5 quai voltaire"),
                ("5 Q R VOLTAIRE", "5 qr voltaire"),
                ("5 q rue Voltaire", "5 quater rue voltaire"),
                ("4 bd St Michel", "4 boulevard saint michel"),
                ("4 Blvd. Ste-Anne", "4 boulevard sainte anne"),
                ("3 All. des Tilleuls", "3 allee des tilleuls"),
                ("RTE DE LYON", "route de lyon"),
                ("IMP DES LILAS", "impasse des lilas"),
                ("7 che du Moulin", "7 chemin du moulin"),
                ("7 ch. du Moulin", "7 chemin du moulin"),
                ("2 FG ST HONORE", "2 faubourg saint honore"),
                ("Zone Industrielle Nord", "zi nord"),
                ("Z.I. Nord", "zi nord"),
                ("ZA LES PRES", "za les pres"),
                ("Zone d'activités des Prés", "za des pres"),
                ("LIEU-DIT LE BOURG", "lieudit le bourg"),
                ("LD LE BOURG", "lieudit le bourg"),
                ("n° 12 rue Pasteur", "12 rue pasteur"),
                ("1er étage", "1er etage"),
                ("12-14 rue d'Alésia", "12 14 rue alesia"),
                ("BP 12", "bp 12"),
                ("B.P. 12", "bp 12"),
                ("RUE DU CH", "rue du ch"),
                ("[ND]", ""),
                ("null", ""),
            ],
        );
    }
}
