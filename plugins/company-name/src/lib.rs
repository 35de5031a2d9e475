//! How alike two company names are, word by word; see the README.
//!
//! **Invariant.** 1 means that two names are equal as cleaned; anything else stays at or below [`UNEQUAL_MAX`], so that
//! a score never hides a difference.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod generic;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use matchflow_plugin_api::words::{Words, coverage};
use matchflow_plugin_api::{Input, Row, Scorer, alternatives, best_alternative, export_scorer};
use serde::Deserialize;

/// The best score of names that are not equal.
pub const UNEQUAL_MAX: f32 = 0.98;
/// What a connector weighs.
const CONNECTOR_WEIGHT: f32 = 0.15;
/// How much of the score is the share that the names have in common; the rest is for the side that is found in full
/// (`sides` in `sides service`).
const COMMON_SHARE: f32 = 0.65;
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
}

impl CompanyName {
    /// Longer words say more, but not in proportion.
    fn weigh(&self, word: &[u8]) -> f32 {
        let length = word.len().min(16) as f32;
        if generic::CONNECTORS.iter().any(|connector| connector.as_bytes() == word) {
            CONNECTOR_WEIGHT
        } else if self.generic_words.contains(word) {
            length.sqrt() * self.generic_weight
        } else {
            length.sqrt()
        }
    }

    fn compare(left: &Name<'_>, right: &Name<'_>) -> f32 {
        if left.text == right.text {
            return 1.0;
        }
        let found = coverage(&left.words, &right.words);
        let (left_weight, right_weight) = (left.words.weight(), right.words.weight());
        let common = (found.left + found.right) / (left_weight + right_weight);
        let fuller = (found.left / left_weight).max(found.right / right_weight);
        let telling = (found.left.min(found.right) / TELLING_WEIGHT).min(1.0);
        let score = COMMON_SHARE * common + (1.0 - COMMON_SHARE) * fuller * telling.max(common);
        (score * UNEQUAL_MAX).clamp(0.0, UNEQUAL_MAX)
    }
}

impl Scorer for CompanyName {
    const NAME: &'static str = "company-name";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str =
        "How alike two company names are, whatever the order of words, typing errors and sigles";
    const INPUTS: &'static [Input] = &[Input { name: "name", kind: "company-name", required: true }];
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
        alternatives(row.bytes(0).unwrap_or_default())
            .map(|text| Name { text, words: Words::new(text, |word| self.weigh(word)) })
            .filter(|name| !name.words.is_empty())
            .collect()
    }

    fn score(&self, left: &Vec<Name<'_>>, right: &Vec<Name<'_>>) -> Option<f32> {
        best_alternative(left, right, Self::compare)
    }
}

export_scorer!(CompanyName);
