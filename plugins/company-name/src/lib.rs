//! How alike two company names are, word by word; see the README.
//!
//! **Invariant.** 1 means that two names are equal as cleaned, and rare enough to be one company's; anything else stays at or below [`UNEQUAL_MAX`], so that
//! a score never hides a difference.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod background;
mod generic;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use matchflow_plugin_api::words::{self, Words, coverage};
use matchflow_plugin_api::{
    Agreement, Explanation, Input, Row, Scorer, Value, best_alternative, best_pair, export_scorer,
};
use serde::Deserialize;

use background::{INFORMATION_MAX, is_background};

/// The best score of names that are not equal.
pub const UNEQUAL_MAX: f32 = 0.98;
/// What a connector weighs.
const CONNECTOR_WEIGHT: f32 = 0.15;
/// What a word weighs that every company bears, as a share of what a unique one of its length does.
const COMMON_WORD_WEIGHT: f32 = 0.6;
/// What an equal name loses at most when its words are so common that others must bear it too.
const AMBIGUOUS_LOSS: f32 = 0.2;
/// How much of the score is the share that the names have in common; the rest is for the side that is found in full
/// (`sides` in `sides service`).
const COMMON_SHARE: f32 = 0.65;
/// Weight left over on both sides from which two names are those of kin at best: `eiffage construction gard` and `eiffage
/// construction var` are not one company, however rare it is to have both words.
const KIN_WEIGHT: f32 = 1.5;
/// Weight from which what is found says who the company is: a word of four letters that is not generic.
const TELLING_WEIGHT: f32 = 2.0;

/// The parameters as the pipeline gives them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    generic_words: Option<Vec<String>>,
    #[serde(default = "generic_weight")]
    generic_weight: f32,
}

fn generic_weight() -> f32 {
    0.3
}

/// The scorer.
#[derive(Debug)]
pub struct CompanyName {
    generic_words: BTreeSet<Vec<u8>>,
    generic_weight: f32,
}

/// One of the names of a row.
pub struct Name<'a> {
    text: &'a [u8],
    words: Words,
    /// The score of an equal name.
    sureness: f32,
}

impl CompanyName {
    /// Longer words say more, but not in proportion; rare ones too.
    fn weigh(&self, word: &[u8], rarity: Option<f32>) -> f32 {
        if generic::CONNECTORS.iter().any(|connector| connector.as_bytes() == word) {
            return CONNECTOR_WEIGHT;
        }
        let rarity = rarity.map_or(1.0, |rarity| COMMON_WORD_WEIGHT + (1.0 - COMMON_WORD_WEIGHT) * rarity);
        let generic = if self.generic_words.contains(word) { self.generic_weight } else { 1.0 };
        (word.len().min(16) as f32).sqrt() * rarity.min(generic)
    }

    /// How rare the words are, those that many companies bear in any case no rarer than that.
    fn tempered(&self, text: &[u8], rarity: &[f32]) -> Vec<f32> {
        let words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let temper = |(word, rarity): (&[u8], &f32)| match self.generic_words.contains(word) || is_background(word) {
            true => rarity.min(INFORMATION_MAX),
            false => *rarity,
        };
        words.zip(rarity).map(temper).collect()
    }

    /// How sure an equal name makes: 1 where no other company can be expected to bear it by chance.
    fn sureness(rarity: &[f32]) -> f32 {
        let sum: f32 = rarity.iter().sum();
        if rarity.is_empty() { 1.0 } else { 1.0 - AMBIGUOUS_LOSS * (1.0 - sum).max(0.0) }
    }

    fn agreement(left: &Name<'_>, right: &Name<'_>) -> Agreement {
        if left.text == right.text {
            let information = left.words.rarity().min(right.words.rarity());
            return Agreement { score: left.sureness.min(right.sureness), information };
        }
        let found = coverage(&left.words, &right.words);
        let common = found.common();
        let telling = (found.left.min(found.right) / TELLING_WEIGHT).min(1.0);
        let score = COMMON_SHARE * common + (1.0 - COMMON_SHARE) * found.fuller() * telling.max(common);
        let score = (score * UNEQUAL_MAX * left.sureness.max(right.sureness)).clamp(0.0, UNEQUAL_MAX);
        // The words of a family of companies come together, so they tell no more than the rarest of them.
        let left_over = (found.left_weight - found.left).min(found.right_weight - found.right);
        let are_kin = left_over >= KIN_WEIGHT;
        Agreement { score, information: if are_kin { found.rarest } else { found.information } }
    }

    fn similarity(left: &Name<'_>, right: &Name<'_>) -> f32 {
        Self::agreement(left, right).score
    }
}

impl Scorer for CompanyName {
    const NAME: &'static str = "company-name";
    const VERSION: &'static str = "1.3.0";
    const SUMMARY: &'static str =
        "How alike two company names are, whatever the order of words, typing errors and sigles";
    const INPUTS: &'static [Input] = &[Input::required("name", "company-name").with_rarity()];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type Prepared<'a> = Vec<Name<'a>>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        let generic_weight = parameters.generic_weight;
        if !(generic_weight > 0.0 && generic_weight <= 1.0) {
            return Err(format!("`generic_weight` must be above 0 and at most 1, not {generic_weight}"));
        }
        let generic_words = match parameters.generic_words {
            Some(words) => words.into_iter().map(String::into_bytes).collect(),
            None => generic::GENERIC.iter().map(|word| word.as_bytes().to_vec()).collect(),
        };
        Ok(CompanyName { generic_words, generic_weight })
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Vec<Name<'a>> {
        let name = |Value { bytes, rarity }: Value<'a>| {
            let rarity = self.tempered(bytes, rarity);
            Name {
                text: bytes,
                words: Words::with_rarity(bytes, &rarity, |word, rarity| self.weigh(word, rarity)),
                sureness: Self::sureness(&rarity),
            }
        };
        row.values(0).map(name).filter(|name| !name.words.is_empty()).collect()
    }

    fn score(&self, left: &Vec<Name<'_>>, right: &Vec<Name<'_>>) -> Option<f32> {
        best_alternative(left, right, Self::similarity)
    }

    const MEASURES_INFORMATION: bool = true;

    fn agree(&self, left: &Vec<Name<'_>>, right: &Vec<Name<'_>>) -> Option<Agreement> {
        let mut best: Option<Agreement> = None;
        for agreement in left.iter().flat_map(|one| right.iter().map(|other| Self::agreement(one, other))) {
            let order = |best: &Agreement| (agreement.score, agreement.information) > (best.score, best.information);
            if best.as_ref().is_none_or(order) {
                best = Some(agreement);
            }
        }
        best
    }

    fn explain(&self, left: &Vec<Name<'_>>, right: &Vec<Name<'_>>, explanation: &mut Explanation<'_>) {
        let Some((one, other)) = best_pair(left, right, Self::similarity) else { return };
        explanation.input("name").text("left", one.text).text("right", other.text);
        if one.text != other.text {
            let found = coverage(&one.words, &other.words);
            explanation.ratio("left_found", found.left / found.left_weight);
            explanation.ratio("right_found", found.right / found.right_weight);
            words::explain(&one.words, &other.words, explanation);
        }
    }
}

export_scorer!(CompanyName);
