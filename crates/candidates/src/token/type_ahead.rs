//! Type-ahead search: entries by the first letters of the words of their names and places.
//!
//! Words of a shard are sorted, so those with a common prefix are one range of terms, and their names are one slice:
//! the rarest prefix retrieves names, the others are looked up in them, or in the place of an entry.
//!
//! **Limits.** At most [`NAMES_MAX`] names are visited: after a letter or two, the results are some of those that fit,
//! not the best of all.

use std::any::Any;
use std::ops::Range;

use matchflow_characters::is_unspaced;

use super::index::TokenIndex;
use super::rows::TokenIndexes;
use crate::error::Error;
use crate::registry::{Registry, TextField};
use crate::shard::Shard;
use crate::term_split::visit_terms;
use crate::token::TOKEN;

/// Maximum number of names visited.
const NAMES_MAX: usize = 20_000;
/// Maximum number of entries of a group whose place is compared.
const MEMBERS_MAX: u32 = 64;
/// Weights in an entry's rank: an exact word of its name, the share of its name that was typed, its place, its state.
const EXACT_WORD: u32 = 1_000;
const NAME_SHARE: u32 = 500;
const PLACE: u32 = 200;
const OPEN: u32 = 100;

/// An entry found by type-ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypedEntry {
    /// Its number in the shard.
    pub entry: u32,
    /// Its rank, higher is better.
    pub rank: u32,
}

/// A typed prefix, in terms of a shard.
struct TypedWord<'a> {
    text: &'a str,
    terms: Range<u32>,
    /// The term of the whole word, if it exists.
    exact: Option<u32>,
}

impl Shard {
    /// Whether names can be searched while typing: a search of the plan must index their words.
    pub fn has_type_ahead(&self) -> bool {
        self.token_index().is_some()
    }

    fn token_index(&self) -> Option<&TokenIndex> {
        let indexes = self.index(TOKEN.name)? as &dyn Any;
        indexes.downcast_ref::<TokenIndexes>()?.first()
    }

    /// The entries in which each of `words`, cleaned like names, is a prefix of a word of their name or of one of the
    /// fields `places`: at most `limit`, one per group, best first.
    ///
    /// # Errors
    ///
    /// A shard without its vocabulary.
    pub fn type_ahead(&self, words: &[&str], places: &[&str], limit: usize) -> Result<Vec<TypedEntry>, Error> {
        let Some(index) = self.token_index() else { return Ok(Vec::new()) };
        let registry = &self.data.registry;
        let vocabulary = self.data.vocabulary(&index.field)?;
        let mut terms = Vec::new();
        words.iter().for_each(|word| visit_terms(word, |term| terms.push(term)));
        let words: Vec<TypedWord<'_>> = terms
            .into_iter()
            .map(|text| TypedWord {
                text,
                terms: index.terms_of(vocabulary.beginning(text)),
                exact: vocabulary.find(text).and_then(|number| index.term(number)),
            })
            .collect();
        let gathering = words.iter().filter(|word| !word.terms.is_empty());
        let Some(gathering) = gathering.min_by_key(|word| index.names_of_terms(&word.terms).len()) else {
            return Ok(Vec::new());
        };
        let mut names: Vec<u32> = Vec::new();
        // The exact word first: its names must not be beyond the limit.
        names.extend(gathering.exact.map(|term| index.names_of_terms(&(term..term + 1))).unwrap_or_default());
        names.extend(index.names_of_terms(&gathering.terms));
        names.truncate(NAMES_MAX);
        names.sort_unstable();
        names.dedup();
        let places: Vec<TextField> = places.iter().filter_map(|place| registry.text(place).ok()).collect();
        let mut found: Vec<(u32, TypedEntry)> = Vec::new();
        for name in names {
            if let Some(typed) = typed_entry(registry, index, name, &words, &places) {
                found.push(typed);
            }
        }
        found.sort_unstable_by_key(|(group, typed)| (*group, std::cmp::Reverse(typed.rank), typed.entry));
        found.dedup_by_key(|(group, _)| *group);
        let mut found: Vec<TypedEntry> = found.into_iter().map(|(_, typed)| typed).collect();
        found.sort_unstable_by_key(|typed| (std::cmp::Reverse(typed.rank), typed.entry));
        found.truncate(limit);
        Ok(found)
    }

    /// The entries whose ids begin with `prefix`; if ids are not in the order of their groups, those of the groups
    /// whose names begin with it. At most `limit`.
    ///
    /// # Errors
    ///
    /// A registry without ids.
    pub fn entries_beginning(&self, prefix: &str, limit: usize) -> Result<Range<u32>, Error> {
        if self.is_empty() {
            return Ok(0..0);
        }
        let found = self.data.registry.entries_beginning(prefix)?;
        Ok(found.start..found.end.min(found.start.saturating_add(limit as u32)))
    }
}

/// Whether a word begins with what was typed; words without spaces between them, whether it is among them.
fn begins_or_has(part: &str, typed: &str) -> bool {
    if typed.chars().next().is_some_and(is_unspaced) { part.contains(typed) } else { part.starts_with(typed) }
}

/// The best entry of a name's group, and that group, if every word is in the name or in the entry's place.
fn typed_entry(
    registry: &Registry,
    index: &TokenIndex,
    name: u32,
    words: &[TypedWord<'_>],
    places: &[TextField],
) -> Option<(u32, TypedEntry)> {
    let (group, terms) = index.name(name)?;
    let mut rank = 0;
    let mut in_name = 0;
    let mut of_place: Vec<&str> = Vec::new();
    for word in words {
        let begins = terms
            .get(terms.partition_point(|term| *term < word.terms.start))
            .is_some_and(|term| *term < word.terms.end);
        match begins {
            true => in_name += 1,
            false => of_place.push(word.text),
        }
        let is_exact = word.exact.is_some_and(|term| terms.binary_search(&term).is_ok());
        rank += if is_exact { EXACT_WORD } else { 0 };
    }
    rank += NAME_SHARE * in_name / terms.len().max(1) as u32;
    let members = registry.members(group);
    let members = members.start..members.end.min(members.start + MEMBERS_MAX);
    let mut buffer = String::new();
    let mut is_there = |entry: u32| {
        let begins = |word: &&str, buffer: &mut String| {
            places.iter().any(|place| {
                let value = registry.any_value(*place, entry, buffer).unwrap_or("");
                value.split(' ').any(|part| begins_or_has(part, word))
            })
        };
        of_place.iter().all(|word| begins(word, &mut buffer))
    };
    let order = |entry: &u32| {
        let flags = registry.flags(*entry);
        (!flags.open, !flags.head_office, *entry)
    };
    let entry = members.filter(|entry| is_there(*entry)).min_by_key(order)?;
    rank += PLACE * of_place.len() as u32 + if registry.flags(entry).open { OPEN } else { 0 };
    Some((group, TypedEntry { entry, rank }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
    use matchflow_model::columns;
    use matchflow_model::plan::InputPair;

    use super::*;
    use crate::{ShardBuilder, Vocabulary, token_search};

    /// Entries as group, name, town.
    fn shard(entries: &[(&str, &str, &str)]) -> Shard {
        let text = |values: Vec<String>| -> ArrayRef { Arc::new(StringArray::from(values)) };
        let column = |of: fn(&(&str, &str, &str)) -> String| text(entries.iter().map(of).collect());
        let batch = RecordBatch::try_from_iter_with_nullable([
            (columns::ID, column(|entry| format!("{}1", entry.0)), false),
            (columns::GROUP, column(|entry| entry.0.to_owned()), false),
            (columns::OPEN, Arc::new(BooleanArray::from(vec![true; entries.len()])), false),
            ("name", column(|entry| entry.1.to_owned()), true),
            ("town", column(|entry| entry.2.to_owned()), true),
        ]);
        let search = token_search(InputPair { left: "name".into(), right: "name".into() }, Vec::new(), 20, 3);
        let mut builder = ShardBuilder::new(&[search]);
        builder.push(&batch.unwrap()).unwrap();
        let (mut shard, terms) = builder.finish().unwrap();
        shard.set_vocabulary(Arc::new(Vocabulary::merge(vec![terms]).unwrap())).unwrap();
        shard
    }

    fn typed(shard: &Shard, words: &[&str]) -> Vec<String> {
        let found = shard.type_ahead(words, &["town"], 10).unwrap();
        let entries: Vec<u32> = found.iter().map(|typed| typed.entry).collect();
        let rows = shard.take(&entries).unwrap();
        let names = columns::text(&rows, "name").unwrap();
        names.iter().map(|name| name.unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn every_word_is_a_prefix_in_the_name_or_place() {
        let shard = shard(&[
            ("10", "garage martin", "lyon"),
            ("20", "garage martinet", "paris"),
            ("30", "martin", "saint etienne"),
            ("40", "boulangerie du lac", "lyon"),
        ]);
        assert_eq!(
            typed(&shard, &["martin"]),
            ["martin", "garage martin", "garage martinet"],
            "exact words, short names"
        );
        assert_eq!(typed(&shard, &["mart", "gar"]), ["garage martin", "garage martinet"]);
        assert_eq!(typed(&shard, &["martin", "etie"]), ["martin"]);
        assert_eq!(typed(&shard, &["b"]), ["boulangerie du lac"]);
        assert_eq!(typed(&shard, &["garage", "lyo"]), ["garage martin"]);
        assert!(
            typed(&shard, &["zzz"]).is_empty()
                && typed(&shard, &["martin", "zzz"]).is_empty()
                && typed(&shard, &[]).is_empty()
        );
        assert!(shard.has_type_ahead());
        assert_eq!(shard.entries_beginning("2", 5).unwrap(), 1..2);
        assert_eq!(shard.entries_beginning("", 3).unwrap(), 0..3);
    }
}
