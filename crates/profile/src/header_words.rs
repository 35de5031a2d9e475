//! Recognises headers by the words in them.

use std::sync::LazyLock;

use matchflow_text::fold;

use crate::column_kind::ColumnKind;

/// Confidence of a header that is exactly a phrase of the first rank; of the second rank.
const STRONG: f64 = 0.92;
const WEAK: f64 = 0.62;

/// A phrase that indicates a kind.
struct HeaderPhrase {
    kind: ColumnKind,
    words: Vec<String>,
    /// Without spaces.
    joined: String,
    worth: f64,
}

static PHRASES: LazyLock<Vec<HeaderPhrase>> = LazyLock::new(|| phrases(include_str!("header_words.txt")));

/// A line has a kind, `:` (or `?:` for weak words), and phrases separated by `|`. Lines that begin with `#` or `[` are
/// comments.
fn phrases(text: &str) -> Vec<HeaderPhrase> {
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']));
    let mut phrases = Vec::new();
    for (kind, list) in lines.filter_map(|line| line.split_once(':')) {
        let (word, worth) = kind.strip_suffix('?').map_or((kind, STRONG), |word| (word, WEAK));
        let Some(kind) = ColumnKind::of_word(word.trim()) else { continue };
        for phrase in list.split('|') {
            let words = header_words(phrase);
            let joined = words.concat();
            if !joined.is_empty() {
                phrases.push(HeaderPhrase { kind, words, joined, worth });
            }
        }
    }
    phrases
}

/// The folded words of a header, split as in `T_CODEPOSTAL`, `codePostal` and `Code postal 1`.
fn header_words(header: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut previous = ' ';
    for character in header.chars() {
        let is_step = previous.is_lowercase() && character.is_uppercase();
        let is_number = previous.is_alphabetic() && character.is_ascii_digit();
        if is_step || is_number {
            spaced.push(' ');
        }
        spaced.push(if character == '_' || character == '/' { ' ' } else { character });
        previous = character;
    }
    fold(&spaced).unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Words for numbers and codes.
const NUMBER_WORDS: [&str; 14] =
    ["n", "no", "nr", "num", "nro", "number", "numero", "nummer", "id", "code", "cod", "codigo", "codice", "ref"];
/// Words of meaningless headers: `Colonne1`, `Field 3`.
const PLACEHOLDERS: [&str; 12] =
    ["colonne", "column", "col", "champ", "field", "f", "c", "spalte", "feld", "campo", "columna", "unnamed"];

/// Whether a header has meaningful words.
pub(crate) fn is_descriptive(header: &str) -> bool {
    let words = header_words(header);
    let is_empty =
        |word: &String| PLACEHOLDERS.contains(&word.as_str()) || word.bytes().all(|byte| byte.is_ascii_digit());
    !words.iter().all(is_empty) && words.concat().len() > 1
}

/// The evidence in a header: each kind with a phrase in it, with its weight. The phrase that covers most of it counts.
pub(crate) fn header_evidence(header: &str) -> Vec<(ColumnKind, f64)> {
    let words = header_words(header);
    let is_number = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = words.last().is_some_and(|last| is_number(&last));
    let letters: usize = words.iter().filter(|word| !is_number(word)).map(String::len).sum();
    let mut best: Vec<(ColumnKind, f64, usize)> = Vec::new();
    for phrase in PHRASES.iter() {
        let covered = covers(phrase, &words, numbered);
        if covered == 0 {
            continue;
        }
        let share = (covered as f64 / letters.max(1) as f64).min(1.0);
        best.push((phrase.kind, phrase.worth * (0.55 + 0.45 * share), covered));
    }
    if is_part_of_address(&best) {
        best.retain(|(kind, ..)| *kind != ColumnKind::Address);
    }
    // `Nº fornecedor`, `Supplier code`: the number of what is named.
    if words.iter().any(|word| NUMBER_WORDS.contains(&word.as_str())) {
        for (kind, worth, _) in best.iter_mut().filter(|(kind, worth, _)| *kind == ColumnKind::Name && *worth <= WEAK) {
            (*kind, *worth) = (ColumnKind::Key, STRONG);
        }
    }
    // A longer phrase determines what the words of a shorter one refer to: `contact name`, `name 2`.
    let longest = best.iter().map(|(_, _, covered)| *covered).max().unwrap_or(0);
    let mut evidence: Vec<(ColumnKind, f64)> = Vec::new();
    for (kind, worth, covered) in best {
        let worth = if covered == longest { worth } else { worth * 0.5 };
        match evidence.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = known.max(worth),
            None => evidence.push((kind, worth)),
        }
    }
    evidence
}

/// Whether `address` only qualifies the one part that the header names besides: `Address.City`, `billing_address_zip`. With
/// several parts it is a whole address: `Address, city, zip`.
fn is_part_of_address(found: &[(ColumnKind, f64, usize)]) -> bool {
    let parts = [ColumnKind::Postcode, ColumnKind::Town, ColumnKind::Region, ColumnKind::Country];
    parts.iter().filter(|part| found.iter().any(|(kind, ..)| kind == *part)).count() == 1
}

/// The number of the header's letters that the phrase covers.
fn covers(phrase: &HeaderPhrase, words: &[String], numbered: bool) -> usize {
    let length = phrase.joined.len();
    let is_here = |window: &[String]| window == phrase.words;
    if words.windows(phrase.words.len()).any(is_here) {
        return length;
    }
    // Written as one word, as in database exports.
    let is_word = words.iter().any(|word| word == &phrase.joined) || words.concat() == phrase.joined;
    let is_all_but_number =
        numbered && words.iter().take(words.len().saturating_sub(1)).cloned().collect::<String>() == phrase.joined;
    if length >= 2 && (is_word || is_all_but_number) { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_split_into_words() {
        for (header, expected) in [
            ("T_CODEPOSTAL", "t codepostal"),
            ("codePostalEtablissement", "code postal etablissement"),
            ("C.P.", "cp"),
            ("Adresse1", "adresse 1"),
            ("State/Province", "state province"),
            ("E-mail", "e mail"),
        ] {
            assert_eq!(header_words(header).join(" "), expected);
        }
    }

    #[test]
    fn an_address_is_not_one_of_its_parts() {
        for (header, expected) in [
            ("Address.Zip", ColumnKind::Postcode),
            ("address.city", ColumnKind::Town),
            ("billing_address_country", ColumnKind::Country),
            ("adresseVille", ColumnKind::Town),
            ("Anschrift PLZ", ColumnKind::Postcode),
            ("Address.Street", ColumnKind::Address),
            ("Address, city, zip", ColumnKind::Address),
        ] {
            let best = header_evidence(header).into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
            assert_eq!(best.map(|(kind, _)| kind), Some(expected), "{header}");
        }
    }

    #[test]
    fn every_line_of_header_words_has_a_kind() {
        let text = include_str!("header_words.txt");
        for line in text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty()) {
            let (kind, list) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
            assert!(ColumnKind::of_word(kind.trim_end_matches('?')).is_some(), "{line}");
            assert!(list.split('|').all(|phrase| !header_words(phrase).is_empty()), "{line}");
        }
    }
}
