//! Company names without their legal form, which people leave out, abbreviate and put where they like.
//!
//! A name made of such words only (`SARL`) is kept whole, since somebody may be called so; but nobody is called by a legal form
//! in words (`SOCIETE A RESPONSABILITE LIMITEE`), also where the field was too short for it: there is no name then.
//! `et` and `&` go too, so that `DUPONT & FILS`, `DUPONT ET FILS` and `DUPONT FILS` are one name.

use crate::fold::{fold, known, settle, until_stable};
use crate::legal_forms::{ANYWHERE, AT_EDGES, AT_END, PHRASE_STARTS, PHRASES, has};

/// What follows `STE` where it stands for `sainte` rather than for `société`, even at the start of a name. Sorted.
const SAINTS: &[&str] = &[
    "adresse",
    "agathe",
    "agnes",
    "anne",
    "barbe",
    "bernadette",
    "catherine",
    "cecile",
    "claire",
    "clotilde",
    "croix",
    "elisabeth",
    "eugenie",
    "eulalie",
    "famille",
    "fortunade",
    "foy",
    "genevieve",
    "helene",
    "jeanne",
    "livrade",
    "lucie",
    "madeleine",
    "marguerite",
    "marie",
    "marthe",
    "maxime",
    "menehould",
    "odile",
    "rose",
    "savine",
    "therese",
    "trinite",
    "ursule",
    "victoire",
];

/// Letters from which the beginning of a phrase at the end of a name is that phrase.
const CUT_LETTERS_MIN: usize = 12;

/// [`crate::fold`] without legal forms, with common abbreviations spelled one way.
pub fn company_name(value: &str) -> Option<String> {
    until_stable(fold(value)?, |name| known(without_forms(name)))
}

fn without_forms(name: &str) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let mut kept: Vec<&str> = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    let mut has_phrase = false;
    while let Some((word, after)) = rest.split_first() {
        let phrases = if has(PHRASE_STARTS, word) { PHRASES } else { &[] };
        if let Some(phrase) = phrases.iter().find(|phrase| rest.starts_with(phrase) || is_cut(rest, phrase)) {
            rest = rest.get(phrase.len()..).unwrap_or_default();
            has_phrase = true;
            continue;
        }
        if let Some(word) = spelling(word, kept.is_empty(), after) {
            kept.push(word);
        }
        rest = after;
    }
    settle(if kept.is_empty() && !has_phrase { words.iter().copied() } else { kept.iter().copied() })
}

/// Whether the name ends within the phrase, far enough in it that nothing else is meant.
fn is_cut(rest: &[&str], phrase: &[&str]) -> bool {
    let Some((last, before)) = rest.split_last() else { return false };
    let letters: usize = rest.iter().map(|word| word.len()).sum();
    letters >= CUT_LETTERS_MIN
        && phrase.starts_with(before)
        && phrase.get(before.len()).is_some_and(|word| word.starts_with(last))
}

/// The word as it is kept, `None` for one that says only what kind of company it is. `first`: nothing before it counts.
fn spelling<'a>(word: &'a str, first: bool, after: &[&str]) -> Option<&'a str> {
    let last = after.is_empty();
    match word {
        "et" => None,
        "ste" if after.first().is_some_and(|next| has(SAINTS, next)) => Some("sainte"),
        "ste" if first || last => None,
        "ste" => Some("sainte"),
        "st" if !last => Some("saint"),
        "gpe" | "grp" => Some("groupe"),
        "frs" | "freres" => Some("freres"),
        "ent" | "entr" => Some("entreprise"),
        "ctre" => Some("centre"),
        "labo" => Some("laboratoire"),
        "pharm" | "phie" => Some("pharmacie"),
        "intl" => Some("international"),
        _ if has(ANYWHERE, word) => None,
        _ if (first || last) && has(AT_EDGES, word) => None,
        _ if last && has(AT_END, word) => None,
        _ => Some(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saints_are_sorted() {
        assert!(SAINTS.is_sorted());
    }

    #[test]
    fn company_names() {
        crate::check(
            company_name,
            &[
                ("SARL DUPONT", "dupont"),
                ("DUPONT S.A.R.L.", "dupont"),
                ("DUPONT S. A. R. L.", "dupont"),
                ("S A R L DUPONT", "dupont"),
                ("DUPONT (SARL) MENUISERIE", "dupont menuiserie"),
                ("Dupont, S.A.", "dupont"),
                ("SA.RL DUPONT", "dupont"),
                ("SAS AU CAPITAL", "au capital"),
                ("Société à responsabilité limitée Dupont", "dupont"),
                ("DUPONT société par actions simplifiée unipersonnelle", "dupont"),
                ("Société par Actions Simplifiée à capital variable X2", "x2"),
                ("Société d'exercice libéral à responsabilité limitée du Parc", "du parc"),
                ("GROUPEMENT AGRICOLE D'EXPLOITATION EN COMMUN DU PRE", "du pre"),
                ("GAEC DU PRÉ", "du pre"),
                ("EARL LES LILAS", "les lilas"),
                ("SCI DES DEUX MOULINS", "des deux moulins"),
                ("SCP MARTIN ET ASSOCIES", "martin associes"),
                ("S.C.O.P. ALPHA", "alpha"),
                ("ETS MARTIN", "martin"),
                ("Éts. Martin", "martin"),
                ("ETABLISSEMENTS MARTIN & CIE", "martin"),
                ("STE MARTIN", "martin"),
                ("Sté Martin", "martin"),
                ("SARL STE MARTIN", "martin"),
                ("MARTIN STE", "martin"),
                ("CLINIQUE STE ANNE", "clinique sainte anne"),
                ("STE ANNE", "sainte anne"),
                ("INSTITUT ST JOSEPH", "institut saint joseph"),
                ("DUPONT & FILS", "dupont fils"),
                ("DUPONT ET FILS", "dupont fils"),
                ("DUPONT FRS", "dupont freres"),
                ("GPE VERT", "groupe vert"),
                ("GROUPE FRERES FILS", "groupe freres fils"),
                ("H & M", "hm"),
                ("H&M", "hm"),
                ("MULLER GMBH", "muller"),
                ("SMITH & CO LTD", "smith"),
                ("ACME Inc.", "acme"),
                ("INC ACME", "inc acme"),
                ("SEM", "sem"),
                ("FESTIVAL SEM ROUGE", "festival sem rouge"),
                ("SEM ROUGE", "rouge"),
                ("SPA DETENTE", "spa detente"),
                ("AS SAINT ETIENNE", "as saint etienne"),
                ("SARL", "sarl"),
                ("SOCIETE ANONYME", ""),
                ("Société à responsabilité limitée", ""),
                ("SOCIETE A RESPONSABILITE LIMIT", ""),
                ("DUPONT SOCIETE A RESPONSABILI", "dupont"),
                ("Société par actions simplifiée un", ""),
                ("SOCIETE PAR ACTION", "par action"),
                ("GROUPEMENT AGRICOLE", ""),
                ("S.A. & CIE", "sa et cie"),
                ("L'ATELIER DU BOIS SARL", "atelier du bois"),
                ("SASHA", "sasha"),
                ("CASA SARLAT", "casa sarlat"),
                ("DUPONT EN LIQUIDATION JUDICIAIRE", "dupont"),
                ("Association loi 1901 Les Amis", "les amis"),
                ("SARL nan", ""),
                ("NaN", ""),
                ("[ND]", ""),
            ],
        );
    }
}
