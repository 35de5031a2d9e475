//! How ids and groups are compared: as they are written, or as French company numbers that may have lost a zero.
//!
//! Spreadsheets drop the leading zero of a number. A value gets it back only where the truth's column says that its values are
//! SIREN or SIRET, the length is that of a number without its zero, and the number passes its check. Everything else is
//! compared as it is: an EAN-13 is no SIRET.

use std::borrow::Cow;

/// What the values of a column are.
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
    /// What the values of a column are, by its name.
    pub(crate) fn of_column(name: &str) -> Identifier {
        match name.trim().to_ascii_lowercase().as_str() {
            "siren" => Identifier::Siren,
            "siret" => Identifier::Siret,
            _ => Identifier::Text,
        }
    }

    /// The value as it is compared.
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

    /// The group of an id, where one follows from it: the SIREN of a SIRET.
    pub(crate) fn group_of(self, id: &str) -> Option<&str> {
        let is_siret = self == Identifier::Siret && id.len() == 14 && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_siret { id.get(..9) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_french_company_numbers_get_their_zero_back() {
        let table = [
            (Identifier::Siren, "87281242", "087281242"),
            (Identifier::Siret, "2588054300019", "02588054300019"),
            (Identifier::Siret, "732 829 320 00074", "73282932000074"),
            // Fails its check: no SIREN that lost a zero.
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
    fn a_group_follows_from_a_siret_alone() {
        assert_eq!(Identifier::Siret.group_of("73282932000074"), Some("732829320"));
        assert_eq!(Identifier::Text.group_of("04006381333931"), None);
        assert_eq!(Identifier::Siret.group_of("732829320"), None);
    }
}
