//! Classifies a text for statistics: empty, an identifier, a name that cannot be compared.

use crate::fold::fold;
use crate::{iban, siren, siret, vat};

/// Words and abbreviations for missing values, folded; in addition to those of [`fold`].
const PLACEHOLDERS: [&str; 10] = ["aucun", "aucune", "inconnu", "inconnue", "na", "nc", "nd", "neant", "sans", "vide"];

/// Whether a text means that a value is missing: punctuation, zeros, `N/A`, `[ND]`, `néant`.
pub fn is_missing(text: &str) -> bool {
    let mut characters = text.chars().filter(|one| one.is_alphanumeric()).peekable();
    if characters.peek().is_none() || characters.all(|one| one == '0') {
        return true;
    }
    fold(text).is_none_or(|folded| PLACEHOLDERS.contains(&folded.as_str()))
}

/// Whether a text contains a number that passes its check: a SIREN, SIRET, VAT number or IBAN.
pub fn is_identifier(text: &str) -> bool {
    [siren, siret, vat, iban].iter().any(|clean| clean(text).is_some())
}

/// Whether cleaned text has a Latin letter or a digit.
pub fn has_latin_letters(cleaned: &str) -> bool {
    cleaned.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values() {
        for text in ["", "-", "N/A", "#N/A", "n.c.", "[ND]", "Néant", "0", "00000000000000", "0.0", "?", "NULL", "…"]
        {
            assert!(is_missing(text), "{text}");
        }
        for text in ["12", "06300", "Ρόδινη", "Inconnu SARL", "x"] {
            assert!(!is_missing(text), "{text}");
        }
    }

    #[test]
    fn identifiers_and_letters() {
        assert!(is_identifier("RCS NICE 732 829 320") && is_identifier("DE136695976") && !is_identifier("12 34"));
        assert!(has_latin_letters("ооо a") && has_latin_letters("3") && !has_latin_letters("ροδινη"));
    }
}
