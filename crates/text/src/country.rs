//! Countries by name, in French or English, or by ISO 3166 code.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::countries::COUNTRIES;
use crate::fold::fold;

/// All folded spellings, with their alpha-2 codes.
static SPELLINGS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    COUNTRIES.iter().flat_map(|(code, spellings)| spellings.split('|').map(|spelling| (spelling, *code))).collect()
});

/// The cleaner `country`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "country",
    help: "ISO 3166 alpha-2 codes of countries, from their names in French or English or their codes.",
    example: ("Belgique", "BE"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Other,
    clean: country,
    clean_cell: None,
    is_repetitive: true,
};

/// The upper-case ISO 3166 alpha-2 code for that code, an alpha-3 code, or a French or English name. The whole text
/// must be the country: `LA PAZ` is not. `UK` becomes `GB`, `EL` becomes `GR`.
pub fn country(value: &str) -> Option<String> {
    let folded = fold(value)?;
    if let Some(code) = SPELLINGS.get(folded.as_str()) {
        return Some((*code).to_owned());
    }
    let code = folded.to_ascii_uppercase();
    let known = COUNTRIES.binary_search_by_key(&code.as_str(), |(code, _)| code).is_ok();
    known.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_folded_and_means_one_country() {
        assert!(COUNTRIES.is_sorted_by_key(|(code, _)| *code));
        let mut seen = HashMap::new();
        for (code, spellings) in COUNTRIES {
            for spelling in spellings.split('|') {
                assert_eq!(fold(spelling).as_deref(), Some(spelling), "{code}");
                assert_eq!(seen.insert(spelling, code), None, "{spelling}");
            }
            assert_eq!(country(code).as_deref(), Some(*code));
        }
    }

    #[test]
    fn countries() {
        crate::check(
            country,
            &[
                ("FR", "FR"),
                ("fra", "FR"),
                ("France", "FR"),
                ("FRANCE MÉTROPOLITAINE", "FR"),
                ("F", "FR"),
                ("Allemagne", "DE"),
                ("GERMANY", "DE"),
                ("Deutschland", "DE"),
                ("BELGIQUE", "BE"),
                ("Royaume-Uni", "GB"),
                ("UK", "GB"),
                ("U.K.", "GB"),
                ("États-Unis", "US"),
                ("ETATS UNIS D'AMERIQUE", "US"),
                ("U.S.A.", "US"),
                ("Côte d'Ivoire", "CI"),
                ("Grèce", "GR"),
                ("EL", "GR"),
                ("Pays-Bas", "NL"),
                ("the Netherlands", "NL"),
                ("Suisse", "CH"),
                ("La Réunion", "RE"),
                ("Bolivie", "BO"),
                ("LA PAZ", ""),
                ("PARIS", ""),
                ("XX", ""),
                ("n/a", ""),
                ("nan", ""),
                ("", ""),
            ],
        );
    }
}
