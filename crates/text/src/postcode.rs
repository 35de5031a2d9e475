//! French postcodes: five digits, the first two or three of which identify a department or territory.
//!
//! An address may contain one, before its town: `17 RUE DES CHAMPS 51100 REIMS`.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{digits, unguarded, usual_form};

/// The cleaner `postcode`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "postcode",
    help: "French postcodes of five digits. A lost leading zero is restored; of an address, the postcode in it counts.",
    example: ("6000", "06000"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Other,
    clean: postcode,
    clean_cell: None,
    is_repetitive: true,
};

/// The five digits of a French postcode: a zero dropped by spreadsheets is restored, `F-`, spaces and `.0` are removed,
/// and so is any text after five digits and a space (`75001 PARIS`). In an address, the embedded postcode counts.
/// `None` for numbers that no department has.
///
/// A foreign four-digit code looks like a French one that lost its zero: check the country first.
pub fn postcode(value: &str) -> Option<String> {
    let value = usual_form(value);
    let bare = without_country(unguarded(&value));
    let digits = digits(bare).or_else(|| leading_five(bare)).or_else(|| inside(bare))?;
    let postcode = if digits.len() == 4 { format!("0{digits}") } else { digits };
    is_possible(&postcode).then_some(postcode)
}

fn inside(value: &str) -> Option<String> {
    let plain = |word: &str| without_country(word.trim_matches(|edge: char| !edge.is_alphanumeric())).to_owned();
    let words: Vec<String> = value.split_whitespace().map(plain).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.get(place_inside(&words)?).map(|word| (*word).to_owned())
}

/// The position of the postcode in the words of an address: the last five digits that a department has, with a word
/// before and a word after; not the number of a post-office box (`BP 12345`).
pub(crate) fn place_inside(words: &[&str]) -> Option<usize> {
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic);
    let is_box = |word: &&str| ["bp", "cs", "tsa"].iter().any(|name| word.eq_ignore_ascii_case(name));
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    (1..words.len().saturating_sub(1)).rev().find(|at| {
        let (before, rest) = words.split_at(*at);
        let Some((word, after)) = rest.split_first() else { return false };
        let is_before_town = before.iter().any(is_word) && after.first().is_some_and(is_word);
        is_before_town && !before.last().is_some_and(is_box) && is_digits(word) && is_possible(word)
    })
}

/// `F-75001`, `FR 75001`, `FR75001`.
fn without_country(value: &str) -> &str {
    let unmarked = value.trim_start_matches(['f', 'F', 'r', 'R']);
    let mark = value.len() - unmarked.len();
    let is_mark = value.get(..mark).is_some_and(|mark| matches!(mark.to_ascii_uppercase().as_str(), "F" | "FR"));
    if is_mark { unmarked.trim_start_matches(['-', ' ', '\u{2013}']) } else { value }
}

/// The first word, if it has five digits and is not the only one.
fn leading_five(value: &str) -> Option<String> {
    let first = value.split_whitespace().next()?.trim_matches(|edge: char| !edge.is_alphanumeric());
    (first.len() == 5 && first.bytes().all(|byte| byte.is_ascii_digit())).then(|| first.to_owned())
}

/// Whether it is in a department (01 to 95, with Corsica as 20) or an overseas territory (971 to 978, 980 to 989).
fn is_possible(digits: &str) -> bool {
    if digits.len() != 5 {
        return false;
    }
    match digits.get(..3).and_then(|start| start.parse::<u16>().ok()) {
        Some(start) => matches!(start, 10..=959 | 971..=978 | 980..=989),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes() {
        crate::check(
            postcode,
            &[
                ("75001", "75001"),
                ("06000", "06000"),
                ("6000", "06000"),
                ("6000.0", "06000"),
                ("06\u{200b}300", "06300"),
                ("０６３００", "06300"),
                ("=\"06300\"", "06300"),
                ("=T(\"06300\")", "06300"),
                ("'06300'", "06300"),
                ("(06300) NICE", "06300"),
                ("75001.0", "75001"),
                ("75001,00", "75001"),
                ("75 001", "75001"),
                ("75\u{a0}001", "75001"),
                ("20 000", "20000"),
                ("F-75001", "75001"),
                ("F - 75001", "75001"),
                ("FR75001", "75001"),
                ("f 6000", "06000"),
                ("75001 PARIS", "75001"),
                ("75755 Paris Cedex 15", "75755"),
                ("17 RUE DES CHAMPS 51100 REIMS", "51100"),
                ("17 rue des Champs, F-51100 Reims", "51100"),
                ("RUE HAUTE BP 75001 75015 PARIS 15", "75015"),
                ("RUE HAUTE BP 75001 PARIS", ""),
                ("RUE HAUTE 75001", ""),
                ("17 RUE DES CHAMPS", ""),
                ("12 RUE 99999 REIMS", ""),
                ("97410", "97410"),
                ("97133", "97133"),
                ("98000", "98000"),
                ("98800", "98800"),
                ("2A004", ""),
                ("00123", ""),
                ("96000", ""),
                ("97000", ""),
                ("97999", ""),
                ("99123", ""),
                ("123", ""),
                ("750011", ""),
                ("1234 AB", ""),
                ("SW1A 1AA", ""),
                ("[ND]", ""),
                ("nan", ""),
                ("", ""),
            ],
        );
    }
}
