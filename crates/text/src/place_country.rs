//! The country of a postcode or town, if it is unambiguous.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{digits, usual_form};
use crate::fold::fold;
use crate::vat::has_shape;
use crate::vat_country::special_code;

/// Prefixes of postcodes of four or five digits (`D-80331`, `CH 1204`). Sorted. France's is omitted: its postcodes are
/// handled separately.
const MARKS: &[(&str, &str)] = &[
    ("A", "AT"),
    ("AT", "AT"),
    ("B", "BE"),
    ("BE", "BE"),
    ("CH", "CH"),
    ("D", "DE"),
    ("DE", "DE"),
    ("DK", "DK"),
    ("E", "ES"),
    ("ES", "ES"),
    ("I", "IT"),
    ("IT", "IT"),
    ("L", "LU"),
    ("LU", "LU"),
    ("NL", "NL"),
    ("PT", "PT"),
];

/// Shapes of postcodes without spaces that are unique to a country of this table: `#` a digit, `@` a letter.
const SHAPES: &[(&str, &str)] = &[
    ("@#@#@@", "GB"),
    ("@@#@#@@", "GB"),
    ("@##@@", "GB"),
    ("@###@@", "GB"),
    ("@@##@@", "GB"),
    ("@@###@@", "GB"),
    ("####@@", "NL"),
    ("@#@#@#", "CA"),
    ("####-###", "PT"),
    ("##-###", "PL"),
];

/// Towns and states, folded and sorted, that do not share their name with a French commune (as Cologne, Vienne, Venise,
/// Lux and Us do).
const TOWNS: &[(&str, &str)] = &[
    ("amsterdam", "NL"),
    ("antwerp", "BE"),
    ("antwerpen", "BE"),
    ("anvers", "BE"),
    ("barcelona", "ES"),
    ("barcelone", "ES"),
    ("basel", "CH"),
    ("belgique", "BE"),
    ("berlin", "DE"),
    ("birmingham", "GB"),
    ("brussel", "BE"),
    ("brussels", "BE"),
    ("bruxelles", "BE"),
    ("budapest", "HU"),
    ("charleroi", "BE"),
    ("copenhague", "DK"),
    ("dublin", "IE"),
    ("dusseldorf", "DE"),
    ("eindhoven", "NL"),
    ("francfort", "DE"),
    ("frankfurt", "DE"),
    ("geneve", "CH"),
    ("gent", "BE"),
    ("hambourg", "DE"),
    ("hamburg", "DE"),
    ("koln", "DE"),
    ("lausanne", "CH"),
    ("lisboa", "PT"),
    ("lisbonne", "PT"),
    ("london", "GB"),
    ("londres", "GB"),
    ("luxembourg", "LU"),
    ("madrid", "ES"),
    ("manchester", "GB"),
    ("milan", "IT"),
    ("milano", "IT"),
    ("monaco", "MC"),
    ("monte carlo", "MC"),
    ("munchen", "DE"),
    ("munich", "DE"),
    ("namur", "BE"),
    ("neuchatel", "CH"),
    ("praha", "CZ"),
    ("roma", "IT"),
    ("rotterdam", "NL"),
    ("stuttgart", "DE"),
    ("torino", "IT"),
    ("utrecht", "NL"),
    ("varsovie", "PL"),
    ("warszawa", "PL"),
    ("wien", "AT"),
    ("zurich", "CH"),
];

/// The cleaner `place_country`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "place_country",
    help: "The country of a postcode or a town, where its form or its name is specific to one, as an ISO 3166 alpha-2 code.",
    example: ("D-80331", "DE"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Hint,
    clean: place_country,
    clean_cell: None,
    is_repetitive: true,
};

/// The ISO 3166 alpha-2 code of the country of a postcode or town, if its form or name reveals it: a prefix
/// (`D-80331`), a shape (`SW1A 1AA`), Monaco's 980, or a large town. Other plain digits are ambiguous: five are French,
/// German, Spanish and Italian.
pub fn place_country(value: &str) -> Option<String> {
    let value = &usual_form(value);
    // Other codes are communes too: Us.
    if let Some(code) = special_code(value).filter(|code| is_listed(code)) {
        return Some(code);
    }
    let code = of_postcode(value).or_else(|| of_town(value))?;
    Some(code.to_owned())
}

/// Whether a table has this code.
fn is_listed(code: &str) -> bool {
    [MARKS, SHAPES, TOWNS].into_iter().flatten().any(|(_, listed)| *listed == code)
}

fn of_postcode(value: &str) -> Option<&'static str> {
    if digits(value).is_some_and(|digits| digits.len() == 5 && digits.starts_with("980")) {
        return Some("MC");
    }
    let bare: String = value.chars().filter(|character| !character.is_whitespace()).collect();
    let bare = bare.to_ascii_uppercase();
    let shaped = SHAPES.iter().find(|(shape, _)| has_shape(&bare, shape));
    let marked = || {
        let rest = bare.trim_start_matches(|first: char| first.is_ascii_uppercase());
        let mark = bare.get(..bare.len() - rest.len())?;
        let number = rest.trim_start_matches('-');
        let is_number = matches!(number.len(), 4 | 5) && number.bytes().all(|byte| byte.is_ascii_digit());
        let at = MARKS.binary_search_by_key(&mark, |(mark, _)| mark).ok().filter(|_| is_number)?;
        MARKS.get(at)
    };
    shaped.or_else(marked).map(|(_, code)| *code)
}

fn of_town(value: &str) -> Option<&'static str> {
    let town = fold(value)?;
    let at = TOWNS.binary_search_by_key(&town.as_str(), |(town, _)| town).ok()?;
    TOWNS.get(at).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_folded() {
        assert!(MARKS.is_sorted() && TOWNS.is_sorted());
        for (town, _) in TOWNS {
            assert_eq!(fold(town).as_deref(), Some(*town));
        }
    }

    #[test]
    fn countries_of_places() {
        crate::check(
            place_country,
            &[
                ("98000", "MC"),
                ("98 011", "MC"),
                ("98800", ""),
                ("MONACO", "MC"),
                ("Monte-Carlo", "MC"),
                ("75001", ""),
                ("1000", ""),
                ("D-80331", "DE"),
                ("CH 1204", "CH"),
                ("L1111", "LU"),
                ("F-75001", ""),
                ("B1 1AA", "GB"),
                ("SW1A 1AA", "GB"),
                ("1011 AB", "NL"),
                ("1000-205", "PT"),
                ("Genève", "CH"),
                ("BRUXELLES", "BE"),
                ("Cologne", ""),
                ("US", ""),
                ("Us", ""),
                ("LYON", ""),
                ("DE", "DE"),
                ("", ""),
            ],
        );
    }
}
