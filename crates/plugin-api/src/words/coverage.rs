//! Matches the words of two texts with each other.
//!
//! In this order, each word being matched once: equal words; words joined on one side and split on the other (`carre
//! four`, `carrefour`; also swapped, and with an edit); words a few edits apart, prefixes, contractions and initials,
//! best first; an acronym and the words whose initials it is.

use std::cmp::Ordering;

use super::initials::initials;
use super::joined::joined;
use super::nearness::similarity;
use super::{Word, Words};
use crate::Explanation;

/// How much of each text is found in the other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coverage {
    /// Weight of the left words, each in proportion to how well it was matched.
    pub left: f32,
    /// The same for the right words.
    pub right: f32,
    /// Weight of all left words. A word that matches a lighter one with a few edits, or joined, weighs as little as
    /// that: a misspelt common word is not a rare one.
    pub left_weight: f32,
    /// The same for all right words.
    pub right_weight: f32,
    /// The information in the common words: the sum of their rarities, on the side where it is less; similar words
    /// count in proportion to their similarity.
    pub information: f32,
    /// The information in the rarest common word, on the side where it is less.
    pub rarest: f32,
    /// Whether a word in common says who is meant.
    pub telling: bool,
    /// The words that are on one side alone: left, right.
    pub surplus: [Surplus; 2],
}

/// The words that one text has and the other has not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Surplus {
    /// Their weight where they are all that one text has more than the other.
    pub weight: f32,
    /// Whether one of them has a digit.
    pub has_number: bool,
    /// Whether one of them is a single letter.
    pub has_letter: bool,
}

impl Coverage {
    /// The share of the total weight that was matched, 0 to 1.
    pub fn common(&self) -> f32 {
        ratio(self.left + self.right, self.left_weight + self.right_weight)
    }

    /// The share of the better matched text, 0 to 1.
    pub fn fuller(&self) -> f32 {
        ratio(self.left, self.left_weight).max(ratio(self.right, self.right_weight))
    }
}

fn ratio(found: f32, weight: f32) -> f32 {
    if weight > 0.0 { (found / weight).min(1.0) } else { 0.0 }
}

/// How much of `left` is found in `right` and vice versa.
pub fn coverage(left: &Words, right: &Words) -> Coverage {
    if left.bytes == right.bytes {
        let rarest = |words: &Words| words.words.iter().fold(0.0f32, |rarest, word| rarest.max(word.rarity));
        return Coverage {
            left: left.weight,
            right: right.weight,
            left_weight: left.weight,
            right_weight: right.weight,
            information: left.rarity().min(right.rarity()),
            rarest: rarest(left).min(rarest(right)),
            telling: left.words.iter().any(|word| word.telling),
            surplus: Default::default(),
        };
    }
    let Pair { left, right } = Pair::of(left, right);
    Coverage {
        left: left.found,
        right: right.found,
        left_weight: left.weight,
        right_weight: right.weight,
        information: left.information.min(right.information),
        rarest: left.rarest.min(right.rarest),
        telling: left.telling && right.telling,
        surplus: [left.surplus(), right.surplus()],
    }
}

/// Explains which words only matched approximately (`near`, of both sides) and which are only on one side (`left_only`,
/// `right_only`); empty lists are omitted.
pub fn explain(left: &Words, right: &Words, explanation: &mut Explanation<'_>) {
    if left.bytes == right.bytes {
        return;
    }
    let Pair { left, right } = &Pair::of(left, right);
    let near: Vec<&[u8]> = left.texts(left.near).chain(right.texts(right.near)).collect();
    for (name, texts) in [
        ("near", near),
        ("left_only", left.texts(left.free).collect()),
        ("right_only", right.texts(right.free).collect()),
    ] {
        if !texts.is_empty() {
            explanation.list(name, texts);
        }
    }
}

/// One text, the words not matched yet and those matched approximately (one bit each), and the weight matched so far.
pub(super) struct Side<'a> {
    pub(super) words: &'a Words,
    pub(super) free: u32,
    near: u32,
    found: f32,
    weight: f32,
    information: f32,
    rarest: f32,
    telling: bool,
}

impl<'a> Side<'a> {
    fn new(words: &'a Words) -> Self {
        let (free, weight) = (words.all(), words.weight);
        Side { words, free, near: 0, found: 0.0, weight, information: 0.0, rarest: 0.0, telling: false }
    }

    fn surplus(&self) -> Surplus {
        let mut surplus = Surplus::default();
        for (_, word) in self.words.free(self.free) {
            surplus.weight += word.surplus;
            surplus.has_number |= word.digits;
            surplus.has_letter |= word.end - word.start == 1 && !word.digits;
        }
        surplus
    }

    /// The words of these bits.
    fn texts(&self, bits: u32) -> impl Iterator<Item = &'a [u8]> {
        let words = self.words;
        words.free(bits).map(|(_, word)| words.text(word))
    }

    /// Adds a word matched with this `similarity`, at a share of its weight.
    pub(super) fn take_at(&mut self, at: usize, word: &Word, similarity: f32, share: f32) {
        self.take(at, word, similarity * share);
        self.near |= 1 << at;
        self.weight -= word.weight * (1.0 - share);
    }

    fn take(&mut self, at: usize, word: &Word, similarity: f32) {
        self.take_telling(at, word, similarity, similarity);
    }

    /// Adds a word matched with this `similarity`, of which `information` is the share of its rarity that the agreement tells.
    pub(super) fn take_telling(&mut self, at: usize, word: &Word, similarity: f32, information: f32) {
        self.free &= !(1 << at);
        self.near |= u32::from(similarity < 1.0) << at;
        self.found += word.weight * similarity;
        self.information += word.rarity * information;
        self.rarest = self.rarest.max(word.rarity * information);
        self.telling |= word.telling;
    }
}

struct Pair<'a> {
    left: Side<'a>,
    right: Side<'a>,
}

impl<'a> Pair<'a> {
    /// The texts with all matching words taken.
    fn of(left: &'a Words, right: &'a Words) -> Pair<'a> {
        let mut pair = Pair { left: Side::new(left), right: Side::new(right) };
        pair.equal_words();
        if pair.both_have_free_words() {
            pair.joined_words();
        }
        if pair.both_have_free_words() {
            pair.near_words();
        }
        if pair.both_have_free_words() {
            initials(&mut pair.left, &mut pair.right);
            initials(&mut pair.right, &mut pair.left);
        }
        pair
    }

    fn both_have_free_words(&self) -> bool {
        self.left.free != 0 && self.right.free != 0
    }

    fn equal_words(&mut self) {
        for (at, word) in self.left.words.words.iter().enumerate() {
            let text = self.left.words.text(word);
            let equal = |other: &Word| other.letters == word.letters && self.right.words.text(other) == text;
            let found = self.right.words.free(self.right.free).find(|(_, other)| equal(other));
            if let Some((other_at, other)) = found {
                self.left.take(at, word, 1.0);
                self.right.take(other_at, other, 1.0);
            }
        }
    }

    fn joined_words(&mut self) {
        joined(&mut self.left, &mut self.right);
        joined(&mut self.right, &mut self.left);
    }

    /// Takes the most similar pairs of words first; among equally similar ones the heavier.
    fn near_words(&mut self) {
        while let Some((at, other_at, similarity)) = self.nearest() {
            let (Some(word), Some(other)) = (self.left.words.words.get(at), self.right.words.words.get(other_at))
            else {
                return;
            };
            let weight = word.weight.min(other.weight);
            self.left.take_at(at, word, similarity, weight / word.weight);
            self.right.take_at(other_at, other, similarity, weight / other.weight);
        }
    }

    fn nearest(&self) -> Option<(usize, usize, f32)> {
        let mut best: Option<(usize, usize, f32, f32)> = None;
        for (at, word) in self.left.words.free(self.left.free) {
            for (other_at, other) in self.right.words.free(self.right.free) {
                let near = similarity(self.left.words, word, self.right.words, other);
                let weight = word.weight + other.weight;
                let better = |(_, _, best, best_weight): (usize, usize, f32, f32)| {
                    near.total_cmp(&best).then(weight.total_cmp(&best_weight)) == Ordering::Greater
                };
                if near > 0.0 && best.is_none_or(better) {
                    best = Some((at, other_at, near, weight));
                }
            }
        }
        best.map(|(at, other_at, near, _)| (at, other_at, near))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Words {
        let minor = |word: &[u8]| matches!(word, b"de" | b"des" | b"et" | b"la");
        Words::new(text.as_bytes(), |word| if minor(word) { 0.1 } else { 1.0 })
    }

    fn shares(left: &str, right: &str) -> (f32, f32) {
        let found = coverage(&words(left), &words(right));
        (found.left / found.left_weight, found.right / found.right_weight)
    }

    #[test]
    fn words_match_each_other() {
        let cases = [
            ("dupont plomberie", "plomberie dupont", 1.0, 1.0),
            ("s n c f", "sncf", 1.0, 1.0),
            ("carre four", "carrefour", 1.0, 1.0),
            ("garage carre four lyon", "carrefour garage", 0.6667, 1.0),
            ("abc d", "ab cd", 1.0, 1.0),
            ("dupont", "dupont plomberie", 1.0, 0.5),
            ("dupont plomberie", "dupont electricite", 0.5, 0.5),
            ("agence 12", "agence 13", 0.5, 0.5),
            ("plombrie", "plomberie", 0.8667, 0.8667),
            ("martinpaul", "paul martin", 1.0, 1.0),
            ("formationfotaine", "formation fontaine", 0.925, 0.925),
            ("agenceparis12", "agence paris 13", 0.0, 0.0),
            ("garage ctre", "garage centre", 0.75, 0.75),
            ("maint", "maintenance", 0.6364, 0.6364),
            ("imp", "imprimerie", 0.59, 0.59),
            ("abc", "abx", 0.0, 0.0),
            ("sncf", "societe nationale des chemins de fer", 0.93, 0.93),
            ("sacc", "alpine de charpente couverture", 0.93, 0.93),
            ("sncf lyon", "gare lyon", 0.5, 0.5),
            ("j dupont", "jean dupont", 0.75, 0.75),
            ("etab dupont", "etablissement dupont", 0.7962, 0.7962),
            ("martin", "durand", 0.0, 0.0),
        ];
        for (left, right, one, other) in cases {
            let (found, found_other) = shares(left, right);
            assert!(
                (found - one).abs() < 1e-3 && (found_other - other).abs() < 1e-3,
                "{left} | {right}: {found} {found_other}"
            );
        }
    }

    #[test]
    fn words_beyond_the_limit_are_ignored() {
        let many = vec!["mot"; 40].join(" ");
        assert_eq!(words(&many).weight(), crate::words::WORDS_MAX as f32);
        assert!(words("  ").is_empty());
    }

    proptest! {
        #[test]
        fn coverage_is_a_share_of_the_weight(
            left in "[a-c]{1,5}( [a-c]{1,5}){0,5}", right in "[a-c]{1,5}( [a-c]{1,5}){0,5}",
        ) {
            let (found, found_other) = shares(&left, &right);
            prop_assert!((0.0..=1.0 + 1e-5).contains(&found) && (0.0..=1.0 + 1e-5).contains(&found_other));
        }

        #[test]
        fn a_text_covers_itself_in_any_order(mut tokens in prop::collection::vec("[a-z]{2,9}", 1..8)) {
            let text = tokens.join(" ");
            tokens.reverse();
            let (found, found_other) = shares(&text, &tokens.join(" "));
            prop_assert!((found - 1.0).abs() < 1e-5 && (found_other - 1.0).abs() < 1e-5);
        }
    }
}
