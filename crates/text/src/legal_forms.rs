//! Legal forms of companies in all usual spellings, as they occur in folded names: `packs/world/legal-forms.txt`, which
//! describes its format, folded as names are.
//!
//! **Limits.** What a form means is a short name of it (`gmbh`), which forms of two countries may share (`as`): a hint, not a
//! classification. Forms that are ordinary words of names are only recognized at the end of one, or not at all.

use std::sync::LazyLock;

use crate::fold::fold;

/// The table.
const TABLE: &str = include_str!("../packs/world/legal-forms.txt");

/// What stands for spellings that tell no form.
const NO_FORM: &str = "-";

/// All legal forms.
static LEGAL_FORMS: LazyLock<LegalForms> = LazyLock::new(|| LegalForms::parse(TABLE));

/// All legal forms, parsed at the first call.
pub(crate) fn legal_forms() -> &'static LegalForms {
    &LEGAL_FORMS
}

/// Where a word denotes a legal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FormPlaces {
    pub(crate) anywhere: bool,
    /// As the first or the last word.
    pub(crate) edges: bool,
    /// As the last word.
    pub(crate) end: bool,
    /// Whether it is never a name: `SCA` or `COMPAGNIE` may be one, `SARL` is not.
    pub(crate) nameless: bool,
    /// Whether a form of several words begins with it.
    begins_phrase: bool,
}

/// A word of a legal form.
#[derive(Debug)]
pub(crate) struct FormWord {
    word: String,
    pub(crate) places: FormPlaces,
    /// The form; `None` where it tells none.
    pub(crate) form: Option<&'static str>,
}

/// A legal form of several words, or one that is attached to a name without a space.
#[derive(Debug)]
struct FormPhrase {
    /// With single spaces.
    words: Vec<String>,
    form: Option<&'static str>,
}

/// A legal form found at the beginning of some words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhraseMatch {
    /// The number of words.
    pub(crate) length: usize,
    pub(crate) form: Option<&'static str>,
}

/// The table, folded and sorted.
#[derive(Debug)]
pub(crate) struct LegalForms {
    words: WordList,
    /// Sorted by their first word, of those the longest first.
    phrases: Vec<FormPhrase>,
    /// Longest first.
    joined: Vec<FormPhrase>,
}

/// Minimum number of letters of a truncated phrase at the end of a name.
const CUT_LETTERS_MIN: usize = 12;

impl LegalForms {
    fn parse(table: &'static str) -> LegalForms {
        let (mut words, mut phrases, mut joined): (Vec<FormWord>, Vec<FormPhrase>, Vec<FormPhrase>) =
            Default::default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split(';').map(str::trim);
            let (Some(form), Some(place), Some(_), Some(spellings)) =
                (columns.next(), columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            let form = (form != NO_FORM).then_some(form);
            let (nameless, place) = (place.ends_with('!'), place.trim_end_matches('!'));
            for spelling in spellings.split('|').filter_map(fold) {
                let parts: Vec<String> = spelling.split(' ').map(str::to_owned).collect();
                let places = FormPlaces {
                    anywhere: place == "anywhere",
                    edges: place == "edges",
                    end: place == "end",
                    nameless,
                    begins_phrase: false,
                };
                match (place, parts.as_slice()) {
                    ("joined", _) => joined.push(FormPhrase { words: parts, form }),
                    (_, [word]) => words.push(FormWord { word: word.clone(), places, form }),
                    (_, [first, ..]) => {
                        let begins = FormPlaces { begins_phrase: true, ..FormPlaces::default() };
                        words.push(FormWord { word: first.clone(), places: begins, form: None });
                        phrases.push(FormPhrase { words: parts, form });
                    }
                    (_, []) => {}
                }
            }
        }
        phrases.sort_by(|one, other| {
            one.words.first().cmp(&other.words.first()).then(other.words.len().cmp(&one.words.len()))
        });
        joined.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.concat().len()));
        LegalForms { words: WordList::new(words), phrases, joined }
    }

    /// The short name of a form, if the text is one.
    pub(crate) fn form(&self, name: &str) -> Option<&'static str> {
        let of_words = self.words.words.iter().map(|word| word.form);
        let of_phrases = self.phrases.iter().chain(&self.joined).map(|phrase| phrase.form);
        of_words.chain(of_phrases).flatten().find(|form| *form == name)
    }

    /// The word, if it is one of a legal form.
    #[inline]
    pub(crate) fn word(&self, word: &str) -> Option<&FormWord> {
        self.words.get(word)
    }

    /// The form of several words, of which the first is `first`, with which the words begin; also one that the end of the
    /// name has cut off, late enough to be unambiguous.
    pub(crate) fn phrase(&self, first: &FormWord, words: &[&str]) -> Option<PhraseMatch> {
        if !first.places.begins_phrase {
            return None;
        }
        let start = self.phrases.partition_point(|phrase| phrase.words.first() < Some(&first.word));
        let same = self.phrases.get(start..)?.iter().take_while(|phrase| phrase.words.first() == Some(&first.word));
        let mut cut = None;
        let mut whole = None;
        for phrase in same {
            let found = PhraseMatch { length: phrase.words.len(), form: phrase.form };
            if words.len() >= phrase.words.len() && phrase.words.iter().zip(words).all(|(one, other)| one == other) {
                whole = whole.or(Some(found));
            } else if is_cut(words, &phrase.words) {
                cut = cut.or(Some(PhraseMatch { length: words.len(), ..found }));
            }
        }
        // A name ends in the longer form rather than with the shorter one and the beginning of something else.
        match whole {
            Some(whole) if whole.length == words.len() => Some(whole),
            _ => cut.or(whole),
        }
    }

    /// The word without the forms attached to it without a space, as text in scripts without spaces has them, and each form.
    pub(crate) fn detached<'a>(&self, word: &'a str, mut visit: impl FnMut(Option<&'static str>)) -> &'a str {
        let mut rest = word;
        while !rest.is_empty() {
            let found = self.joined.iter().find_map(|phrase| {
                let form = phrase.words.first()?.as_str();
                let name = rest.strip_prefix(form).or_else(|| rest.strip_suffix(form))?;
                Some((name, phrase.form))
            });
            let Some((name, form)) = found else { break };
            visit(form);
            rest = name;
        }
        rest
    }
}

/// Whether the name ends inside the phrase, late enough to be unambiguous.
fn is_cut(rest: &[&str], phrase: &[String]) -> bool {
    let Some((last, before)) = rest.split_last() else { return false };
    let letters: usize = rest.iter().map(|word| word.chars().count()).sum();
    letters >= CUT_LETTERS_MIN
        && phrase.iter().zip(before).all(|(one, other)| one == other)
        && phrase.get(before.len()).is_some_and(|word| word.starts_with(last))
}

/// Sorted words with what most other words are told from them by: no list is searched for them.
#[derive(Debug)]
struct WordList {
    /// Each once.
    words: Vec<FormWord>,
    /// For each first letter, a bit for each length of a word that begins with it.
    shapes: [u32; 26],
}

impl WordList {
    fn new(mut words: Vec<FormWord>) -> WordList {
        words.sort_by(|one, other| one.word.cmp(&other.word));
        // One word may be there for several places, and the beginning of phrases.
        words.dedup_by(|same, first| {
            let is_same = same.word == first.word;
            if is_same {
                let (one, other) = (first.places, same.places);
                first.places = FormPlaces {
                    anywhere: one.anywhere | other.anywhere,
                    edges: one.edges | other.edges,
                    end: one.end | other.end,
                    nameless: one.nameless | other.nameless,
                    begins_phrase: one.begins_phrase | other.begins_phrase,
                };
                first.form = first.form.or(same.form);
            }
            is_same
        });
        let mut shapes = [0; 26];
        for word in &words {
            let shape = word.word.bytes().next().and_then(|byte| shapes.get_mut(usize::from(byte.checked_sub(b'a')?)));
            if let Some(shape) = shape {
                *shape |= 1 << word.word.len().min(31);
            }
        }
        WordList { words, shapes }
    }

    fn get(&self, word: &str) -> Option<&FormWord> {
        let first = word.bytes().next()?;
        // Other scripts have few words here.
        if first < 0x80 {
            let shapes = self.shapes.get(usize::from(first.checked_sub(b'a')?)).copied().unwrap_or(0);
            if shapes >> word.len().min(31) & 1 == 0 {
                return None;
            }
        }
        let at = self.words.binary_search_by(|known| known.word.as_str().cmp(word)).ok()?;
        self.words.get(at)
    }
}

/// Long words of forms: another word that is one slip away from one of them is a misspelling of it.
const LONG: &[&str] =
    &["association", "etablissement", "etablissements", "responsabilite", "simplifiee", "unipersonnelle"];

/// The word of a legal form that `word` misspells; else the word itself.
pub(crate) fn well_spelt(word: &str) -> &str {
    let near = |form: &&&str| word.len().abs_diff(form.len()) <= 1 && is_slip(word.as_bytes(), form.as_bytes());
    match word.len() {
        9..=15 if word.is_ascii() => LONG.iter().find(near).copied().unwrap_or(word),
        _ => word,
    }
}

/// Whether one letter inserted, removed or replaced, or two adjacent letters swapped, turn one word into the other. A
/// trailing `s` is a plural.
fn is_slip(word: &[u8], form: &[u8]) -> bool {
    if word == form || word.strip_suffix(b"s") == Some(form) {
        return false;
    }
    let same_start = word.iter().zip(form).take_while(|(one, other)| one == other).count();
    let (word, form) = (word.get(same_start..).unwrap_or_default(), form.get(same_start..).unwrap_or_default());
    let same_end = word.iter().rev().zip(form.iter().rev()).take_while(|(one, other)| one == other).count();
    match (word.get(..word.len() - same_end), form.get(..form.len() - same_end)) {
        (Some([]), Some([_])) | (Some([_]), Some([] | [_])) => true,
        (Some([one, two]), Some([first, second])) => one == second && two == first,
        _ => false,
    }
}

/// Whether a sorted list has the word.
pub(crate) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let columns: Vec<&str> = line.split(';').map(str::trim).collect();
            let [form, place, countries, spellings] = columns.as_slice() else { panic!("{line}: not four columns") };
            let is_form = |form: &str| form.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(*form == NO_FORM || !form.is_empty() && is_form(form), "{line}");
            assert!(matches!(place.trim_end_matches('!'), "anywhere" | "edges" | "end" | "joined"), "{line}");
            let is_country = |code: &str| code == "*" || crate::country(code).as_deref() == Some(code);
            assert!(countries.split(' ').all(is_country), "{line}");
            for spelling in spellings.split('|') {
                let folded = fold(spelling).unwrap_or_else(|| panic!("{line}: {spelling}"));
                let is_word = folded.split(' ').count() == 1;
                match (place.starts_with("joined"), is_word) {
                    (true, is_word) => assert!(is_word, "{line}: {spelling}"),
                    (false, true) => assert!(legal_forms().word(&folded).is_some(), "{line}: {spelling}"),
                    (false, false) => {
                        let words: Vec<&str> = folded.split(' ').collect();
                        let first = legal_forms().word(words[0]).unwrap();
                        let found = legal_forms().phrase(first, &words).unwrap();
                        assert_eq!(found.length, words.len(), "{line}: {spelling}");
                    }
                }
            }
        }
    }
}
