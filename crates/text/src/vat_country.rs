//! The country of a VAT number.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::country::country;
use crate::vat::with_shape;

/// The cleaner `vat_country`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "vat_country",
    help: "The country of a VAT number that has the form of its country, as an ISO 3166 alpha-2 code; a French one must pass its check. Monaco's numbers are told from France's.",
    example: ("BE 0428.759.497", "BE"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Hint,
    clean: vat_country,
    clean_cell: None,
    is_repetitive: false,
};

/// The ISO 3166 alpha-2 code of the country of a VAT number. A French number whose holder begins with `000` is
/// Monaco's, which has no SIREN. `EL` becomes `GR`, `XI` (Northern Ireland) `GB`.
pub fn vat_country(value: &str) -> Option<String> {
    if let Some(code) = special_code(value) {
        return Some(code);
    }
    // A typing error does not move a company to another country.
    let number = with_shape(value)?;
    let (prefix, rest) = number.split_at_checked(2)?;
    let code = match prefix {
        "FR" if rest.get(2..).is_some_and(|holder| holder.starts_with("000")) => "MC",
        "EL" => "GR",
        "XI" => "GB",
        prefix => prefix,
    };
    Some(code.to_owned())
}

/// A code returned by this rule is unchanged.
pub(crate) fn special_code(value: &str) -> Option<String> {
    let value = value.trim();
    country(value).filter(|code| code.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_of_vat_numbers() {
        crate::check(
            vat_country,
            &[
                ("FR 44 732 829 320", "FR"),
                ("44732829320", "FR"),
                ("FR 57 000 007 012", ""),
                ("DE 222 905 716", "DE"),
                ("BE 0403.170.701", "BE"),
                ("EL094019245", "GR"),
                ("XI 123456789", "GB"),
                ("GB", "GB"),
                ("FRANCE", ""),
                ("LU12", ""),
                ("", ""),
            ],
        );
    }

    #[test]
    fn a_french_number_without_a_siren_is_monegasque() {
        let holder = 5u64;
        let key = (12 + 3 * (holder % 97)) % 97;
        assert_eq!(vat_country(&format!("FR{key:02}{holder:09}")).as_deref(), Some("MC"));
    }
}
