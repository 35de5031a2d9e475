//! The similarity of two words that are not equal: edits, prefixes, contractions, an initial.

use super::{Word, Words, script};
use crate::edits::has_latin_letters_only;
use crate::edits_within;

/// Maximum number of letters of a contraction.
const CONTRACTION_MAX: usize = 5;
/// The similarity of a contraction to its word.
const CONTRACTED: f32 = 0.5;

/// Maximum number of edits between words, the longer of which has this many letters.
pub(super) fn edits_max(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        8..=11 => 2,
        _ => 3,
    }
}

/// Letters of words of which one more wrong letter makes another one: `martin`, `marvin`.
const SHORT_MAX: usize = 6;
/// How alike short words of one length are that differ in a letter.
const OTHER_LETTER: f32 = 0.66;
/// How alike words are that are two spellings of one.
const SPELT_OTHERWISE: f32 = 0.96;

/// The similarity of words with that many edits between them.
pub(super) fn nearness(edits: usize, letters: usize) -> f32 {
    1.0 - 1.2 * edits as f32 / letters as f32
}

/// How alike two different words are, 0 to 1 (never reached).
pub(super) fn similarity(left_words: &Words, left: &Word, right_words: &Words, right: &Word) -> f32 {
    let (left_text, right_text) = (left_words.text(left), right_words.text(right));
    // One digit off is another number, not a typing error.
    if left.digits || right.digits {
        return 0.0;
    }
    let has_keys = left.key != 0 && right.key != 0;
    if has_keys && left.key == right.key {
        return SPELT_OTHERWISE;
    }
    if !has_latin_letters_only(left.letters | right.letters) {
        return script::similarity(left_text, right_text);
    }
    let (short, long) =
        if left_text.len() <= right_text.len() { (left_text, right_text) } else { (right_text, left_text) };
    let edits_max = edits_max(long.len());
    let may_be_near = (left.letters ^ right.letters).count_ones() as usize <= 2 * edits_max;
    let edits = if may_be_near { edits_within(short, long, edits_max) } else { None };
    LettersCompared { short, long, edits }.similarity(has_keys)
}

/// Two different words, letter by letter.
pub(super) struct LettersCompared<'a, L> {
    pub(super) short: &'a [L],
    pub(super) long: &'a [L],
    /// The edits between them, unless there are too many.
    pub(super) edits: Option<usize>,
}

impl<L: PartialEq> LettersCompared<'_, L> {
    /// How alike they are, 0 to 1; `is_name`: short words are one letter from another word rather than misspelt.
    #[inline]
    pub(super) fn similarity(self, is_name: bool) -> f32 {
        let LettersCompared { short, long, edits } = self;
        if let Some(edits) = edits {
            return match is_name && long.len() <= SHORT_MAX && is_other_letter(short, long) {
                true => OTHER_LETTER,
                false => nearness(edits, long.len()),
            };
        }
        match short.len() {
            1 if long.starts_with(short) => 0.5,
            3.. if long.starts_with(short) => 0.5 + 0.3 * short.len() as f32 / long.len() as f32,
            3..=CONTRACTION_MAX if is_contraction(short, long) => CONTRACTED,
            _ => 0.0,
        }
    }
}

/// Whether two words of one length differ in one letter.
fn is_other_letter<L: PartialEq>(one: &[L], other: &[L]) -> bool {
    one.len() == other.len() && one.iter().zip(other).filter(|(one, other)| one != other).count() == 1
}

/// Whether a word is a longer one without letters from inside it: `ctre` is `centre`.
fn is_contraction<L: PartialEq>(short: &[L], long: &[L]) -> bool {
    if long.len() < short.len() + 2 || short.first() != long.first() || short.last() != long.last() {
        return false;
    }
    let mut rest = long.iter();
    short.iter().all(|letter| rest.any(|other| other == letter))
}
