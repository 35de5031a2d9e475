//! The names of a shard as sets of words, and the names that each word occurs in.

use std::collections::HashMap;

use matchflow_model::columns;

use crate::agreement::Agreement;
use crate::error::Error;
use crate::lists::Lists;
use crate::registry::{Registry, TextField};
use crate::vocabulary::{FieldTerms, FieldVocabulary};
use crate::words::Words;

/// Distinct words of a name that count; the words beyond are left out, on both sides.
pub(crate) const NAME_WORDS_MAX: usize = 64;

/// The index over one name field. Names are numbered in the order of their groups; a *term* is a word's number among
/// those of this shard, and terms sort as the words do.
#[derive(Debug)]
pub(crate) struct BroadIndex {
    pub(crate) field: String,
    /// Name to its terms, in order.
    pub(super) terms: Lists,
    /// Term to the names with it.
    pub(super) names: Lists,
    pub(super) facts: Vec<NameFacts>,
    /// Term to the word's number in the vocabulary, ascending. Set with the vocabulary.
    numbers: Option<Vec<u32>>,
    /// Kept until the vocabulary is set.
    words: Words,
}

/// What is asked of each name that a search touches, together in a quarter of a cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameFacts {
    pub(super) group: u32,
    /// The weight of the name's words; 0 before the vocabulary is set.
    pub(super) total: f32,
    /// [`Agreement::signature`] of the group.
    pub(super) signature: u64,
}

impl BroadIndex {
    /// Builds the index and counts its words.
    pub(crate) fn build(
        registry: &Registry,
        agreement: &Agreement,
        field: &str,
    ) -> Result<(BroadIndex, FieldTerms), Error> {
        let text = registry.text(field)?;
        let collected = Collected::read(registry, &text);
        let mut order: Vec<(&str, u32)> = collected.numbers.iter().map(|(word, number)| (*word, *number)).collect();
        order.sort_unstable();
        let mut renumbered = vec![0u32; order.len()];
        for (term, (_, number)) in (0..).zip(&order) {
            if let Some(slot) = renumbered.get_mut(*number as usize) {
                *slot = term;
            }
        }
        let term_of = |number: u32| renumbered.get(number as usize).copied().unwrap_or(0);
        let mut terms = Lists::build(collected.groups.len(), |put| {
            for (name, words) in collected.names.chunk_by(|a, b| a.0 == b.0).enumerate() {
                words.iter().for_each(|(_, number)| put(name, term_of(*number)));
            }
        })?;
        terms.for_each_mut(<[u32]>::sort_unstable);
        let names = Lists::build(order.len(), |put| {
            for name in 0..terms.len() {
                terms.get(name).iter().for_each(|term| put(*term as usize, name as u32));
            }
        })?;
        let words = Words::from_sorted(order.iter().map(|(word, _)| *word))?;
        let groups = order.iter().map(|(_, number)| collected.counts.get(*number as usize).copied().unwrap_or(0));
        let counted = FieldTerms {
            field: field.to_owned(),
            words: words.clone(),
            groups: groups.collect(),
            groups_total: u64::from(registry.groups()),
        };
        let mut facts: Vec<NameFacts> = Vec::with_capacity(collected.groups.len());
        for group in collected.groups {
            let before = facts.last().filter(|before| before.group == group).map(|before| before.signature);
            let signature = before.unwrap_or_else(|| agreement.signature(registry, registry.members(group)));
            facts.push(NameFacts { group, total: 0.0, signature });
        }
        Ok((BroadIndex { field: field.to_owned(), terms, names, facts, numbers: None, words }, counted))
    }

    /// Takes the vocabulary of all shards; the shard's own words are let go.
    pub(crate) fn set_vocabulary(&mut self, vocabulary: &FieldVocabulary) -> Result<(), Error> {
        if self.numbers.is_some() {
            return Ok(());
        }
        let number = |word: &str| {
            let foreign = || Error::ForeignVocabulary { field: self.field.clone(), word: word.to_owned() };
            vocabulary.find(word).ok_or_else(foreign)
        };
        let numbers = self.words.iter().map(number).collect::<Result<Vec<u32>, Error>>()?;
        let weights: Vec<f32> = numbers.iter().map(|number| vocabulary.weight(vocabulary.groups(*number))).collect();
        let weight = |term: &u32| weights.get(*term as usize).copied().unwrap_or(0.0);
        for (name, facts) in self.facts.iter_mut().enumerate() {
            facts.total = self.terms.get(name).iter().map(weight).sum();
        }
        self.numbers = Some(numbers);
        self.words = Words::default();
        Ok(())
    }

    /// The term of a word of the vocabulary, if this shard has it.
    pub(super) fn term(&self, number: u32) -> Option<u32> {
        self.numbers.as_ref()?.binary_search(&number).ok().map(|term| term as u32)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let numbers = self.numbers.as_ref().map_or(0, Vec::capacity);
        self.terms.memory_bytes()
            + self.names.memory_bytes()
            + self.words.memory_bytes()
            + self.facts.capacity() * size_of::<NameFacts>()
            + numbers * size_of::<u32>()
    }
}

/// What one pass over the registry brings, words numbered in the order of appearance.
struct Collected<'a> {
    numbers: HashMap<&'a str, u32>,
    /// Groups with the word, by the word's number.
    counts: Vec<u32>,
    /// Name and word.
    names: Vec<(u32, u32)>,
    /// Name to its group.
    groups: Vec<u32>,
}

impl<'a> Collected<'a> {
    fn read(registry: &'a Registry, text: &'a TextField) -> Collected<'a> {
        let mut collected =
            Collected { numbers: HashMap::new(), counts: Vec::new(), names: Vec::new(), groups: Vec::new() };
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
        for word in words {
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

/// The first [`NAME_WORDS_MAX`] distinct words of a name, in the order of the name.
pub(super) fn distinct_words(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in name.split_ascii_whitespace() {
        if words.len() < NAME_WORDS_MAX && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}
