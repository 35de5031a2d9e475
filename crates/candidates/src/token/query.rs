//! A row's name as words, with the registry's variants of each. It only depends on the vocabulary, so it is the same in
//! every shard.

use std::cmp::Reverse;

use crate::token::index::{INITIALS_CHARS, distinct_words, initials, initials_word};
use crate::vocabulary::FieldVocabulary;

/// A word in at most this many groups may be a typo of another one.
const RARE_GROUPS_MAX: u32 = 2;
/// Maximum number of words one edit away that are tried for a word, most frequent first.
const NEAR_WORDS_MAX: usize = 8;
/// Maximum number of ways to split a word in two that are tried, most frequent parts first.
const SPLITS_MAX: usize = 4;
/// Minimum number of characters in each part of a split word.
const SPLIT_CHARS_MIN: usize = 2;
/// Factor of words that differ by a space.
pub(crate) const SPACING_FACTOR: f32 = 0.95;
/// Minimum length of the shorter word if one is a prefix of the other.
const BEGINNING_CHARS_MIN: usize = 3;
/// Minimum length of a word of the name that is a prefix of one of the row: shorter ones occur by chance.
const HEAD_CHARS_MIN: usize = 4;
/// A prefix of more words than this is too unspecific to be tried.
const LONGER_WORDS_MAX: usize = 256;
/// Minimum factor of a word of the name that begins with one of the row.
const BEGINNING_FACTOR_MIN: f32 = 0.5;
/// Maximum number of adjacent words of the row that may be one word, or its initials.
const RUN_WORDS_MAX: usize = 8;
/// Maximum number of adjacent words that may be written as one.
const JOINED_WORDS_MAX: usize = 3;
/// Factor of a word that is the initials of the row's words.
pub(crate) const INITIALS_OF_ROW_FACTOR: f32 = 0.8;
/// Factor of a name whose initials are a word of the row: lower, since initials are shared by chance.
pub(crate) const INITIALS_OF_NAME_FACTOR: f32 = 0.6;
/// Initials of more groups than this are too common.
const INITIALS_GROUPS_MAX: u32 = 50;
/// The rarest words retrieve names until their groups add up to this (the rarest always does). The other words only
/// score these names: a name that only shares common words is not retrieved.
const GATHERED_GROUPS_MAX: u64 = 20_000;

/// A row's name, prepared for the search.
#[derive(Debug)]
pub(crate) struct TokenQuery {
    /// In the order in which they are tried: best factor first, then by word of the row, then by word of the name.
    pub(super) matches: Vec<Match>,
    /// The total weight of the row's words.
    pub(super) total: f32,
    /// The weight of each of the row's words.
    pub(super) weights: Vec<f32>,
    /// Number of matches too common to retrieve names.
    pub(crate) common: u64,
    /// Number of similar words skipped beyond the limit.
    pub(crate) near_cut: u64,
}

/// Words of a name that match words of the row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match {
    pub(super) factor: f32,
    /// The words of the row, one bit each.
    pub(super) slots: u64,
    /// The words of the name, by their number in the vocabulary; the rarer of two first.
    pub(super) words: (u32, Option<u32>),
    /// The weight of the words of the name.
    pub(super) weight: f32,
    /// The weight of the words of the row.
    pub(super) covered: f32,
    /// The number of groups with the rarer word.
    pub(super) groups: u32,
    /// Whether the word of the name is the initials of the row's words.
    pub(super) initials: bool,
    /// Whether it retrieves names.
    pub(super) gathers: bool,
}

impl TokenQuery {
    /// Parses a name with the vocabulary of all shards.
    pub(crate) fn new(name: &str, vocabulary: &FieldVocabulary) -> TokenQuery {
        let words = distinct_words(name);
        let mut query = TokenQuery { matches: Vec::new(), total: 0.0, weights: Vec::new(), common: 0, near_cut: 0 };
        for (slot, word) in words.iter().enumerate() {
            let number = vocabulary.find(word);
            let groups = number.map_or(0, |number| vocabulary.groups(number));
            let covered = vocabulary.weight(groups);
            query.weights.push(covered);
            query.total += covered;
            let mut add = MatchCollector { vocabulary, slots: 1 << slot, covered, matches: &mut query.matches };
            if let Some(number) = number {
                add.word(1.0, number);
            }
            // A frequent word is unlikely to be a typo: only rare and unknown words get alternatives.
            if groups <= RARE_GROUPS_MAX {
                query.near_cut += add.near_words(word);
                query.near_cut += add.beginnings(word);
                add.splits(word);
            }
            add.initials_of_name(word);
        }
        query.add_runs(name, &words, vocabulary);
        query.matches.sort_by_key(|found| (Reverse(found.factor.to_bits()), found.slots.trailing_zeros(), found.words));
        query.matches.dedup();
        query.mark_gathering();
        query
    }

    /// Adds adjacent words of the row that the registry writes as one word (`auto ecole`, `autoecole`), or as initials.
    fn add_runs(&mut self, name: &str, words: &[&str], vocabulary: &FieldVocabulary) {
        let slot_of = |word: &str| words.iter().position(|other| *other == word);
        let sequence: Vec<(usize, &str)> =
            name.split_ascii_whitespace().filter_map(|word| Some((slot_of(word)?, word))).collect();
        for start in 0..sequence.len() {
            let (mut slots, mut covered, mut joined, mut run) = (0u64, 0.0f32, String::new(), Vec::new());
            for (slot, word) in sequence.iter().skip(start).take(RUN_WORDS_MAX) {
                // A word that occurs twice ends the run: each word of the row is met once.
                if slots >> slot & 1 == 1 {
                    break;
                }
                slots |= 1 << slot;
                covered += self.weights.get(*slot).copied().unwrap_or(0.0);
                joined.push_str(word);
                run.push(*word);
                let mut add = MatchCollector { vocabulary, slots, covered, matches: &mut self.matches };
                if (2..=JOINED_WORDS_MAX).contains(&run.len())
                    && let Some(number) = vocabulary.find(&joined)
                {
                    add.word(SPACING_FACTOR, number);
                }
                if run.len() >= *INITIALS_CHARS.start() {
                    add.initials_of_row(&run);
                }
            }
        }
    }

    /// Chooses the matches that retrieve names, by rarity in all shards.
    fn mark_gathering(&mut self) {
        let mut order: Vec<&mut Match> = self.matches.iter_mut().filter(|found| !found.initials).collect();
        order.sort_by_key(|found| found.groups);
        let mut sum = 0u64;
        for (place, found) in order.into_iter().enumerate() {
            sum += u64::from(found.groups);
            // Rarest first, until the groups add up: names that only share the remaining words are not worth reading.
            found.gathers = place == 0 || sum <= GATHERED_GROUPS_MAX;
            self.common += u64::from(!found.gathers);
        }
    }
}

/// Adds the variants of one word of the row, or of two adjacent words.
struct MatchCollector<'a> {
    vocabulary: &'a FieldVocabulary,
    slots: u64,
    covered: f32,
    matches: &'a mut Vec<Match>,
}

impl MatchCollector<'_> {
    fn word(&mut self, factor: f32, number: u32) {
        let groups = self.vocabulary.groups(number);
        let weight = self.vocabulary.weight(groups);
        let (slots, covered) = (self.slots, self.covered);
        let words = (number, None);
        self.matches.push(Match { factor, slots, words, weight, covered, groups, initials: false, gathers: false });
    }

    /// Adds words that are a prefix of the word, or that it is a prefix of (`edf`, `edfsa`). Returns how many were
    /// skipped.
    fn beginnings(&mut self, word: &str) -> u64 {
        let characters = word.chars().count();
        if characters < BEGINNING_CHARS_MIN {
            return 0;
        }
        for (length, (at, _)) in word.char_indices().enumerate().skip(HEAD_CHARS_MIN) {
            if let Some(number) = word.get(..at).and_then(|head| self.vocabulary.find(head)) {
                self.word(length as f32 / characters as f32, number);
            }
        }
        let longer = self.vocabulary.beginning(word);
        if longer.len() > LONGER_WORDS_MAX {
            return longer.len() as u64;
        }
        let length = |number: &u32| self.vocabulary.words().get(*number).map_or(0, |word| word.chars().count());
        let mut longer: Vec<(usize, u32)> = longer.map(|number| (length(&number), number)).collect();
        longer.retain(|(length, _)| *length > characters);
        longer.sort_unstable();
        for (length, number) in longer.iter().take(NEAR_WORDS_MAX) {
            let factor = characters as f32 / *length as f32;
            self.word(factor.max(BEGINNING_FACTOR_MIN), *number);
        }
        longer.len().saturating_sub(NEAR_WORDS_MAX) as u64
    }

    /// Adds the names that have `word` as initials.
    fn initials_of_name(&mut self, word: &str) {
        if !INITIALS_CHARS.contains(&word.chars().count()) {
            return;
        }
        let Some(number) = self.vocabulary.find(&initials_word(word)) else { return };
        let groups = self.vocabulary.groups(number);
        if groups <= INITIALS_GROUPS_MAX {
            let (slots, covered, words) = (self.slots, self.covered, (number, None));
            let factor = INITIALS_OF_NAME_FACTOR;
            let found = Match { factor, slots, words, weight: 0.0, covered, groups, initials: true, gathers: false };
            self.matches.push(found);
        }
    }

    /// Adds the words that are the initials of adjacent words of the row.
    fn initials_of_row(&mut self, run: &[&str]) {
        for letters in initials(run) {
            let number = self.vocabulary.find(&letters);
            let rare = |number: &u32| self.vocabulary.groups(*number) <= INITIALS_GROUPS_MAX;
            if let Some(number) = number.filter(rare) {
                self.word(INITIALS_OF_ROW_FACTOR, number);
            }
        }
    }

    /// Adds the words one edit away. Returns how many were skipped.
    fn near_words(&mut self, word: &str) -> u64 {
        let mut near = Vec::new();
        self.vocabulary.near(word, &mut near);
        near.sort_by_key(|number| (Reverse(self.vocabulary.groups(*number)), *number));
        let characters = word.chars().count();
        for number in near.iter().take(NEAR_WORDS_MAX) {
            let other = self.vocabulary.words().get(*number).map_or(0, |word| word.chars().count());
            self.word(1.0 - 1.0 / characters.max(other) as f32, *number);
        }
        near.len().saturating_sub(NEAR_WORDS_MAX) as u64
    }

    /// Adds the pairs of words that `word` is composed of.
    fn splits(&mut self, word: &str) {
        let mut pairs = Vec::new();
        let characters = word.chars().count();
        for (at, _) in
            word.char_indices().skip(SPLIT_CHARS_MIN).take((characters + 1).saturating_sub(2 * SPLIT_CHARS_MIN))
        {
            let (head, tail) = word.split_at(at);
            if let (Some(first), Some(second)) = (self.vocabulary.find(head), self.vocabulary.find(tail))
                && first != second
            {
                let groups = |number| (self.vocabulary.groups(number), number);
                let (rarer, other) = (groups(first).min(groups(second)), groups(first).max(groups(second)));
                pairs.push((rarer, other));
            }
        }
        pairs.sort_by_key(|(rarer, other)| (Reverse(rarer.0), rarer.1, other.1));
        for (rarer, other) in pairs.into_iter().take(SPLITS_MAX) {
            self.matches.push(Match {
                factor: SPACING_FACTOR,
                slots: self.slots,
                words: (rarer.1, Some(other.1)),
                weight: self.vocabulary.weight(rarer.0) + self.vocabulary.weight(other.0),
                covered: self.covered,
                groups: rarer.0,
                initials: false,
                gathers: false,
            });
        }
    }
}
