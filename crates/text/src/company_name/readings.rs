//! Readings of a name as written: its remarks, its acronym, its companies.
//!
//! What is certainly not part of the name is removed (`C/O`, other companies of a joint bid); what may be is kept, and
//! the name without it is a second reading.

use std::borrow::Cow;

use super::clauses::names_somebody;
use super::joint::{bracket, joint_bid};
use crate::fold::fold;

/// Number of letters in an acronym.
const SIGLE_LETTERS: std::ops::RangeInclusive<usize> = 2..=8;

/// Calls `visit` with each reading, the main one first. Usually there is one: the text itself.
pub(super) fn visit_readings(value: &str, mut visit: impl FnMut(&str)) {
    let value = &*with_usual_brackets(value);
    let value = without_care_of(value);
    let Some(bid) = joint_bid(value) else { return visit_remarks(value, &mut visit) };
    if !bid.certain {
        visit(value);
    }
    visit_remarks(&bid.lead, &mut visit);
}

/// The text with the brackets of Chinese and Japanese, which are as wide as a character, as others are.
fn with_usual_brackets(value: &str) -> Cow<'_, str> {
    match !value.is_ascii() && value.contains('（') {
        true => Cow::Owned(value.replace('（', "(").replace('）', ")")),
        false => Cow::Borrowed(value),
    }
}

/// `DUPONT C/O MARTIN` becomes `DUPONT`.
fn without_care_of(value: &str) -> &str {
    let at = value.as_bytes().windows(3).position(|three| three.eq_ignore_ascii_case(b"c/o"));
    let Some(at) = at else { return value };
    let is_separate = |character: Option<char>| character.is_none_or(|character| !character.is_alphanumeric());
    match (value.get(..at), value.get(at + 3..)) {
        (Some(before), Some(after)) if is_separate(before.chars().last()) && is_separate(after.chars().next()) => {
            let named = fold(before).is_some_and(|before| names_somebody(&before));
            if named { before } else { after }
        }
        _ => value,
    }
}

/// The text itself, without what is in brackets, and its two parts if one is the acronym of the other.
fn visit_remarks(value: &str, visit: &mut impl FnMut(&str)) {
    visit(value);
    if let Some((open, close)) = bracket(value, 0)
        && let (Some(before), Some(inside), Some(after)) =
            (value.get(..open), value.get(open + 1..close), value.get(close + 1..))
    {
        let outside = format!("{before} {after}");
        if fold(&outside).is_some_and(|outside| names_somebody(&outside)) {
            visit(&outside);
        }
        visit_sigle(inside, &outside, visit);
    }
    if let Some((before, after)) = value.split_once(" - ") {
        for (sigle, name) in [(before, after), (after, before)] {
            if visit_sigle(sigle, name, visit) {
                visit(name);
            }
        }
    }
}

/// Visits `sigle` if it consists of the initials of the name.
fn visit_sigle(sigle: &str, name: &str, visit: &mut impl FnMut(&str)) -> bool {
    let (Some(letters), Some(name)) = (fold(sigle), fold(name)) else { return false };
    let letters = letters.replace(' ', "");
    let is_sigle = SIGLE_LETTERS.contains(&letters.len()) && are_initials(&letters, &name);
    if is_sigle {
        visit(sigle);
    }
    is_sigle
}

/// Whether the letters are the initials of all words of the name, in order, except for short ones.
fn are_initials(letters: &str, name: &str) -> bool {
    let mut rest = letters.as_bytes();
    for word in name.split(' ') {
        match (rest.split_first(), word.as_bytes().first()) {
            (Some((letter, after)), Some(initial)) if letter == initial => rest = after,
            _ if word.len() <= 3 => {}
            _ => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(value: &str) -> Vec<String> {
        let mut readings = Vec::new();
        visit_readings(value, |reading| readings.push(reading.trim().replace("  ", " ")));
        readings
    }

    #[test]
    fn certain_remarks_are_removed_and_possible_names_kept() {
        let cases: &[(&str, &[&str])] = &[
            ("DUPONT", &["DUPONT"]),
            ("DUPONT C/O MARTIN", &["DUPONT"]),
            ("c/o Martin", &["Martin"]),
            ("ARC/OUEST", &["ARC/OUEST"]),
            ("DUPONT / MARTIN", &["DUPONT / MARTIN", "DUPONT"]),
            ("DUPONT (mandataire) / MARTIN", &["DUPONT"]),
            ("DUPONT (74)", &["DUPONT (74)", "DUPONT"]),
            ("蓝湖（上海）有限公司", &["蓝湖(上海)有限公司", "蓝湖 有限公司"]),
            ("(SARL)", &["(SARL)"]),
            (
                "PARIS NORD ASSURANCES SERVICES (PNAS)",
                &["PARIS NORD ASSURANCES SERVICES (PNAS)", "PARIS NORD ASSURANCES SERVICES", "PNAS"],
            ),
            (
                "SFR - Société Française du Radiotéléphone",
                &["SFR - Société Française du Radiotéléphone", "SFR", "Société Française du Radiotéléphone"],
            ),
            ("DUPONT - LYON", &["DUPONT - LYON"]),
        ];
        for (value, wanted) in cases {
            assert_eq!(readings(value), *wanted, "{value}");
        }
    }
}
