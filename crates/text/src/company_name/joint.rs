//! Several companies in one name: joint bidders, the lead company first.
//!
//! Buyers write `A / B`, `A (mandataire) / B (cotraitant)` or `Groupement A - B`. A slash between spaces is enough; a
//! dash, a comma or `et` also occurs inside a single name, and only counts if roles or the word `groupement` indicate
//! several companies.

use super::clauses::names_somebody;
use crate::fold::fold;
use crate::legal_forms::has;

/// A name that holds several companies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointBid {
    /// The lead company (mandataire), else the first, as written.
    pub lead: String,
    /// The others, in order.
    pub others: Vec<String>,
    /// Whether roles or `groupement` indicate it; otherwise the slash may separate names of one company.
    pub certain: bool,
}

/// Always separates companies.
const STROKES: &[&str] = &[" / ", "\n"];
/// Separates companies if something indicates that there are several.
const SIGNS: &[&str] = &[" / ", "\n", " - ", " – ", " + ", ";", ","];
/// Words between `groupement` and companies.
const MANNERS: &[&str] = &["conjoint", "conjointe", "entreprises", "momentane", "solidaire"];
/// Words after `groupement` in the name of a single organisation. Sorted.
#[rustfmt::skip]
const ORGANISATIONS: &[&str] = &[
    "achat", "achats", "agricole", "cooperation", "d", "de", "departemental", "des", "du", "economique", "employeurs",
    "etablissements", "foncier", "forestier", "hospitalier", "intercommunal", "interet", "interprofessionnel", "les",
    "national", "pastoral", "professionnel", "regional", "scolaire", "syndical", "territorial",
];

/// The companies of a name that has several; a single one if it has a role.
pub fn joint_bid(value: &str) -> Option<JointBid> {
    if !value.contains(['/', '\n', '-', '–', ';', ',', '+', '(', ':']) {
        return None;
    }
    let listed = without_groupement(value);
    let pieces = by_roles(listed.unwrap_or(value));
    let certain = listed.is_some() || pieces.iter().any(|(role, _)| role.is_some());
    let mut members: Vec<(Option<Role>, &str)> = Vec::new();
    for (role, piece) in pieces {
        let names = split(piece, if certain { SIGNS } else { STROKES });
        members.extend(names.into_iter().map(without_sign).filter(|name| is_name(name)).map(|name| (None, name)));
        if let (Some(last), Some(_)) = (members.last_mut(), role) {
            last.0 = role;
        }
    }
    let lead = members.iter().position(|(role, _)| *role == Some(Role::Lead)).unwrap_or(0);
    if lead >= members.len() {
        return None;
    }
    let (role, name) = members.remove(lead);
    // A single company is not a joint bid, but its role is not part of its name.
    let others: Vec<String> = members.into_iter().map(|(_, name)| name.to_owned()).collect();
    (!others.is_empty() || role.is_some()).then(|| JointBid { lead: name.to_owned(), others, certain })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Lead,
    Other,
}

/// The pieces of a text that end with a role in brackets, and the text after the last.
fn by_roles(value: &str) -> Vec<(Option<Role>, &str)> {
    let (mut pieces, mut rest, mut searched) = (Vec::new(), value, 0);
    while let Some((open, close)) = bracket(rest, searched) {
        searched = close;
        let Some(role) = rest.get(open + 1..close).and_then(role_of) else { continue };
        pieces.push((Some(role), rest.get(..open).unwrap_or_default()));
        rest = rest.get(close + 1..).unwrap_or_default();
        searched = 0;
    }
    pieces.push((None, rest));
    pieces
}

/// The positions of the first opening bracket from `start` on and of its closing bracket.
pub(super) fn bracket(value: &str, start: usize) -> Option<(usize, usize)> {
    let open = start + value.get(start..)?.find('(')?;
    Some((open, open + value.get(open..)?.find(')')?))
}

fn role_of(words: &str) -> Option<Role> {
    match fold(words)?.as_str() {
        "mandataire" | "mandataire du groupement" | "mandataire solidaire" => Some(Role::Lead),
        "cotraitant" | "cotraitante" | "co traitant" | "co traitante" | "sous traitant" => Some(Role::Other),
        _ => None,
    }
}

fn split<'a>(value: &'a str, signs: &[&str]) -> Vec<&'a str> {
    signs.iter().fold(vec![value], |parts, sign| parts.into_iter().flat_map(|part| part.split(sign)).collect())
}

/// The name without the separator before it.
fn without_sign(name: &str) -> &str {
    let between = |character: char| {
        character.is_whitespace() || matches!(character, '-' | '–' | '/' | '+' | ',' | ';' | ':' | '&')
    };
    let name = name.trim_matches(between);
    ["et ", "ET ", "Et "].iter().find_map(|and| name.strip_prefix(and)).unwrap_or(name)
}

fn is_name(name: &str) -> bool {
    fold(name).is_some_and(|name| names_somebody(&name))
}

/// The text after `Groupement`, if it begins a list of companies.
fn without_groupement(value: &str) -> Option<&str> {
    let mut rest = value.trim_start();
    let first = rest.split_inclusive([' ', ':']).next()?;
    if !matches!(fold(first)?.as_str(), "groupement" | "gpt" | "grpt" | "gme") {
        return None;
    }
    let mut is_role = first.ends_with(':');
    rest = rest.get(first.len()..)?;
    while let Some(word) = rest.split_inclusive([' ', ':', '\'']).next() {
        let folded = fold(word).unwrap_or_default();
        let manner = folded.is_empty() || is_role && folded == "d" || MANNERS.contains(&folded.as_str());
        if !manner {
            let listed = SIGNS.iter().any(|sign| rest.contains(sign)) && !has(ORGANISATIONS, &folded);
            return (is_role || listed).then_some(rest);
        }
        is_role |= word.ends_with(':') || MANNERS.contains(&folded.as_str());
        rest = rest.get(word.len()..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_distinguished_from_the_others() {
        assert!(ORGANISATIONS.is_sorted());
        let cases: &[(&str, &str, &[&str], bool)] = &[
            ("ARTELIA / EGIS", "ARTELIA", &["EGIS"], false),
            ("Dupont TP (mandataire) / Martin SARL (co-traitant)", "Dupont TP", &["Martin SARL"], true),
            ("Dupont & Fils (cotraitant) et Martin SA (mandataire)", "Martin SA", &["Dupont & Fils"], true),
            ("DUPONT (MANDATAIRE), MARTIN, DURAND - LYON", "DUPONT", &["MARTIN", "DURAND", "LYON"], true),
            ("Groupement DUPONT TP - MARTIN", "DUPONT TP", &["MARTIN"], true),
            ("GROUPEMENT: DUPONT / MARTIN", "DUPONT", &["MARTIN"], true),
            ("Groupement momentané d'entreprises DUPONT + MARTIN + ROY", "DUPONT", &["MARTIN", "ROY"], true),
            ("Groupement solidaire Dupont, Martin", "Dupont", &["Martin"], true),
            ("GUINTOLI (Cotraitant)", "GUINTOLI", &[], true),
        ];
        for (value, lead, others, certain) in cases {
            let others = others.iter().map(|&other| other.to_owned()).collect();
            let wanted = JointBid { lead: (*lead).to_owned(), others, certain: *certain };
            assert_eq!(joint_bid(value), Some(wanted), "{value}");
        }
    }

    #[test]
    fn a_single_company_is_unchanged() {
        let single = [
            "DUPONT ET FILS",
            "DUPONT - LYON",
            "A+P ARCHITECTES",
            "S/C MARTIN",
            "DEPANNAGE 24/24",
            "GROUPEMENT D'INTERET PUBLIC - RESEAU CANOPE",
            "GROUPEMENT HOSPITALIER - CENTRE LYON",
            "GROUPEMENT DES ARTISANS, COMMERCANTS DU GERS",
            "AUTO MANDATAIRE (LYON)",
            "MARTIN (SARL)",
            "LE / LA",
            "/",
            "()(",
            "",
        ];
        for value in single {
            assert_eq!(joint_bid(value), None, "{value}");
        }
    }
}
