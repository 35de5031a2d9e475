//! How ids and groups are compared: as written, or as French company numbers that may have lost a zero.
//!
//! Spreadsheets drop the leading zero of a number. It is only restored if the name of the truth's column shows that its
//! values are SIREN or SIRET, the length is that of a number without its zero, and the number passes its check.
//! Everything else is compared unchanged: an EAN-13 is not a SIRET.

use std::borrow::Cow;

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier {
    /// Any text.
    Text,
    /// SIREN: nine digits of a company.
    Siren,
    /// SIRET: the SIREN of a company and five digits of its establishment.
    Siret,
}

impl Identifier {
    /// The kind of a column's values, by the column's name.
    pub(crate) fn of_column(name: &str) -> Identifier {
        match name.trim().to_ascii_lowercase().as_str() {
            "siren" => Identifier::Siren,
            "siret" => Identifier::Siret,
            _ => Identifier::Text,
        }
    }

    /// The value in the form in which it is compared.
    pub(crate) fn canonical(self, value: &str) -> Cow<'_, str> {
        let value: Cow<'_, str> = match value.contains(char::is_whitespace) {
            true => Cow::Owned(value.split_whitespace().collect()),
            false => Cow::Borrowed(value),
        };
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let restored = match (self, value.len()) {
            (Identifier::Siren, 8) if is_number => matchflow_text::siren(&value),
            (Identifier::Siret, 13) if is_number => matchflow_text::siret(&value),
            _ => None,
        };
        restored.map_or(value, Cow::Owned)
    }

    /// The group of an id, if it can be derived: the SIREN of a SIRET.
    pub(crate) fn group_of(self, id: &str) -> Option<&str> {
        let is_siret = self == Identifier::Siret && id.len() == 14 && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_siret { id.get(..9) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_french_company_numbers_regain_their_zero() {
        let table = [
            (Identifier::Siren, "87281242", "087281242"),
            (Identifier::Siret, "2588054300019", "02588054300019"),
            (Identifier::Siret, "732 829 320 00074", "73282932000074"),
            // Fails its check: not a SIREN that lost a zero.
            (Identifier::Siren, "87281243", "87281243"),
            // An EAN-13 and an EAN-8 of products.
            (Identifier::Text, "4006381333931", "4006381333931"),
            (Identifier::Text, "96385074", "96385074"),
            // The length of the other number.
            (Identifier::Siren, "2588054300019", "2588054300019"),
            (Identifier::Siret, "87281242", "87281242"),
            (Identifier::Siret, "", ""),
        ];
        for (identifier, value, expected) in table {
            assert_eq!(identifier.canonical(value), expected, "{identifier:?} {value}");
        }
    }

    #[test]
    fn only_a_siret_implies_a_group() {
        assert_eq!(Identifier::Siret.group_of("73282932000074"), Some("732829320"));
        assert_eq!(Identifier::Text.group_of("04006381333931"), None);
        assert_eq!(Identifier::Siret.group_of("732829320"), None);
    }
}
