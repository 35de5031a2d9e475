//! Folding of text to lower-case words: accents, ligatures, punctuation, elisions, initials.
//!
//! **Limits.** Latin letters become `a-z`; other scripts stay, in lower case, without accents, and in one of the ways in which
//! a letter is written (`Ρόδινη Αυγή` becomes `ροδινη αυγη`, `أ` becomes `ا`): [`crate::transliteration`] has them in Latin letters.
//!
//! **Invariant:** the result consists of lower-case letters, digits and single spaces, without two adjacent words of a
//! single letter, except in scripts without spaces; text of that form folds to itself.
//!
//! Three steps: [`plain`] maps characters, [`spell`] drops elisions and joins dotted initials, [`join_words`] does both
//! for text written with spaces instead (`S A R L L EAU VIVE`, frequent in the registry).

use std::borrow::Cow;

use matchflow_characters::{is_invisible, is_unspaced};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};

/// The registry's placeholders for names and addresses that may not be published.
const MASKS: [&str; 2] = ["[nd]", "[non-diffusible]"];

/// Words that spreadsheets and scripts write for missing values, already folded.
const MISSING: [&str; 5] = ["nan", "null", "none", "non diffusible", "non renseigne"];

/// Elided words before an apostrophe.
const ELIDED: [&str; 6] = ["l", "d", "qu", "jusqu", "lorsqu", "puisqu"];

/// HTML entities found in exports, without their `&`, and the characters they represent.
const ENTITIES: [(&str, char); 4] = [("amp;", '&'), ("apos;", '\''), ("#39;", '\''), ("quot;", '"')];

/// The cleaner `text`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "text",
    help: "Lower case, without accents and punctuation; `&` becomes `et`, elisions (`l'`) are dropped, initials are joined (`S.A.` is `sa`).",
    example: ("L'Épi d'Or & Fils", "epi or et fils"),
    version: 3,
    form: CleanedForm::Words,
    kind: ValueKind::Other,
    clean: fold,
    clean_cell: None,
    is_repetitive: false,
};

/// Lower case, accents and punctuation folded, spaces collapsed; `&` becomes `et`, elisions go, initials join.
pub fn fold(value: &str) -> Option<String> {
    known(join_words(spell(value)?.split(' ')))
}

/// The text, unless it is empty or a word for a missing value.
pub(crate) fn known(folded: String) -> Option<String> {
    (!folded.is_empty() && !MISSING.contains(&folded.as_str())).then_some(folded)
}

/// Repeats a rewriting until nothing changes, since removing words can bring others together.
///
/// Terminates because every rewriting here removes words or spells them in a way that it leaves unchanged afterwards;
/// the bound is for later rules that do not.
pub(crate) fn until_stable(mut text: String, mut rewrite: impl FnMut(&str) -> Option<String>) -> Option<String> {
    const PASSES_MAX: usize = 64;
    for _ in 0..PASSES_MAX {
        let next = rewrite(&text)?;
        if next == text {
            break;
        }
        text = next;
    }
    Some(text)
}

/// Lower-case ASCII words with single spaces, initials not joined across spaces yet (`m a dupont`). `None`: no words.
pub(crate) fn spell(value: &str) -> Option<String> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("n/a") || value.eq_ignore_ascii_case("#n/a") {
        return None;
    }
    let plain = plain(&without_masks(value));
    let mut spelled = String::with_capacity(plain.len());
    for chunk in plain.split(' ').filter(|chunk| !chunk.is_empty()) {
        if chunk.contains(['.', '\'']) {
            spell_chunk(chunk, &mut spelled);
        } else {
            push_word(&mut spelled, chunk);
        }
    }
    (!spelled.is_empty()).then_some(spelled)
}

/// Joins words with spaces, drops `l` and `d` before a vowel, and joins adjacent words of one letter.
pub(crate) fn join_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    let (mut previous, mut in_initials) = ("", false);
    while let Some(word) = words.next() {
        // `A D ELECTRICITE` begins with initials, `A L ANCIENNE` does not.
        let after_initial = is_letter(previous) && !(previous == "a" && word == "l");
        let elided = matches!(word, "l" | "d") && !after_initial && words.peek().is_some_and(|next| may_elide(next));
        if elided {
            continue;
        }
        let is_initial = is_letter(word) || word.bytes().next().is_some_and(|byte| byte >= 0x80) && is_initial(word);
        if is_initial && in_initials {
            joined.push_str(word);
        } else {
            push_word(&mut joined, word);
        }
        in_initials = is_initial;
        previous = word;
    }
    joined
}

/// Appends a word, after a space unless it is the first.
pub(crate) fn push_word(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

/// Whether the word is one letter.
pub(crate) fn is_letter(word: &str) -> bool {
    matches!(word.as_bytes(), [byte] if byte.is_ascii_alphabetic())
}

/// Whether the word consists of digits.
pub(crate) fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn may_elide(next: &str) -> bool {
    next.len() > 1 && next.starts_with(['a', 'e', 'h', 'i', 'o', 'u', 'y'])
}

fn without_masks(value: &str) -> Cow<'_, str> {
    if !value.contains('[') {
        return Cow::Borrowed(value);
    }
    let mut lower = value.to_ascii_lowercase();
    for mask in MASKS {
        lower = lower.replace(mask, " ");
    }
    Cow::Owned(lower)
}

/// Maps characters to `a-z`, `0-9`, full stop, apostrophe, space, and non-Latin letters.
fn plain(value: &str) -> String {
    let mut plain = String::with_capacity(value.len() + 4);
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '&' => {
                let text = rest.as_str();
                let entity = ENTITIES.iter().find(|(name, _)| text.starts_with(name));
                if let Some((name, _)) = entity {
                    rest = text.get(name.len()..).unwrap_or_default().chars();
                }
                plain.push_str(entity.map_or(" et ", |(_, meaning)| match meaning {
                    '&' => " et ",
                    '\'' => "'",
                    _ => " ",
                }));
            }
            _ if character.is_ascii_control() && is_invisible(character) => {}
            '"' | '\'' | '״' | '׳' | '”' | '’' if plain.chars().next_back().is_some_and(is_hebrew_letter) => {}
            _ if character.is_ascii() => plain.push(plain_ascii(character)),
            _ => plain_unicode(character, &mut plain),
        }
    }
    // Letters were taken apart to be rid of their accents; those that remain have one form.
    if plain.is_ascii() { plain } else { plain.nfc().collect() }
}

/// The quotation mark in a Hebrew acronym is not written by everybody.
fn is_hebrew_letter(character: char) -> bool {
    matches!(character, '\u{5d0}'..='\u{5ea}')
}

fn plain_ascii(character: char) -> char {
    match character {
        'a'..='z' | '0'..='9' | '.' | '\'' => character,
        'A'..='Z' => character.to_ascii_lowercase(),
        '`' => '\'',
        _ => ' ',
    }
}

fn plain_unicode(character: char, plain: &mut String) {
    match character {
        '’' | '‘' | 'ʼ' | '´' | '′' => plain.push('\''),
        _ if is_invisible(character) => {}
        '™' | '℠' => plain.push(' '),
        _ => character.nfkd().flat_map(char::to_lowercase).for_each(|part| match part {
            _ if part.is_ascii() => plain.push(plain_ascii(part)),
            // Greek and Cyrillic lose their accents like Latin, Hebrew and Arabic their vowel signs, which few write; in
            // other scripts marks are letters.
            '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{487}'
            | '\u{591}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6ed}'
            | '\u{1ab0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
                if is_combining_mark(part) => {}
            // Lengthens a line of Arabic.
            '\u{640}' => {}
            _ => match one_form(part) {
                Some(letters) => plain.push_str(letters),
                // A capital without a small letter is a symbol, such as a circled one.
                None if (part.is_alphanumeric() && !part.is_uppercase()) || is_combining_mark(part) => plain.push(part),
                None => plain.push(' '),
            },
        }),
    }
}

/// Latin letters without a decomposition, and letters of other scripts that are written in several ways.
fn one_form(lower: char) -> Option<&'static str> {
    Some(match lower {
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ə' => "e",
        'ŋ' => "ng",
        'ŧ' => "t",
        'ς' => "σ",
        'ة' | 'ہ' | 'ە' => "ه",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ٱ' => "ا",
        _ => return other_digit(lower),
    })
}

/// The digits of other scripts.
fn other_digit(character: char) -> Option<&'static str> {
    const ZEROS: [u32; 12] = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xe50, 0xed0, 0x1040, 0x17e0];
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let digit = |zero: &u32| u32::from(character).checked_sub(*zero).and_then(|digit| DIGITS.get(digit as usize));
    if character < '\u{660}' { None } else { ZEROS.iter().find_map(digit).copied() }
}

/// Whether the word is one letter of a script with initials: `О.О.О.` is one word.
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter.is_ascii_alphabetic() || letter.is_alphabetic() && !is_unspaced(letter),
        _ => false,
    }
}

/// Drops elided words and joins initials in text without spaces: `s.a.r.l.dupont`, `l'eau`.
fn spell_chunk(chunk: &str, spelled: &mut String) {
    let mut in_initials = false;
    let mut pieces = chunk.split_inclusive(['.', '\'']).peekable();
    while let Some(piece) = pieces.next() {
        let word = piece.trim_end_matches(['.', '\'']);
        let elided = piece.ends_with('\'') && pieces.peek().is_some() && ELIDED.contains(&word);
        if word.is_empty() || elided {
            continue;
        }
        let is_initial = is_initial(word);
        if is_initial && in_initials {
            spelled.push_str(word);
        } else {
            push_word(spelled, word);
        }
        in_initials = is_initial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        crate::check(
            fold,
            &[
                ("  Crédit   Agricole ", "credit agricole"),
                ("ÉLÉPHANT-ÇÀ_ET.LÀ", "elephant ca et la"),
                ("Cœur & Œuvre", "coeur et oeuvre"),
                ("Lætitia Straße", "laetitia strasse"),
                ("SØREN ŁÓDŹ Đurić", "soren lodz duric"),
                ("ﬁnance ﬂeur", "finance fleur"),
                ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
                ("e\u{301}le\u{300}ve", "eleve"),
                ("l'eau d’Évian", "eau evian"),
                ("L EAU D EVIAN", "eau evian"),
                ("L' EAU VIVE", "eau vive"),
                ("ce qu'il faut", "ce il faut"),
                ("A L'ANCIENNE", "a ancienne"),
                ("A L ANCIENNE", "a ancienne"),
                ("O'BRIEN", "o brien"),
                ("McDonald's", "mcdonald s"),
                ("S.N.C.F.", "sncf"),
                ("S. N. C. F.", "sncf"),
                ("S N C F", "sncf"),
                ("S.A.R.L.DUPONT", "sarl dupont"),
                ("S.A.S D.PAROTON", "sas d paroton"),
                ("S.A.R.L. A.B.C.", "sarl abc"),
                ("A D ELECTRICITE", "ad electricite"),
                ("IMS SECURITE.COM", "ims securite com"),
                ("ENGIE_HOME_SERVICES", "engie home services"),
                ("DUPONT &amp; FILS", "dupont et fils"),
                ("L&#39;ATELIER", "atelier"),
                ("Marque® et Autre™", "marque et autre"),
                ("soft\u{ad}hyphen zero\u{200b}width", "softhyphen zerowidth"),
                ("75\u{a0}001", "75 001"),
                ("\u{feff}nom", "nom"),
                ("a\u{1f}bc", "a bc"),
                ("DU\0PONT\u{202d} ET\u{2066} FILS", "dupont et fils"),
                ("ＤＵＰＯＮＴ　１２", "dupont 12"),
                ("Ρόδινη Αυγή", "ροδινη αυγη"),
                ("ΡΟΔΙΝΗ ΑΥΓΗΣ", "ροδινη αυγησ"),
                ("ООО «Ромашкал» SARL", "ооо ромашкал sarl"),
                ("О.О.О. «Ромашка»", "ооо ромашка"),
                ("О О О «Ромашка»", "ооо ромашка"),
                ("И. И. Ромашкин", "ии ромашкин"),
                ("И.И. Ромашкин", "ии ромашкин"),
                ("日 立", "日 立"),
                ("Ε.Π.Ε. Αυγή", "επε αυγη"),
                ("北京", "北京"),
                ("ﾄﾖﾀ ガス", "トヨタ ガス"),
                ("株式会社・日立", "株式会社 日立"),
                ("삼성전자", "삼성전자"),
                ("हिन्दी", "हिन्दी"),
                ("شَرِكَةُ الأُفُق", "شركه الافق"),
                ("شركـــة الأفق", "شركه الافق"),
                ("ش.م.م", "شمم"),
                ("شرکت ملی ۱۲", "شركت ملي 12"),
                ("בע\"מ בע״מ בעמ", "בעמ בעמ בעמ"),
                ("שָׁלוֹם", "שלום"),
                ("ĞÜNEŞ İnşaat", "gunes insaat"),
                ("Азәрбајҹан Əliyev", "азәрбајҹан eliyev"),
                ("ՀԱՅԱՍՏԱՆ ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "հայաստան საქართველო"),
                ("5 € / m² 😀", "5 m2"),
            ],
        );
    }

    #[test]
    fn missing_values() {
        let missing = [
            "",
            " ",
            "-",
            "--",
            ".",
            "?",
            "nan",
            "NaN",
            "NULL",
            "None",
            "n/a",
            "N/A",
            "#N/A",
            "[ND]",
            "[nd] [ND]",
            "[NON-DIFFUSIBLE]",
            "'",
            "…",
            "NON RENSEIGNÉ",
        ];
        crate::check(fold, &missing.map(|value| (value, "")));
        crate::check(fold, &[("ND", "nd"), ("N A", "na"), ("[ND] SERVICES", "services"), ("NANTES", "nantes")]);
    }
}
