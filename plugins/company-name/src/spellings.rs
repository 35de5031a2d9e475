//! Words as numbers and abbreviations write them, in one spelling: `fund ii` and `fund 2`, `mfg` and `manufacturing`.
//!
//! **Invariant.** A name keeps its number of words, so that the rarities of words stay theirs.

use std::borrow::Cow;

use crate::word_table::WordTable;

/// Numbers in words and in Roman figures, and abbreviations. Sorted. Roman figures of one letter are left out: most single
/// letters are initials.
#[rustfmt::skip]
const SPELLINGS: &[(&str, &str)] = &[
    ("assocs", "associates"), ("bros", "brothers"), ("cinq", "5"), ("corp", "corporation"), ("dept", "department"),
    ("deux", "2"), ("dev", "development"), ("distrib", "distribution"), ("drei", "3"), ("eight", "8"),
    ("eng", "engineering"), ("fifth", "5"), ("first", "1"), ("five", "5"), ("fourth", "4"), ("gebr", "gebruder"),
    ("gebrueder", "gebruder"), ("govt", "government"), ("hnos", "hermanos"), ("ii", "2"), ("iii", "3"),
    ("inst", "institut"), ("institute", "institut"), ("instituto", "institut"), ("intl", "international"),
    ("iv", "4"), ("ix", "9"), ("labs", "laboratories"), ("mfg", "manufacturing"), ("mgmt", "management"),
    ("mgt", "management"), ("mkt", "market"), ("mktg", "marketing"), ("natl", "national"), ("nine", "9"),
    ("quatre", "4"), ("seven", "7"), ("soehne", "sohne"), ("svcs", "services"), ("third", "3"), ("three", "3"),
    ("trois", "3"), ("two", "2"), ("univ", "university"), ("vi", "6"), ("vier", "4"), ("vii", "7"), ("viii", "8"),
    ("xi", "11"), ("xii", "12"), ("zwei", "2"),
];

/// What follows the digits of an ordinal number.
const ORDINALS: &[&str] = &["e", "eme", "er", "ere", "ieme", "nd", "nde", "rd", "st", "th"];

/// The spellings, to be looked up.
#[derive(Debug)]
pub(crate) struct Spellings(WordTable<&'static str>);

impl Spellings {
    pub(crate) fn new() -> Spellings {
        Spellings(WordTable::new(SPELLINGS.iter().copied()))
    }

    /// The name with each word in its one spelling.
    pub(crate) fn respelt<'a>(&self, name: &'a [u8]) -> Cow<'a, [u8]> {
        let words = || name.split(|byte| *byte == b' ');
        if words().all(|word| self.spelling(word).is_none()) {
            return Cow::Borrowed(name);
        }
        let mut text = Vec::with_capacity(name.len() + 8);
        for (place, word) in words().enumerate() {
            if place > 0 {
                text.push(b' ');
            }
            text.extend_from_slice(self.spelling(word).unwrap_or(word));
        }
        Cow::Owned(text)
    }

    /// The one spelling of a word that has another.
    fn spelling<'a>(&'a self, word: &'a [u8]) -> Option<&'a [u8]> {
        if word.first().is_some_and(u8::is_ascii_digit) {
            let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, rest) = word.split_at_checked(digits)?;
            return ORDINALS.iter().any(|ordinal| ordinal.as_bytes() == rest).then_some(number);
        }
        self.0.get(word).map(|spelling| spelling.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_abbreviations_have_one_spelling() {
        assert!(SPELLINGS.is_sorted());
        let spellings = Spellings::new();
        for (name, expected) in [
            ("velmora fund ii", "velmora fund 2"),
            ("trois rivieres", "3 rivieres"),
            ("4th avenue", "4 avenue"),
            ("1er mai", "1 mai"),
            ("oakmere mfg", "oakmere manufacturing"),
            ("3d print", "3d print"),
            ("i love", "i love"),
        ] {
            assert_eq!(String::from_utf8_lossy(&spellings.respelt(name.as_bytes())), expected);
        }
    }
}
