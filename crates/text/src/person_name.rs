//! Names of people, without titles. The order of given name and family name is kept.

use crate::cleaner_info::{ALTERNATIVE, CleanedForm, CleanerInfo, ValueKind};
use crate::fold::{join_words, known, spell, until_stable};
use crate::transliteration::add_transliterated;

/// Titles at the start, repeated and joined as people write them (`M. ou Mme`). Sorted.
const TITLES: &[&str] = &[
    "docteur",
    "dr",
    "m",
    "madame",
    "mademoiselle",
    "maitre",
    "me",
    "mesdames",
    "messieurs",
    "mlle",
    "mlles",
    "mm",
    "mme",
    "mmes",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "professeur",
];

/// Titles at the end; those of one or two letters are kept, since they may be initials. Sorted.
const TITLES_AT_END: &[&str] = &["docteur", "madame", "mademoiselle", "mlle", "mme", "monsieur"];

/// The cleaner `person_name`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "person_name",
    help: "Names of people without titles (`M.`, `Mme`, `Dr`); the order of given name and family name is retained.",
    example: ("Mme Léa DUPONT", "lea dupont"),
    version: 3,
    form: CleanedForm::Words,
    kind: ValueKind::Name,
    clean: person_name,
    clean_cell: Some(names_of_cell),
    is_repetitive: false,
};

/// [`crate::fold`] without titles. A name that consists of titles only is kept as a whole.
pub fn person_name(value: &str) -> Option<String> {
    // Titles are removed before initials are joined: `M. A. Dupont` becomes `a dupont`, not `ma dupont`.
    until_stable(spell(value)?, |name| known(without_titles(name)))
}

/// The names of a cell that may be multi-valued; those of other scripts in Latin letters too.
fn names_of_cell(cell: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for name in cell.split(ALTERNATIVE).filter_map(person_name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    add_transliterated(&mut names, person_name);
    (!names.is_empty()).then(|| names.join("\u{1f}"))
}

fn without_titles(name: &str) -> String {
    let all: Vec<&str> = name.split(' ').collect();
    let mut words = all.as_slice();
    let mut titled = false;
    while let [word, after @ ..] = words {
        let joining = titled && matches!(*word, "et" | "ou");
        if !joining && TITLES.binary_search(word).is_err() {
            break;
        }
        titled = true;
        words = after;
    }
    while let [before @ .., word] = words {
        if TITLES_AT_END.binary_search(word).is_err() {
            break;
        }
        words = before;
    }
    join_words(if words.is_empty() { all.iter().copied() } else { words.iter().copied() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn person_names() {
        assert!(TITLES.is_sorted() && TITLES_AT_END.is_sorted());
        crate::check(
            person_name,
            &[
                ("M. Jean DUPONT", "jean dupont"),
                ("MME LÉA MARTIN-DURAND", "lea martin durand"),
                ("Mr et Mme Dupont", "dupont"),
                ("M. ou Mme Dupont", "dupont"),
                ("Dr. Dupont", "dupont"),
                ("Maître Dupont", "dupont"),
                ("DUPONT Jean (Mme)", "dupont jean"),
                ("M. A. Dupont", "a dupont"),
                ("M A B DUPONT", "ab dupont"),
                ("D R DUPONT", "dupont"),
                ("DUPONT M", "dupont m"),
                ("M", "m"),
                ("MME", "mme"),
                ("Charles d'Artois", "charles artois"),
                ("[ND]", ""),
                ("Mme nan", ""),
            ],
        );
    }
}
