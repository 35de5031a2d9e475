//! A sorted set of texts in one arena: a word is a number, and numbers sort like the words.

use serde::{Deserialize, Serialize};

use crate::codec::codec;
use crate::error::Error;

/// Distinct texts in byte order: their length plus four bytes each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WordList {
    text: String,
    ends: Vec<u32>,
}

codec!(WordList { text, ends });

impl WordList {
    /// The set of `words`, which must be sorted and without duplicates.
    pub(crate) fn from_sorted<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<WordList, Error> {
        WordList::listed(words)
    }

    /// Words in any order: they can only be found by number.
    pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<WordList, Error> {
        let mut set = WordList::default();
        for word in words {
            set.push(word)?;
        }
        set.text.shrink_to_fit();
        set.ends.shrink_to_fit();
        Ok(set)
    }

    /// Appends a word, which must sort after all others in a set.
    fn push(&mut self, word: &str) -> Result<(), Error> {
        self.text.push_str(word);
        let end = u32::try_from(self.text.len())
            .map_err(|_| Error::TooLarge { what: "bytes of distinct words", limit: u64::from(u32::MAX) })?;
        self.ends.push(end);
        Ok(())
    }

    /// The number of words.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The word with this number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        let number = number as usize;
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start as usize..end as usize)
    }

    /// Every word, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).filter_map(|number| self.get(number))
    }

    /// The number of `word`, by binary search.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        let number = self.first_not(0, |other| other < word);
        (self.get(number) == Some(word)).then_some(number)
    }

    /// The numbers of the words that begin with `prefix`.
    pub(crate) fn beginning(&self, prefix: &str) -> std::ops::Range<u32> {
        let start = self.first_not(0, |word| word < prefix);
        start..self.first_not(start, |word| word.starts_with(prefix))
    }

    /// The first word from `low` on for which `before` is false; the words must be partitioned by it.
    fn first_not(&self, mut low: u32, before: impl Fn(&str) -> bool) -> u32 {
        let mut high = self.len() as u32;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).is_some_and(&before) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_text_and_by_number() {
        let words = WordList::from_sorted(["", "auto", "ecole", "état"]).unwrap();
        for (number, word) in ["", "auto", "ecole", "état"].into_iter().enumerate() {
            assert_eq!(words.get(number as u32), Some(word));
            assert_eq!(words.find(word), Some(number as u32));
        }
        assert_eq!(words.get(4), None);
        assert_eq!(words.find("b"), None);
        assert_eq!((words.beginning("e"), words.beginning("f"), words.beginning("")), (2..3, 3..3, 0..4));
        assert_eq!(WordList::default().find("a"), None);
    }
}
