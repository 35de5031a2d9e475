//! Texts as weighted words, and how much of each of two texts is found in the other.
//!
//! **Limits.** 16 words per text (the rest is ignored), words of up to 32 letters compared with edits. Texts must be
//! clean: lower-case words with single spaces, Latin letters in ASCII. [`coverage`] does not allocate.

mod coverage;
mod initials;
mod joined;
mod nearness;
mod script;
mod spelling;

pub use coverage::{Coverage, coverage, explain};
pub use script::weighed_letters;

use crate::edits::byte_set;

/// Maximum number of words of a text that are compared; further ones are ignored.
pub const WORDS_MAX: usize = 16;

/// Marks a missing rarity, and remains negative whatever is added to it.
const NO_RARITY: f32 = f32::NEG_INFINITY;

/// One word of [`Words`].
#[derive(Debug, Clone)]
struct Word {
    start: usize,
    end: usize,
    letters: u64,
    weight: f32,
    /// Its weight where it is all that one text has more than the other.
    surplus: f32,
    /// Whether it says who is meant, and not only what kind of thing.
    telling: bool,
    /// 0 where the host gives none.
    rarity: f32,
    digits: bool,
    /// The digest of its spelling key; 0 where words are not compared by keys.
    key: u64,
}

/// What a word weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordWeight {
    /// Above 0.
    pub weight: f32,
    /// The same where the word is all that one text has more than the other.
    pub surplus: f32,
    /// Whether it says who is meant, and not only what kind of thing.
    pub telling: bool,
}

/// A text as weighted words.
#[derive(Debug, Clone)]
pub struct Words {
    /// The words, concatenated.
    bytes: Vec<u8>,
    words: Vec<Word>,
    weight: f32,
}

impl Words {
    /// The words of a clean text, each with the weight (above 0) computed by `weigh`. Consecutive single letters are
    /// one word: `s n c f` becomes `sncf`.
    pub fn new(text: &[u8], weigh: impl Fn(&[u8]) -> f32) -> Words {
        Words::with_rarity(text, &[], |word, _| weigh(word))
    }

    /// The same with rarities of words (see [`crate::Value`]): `weigh` is called with each word and its rarity, `None`
    /// if the host provides none. The rarities of single letters are added, up to 1.
    pub fn with_rarity(text: &[u8], rarity: &[f32], weigh: impl Fn(&[u8], Option<f32>) -> f32) -> Words {
        let weigh = |word: &[u8], rarity: Option<f32>| {
            let weight = weigh(word, rarity);
            WordWeight { weight, surplus: weight, telling: true }
        };
        Words::weighed(text, rarity, weigh)
    }

    /// The same for names: with more weights, and with spelling keys, by which words of several languages and
    /// transliterations are compared (`jaegerstedt`, `jagerstedt`). Short words are then one letter from another word
    /// rather than misspelt.
    pub fn of_name(text: &[u8], rarity: &[f32], weigh: impl Fn(&[u8], Option<f32>) -> WordWeight) -> Words {
        let mut words = Words::weighed(text, rarity, weigh);
        let Words { bytes, words: all, .. } = &mut words;
        for word in all {
            word.key = spelling::key_digest(bytes.get(word.start..word.end).unwrap_or_default());
        }
        words
    }

    fn weighed(text: &[u8], rarity: &[f32], weigh: impl Fn(&[u8], Option<f32>) -> WordWeight) -> Words {
        let mut words = Words { bytes: Vec::with_capacity(text.len()), words: Vec::new(), weight: 0.0 };
        let mut rarities = rarity.iter().copied();
        let mut letters_run = false;
        for token in text.split(|&byte| byte == b' ').filter(|token| !token.is_empty()) {
            let letter = matches!(token, [b'a'..=b'z']);
            let start = words.bytes.len();
            words.bytes.extend_from_slice(token);
            // The rarity until the word is complete; negative if there is none.
            let rarity = rarities.next().unwrap_or(NO_RARITY);
            let full = words.words.len() == WORDS_MAX;
            match words.words.last_mut() {
                Some(last) if letter && letters_run => {
                    last.end += 1;
                    last.weight = (last.weight + rarity).min(1.0);
                }
                _ if full => {
                    words.bytes.truncate(start);
                    break;
                }
                _ => {
                    let end = words.bytes.len();
                    words.words.push(Word {
                        start,
                        end,
                        letters: 0,
                        weight: rarity,
                        surplus: 0.0,
                        telling: true,
                        rarity: 0.0,
                        digits: false,
                        key: 0,
                    })
                }
            }
            letters_run = letter;
        }
        for word in &mut words.words {
            let bytes = words.bytes.get(word.start..word.end).unwrap_or_default();
            word.letters = byte_set(bytes);
            let rarity = (word.weight >= 0.0).then_some(word.weight);
            let WordWeight { weight, surplus, telling } = weigh(bytes, rarity);
            word.weight = weight.max(f32::MIN_POSITIVE);
            (word.surplus, word.telling) = (surplus, telling);
            word.rarity = rarity.unwrap_or(0.0);
            word.digits = bytes.iter().any(u8::is_ascii_digit);
            words.weight += word.weight;
        }
        words
    }

    /// The total rarity of all words; 0 if the host provides none.
    pub fn rarity(&self) -> f32 {
        self.words.iter().map(|word| word.rarity).sum()
    }

    /// The total weight of all words.
    pub fn weight(&self) -> f32 {
        self.weight
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn text(&self, word: &Word) -> &[u8] {
        self.bytes.get(word.start..word.end).unwrap_or_default()
    }

    /// One bit for each word.
    fn all(&self) -> u32 {
        (1 << self.words.len()) - 1
    }

    fn free(&self, free: u32) -> impl Iterator<Item = (usize, &Word)> {
        self.words.iter().enumerate().filter(move |(at, _)| free >> at & 1 == 1)
    }
}
