//! Towns: no CEDEX, no postcode, no district of Paris, Lyon or Marseille, `ST` and `S/` spelled out.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::fold::{fold, is_number, join_words, known, until_stable};

/// The cleaner `town`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "town",
    help: "Names of towns without CEDEX, postcode and the districts of Paris, Lyon and Marseille, with `ST` and `S/` spelled out.",
    example: ("St-Denis s/ Loire CEDEX 12", "saint denis sur loire"),
    version: 3,
    form: CleanedForm::Words,
    kind: ValueKind::Other,
    clean: town,
    clean_cell: None,
    is_repetitive: true,
};

/// A town's name for comparison: `St-Denis s/ Loire CEDEX 12` becomes `saint denis sur loire`, `LYON 3EME` `lyon`.
pub fn town(value: &str) -> Option<String> {
    until_stable(fold(value)?, |town| known(spelled(town)))
}

fn spelled(town: &str) -> String {
    let words: Vec<&str> = town.split(' ').collect();
    let mut retained: Vec<&str> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied();
        if matches!(*word, "cedex" | "cdx") && !retained.is_empty() {
            break;
        }
        let country_mark = matches!(*word, "f" | "fr") && retained.is_empty() && next.is_some_and(is_number);
        let district = retained.first().is_some_and(|first| has_districts(first)) && is_district(word);
        if country_mark || district || is_number(word) {
            continue;
        }
        retained.push(match (*word, next) {
            ("st", Some(_)) => "saint",
            ("ste", Some(_)) => "sainte",
            ("s", Some(_)) if !retained.is_empty() => "sur",
            ("ss", Some(_)) if !retained.is_empty() => "sous",
            ("lez", Some(_)) if !retained.is_empty() => "les",
            (word, _) => word,
        });
    }
    join_words(retained.into_iter())
}

fn has_districts(town: &str) -> bool {
    matches!(town, "paris" | "lyon" | "marseille")
}

/// `3e`, `1er`, `3eme`, `arrondissement` and the like.
fn is_district(word: &str) -> bool {
    let suffix = word.trim_start_matches(|character: char| character.is_ascii_digit());
    let ordinal =
        suffix.len() < word.len() && matches!(suffix, "e" | "er" | "eme" | "em" | "ieme" | "ere" | "o" | "ar");
    ordinal || matches!(word, "arrondissement" | "arrondissements" | "arrond" | "arrdt" | "ardt" | "arr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns() {
        crate::check(
            town,
            &[
                ("Paris", "paris"),
                ("PARIS 12", "paris"),
                ("PARIS CEDEX 08", "paris"),
                ("PARIS 08 CEDEX", "paris"),
                ("75008 PARIS", "paris"),
                ("F-75008 PARIS", "paris"),
                ("LYON 3EME", "lyon"),
                ("LYON 03", "lyon"),
                ("Lyon 9e  Arrondissement", "lyon"),
                ("Paris 1er Arrondissement", "paris"),
                ("MARSEILLE 08", "marseille"),
                ("ST DENIS", "saint denis"),
                ("St-Étienne", "saint etienne"),
                ("STE FOY LES LYON", "sainte foy les lyon"),
                ("STE FOY LEZ LYON", "sainte foy les lyon"),
                ("CHALON S/SAONE", "chalon sur saone"),
                ("CHALON S/ SAONE", "chalon sur saone"),
                ("CHALON-SUR-SAÔNE", "chalon sur saone"),
                ("FONTENAY S/S BOIS", "fontenay sous bois"),
                ("LES ULIS", "les ulis"),
                ("Le Mans", "le mans"),
                ("L'Haÿ-les-Roses", "hay les roses"),
                ("L HAY LES ROSES", "hay les roses"),
                ("LA DEFENSE CEDEX", "la defense"),
                ("Villeneuve d'Ascq", "villeneuve ascq"),
                ("CEDEX", "cedex"),
                ("69003", ""),
                ("nan", ""),
                ("[ND]", ""),
            ],
        );
    }
}
