//! Names of other scripts in Latin letters, as one more name: Greek and Cyrillic by the commonest of the ways in which passports
//! and registers write them, other scripts by the table of the crate `any_ascii`.
//!
//! **Limits.** Folded text, which has lost its accents. A name has many transliterations: this is one of them, and
//! whoever compares names has to expect others. Arabic and Hebrew do not write short vowels, so neither does this. Chinese
//! characters are left alone: Japanese reads them otherwise, and many of them sound alike, so two companies would become one.

use any_ascii::any_ascii_char;
use matchflow_characters::is_han;

use crate::company_name::NAMES_MAX;

/// Adds to names of other scripts how they are written in Latin letters, cleaned as names are.
pub(crate) fn add_transliterated(names: &mut Vec<String>, clean: fn(&str) -> Option<String>) {
    for place in 0..names.len() {
        let latin = names.get(place).and_then(|name| in_latin_letters(name));
        if names.len() < NAMES_MAX {
            names.extend(latin.and_then(|latin| clean(&latin)).filter(|latin| !names.contains(latin)));
        }
    }
}

/// The text in Latin letters, `None` where it is in them already, or has no letters in common with them.
fn in_latin_letters(folded: &str) -> Option<String> {
    if folded.is_ascii() || folded.chars().any(is_han) {
        return None;
    }
    let mut text = String::with_capacity(folded.len());
    let mut rest = folded;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        if let Some((letters, after)) = arabic(rest, before) {
            text.push_str(letters);
            (rest, before) = (after, letter);
            continue;
        }
        let pair = PAIRS.iter().find(|(pair, _)| rest.starts_with(pair));
        rest = match pair {
            Some((pair, letters)) => {
                text.push_str(letters);
                rest.get(pair.len()..)
            }
            None => {
                match latin(letter) {
                    Some(letters) => text.push_str(letters),
                    None if letter.is_ascii() => text.push(letter),
                    // Signs that stand for no letter are left out.
                    None => text.extend(any_ascii_char(letter).chars().filter(char::is_ascii_alphanumeric)),
                }
                rest.get(letter.len_utf8()..)
            }
        }
        .unwrap_or_default();
        before = letter;
    }
    Some(text)
}

/// The letters of Arabic whose sound depends on where they stand, and the text after them: the article of a word, and the letters
/// that are long vowels between others.
fn arabic(rest: &str, before: char) -> Option<(&'static str, &str)> {
    const LETTERS_MIN: usize = 3;
    let is_letter = |letter: char| matches!(letter, '\u{621}'..='\u{6d3}');
    let first = rest.chars().next().filter(|first| is_letter(*first))?;
    let after = rest.get(first.len_utf8()..)?;
    let is_inside = is_letter(before) && after.chars().next().is_some_and(is_letter);
    Some(match first {
        'ا' if !is_letter(before) && after.starts_with('ل') => {
            let word = after.get(2..)?;
            match word.chars().take_while(|letter| is_letter(*letter)).count() >= LETTERS_MIN {
                true => ("al ", word),
                false => ("al", word),
            }
        }
        'ا' | 'ع' => ("a", after),
        'و' if is_inside => ("u", after),
        'ي' if is_inside || is_letter(before) => ("i", after),
        // From the ending of feminine words.
        'ه' if is_letter(before) && !is_inside => ("a", after),
        _ => return None,
    })
}

/// Letters that are one sound together.
const PAIRS: &[(&str, &str)] = &[
    ("ου", "ou"),
    ("αυ", "av"),
    ("ευ", "ev"),
    ("γγ", "ng"),
    ("γκ", "gk"),
    ("μπ", "b"),
    ("ντ", "nt"),
    ("ու", "u"),
    ("ыи", "y"),
];

fn latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'й' | 'ы' | 'ј' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'љ' => "lj",
        'њ' => "nj",
        'ђ' => "dj",
        'ћ' => "c",
        'џ' => "dz",
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' => "e",
        'ζ' => "z",
        'η' | 'ι' | 'υ' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        'ש' => "sh",
        'ח' => "ch",
        'צ' | 'ץ' => "tz",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_latin_letters() {
        for (name, expected) in [
            ("светлая заря", "svetlaya zarya"),
            ("ромашка 12", "romashka 12"),
            ("ελληνικα πετρελαια", "ellinika petrelaia"),
            ("ροδινη αυγη", "rodini avgi"),
            ("საქართველოს რკინიგზა", "sakartvelos rkinigza"),
            ("հայաստան", "hayastan"),
            ("կապույտ", "kapuyt"),
            ("שלום", "shlvm"),
            ("النور", "al nur"),
            ("شركه الافق الازرق", "shrka al afq al azrq"),
            ("الان", "alan"),
            ("トヨタ", "toyota"),
            ("삼성", "samseong"),
        ] {
            assert_eq!(in_latin_letters(name).map(|latin| latin.to_lowercase()).as_deref(), Some(expected), "{name}");
        }
        for name in ["dupont", "日立製作所", "東京ガス", ""] {
            assert_eq!(in_latin_letters(name), None, "{name}");
        }
    }
}
