//! Text columns whose words repeat although their values do not (streets, raw names): each distinct word once, and each
//! row as the numbers of its words.
//!
//! A word's number is written as a character, so the rows are a [`StringArena`]: the most frequent 128 words take one
//! byte, the next 1,920 two. At most 1.1 million distinct words per column.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use matchflow_model::columns::ALTERNATIVE;
use matchflow_model::digest;

use crate::codec::codec;
use crate::error::Error;
use crate::string_arena::{StoredText, StringArena};
use crate::word_list::WordList;

/// Maximum number of distinct words: the number of characters.
const WORDS_MAX: usize = 0x11_0000 - SURROGATES as usize;
/// The number of code points that are not characters (surrogates), and the first of them.
const SURROGATES: u32 = 0x800;
const FIRST_SURROGATE: u32 = 0xD800;

/// The column.
#[derive(Debug, Default)]
pub(crate) struct TokenColumn {
    /// Most frequent first.
    words: WordList,
    rows: StringArena,
}

codec!(TokenColumn { words, rows });

/// Words by text; the hash needs no further mixing.
type Numbers<'a> = HashMap<&'a str, (u32, u32), BuildHasherDefault<WordHasher>>;

#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= digest::exchange(bytes);
    }

    // The terminator of a text, which separates consecutive texts: here there is only one.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

impl TokenColumn {
    /// The column, if it has few enough words. `values` may be iterated twice.
    pub(crate) fn build<'a>(
        values: impl Iterator<Item = StoredText<&'a str>> + Clone,
    ) -> Result<Option<TokenColumn>, Error> {
        let mut numbers = Numbers::default();
        for value in values.clone() {
            if let StoredText::Text(text) = value {
                for_each_word(text, |word| numbers.entry(word).or_default().1 += 1);
            }
        }
        if numbers.len() > WORDS_MAX {
            return Ok(None);
        }
        let mut order: Vec<(u32, &str)> = numbers.iter().map(|(word, (_, count))| (*count, *word)).collect();
        order.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let mut column =
            TokenColumn { words: WordList::listed(order.iter().map(|(_, word)| *word))?, ..TokenColumn::default() };
        for (number, (_, word)) in (0..).zip(&order) {
            numbers.insert(word, (number, 0));
        }
        let mut characters = String::new();
        for value in values {
            let stored = match value {
                StoredText::Text(text) => {
                    characters.clear();
                    for_each_word(text, |word| {
                        characters.extend(numbers.get(word).and_then(|known| character(known.0)))
                    });
                    StoredText::Text(characters.as_str())
                }
                other => other,
            };
            column.rows.push(stored)?;
        }
        column.rows.shrink();
        Ok(Some(column))
    }

    /// Appends a row's text to `buffer`.
    pub(crate) fn add(&self, row: u32, buffer: &mut String) -> StoredText<()> {
        let characters = match self.rows.get(row) {
            StoredText::Text(characters) => characters,
            StoredText::Null => return StoredText::Null,
            StoredText::Derived => return StoredText::Derived,
        };
        let mut after_word = false;
        for character in characters.chars() {
            let Some(word) = self.words.get(number(character)) else { continue };
            let is_word = word != SEPARATOR;
            if after_word && is_word {
                buffer.push(' ');
            }
            buffer.push_str(word);
            after_word = is_word;
        }
        StoredText::Text(())
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.memory_bytes() + self.rows.memory_bytes()
    }
}

/// The separator of alternatives, a word of its own.
const SEPARATOR: &str = "\u{1f}";

/// The words between spaces, including empty ones, and the separators of alternatives.
fn for_each_word<'a>(text: &'a str, mut visit: impl FnMut(&'a str)) {
    for (place, alternative) in text.split(ALTERNATIVE).enumerate() {
        if place > 0 {
            visit(SEPARATOR);
        }
        alternative.split(' ').for_each(&mut visit);
    }
}

fn character(number: u32) -> Option<char> {
    char::from_u32(if number < FIRST_SURROGATE { number } else { number + SURROGATES })
}

fn number(character: char) -> u32 {
    let character = u32::from(character);
    if character < FIRST_SURROGATE { character } else { character - SURROGATES }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_round_trip_as_characters() {
        for known in [0, 127, 128, FIRST_SURROGATE - 1, FIRST_SURROGATE, WORDS_MAX as u32 - 1] {
            assert_eq!(character(known).map(number), Some(known));
        }
        assert_eq!(character(WORDS_MAX as u32), None);
    }

    proptest! {
        #[test]
        fn texts_round_trip(values in prop::collection::vec(prop::option::weighted(0.8, "[ab é\u{1f}]{0,30}"), 0..80)) {
            let column = TokenColumn::build(values.iter().map(|value| match value {
                Some(text) => StoredText::Text(text.as_str()),
                None => StoredText::Derived,
            }));
            let (column, mut buffer) = (column.unwrap().unwrap(), String::new());
            for (row, value) in (0..).zip(&values) {
                buffer.clear();
                let expected = value.as_ref().map_or(StoredText::Derived, |_| StoredText::Text(()));
                prop_assert_eq!(column.add(row, &mut buffer), expected);
                prop_assert_eq!(buffer.as_str(), value.as_deref().unwrap_or(""));
            }
        }
    }
}
