//! The words of the names of all shards, and the number of groups in which each occurs.
//!
//! Ranking by rarity must not depend on how the registry is split, so each shard counts its own words ([`LocalTerms`]),
//! the counts are merged once ([`Vocabulary::merge`]) and every shard searches with the sum. A group is entirely in one
//! shard, so counts can be added.
//!
//! The vocabulary also finds the words within one typo of a given word: each word is stored under itself and
//! under itself without each of its characters in turn (symmetric deletion: two words one edit apart share one of
//! these). About 60 bytes per distinct word of eight letters; words are verified, and no hash is stored.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use matchflow_model::digest;
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, Decoder, Encode, Encoder, codec, decode_all, encode_all};
use crate::csr::HashIndex;
use crate::distance::one_slip;
use crate::error::Error;
use crate::name_frequencies::NameFrequencies;
use crate::term_split::visit_terms;
use crate::word_list::WordList;
use crate::word_variants::{is_searched_near, visit_variants};

/// The prefix of initials among the words: no word begins with it.
pub(crate) const INITIALS_MARK: char = '\u{1}';

/// A shard's words and the number of its groups in which each occurs, by name field. Serializable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTerms {
    /// The number of groups in the shard.
    pub(crate) groups: u64,
    pub(crate) fields: Vec<FieldTerms>,
}

/// The words of one name field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldTerms {
    pub(crate) field: String,
    pub(crate) words: WordList,
    /// The number of groups with the word, by word number.
    pub(crate) groups: Vec<u32>,
    /// The total number of groups.
    pub(crate) groups_total: u64,
    /// The number of groups with each whole value; empty if not counted.
    pub(crate) name_frequencies: NameFrequencies,
}

/// The words of all shards. Share it in an `Arc`: it is as large as a shard's own index.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "LocalTerms", into = "LocalTerms")]
pub struct Vocabulary {
    groups: u64,
    fields: Vec<FieldVocabulary>,
}

impl Encode for Vocabulary {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.groups.encode(out)?;
        encode_all(&self.fields, out)
    }
}

impl Decode for Vocabulary {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Vocabulary> {
        Ok(Vocabulary { groups: Decode::decode(from)?, fields: decode_all(from)? })
    }
}

codec!(FieldTerms { field, words, groups, groups_total, name_frequencies });
codec!(FieldVocabulary { terms, variants });

impl Vocabulary {
    /// Adds up the words of all shards, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if a field's distinct words take more than 4 GiB.
    pub fn merge(shards: Vec<LocalTerms>) -> Result<Vocabulary, Error> {
        let mut names: Vec<&str> =
            shards.iter().flat_map(|shard| shard.fields.iter().map(|field| field.field.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        let of = |name: &str| -> Vec<&FieldTerms> {
            shards.iter().flat_map(|shard| shard.fields.iter().filter(|field| field.field == name)).collect()
        };
        let fields = names.iter().map(|name| FieldVocabulary::new(merge_field(name, &of(name))?));
        let groups = shards.iter().map(|shard| shard.groups).sum();
        Ok(Vocabulary { groups, fields: fields.collect::<Result<_, Error>>()? })
    }

    /// The number of groups used for rarities: a small registry counts as a thousand.
    pub fn groups(&self) -> u64 {
        self.groups.max(RARITY_GROUPS_MIN)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&FieldVocabulary> {
        self.fields.iter().find(|field| field.terms.field == name)
    }

    /// The rarity of the words of a registry field; `None` if the field's words were not counted.
    pub fn term_frequencies(&self, field: &str) -> Option<TermFrequencies<'_>> {
        let field = self.field(field)?;
        let groups = (field.terms.groups_total).max(RARITY_GROUPS_MIN);
        Some(TermFrequencies { field, groups, rarest: inverse_frequency(groups, 1) })
    }

    /// The number of distinct words in all fields.
    pub fn words(&self) -> usize {
        self.fields.iter().map(|field| field.terms.words.len()).sum()
    }

    /// Heap size in bytes.
    pub fn memory_bytes(&self) -> usize {
        let field = |field: &FieldVocabulary| {
            field.terms.words.memory_bytes()
                + field.terms.groups.capacity() * size_of::<u32>()
                + field.variants.memory_bytes()
                + field.terms.name_frequencies.memory_bytes()
        };
        self.fields.iter().map(field).sum()
    }
}

/// The rarity of a word that is in no name, like all words one edit away: rarer than most, but it may be a common one
/// with two typos, or two written together.
const UNKNOWN_RARITY: f32 = 0.75;
/// Minimum number of groups: a handful of names does not show which words are common.
const RARITY_GROUPS_MIN: u64 = 1_000;

/// The rarity of the words of one field, the same in every shard.
///
/// With `N` groups, `n` of which have the word: its inverse document frequency divided by that of a word in one group.
/// So it is 1 for a word in one group, and approaches 0 for a word in all. A word in no group is usually a misspelling:
/// it counts as all words one edit away together, since any of their groups may be meant; `UNKNOWN_RARITY` if there are
/// none. For independent words of rarity `r`, the number of groups that have all of them by chance is about `N^(1 - sum
/// of r)`: from a sum of 1 on, a name identifies its group.
#[derive(Debug, Clone, Copy)]
pub struct TermFrequencies<'a> {
    field: &'a FieldVocabulary,
    groups: u64,
    rarest: f32,
}

impl TermFrequencies<'_> {
    /// The rarity of a word, 0 to 1. A text without spaces is as rare as the rarest of its pairs of characters.
    pub fn rarity(&self, word: &str) -> f32 {
        let mut rarity: f32 = 0.0;
        visit_terms(word, |term| rarity = rarity.max(self.term_rarity(term)));
        rarity
    }

    fn term_rarity(&self, word: &str) -> f32 {
        let groups = self.field.find(word).map(|number| self.field.groups(number)).or_else(|| {
            let mut near = Vec::new();
            self.field.near(word, &mut near);
            near.iter().map(|number| self.field.groups(*number)).reduce(u32::saturating_add)
        });
        let Some(groups) = groups else { return UNKNOWN_RARITY };
        (inverse_frequency(self.groups, groups.max(1)) / self.rarest).clamp(0.0, 1.0)
    }

    /// Whether whole names are counted, and two groups share one.
    pub fn counts_names(&self) -> bool {
        !self.field.terms.name_frequencies.is_empty()
    }

    /// For two groups being compared, with these names: the number of other groups with one of the names.
    pub fn other_groups(&self, one: &str, other: &str) -> u32 {
        let groups = |name| self.field.terms.name_frequencies.groups(name);
        match one == other {
            true => groups(one).saturating_sub(2),
            false => groups(one).max(groups(other)) - 1,
        }
    }
}

/// `ln(1 + (N - n + 1/2) / (n + 1/2))`, the inverse document frequency of BM25 (Robertson and Zaragoza 2009), in its
/// non-negative form.
fn inverse_frequency(all: u64, with: u32) -> f32 {
    let (all, with) = (all as f64, f64::from(with));
    (1.0 + (all - with + 0.5).max(0.0) / (with + 0.5)).ln() as f32
}

impl TryFrom<LocalTerms> for Vocabulary {
    type Error = Error;

    fn try_from(terms: LocalTerms) -> Result<Vocabulary, Error> {
        Vocabulary::merge(vec![terms])
    }
}

impl From<Vocabulary> for LocalTerms {
    fn from(vocabulary: Vocabulary) -> LocalTerms {
        LocalTerms {
            groups: vocabulary.groups,
            fields: vocabulary.fields.into_iter().map(|field| field.terms).collect(),
        }
    }
}

/// Merges sorted words, adding up the groups of equal ones.
fn merge_field(name: &str, shards: &[&FieldTerms]) -> Result<FieldTerms, Error> {
    let mut sources: Vec<_> = shards.iter().map(|shard| shard.words.iter().zip(shard.groups.iter().copied())).collect();
    let mut heads = BinaryHeap::new();
    for (shard, source) in sources.iter_mut().enumerate() {
        heads.extend(source.next().map(|(word, groups)| Reverse((word, shard, groups))));
    }
    let (mut words, mut counts): (Vec<&str>, Vec<u32>) = (Vec::new(), Vec::new());
    // A merge of sorted lists: the heap holds the next word of each shard, and equal words are adjacent.
    while let Some(Reverse((word, shard, groups))) = heads.pop() {
        match counts.last_mut() {
            Some(count) if words.last() == Some(&word) => *count = count.saturating_add(groups),
            _ => {
                words.push(word);
                counts.push(groups);
            }
        }
        let next = sources.get_mut(shard).and_then(Iterator::next);
        heads.extend(next.map(|(word, groups)| Reverse((word, shard, groups))));
    }
    counts.shrink_to_fit();
    let groups_total = shards.iter().map(|shard| shard.groups_total).sum();
    let name_frequencies = NameFrequencies::merge(shards.iter().map(|shard| &shard.name_frequencies));
    let words = WordList::from_sorted(words)?;
    Ok(FieldTerms { field: name.to_owned(), words, groups: counts, groups_total, name_frequencies })
}

/// The words of one field with their similar words.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldVocabulary {
    terms: FieldTerms,
    variants: std::sync::Arc<HashIndex>,
}

impl FieldVocabulary {
    fn new(terms: FieldTerms) -> Result<FieldVocabulary, Error> {
        let length = terms.words.iter().map(|word| 1 + if is_searched_near(word) { word.len() } else { 0 }).sum();
        let variants = HashIndex::build(length, |file| {
            let mut scratch = String::new();
            for (number, word) in (0..).zip(terms.words.iter()) {
                visit_variants(word, &mut scratch, |hash| file(hash, number));
            }
        })?;
        Ok(FieldVocabulary { terms, variants: variants.into() })
    }

    /// The number of `word`.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        let filed = self.variants.get(digest::exchange(word.as_bytes()));
        filed.iter().copied().find(|number| self.terms.words.get(*number) == Some(word))
    }

    /// Replaces `near` with the words one edit away from `word`, in order.
    pub(crate) fn near(&self, word: &str, near: &mut Vec<u32>) {
        near.clear();
        if !is_searched_near(word) {
            return;
        }
        visit_variants(word, &mut String::new(), |hash| {
            near.extend(self.variants.get(hash).iter().copied().filter(|number| {
                self.terms.words.get(*number).is_some_and(|other| is_searched_near(other) && one_slip(word, other))
            }));
        });
        near.sort_unstable();
        near.dedup();
    }

    /// The words that begin with `prefix`, in order; `prefix` itself is the first if it is a word.
    pub(crate) fn beginning(&self, prefix: &str) -> std::ops::Range<u32> {
        self.terms.words.beginning(prefix)
    }

    /// The number of groups in which the word occurs.
    pub(crate) fn groups(&self, number: u32) -> u32 {
        self.terms.groups.get(number as usize).copied().unwrap_or(0)
    }

    pub(crate) fn words(&self) -> &WordList {
        &self.terms.words
    }

    /// The information gained if two names share a word that occurs in `groups` groups.
    pub(crate) fn weight(&self, groups: u32) -> f32 {
        inverse_frequency(self.terms.groups_total, groups)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(words: &[(&str, u32)], groups_total: u64) -> LocalTerms {
        let mut words = words.to_vec();
        words.sort_unstable();
        words.dedup_by_key(|word| word.0);
        let groups = words.iter().map(|word| word.1).collect();
        let words = WordList::from_sorted(words.iter().map(|word| word.0)).unwrap();
        LocalTerms {
            groups: groups_total,
            fields: vec![FieldTerms {
                field: "name".into(),
                words,
                groups,
                groups_total,
                name_frequencies: NameFrequencies::default(),
            }],
        }
    }

    #[test]
    fn shards_add_up_in_any_order() {
        let (a, b) = (terms(&[("auto", 2), ("ecole", 1)], 3), terms(&[("auto", 1), ("zoo", 4)], 5));
        for shards in [vec![a.clone(), b.clone()], vec![b, LocalTerms::default(), a]] {
            let vocabulary = Vocabulary::merge(shards).unwrap();
            assert_eq!(LocalTerms::from(vocabulary), terms(&[("auto", 3), ("ecole", 1), ("zoo", 4)], 8));
        }
    }

    #[test]
    fn a_vocabulary_survives_serde() {
        let vocabulary = Vocabulary::merge(vec![terms(&[("dupont", 3), ("durand", 1)], 4)]).unwrap();
        let text = serde_json::to_string(&vocabulary).unwrap();
        let back: Vocabulary = serde_json::from_str(&text).unwrap();
        assert_eq!(back.field("name").unwrap().find("durand"), Some(1));
        assert_eq!(back.field("name").unwrap().groups(0), 3);
    }

    #[test]
    fn rare_words_weigh_more_and_weights_are_not_negative() {
        let vocabulary = Vocabulary::merge(vec![terms(&[("la", 100)], 100)]).unwrap();
        let field = vocabulary.field("name").unwrap();
        assert!(field.weight(1) > field.weight(2));
        assert!(field.weight(100) > 0.0);
    }

    #[test]
    fn rarity_falls_from_one_with_the_number_of_groups() {
        let words = [("martin", 1_000), ("sncf", 1), ("france", 50_000)];
        let vocabulary = Vocabulary::merge(vec![terms(&words, 1_000_000)]).unwrap();
        let frequencies = vocabulary.term_frequencies("name").unwrap();
        assert_eq!((frequencies.rarity("sncf"), frequencies.rarity("unknown")), (1.0, UNKNOWN_RARITY));
        assert!((0.45..0.55).contains(&frequencies.rarity("martin")), "{}", frequencies.rarity("martin"));
        assert!((0.15..0.3).contains(&frequencies.rarity("france")), "{}", frequencies.rarity("france"));
        assert!(vocabulary.term_frequencies("town").is_none());
        assert_eq!(frequencies.rarity("matrin"), frequencies.rarity("martin"), "one slip away from one word");
    }

    #[test]
    fn no_word_is_common_in_a_small_registry() {
        let vocabulary = Vocabulary::merge(vec![terms(&[("martin", 2), ("garage", 3), ("a", 1)], 3)]).unwrap();
        let frequencies = vocabulary.term_frequencies("name").unwrap();
        assert!(
            frequencies.rarity("martin") > 0.9 && frequencies.rarity("garage") > 0.85 && frequencies.rarity("a") == 1.0
        );
    }

    proptest! {
        #[test]
        fn near_words_are_those_one_slip_away(words in prop::collection::vec("[abcé]{1,6}", 1..60), word in "[abcé]{1,6}") {
            let pairs: Vec<(&str, u32)> = words.iter().map(|word| (word.as_str(), 1)).collect();
            let vocabulary = Vocabulary::merge(vec![terms(&pairs, 60)]).unwrap();
            let field = vocabulary.field("name").unwrap();
            let mut near = Vec::new();
            field.near(&word, &mut near);
            let near: Vec<&str> = near.iter().filter_map(|number| field.words().get(*number)).collect();
            let long = |word: &str| word.chars().count() >= 4;
            let mut wanted: Vec<&str> = words.iter().map(String::as_str).collect();
            wanted.retain(|other| long(&word) && long(other) && strsim::osa_distance(&word, other) == 1);
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(near, wanted);
        }
    }
}
