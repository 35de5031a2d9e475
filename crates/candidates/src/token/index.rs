//! The names of a shard as sets of words, and the names in which each word occurs.

use std::borrow::Cow;
use std::collections::HashMap;

use matchflow_characters::is_unspaced;
use matchflow_model::columns;

use crate::agreement::Agreement;
use crate::codec::codec;
use crate::csr::CsrLists;
use crate::error::Error;
use crate::name_frequencies::NameFrequencies;
use crate::registry::{Registry, TextField};
use crate::term_split::visit_terms;
use crate::vocabulary::{FieldTerms, FieldVocabulary, INITIALS_MARK};
use crate::word_list::WordList;

/// Maximum number of distinct words of a name that count; others are dropped, on both sides.
pub(crate) const NAME_WORDS_MAX: usize = 62;
/// The unit of [`TokenIndex::totals`]. 62 words of the largest weight fit.
pub(super) const TOTAL_UNIT: f32 = 1.0 / 32.0;
/// Number of letters in initials, inclusive. Two letters are too common.
pub(crate) const INITIALS_CHARS: std::ops::RangeInclusive<usize> = 3..=6;
/// Words that initials skip in one of their two forms: `SNCF` has no letter for `des` and `de`.
const LINKING_WORDS: [&str; 16] =
    ["a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "par", "pour", "sur"];

/// The index over one name field. Names are numbered in the order of their groups; a *term* is a word's number in this
/// shard, and terms sort like the words.
#[derive(Debug)]
pub(crate) struct TokenIndex {
    pub(crate) field: String,
    /// The terms of each name, in order.
    pub(super) terms: CsrLists,
    /// The names with each term.
    pub(super) names: CsrLists,
    /// The group of each name.
    pub(super) groups: Vec<u32>,
    /// The [`Agreement::signature`] of each name's group.
    pub(super) signatures: Vec<u64>,
    /// The total weight of each name's words in [`TOTAL_UNIT`]s, rounded down. Set with the vocabulary.
    pub(super) totals: Vec<u16>,
    /// The weight of each term, 0 for initials. Set with the vocabulary.
    weights: Vec<f32>,
    /// The number of each term in the vocabulary, ascending. Set with the vocabulary.
    numbers: Option<Vec<u32>>,
    /// Needed until the vocabulary is set.
    words: WordList,
}

codec!(TokenIndex { field, terms, names, groups, signatures, totals, weights, numbers, words });

impl TokenIndex {
    /// Builds the index and counts its words.
    pub(crate) fn build(
        registry: &Registry,
        agreement: &Agreement,
        field: &str,
    ) -> Result<(TokenIndex, FieldTerms), Error> {
        let text = registry.text(field)?;
        let collected = NameScan::read(registry, text);
        let order = collected.order();
        let mut renumbered = vec![0u32; order.len()];
        for (term, (_, number)) in (0..).zip(&order) {
            if let Some(slot) = renumbered.get_mut(*number as usize) {
                *slot = term;
            }
        }
        let term_of = |number: u32| renumbered.get(number as usize).copied().unwrap_or(0);
        let mut terms = CsrLists::build(collected.groups.len(), |put| {
            for (name, words) in collected.names.chunk_by(|a, b| a.0 == b.0).enumerate() {
                words.iter().for_each(|(_, number)| put(name, term_of(*number)));
            }
        })?;
        terms.for_each_mut(<[u32]>::sort_unstable);
        let names = CsrLists::build(order.len(), |put| {
            for name in 0..terms.len() {
                terms.get(name).iter().for_each(|term| put(*term as usize, name as u32));
            }
        })?;
        let counted = counted(registry, field, &order, &collected.counts)?;
        let words = counted.words.clone();
        let mut groups = collected.groups;
        groups.shrink_to_fit();
        let mut signatures: Vec<u64> = Vec::with_capacity(groups.len());
        for (name, group) in groups.iter().enumerate() {
            let before = name.checked_sub(1).filter(|before| groups.get(*before) == Some(group));
            let before = before.and_then(|before| signatures.get(before).copied());
            signatures.push(before.unwrap_or_else(|| agreement.signature(registry, registry.members(*group))));
        }
        let (totals, weights) = (Vec::new(), Vec::new());
        Ok((
            TokenIndex {
                field: field.to_owned(),
                terms,
                names,
                groups,
                signatures,
                totals,
                weights,
                numbers: None,
                words,
            },
            counted,
        ))
    }

    /// Sets the vocabulary of all shards; the shard's own words are dropped.
    pub(crate) fn set_vocabulary(&mut self, vocabulary: &FieldVocabulary) -> Result<(), Error> {
        if self.numbers.is_some() {
            return Ok(());
        }
        let number = |word: &str| {
            let foreign = || Error::ForeignVocabulary { field: self.field.clone(), word: word.to_owned() };
            vocabulary.find(word).ok_or_else(foreign)
        };
        let numbers = self.words.iter().map(number).collect::<Result<Vec<u32>, Error>>()?;
        let weight = |(number, word): (&u32, &str)| match word.starts_with(INITIALS_MARK) {
            true => 0.0,
            false => vocabulary.weight(vocabulary.groups(*number)),
        };
        self.weights = numbers.iter().zip(self.words.iter()).map(weight).collect();
        let total = |name| (self.weight(self.terms.get(name)) / TOTAL_UNIT).floor().min(f32::from(u16::MAX)) as u16;
        self.totals = (0..self.groups.len()).map(total).collect();
        self.numbers = Some(numbers);
        self.words = WordList::default();
        Ok(())
    }

    /// The term of a word of the vocabulary, if this shard has it.
    pub(super) fn term(&self, number: u32) -> Option<u32> {
        self.numbers.as_ref()?.binary_search(&number).ok().map(|term| term as u32)
    }

    /// The terms of a range of the vocabulary's words.
    pub(super) fn terms_of(&self, words: std::ops::Range<u32>) -> std::ops::Range<u32> {
        let numbers = self.numbers.as_deref().unwrap_or_default();
        let place = |word: u32| numbers.partition_point(|number| *number < word) as u32;
        place(words.start)..place(words.end)
    }

    /// The names of a range of terms; a name with several of them occurs as often.
    pub(super) fn names_of_terms(&self, terms: &std::ops::Range<u32>) -> &[u32] {
        self.names.get_range(terms.start as usize..terms.end as usize)
    }

    /// A name's group and terms.
    pub(super) fn name(&self, name: u32) -> Option<(u32, &[u32])> {
        Some((*self.groups.get(name as usize)?, self.terms.get(name as usize)))
    }

    /// The number of names in groups before this one.
    pub(crate) fn names_before(&self, group: u32) -> u32 {
        self.groups.partition_point(|other| *other < group) as u32
    }

    /// The names before `end` in which a term occurs.
    pub(super) fn names_of(&self, term: u32, end: u32) -> &[u32] {
        let names = self.names.get(term as usize);
        names.get(..names.partition_point(|name| *name < end)).unwrap_or(names)
    }

    /// The total weight of a name's words.
    pub(super) fn weight(&self, terms: &[u32]) -> f32 {
        terms.iter().filter_map(|term| self.weights.get(*term as usize)).sum()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let numbers = self.numbers.as_ref().map_or(0, Vec::capacity);
        self.terms.memory_bytes()
            + self.names.memory_bytes()
            + self.words.memory_bytes()
            + self.groups.capacity() * size_of::<u32>()
            + self.signatures.capacity() * size_of::<u64>()
            + self.totals.capacity() * size_of::<u16>()
            + (numbers + self.weights.capacity()) * size_of::<u32>()
    }
}

/// Counts the words of a field that no search indexes.
pub(crate) fn count_words(registry: &Registry, field: &str) -> Result<FieldTerms, Error> {
    let text = registry.text(field)?;
    let collected = NameScan::read(registry, text);
    counted(registry, field, &collected.order(), &collected.counts)
}

/// `order` has the words in order, each with the index of its count.
fn counted(registry: &Registry, field: &str, order: &[(&str, u32)], counts: &[u32]) -> Result<FieldTerms, Error> {
    let groups = order.iter().map(|(_, number)| counts.get(*number as usize).copied().unwrap_or(0));
    Ok(FieldTerms {
        field: field.to_owned(),
        words: WordList::from_sorted(order.iter().map(|(word, _)| *word))?,
        groups: groups.collect(),
        groups_total: u64::from(registry.groups()),
        name_frequencies: NameFrequencies::default(),
    })
}

/// The result of one pass over the registry, with words numbered in order of appearance.
struct NameScan<'a> {
    numbers: HashMap<Cow<'a, str>, u32>,
    /// The number of groups with each word, by word number.
    counts: Vec<u32>,
    /// Name and word.
    names: Vec<(u32, u32)>,
    /// The group of each name.
    groups: Vec<u32>,
}

impl<'a> NameScan<'a> {
    /// The words in order, with their numbers.
    fn order(&self) -> Vec<(&str, u32)> {
        let mut order: Vec<_> = self.numbers.iter().map(|(word, number)| (word.as_ref(), *number)).collect();
        order.sort_unstable();
        order
    }

    fn read(registry: &'a Registry, text: TextField) -> NameScan<'a> {
        let mut collected =
            NameScan { numbers: HashMap::new(), counts: Vec::new(), names: Vec::new(), groups: Vec::new() };
        let (mut names, mut words) = (Vec::new(), Vec::new());
        for group in 0..registry.groups() {
            names.clear();
            for entry in registry.members(group) {
                names.extend(columns::alternatives(registry.value(text, entry).unwrap_or("")));
            }
            names.sort_unstable();
            names.dedup();
            words.clear();
            names.iter().for_each(|name| collected.add(group, name, &mut words));
            words.sort_unstable();
            words.dedup();
            for word in &words {
                if let Some(count) = collected.counts.get_mut(*word as usize) {
                    *count += 1;
                }
            }
        }
        collected
    }

    /// Adds a name of a group, and its words to those of the group.
    fn add(&mut self, group: u32, name: &'a str, words_of_group: &mut Vec<u32>) {
        let words = distinct_words(name);
        if words.is_empty() {
            return;
        }
        let number = self.groups.len() as u32;
        let initials = initials(&words).map(|letters| Cow::Owned(initials_word(&letters)));
        for word in words.iter().copied().map(Cow::Borrowed).chain(initials) {
            let next = self.numbers.len() as u32;
            let word = *self.numbers.entry(word).or_insert(next);
            if word == next {
                self.counts.push(0);
            }
            self.names.push((number, word));
            words_of_group.push(word);
        }
        self.groups.push(group);
    }
}

/// The initials of a name: of all its words, and of all except linking words. Pairs of characters have none.
pub(super) fn initials<'a>(words: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let initial = |word: &&str| word.chars().next().filter(|initial| !is_unspaced(*initial));
    let of = |words: &mut dyn Iterator<Item = &&str>| -> String { words.filter_map(initial).collect() };
    let all = of(&mut words.iter());
    let telling = of(&mut words.iter().filter(|word| !LINKING_WORDS.contains(*word)));
    let telling = (telling != all).then_some(telling);
    [Some(all), telling].into_iter().flatten().filter(|letters| INITIALS_CHARS.contains(&letters.chars().count()))
}

/// The word that represents initials.
pub(super) fn initials_word(letters: &str) -> String {
    format!("{INITIALS_MARK}{letters}")
}

/// The first [`NAME_WORDS_MAX`] distinct terms of a name, in the order of the name.
pub(super) fn distinct_words(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    visit_terms(name, |word| {
        if words.len() < NAME_WORDS_MAX && !words.contains(&word) {
            words.push(word);
        }
    });
    words
}
