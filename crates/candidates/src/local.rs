//! Entries of the row's block (postcode, or town) whose name is within an edit distance.
//!
//! A block's names lie together in the order of their length, each with a signature of its characters: of a block of
//! 50,000 names, only those of about the right length are looked at, and only those with about the right characters
//! are read. Thirteen bytes a name and block.
//!
//! Two names are compared as they are and with their words sorted; the smaller distance counts.

use std::collections::HashMap;

use matchflow_model::columns;

use crate::distance::{Pattern, may_be_near, signature};
use crate::error::Error;
use crate::exact::EntryKeys;
use crate::file::kept;
use crate::registry::{Registry, TextField};
use crate::words::Words;

/// The index over one block field and one name field.
#[derive(Debug)]
pub(crate) struct LocalIndex {
    pub(crate) block: String,
    pub(crate) name: String,
    text: TextField,
    blocks: Words,
    /// Block to its first name, and the number of names at the end.
    starts: Vec<u32>,
    /// Characters of the name, 255 for longer ones. Sorted within a block.
    lengths: Vec<u8>,
    signatures: Vec<u64>,
    entries: Vec<u32>,
}

kept!(LocalIndex { block, name, text, blocks, starts, lengths, signatures, entries });

impl LocalIndex {
    pub(crate) fn build(registry: &Registry, block: &str, name: &str) -> Result<LocalIndex, Error> {
        let (keys, text) = (EntryKeys::new(registry, block)?, registry.text(name)?);
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for entry in 0..registry.entries() {
            keys.visit(registry, entry, |key| {
                if !numbers.contains_key(key) {
                    numbers.insert(key.to_owned(), 0);
                }
            });
        }
        let mut values: Vec<String> = numbers.keys().cloned().collect();
        values.sort_unstable();
        for (number, value) in (0..).zip(&values) {
            numbers.insert(value.clone(), number);
        }
        let mut names: Vec<(u32, u8, u32, u64)> = Vec::new();
        for entry in 0..registry.entries() {
            let cell = registry.value(text, entry).unwrap_or("");
            keys.visit(registry, entry, |key| {
                let Some(number) = numbers.get(key) else { return };
                let of_entry = columns::alternatives(cell);
                names.extend(of_entry.map(|name| (*number, capped_length(name), entry, signature(name))));
            });
        }
        if names.len() > u32::MAX as usize {
            return Err(Error::TooLarge { what: "names in blocks", limit: u64::from(u32::MAX) });
        }
        names.sort_unstable();
        names.dedup();
        let mut starts: Vec<u32> = Vec::with_capacity(values.len() + 1);
        starts.extend((0..=values.len() as u32).map(|number| names.partition_point(|name| name.0 < number) as u32));
        Ok(LocalIndex {
            block: block.to_owned(),
            name: name.to_owned(),
            text,
            blocks: Words::from_sorted(values.iter().map(String::as_str))?,
            starts,
            lengths: names.iter().map(|name| name.1).collect(),
            entries: names.iter().map(|name| name.2).collect(),
            signatures: names.iter().map(|name| name.3).collect(),
        })
    }

    /// Adds `(entry, similarity)` for the entries before `end` of block `value` within the distance of `query`, some of
    /// them twice.
    pub(crate) fn find(
        &self,
        registry: &Registry,
        value: &str,
        end: u32,
        query: &mut NameQuery,
        found: &mut Vec<(u32, f32)>,
    ) {
        let Some(range) = self.range(value) else { return };
        let lengths = self.lengths.get(range.clone()).unwrap_or(&[]);
        let characters = query.plain.len();
        let shortest = characters.saturating_sub(query.distance_max).min(255);
        let longest = characters.saturating_add(query.distance_max).min(255);
        let first = range.start + lengths.partition_point(|length| usize::from(*length) < shortest);
        let last = range.start + lengths.partition_point(|length| usize::from(*length) <= longest);
        let signatures = self.signatures.get(first..last).unwrap_or(&[]);
        let entries = self.entries.get(first..last).unwrap_or(&[]);
        let bound = u32::try_from(query.distance_max).unwrap_or(u32::MAX);
        let own = query.signature;
        let near = |(entry, other): &(&u32, &u64)| **entry < end && may_be_near(own, **other, bound);
        for (entry, _) in entries.iter().zip(signatures).filter(near) {
            let cell = registry.value(self.text, *entry).unwrap_or("");
            let best = columns::alternatives(cell).filter_map(|name| query.similarity(name)).max_by(f32::total_cmp);
            found.extend(best.map(|similarity| (*entry, similarity)));
        }
    }

    fn range(&self, value: &str) -> Option<std::ops::Range<usize>> {
        let number = self.blocks.find(value)? as usize;
        Some(*self.starts.get(number)? as usize..*self.starts.get(number + 1)? as usize)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.blocks.memory_bytes()
            + self.lengths.capacity()
            + (self.starts.capacity() + self.entries.capacity()) * size_of::<u32>()
            + self.signatures.capacity() * size_of::<u64>()
    }
}

/// A row's name made ready for a local search.
pub(crate) struct NameQuery {
    plain: Pattern,
    sorted: Pattern,
    signature: u64,
    distance_max: usize,
    scratch: String,
}

impl NameQuery {
    pub(crate) fn new(name: &str, distance_max: usize) -> NameQuery {
        let mut scratch = String::new();
        sort_words(name, &mut scratch);
        NameQuery {
            plain: Pattern::new(name),
            sorted: Pattern::new(&scratch),
            signature: signature(name),
            distance_max,
            scratch,
        }
    }

    /// 1 - distance / the longer length, if the distance is small enough and the names have something in common.
    fn similarity(&mut self, name: &str) -> Option<f32> {
        let characters = name.chars().count();
        let plain = self.plain.distance(name, characters, self.distance_max);
        let distance = if plain == Some(0) {
            plain
        } else {
            sort_words(name, &mut self.scratch);
            let characters = self.scratch.chars().count();
            let sorted = self.sorted.distance(&self.scratch, characters, self.distance_max);
            plain.into_iter().chain(sorted).min()
        }?;
        let longest = self.plain.len().max(characters);
        (distance < longest).then(|| 1.0 - distance as f32 / longest as f32)
    }
}

/// Writes the words of `name` into `sorted`, in order, single spaces between them.
fn sort_words(name: &str, sorted: &mut String) {
    let mut words: Vec<&str> = name.split_ascii_whitespace().collect();
    words.sort_unstable();
    sorted.clear();
    for word in words {
        if !sorted.is_empty() {
            sorted.push(' ');
        }
        sorted.push_str(word);
    }
}

fn capped_length(name: &str) -> u8 {
    u8::try_from(name.chars().count()).unwrap_or(u8::MAX)
}
