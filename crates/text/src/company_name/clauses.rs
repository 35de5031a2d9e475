//! Clauses in a name that are not part of it: addressees, bookkeepers' notes, branches, former
//! names.
//!
//! All of this works on folded words ([`crate::fold`]), so it is independent of punctuation.

use crate::fold::is_number;
use crate::legal_forms::has;

/// Words after `agence` where it is a trade and not a branch (`DUPONT AGENCE IMMOBILIERE`), or where it begins the name
/// of a public agency (`ADEME AGENCE DE LA TRANSITION ECOLOGIQUE`). Sorted.
#[rustfmt::skip]
const AGENCY_TRADES: &[&str] = &[
    "architecte", "architectes", "architecture", "assurance", "assurances", "bio", "biomedecine", "com",
    "communication", "conseil", "conseils", "creative", "departementale", "design", "developpement", "digitale",
    "eau", "emploi", "europeenne", "evenementiel", "evenementielle", "francaise", "generale", "graphique", "habitat",
    "immo", "immobilier", "immobiliere", "interim", "internationale", "location", "mannequins", "marketing",
    "matrimoniale", "media", "medias", "nationale", "paysage", "paysagiste", "photo", "presse", "publicitaire",
    "publicite", "publique", "regionale", "securite", "spatiale", "tourisme", "transactions", "transition", "travail",
    "urbanisme", "voyage", "voyages", "web",
];

/// Words that name nobody: there must be others before a clause. Sorted.
#[rustfmt::skip]
const NAMELESS: &[&str] = &[
    "a", "au", "autre", "aux", "belle", "bonne", "cette", "d", "de", "des", "du", "en", "l", "la", "le", "les", "ma",
    "mon", "nos", "notre", "nouvelle", "petite", "premiere", "ta", "ton", "un", "une", "vos", "votre",
];

/// Kinds of places called `CHEZ SOMEBODY`, where the clause is the name (`RESTAURANT CHEZ LEA`). Sorted.
#[rustfmt::skip]
const HOUSES: &[&str] = &[
    "auberge", "bar", "bien", "bistro", "bistrot", "boucherie", "boulangerie", "brasserie", "buvette", "cafe",
    "comme", "creperie", "epicerie", "ferme", "friterie", "gite", "grill", "hotel", "pizza", "pizzeria", "pub",
    "relais", "restaurant", "resto", "salon", "snack", "table", "taverne",
];

/// Pronouns after `chez`, where no name follows (`COMME CHEZ SOI`). Sorted.
const SELVES: &[&str] = &["elle", "eux", "lui", "mes", "moi", "nous", "soi", "toi", "vous"];

/// Words that make `ex` a Latin phrase. Sorted.
const LATIN: &[&str] = &["aequo", "libris", "machina", "nihilo", "vivo", "voto"];

/// Followed by the person or company that mail is addressed to: `DUPONT A L'ATTENTION DE MME MARTIN`.
const ADDRESSEES: &[&str] = &[" a attention ", " attn ", " aux bons soins ", " pour le compte "];

/// Bookkeepers' notes on the supplier, also truncated where the field was too short.
const NOTES: &[&str] = &[
    " a ne pas util",
    " a ne plus util",
    " ne pas util",
    " ne plus util",
    " a supprimer",
    " doublon",
    " compte bloque",
    " fournisseur bloque",
    " fournisseur inactif",
    " compte inactif",
    " au capital de ",
    " inhaber ",
    " inh ",
];

/// Legal forms and titles attached to the name without a space. Longer ones first.
const GLUED: &[&str] =
    &["etablissements", "mademoiselle", "monsieur", "madame", "selarl", "eurl", "sarl", "sasu", "sas"];

/// Minimum number of letters left of a word without one of [`GLUED`].
const GLUED_REST_MIN: usize = 4;

/// A name without a trailing clause: an addressee, a note.
pub(super) fn without_remark(name: &str) -> &str {
    // Every name is looked through, and nearly none has any: most words are passed by their first letter.
    let may_begin = |rest: &str| matches!(rest.as_bytes().get(1), Some(b'a' | b'c' | b'd' | b'f' | b'i' | b'n' | b'p'));
    let begins = |rest: &str| may_begin(rest) && ADDRESSEES.iter().chain(NOTES).any(|clause| rest.starts_with(clause));
    let cut = name.match_indices(' ').map(|(at, _)| at).find(|at| name.get(*at..).is_some_and(begins));
    let before = cut.and_then(|cut| name.get(..cut));
    before.filter(|before| names_somebody(before)).unwrap_or(name)
}

/// The name without a form at the start of its first word or the end of its last: `sarldupont`.
fn visit_unglued(name: &str, visit: &mut impl FnMut(&str)) {
    let letters = |word: Option<&str>| word.map_or(0, str::len);
    let first = GLUED.iter().find_map(|form| name.strip_prefix(form));
    if let Some(rest) = first.filter(|rest| letters(rest.split(' ').next()) >= GLUED_REST_MIN) {
        visit(rest);
    }
    // Short forms are the ends of many words.
    let last = GLUED.iter().filter(|form| form.len() > GLUED_REST_MIN).find_map(|form| name.strip_suffix(form));
    if let Some(rest) = last.filter(|rest| letters(rest.rsplit(' ').next()) >= GLUED_REST_MIN) {
        visit(rest);
    }
}

/// Other names that a cleaned name may be known by: without its branch, without its host, only its former name, without
/// a form attached to it.
pub(super) fn visit_shorter(name: &str, mut visit: impl FnMut(&str)) {
    visit_unglued(name, &mut visit);
    let mut start = 0;
    for word in name.split(' ') {
        let (at, after) = (start, start + word.len() + 1);
        start = after;
        let (Some(before), Some(rest)) = (name.get(..at.saturating_sub(1)), name.get(after..)) else { continue };
        if rest.is_empty() || !names_somebody(before) {
            continue;
        }
        match word {
            "agence" | "agce" | "succursale" if is_branch(rest) => visit(before),
            "chez" if is_host(before, rest) => visit(before),
            "ex" | "anciennement" if !begins_with(rest, LATIN) => {
                visit(before);
                visit(rest);
            }
            _ => {}
        }
    }
}

fn is_branch(rest: &str) -> bool {
    let mut place = rest.split(' ').skip_while(|word| matches!(*word, "de" | "du" | "des" | "la" | "le" | "les"));
    // A number tells one branch from another.
    place.next().is_some_and(|word| !has(AGENCY_TRADES, word) && !is_number(word))
}

fn is_host(before: &str, rest: &str) -> bool {
    !before.split(' ').any(|word| has(HOUSES, word)) && !begins_with(rest, SELVES)
}

fn begins_with(rest: &str, words: &[&str]) -> bool {
    rest.split(' ').next().is_some_and(|word| has(words, word))
}

/// Whether any word may be a name.
pub(super) fn names_somebody(words: &str) -> bool {
    words.split(' ').any(|word| word.len() >= 2 && !has(NAMELESS, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [AGENCY_TRADES, NAMELESS, HOUSES, SELVES, LATIN] {
            assert!(list.is_sorted(), "{list:?}");
        }
        for clause in ADDRESSEES.iter().chain(NOTES) {
            assert_eq!(without_remark(&format!("dupont{clause} x")), "dupont", "{clause}");
        }
    }
}
