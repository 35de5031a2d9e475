//! The similarity of two words that are not both in Latin letters: counted in characters, where Latin words are compared byte
//! by byte.
//!
//! Chinese, Japanese, Korean and Thai have no spaces between words, so what stands between two spaces is a whole phrase: it is
//! compared by the pairs of characters that two of them share.

use super::nearness::{LettersCompared, edits_max};

/// Characters of the longest text that is compared.
const CHARACTERS_MAX: usize = 32;
/// How alike two phrases must be to have anything in common: a third of their pairs are in many that are of two companies.
const PHRASE_MIN: f32 = 0.5;

/// The characters of a text that is not longer than can be compared.
struct Characters([char; CHARACTERS_MAX], usize);

impl Characters {
    fn of(text: &[u8]) -> Option<Characters> {
        let mut characters = ['\0'; CHARACTERS_MAX];
        let mut length = 0;
        for character in std::str::from_utf8(text).ok()?.chars() {
            *characters.get_mut(length)? = character;
            length += 1;
        }
        Some(Characters(characters, length))
    }

    fn as_slice(&self) -> &[char] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

/// How alike two different words are, 0 to 1, one of which at least has other than Latin letters.
pub(super) fn similarity(left: &[u8], right: &[u8]) -> f32 {
    // A word in Latin letters and another in its own: what one means in the other is not known here.
    if left.is_ascii() || right.is_ascii() {
        return 0.0;
    }
    let (Some(left), Some(right)) = (Characters::of(left), Characters::of(right)) else { return 0.0 };
    let (left, right) = (left.as_slice(), right.as_slice());
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    match short.iter().chain(long).any(|character| is_unspaced(*character)) {
        true => phrase_similarity(short, long),
        false => {
            LettersCompared { short, long, edits: edits_within(short, long, edits_max(long.len())) }.similarity(true)
        }
    }
}

/// What a word weighs, in letters: a Chinese character says as much as two letters.
pub fn weighed_letters(word: &[u8]) -> usize {
    let weight = |byte: &u8| match byte {
        0x80..0xC0 => 0,
        0xE0.. => 2,
        _ => 1,
    };
    if word.is_ascii() { word.len() } else { word.iter().map(weight).sum() }
}

/// Whether a character is of a script without spaces between words: Thai and Lao, Chinese, Japanese, Korean.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..)
}

/// The share of their pairs of characters that two phrases have in common; a phrase that is all of the beginning or the end
/// of the other is rather one with a word more.
fn phrase_similarity(short: &[char], long: &[char]) -> f32 {
    let (pairs, others) = (short.windows(2), long.windows(2));
    let all = pairs.len() + others.len();
    if all == 0 {
        return 0.0;
    }
    // A pair of the longer one is matched once.
    let mut free = u32::MAX;
    let mut common = 0;
    for pair in pairs {
        let found = others.clone().enumerate().find(|(at, other)| free >> at & 1 == 1 && *other == pair);
        if let Some((at, _)) = found {
            free &= !(1 << at);
            common += 1;
        }
    }
    let shared = 2.0 * common as f32 / all as f32;
    let is_part = short.len() >= 2 && (long.starts_with(short) || long.ends_with(short));
    let part = if is_part { 0.5 + 0.3 * short.len() as f32 / long.len() as f32 } else { 0.0 };
    if shared.max(part) >= PHRASE_MIN { shared.max(part) } else { 0.0 }
}

/// The optimal string alignment distance in characters, or `None` if it exceeds `edits_max`.
fn edits_within(short: &[char], long: &[char], edits_max: usize) -> Option<usize> {
    if long.len() - short.len() > edits_max {
        return None;
    }
    let mut rows = [[0_usize; CHARACTERS_MAX + 1]; 3];
    let [before, last, next] = &mut rows;
    let (mut before, mut last, mut next) = (before, last, next);
    last.iter_mut().enumerate().for_each(|(at, edits)| *edits = at);
    let mut previous = None;
    for (row, one) in short.iter().enumerate() {
        let mut behind = None;
        let mut left = row + 1;
        *next.first_mut()? = left;
        for (column, other) in long.iter().enumerate() {
            let (diagonal, up) = (*last.get(column)?, *last.get(column + 1)?);
            let mut edits = (diagonal + usize::from(one != other)).min(up + 1).min(left + 1);
            // Two neighbours that are swapped.
            if previous == Some(other) && behind == Some(one) {
                edits = edits.min(before.get(column.checked_sub(1)?)? + 1);
            }
            *next.get_mut(column + 1)? = edits;
            (left, behind) = (edits, Some(other));
        }
        previous = Some(one);
        (before, last, next) = (last, next, before);
    }
    last.get(long.len()).copied().filter(|edits| *edits <= edits_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(left: &str, right: &str) -> f32 {
        let (one, other) =
            (similarity(left.as_bytes(), right.as_bytes()), similarity(right.as_bytes(), left.as_bytes()));
        assert_eq!(one, other, "{left} {right}");
        one
    }

    #[test]
    fn words_are_compared_by_characters() {
        for (left, right, expected) in [
            ("ромашка", "ромашки", 0.829),
            ("ромашка", "ромшака", 0.829),
            ("электромонтаж", "элетромонтаж", 0.908),
            ("пар", "бар", 0.0),
            ("мир", "мирный", 0.65),
            ("πετρελαια", "πετρελαιο", 0.867),
            ("النور", "النورس", 0.8),
            ("заря", "zarya", 0.0),
            ("日立製作所", "日立製作", 0.857),
            ("日立製作所", "日立建機", 0.0),
            ("上海华为技术", "华为技术", 0.75),
            ("東京電力", "東京電機", 0.667),
            ("東京建設", "大阪建設", 0.0),
            ("삼성전자", "삼성전자서비스", 0.667),
            ("日", "月", 0.0),
        ] {
            assert!((of(left, right) - expected).abs() < 0.006, "{left} {right}: {}", of(left, right));
        }
        assert_eq!(of(&"文".repeat(40), &"文".repeat(41)), 0.0, "too long to compare");
    }

    #[test]
    fn a_character_of_a_script_with_many_weighs_two_letters() {
        let weights = ["dupont", "ромашка", "日立", "2b"].map(|word| weighed_letters(word.as_bytes()));
        assert_eq!(weights, [6, 7, 4, 2]);
    }

    proptest! {
        #[test]
        fn edits_are_the_optimal_string_alignment_distance(left in "[абв]{0,12}", right in "[абв]{0,12}") {
            let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
            let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
            let expected = strsim::osa_distance(&String::from_iter(&short), &String::from_iter(&long));
            prop_assert_eq!(edits_within(&short, &long, 64), Some(expected));
            prop_assert_eq!(edits_within(&short, &long, 3), (expected <= 3).then_some(expected));
        }
    }
}
