//! The similarity of two names by edit distance, as they are and with their words sorted: the smaller distance counts.

use crate::distance::{Pattern, signature};

/// A row's name, prepared for comparison with many others.
pub(crate) struct NameQuery {
    pub(crate) plain: Pattern,
    sorted: Pattern,
    pub(crate) signature: u64,
    pub(crate) distance_max: usize,
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

    /// 1 - distance / the longer length, if the distance is small enough and the names share any character.
    pub(crate) fn similarity(&mut self, name: &str) -> Option<f32> {
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

/// Writes the words of `name` into `sorted`, sorted and separated by single spaces.
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
