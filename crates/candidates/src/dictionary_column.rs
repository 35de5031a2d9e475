//! Text columns with repeated values: a number per row, in as few bits as possible, and each distinct value once.

use std::collections::HashMap;

use crate::bit_packed::BitPackedInts;
use crate::codec::codec;
use crate::error::Error;
use crate::word_list::WordList;

/// Maximum number of distinct values, including the missing one.
const CODES_MAX: usize = 1 << 16;
/// Minimum number of rows per distinct value.
const ROWS_PER_CODE_MIN: usize = 4;

/// Texts that repeat; each distinct one is stored once.
#[derive(Debug)]
pub(crate) struct DictionaryColumn {
    words: WordList,
    /// For each row, the number of its value plus one; 0 for none.
    codes: BitPackedInts,
}

codec!(DictionaryColumn { words, codes });

impl DictionaryColumn {
    /// Codes the values, if that is smaller than storing them.
    pub(crate) fn build<'a>(
        values: impl Iterator<Item = Option<&'a str>> + Clone,
    ) -> Result<Option<DictionaryColumn>, Error> {
        let mut numbers: HashMap<&str, u16> = HashMap::new();
        let mut rows = 0usize;
        for value in values.clone() {
            rows += 1;
            if let Some(value) = value
                && !numbers.contains_key(value)
            {
                if numbers.len() + 1 == CODES_MAX {
                    return Ok(None);
                }
                numbers.insert(value, 0);
            }
        }
        if numbers.len() * ROWS_PER_CODE_MIN > rows {
            return Ok(None);
        }
        let mut distinct: Vec<&str> = numbers.keys().copied().collect();
        distinct.sort_unstable();
        (1..=u16::MAX).zip(&distinct).for_each(|(code, value)| {
            numbers.insert(value, code);
        });
        let words = WordList::from_sorted(distinct)?;
        let code = |value: Option<&str>| value.and_then(|value| numbers.get(value).copied()).unwrap_or(0);
        let codes: Vec<u16> = values.map(code).collect();
        let codes = BitPackedInts::new(codes.iter().map(|code| u32::from(*code)), words.len() as u32);
        Ok(Some(DictionaryColumn { words, codes }))
    }

    /// The row's text.
    #[inline]
    pub(crate) fn get(&self, row: u32) -> Option<&str> {
        self.words.get(u32::from(self.code(row)).checked_sub(1)?)
    }

    /// The row's code, 0 for a missing value.
    #[inline]
    pub(crate) fn code(&self, row: u32) -> u16 {
        self.codes.get(row as usize) as u16
    }

    /// The code of a value.
    pub(crate) fn find(&self, value: &str) -> Option<u16> {
        self.words.find(value).and_then(|number| u16::try_from(number + 1).ok())
    }

    /// Applies a test to each value, by its code; false for the missing one.
    pub(crate) fn test(&self, passes: impl Fn(&str) -> bool) -> Vec<bool> {
        [false].into_iter().chain(self.words.iter().map(passes)).collect()
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.memory_bytes() + self.codes.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn coded_values_round_trip(values in prop::collection::vec(prop::option::of("[ab]{0,2}"), 0..200)) {
            let coded = DictionaryColumn::build(values.iter().map(Option::as_deref)).unwrap();
            let distinct: std::collections::BTreeSet<_> = values.iter().flatten().collect();
            prop_assert_eq!(coded.is_some(), distinct.len() * ROWS_PER_CODE_MIN <= values.len());
            if let Some(coded) = coded {
                for (row, value) in (0..).zip(&values) {
                    prop_assert_eq!(coded.get(row), value.as_deref());
                }
            }
        }
    }
}
