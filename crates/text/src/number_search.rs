//! Identifiers inside a text: after a word (`RCS NICE 900 512 344`), in brackets, next to another number.
//!
//! **Limits.** Only numbers in the usual groups: 14 digits, 9 and 5, or 3, 3, 3 and 5 for a SIRET; 9, or 3, 3 and 3 for
//! a SIREN. A lost leading zero is not restored here: too many numbers in a text have 13 digits.
//!
//! **Invariant:** a result passes its checks, and nothing in the text contradicts it: if two numbers differ, neither is
//! taken, and part of a longer number or word (`FR45 732 829 320`, an amount) does not count.

/// A number in a text, as written.
struct DigitGroup<'a> {
    digits: &'a str,
    /// Whether letters other than a label directly precede or follow it.
    is_glued: bool,
    /// The text between it and the previous group, if both may be one number.
    joint: Option<&'a str>,
}

/// Words that may directly precede or follow the digits of an identifier.
const LABELS: [&str; 6] = ["siret", "siren", "rcs", "nic", "no", "n"];

/// Lengths of the groups in which a SIRET is written.
const SIRET_GROUPS: [&[usize]; 3] = [&[14], &[9, 5], &[3, 3, 3, 5]];
const SIREN_GROUPS: [&[usize]; 2] = [&[9], &[3, 3, 3]];

/// The numbers of a text that have 14 digits, grouped as a SIRET is.
pub(crate) fn of_14_digits(text: &str) -> Vec<String> {
    grouped(text, &SIRET_GROUPS)
}

/// The numbers of a text that have 9 digits, grouped as a SIREN is.
pub(crate) fn of_9_digits(text: &str) -> Vec<String> {
    grouped(text, &SIREN_GROUPS)
}

/// The value that all of them have; `None` if there is none, or if they differ.
pub(crate) fn only(values: impl Iterator<Item = String>) -> Option<String> {
    let mut only = None;
    for value in values {
        match &only {
            Some(known) if *known != value => return None,
            _ => only = Some(value),
        }
    }
    only
}

fn grouped(text: &str, shapes: &[&[usize]]) -> Vec<String> {
    let groups = digit_groups(text);
    let starts = (0..groups.len()).flat_map(|start| shapes.iter().map(move |shape| (start, *shape)));
    starts.filter_map(|(start, shape)| window(&groups, start, shape)).collect()
}

/// The digits of the groups from `start` if they have this shape and are a complete number.
fn window(groups: &[DigitGroup<'_>], start: usize, shape: &[usize]) -> Option<String> {
    let (before, rest) = groups.split_at_checked(start)?;
    let (members, after) = rest.split_at_checked(shape.len())?;
    let has_shape = members.iter().zip(shape).all(|(group, length)| group.digits.len() == *length && !group.is_glued);
    let is_one_number = members.iter().skip(1).all(|group| group.joint.is_some());
    let first = members.first()?;
    // A VAT number's key, the millions of an amount; digits attached to letters begin another number.
    let is_continued_before = first.joint.is_some()
        && before.last().is_some_and(|group| group.is_glued || group.digits.len() <= first.digits.len().min(3));
    // The thousands and the cents of an amount.
    let is_continued_after = after.first().is_some_and(|group| match group.joint {
        Some(gap) => {
            let is_decimal_mark = matches!(gap, "," | ".");
            group.digits.len() == 3 && shape.last() == Some(&3) || is_decimal_mark && group.digits.len() <= 2
        }
        None => false,
    });
    (has_shape && is_one_number && !is_continued_before && !is_continued_after)
        .then(|| members.iter().map(|group| group.digits).collect())
}

fn digit_groups(text: &str) -> Vec<DigitGroup<'_>> {
    let mut groups = Vec::new();
    let mut end_before = 0;
    let mut from = 0;
    let is_digit = |one: char| one.is_ascii_digit();
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(is_digit)).map(|at| from + at) {
        let rest = text.get(start..).unwrap_or_default();
        let end = start + rest.find(|one: char| !is_digit(one)).unwrap_or(rest.len());
        let (gap, after) = (text.get(end_before..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
        groups.push(DigitGroup {
            digits: text.get(start..end).unwrap_or_default(),
            is_glued: !is_label(word_at_end(gap)) || !is_label(word_at_start(after)),
            joint: Some(gap).filter(|gap| end_before > 0 && is_joint(gap)),
        });
        (end_before, from) = (end, end);
    }
    groups
}

/// Whether two groups separated by this text may be one number.
fn is_joint(gap: &str) -> bool {
    const CHARACTERS_MAX: usize = 3;
    let characters = gap.chars().count();
    let is_separator =
        |one: char| one.is_whitespace() || matches!(one, '.' | ',' | '-' | '_' | '\u{2010}'..='\u{2013}');
    let letters = gap.chars().filter(|one| one.is_alphabetic()).collect::<String>();
    // The last five digits of a SIRET have this name.
    (characters <= CHARACTERS_MAX && gap.chars().all(is_separator)) || letters.eq_ignore_ascii_case("nic")
}

fn word_at_end(text: &str) -> &str {
    let rest = text.trim_end_matches(|one: char| one.is_alphabetic());
    text.get(rest.len()..).unwrap_or_default()
}

fn word_at_start(text: &str) -> &str {
    let rest = text.trim_start_matches(|one: char| one.is_alphabetic());
    text.get(..text.len() - rest.len()).unwrap_or_default()
}

fn is_label(word: &str) -> bool {
    word.is_empty() || LABELS.iter().any(|label| word.eq_ignore_ascii_case(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_their_usual_groups() {
        for (text, expected) in [
            ("RCS NICE 900 512 344", vec!["900512344"]),
            ("900 512 344 R.C.S. Nice", vec!["900512344"]),
            ("RCS Paris B 900.512.344", vec!["900512344"]),
            ("RCS900512344", vec!["900512344"]),
            ("1) 900,512,344 2) 900512344", vec!["900512344", "900512344"]),
            // Part of something longer.
            ("FR45 900 512 344", vec![]),
            ("45 900 512 344", vec![]),
            ("1 900 512 344", vec![]),
            ("900 512 344 000", vec![]),
            ("900512344,50 EUR", vec![]),
            ("A900512344", vec![]),
            ("900512344X", vec![]),
            ("tel 04 93 12 34 56", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(of_9_digits(text), expected, "{text}");
        }
        for (text, expected) in [
            ("90051234400012 (siège)", vec!["90051234400012"]),
            ("900512344 NIC 00012", vec!["90051234400012"]),
            ("900 512 344 - 00012 NICE", vec!["90051234400012"]),
            ("SIRET 900 512 344 00012 06300 Nice", vec!["90051234400012"]),
            ("FR76 3000 6000 0112 3456 7890 189", vec![]),
            ("1.23457E+13", vec![]),
        ] {
            assert_eq!(of_14_digits(text), expected, "{text}");
        }
    }

    #[test]
    fn different_numbers_are_ambiguous() {
        let values = |values: &[&str]| only(values.iter().map(|value| (*value).to_owned()));
        assert_eq!(values(&["1", "1"]).as_deref(), Some("1"));
        assert_eq!(values(&["1", "2"]), None);
        assert_eq!(values(&[]), None);
    }
}
