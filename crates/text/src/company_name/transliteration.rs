//! Greek and Cyrillic names in Latin letters, by the commonest of the ways that passports and registers write them.
//!
//! **Limits.** Folded text, which has lost its accents. A name has many transliterations: this is one of them, and
//! whoever compares names has to expect others.

/// The text in Latin letters, `None` where it has no Greek or Cyrillic ones.
pub(super) fn in_latin_letters(folded: &str) -> Option<String> {
    if folded.is_ascii() || !folded.chars().any(|letter| latin(letter).is_some()) {
        return None;
    }
    let mut text = String::with_capacity(folded.len());
    let mut rest = folded;
    while let Some(letter) = rest.chars().next() {
        let pair = PAIRS.iter().find(|(pair, _)| rest.starts_with(pair));
        rest = match pair {
            Some((pair, letters)) => {
                text.push_str(letters);
                rest.get(pair.len()..)
            }
            None => {
                match latin(letter) {
                    Some(letters) => text.push_str(letters),
                    None => text.push(letter),
                }
                rest.get(letter.len_utf8()..)
            }
        }
        .unwrap_or_default();
    }
    Some(text)
}

/// Letters that are one sound together.
const PAIRS: &[(&str, &str)] =
    &[("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("γκ", "gk"), ("μπ", "b"), ("ντ", "nt"), ("ыи", "y")];

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
        _ => return None,
    })
}
