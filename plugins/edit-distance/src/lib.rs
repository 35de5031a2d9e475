//! Similarity of two texts, character by character; see the README.
//!
//! **Invariants.** The score is symmetric, and 1 exactly for equal texts.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod ngrams;
#[cfg(test)]
mod tests;

use matchflow_plugin_api::{Explanation, Input, Row, Scorer, alternatives, best_alternative, best_pair, export_scorer};
use rapidfuzz::distance::levenshtein;
use serde::Deserialize;

/// The similarity measure; its name is used in evidence and in the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 1 minus the insertions, deletions and substitutions over the longer length.
    Levenshtein,
    /// Jaro's similarity with Winkler's bonus for a common beginning.
    JaroWinkler,
    /// Dice's coefficient over runs of characters.
    Ngram,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Measure::Levenshtein => "levenshtein",
            Measure::JaroWinkler => "jaro_winkler",
            Measure::Ngram => "ngram",
        }
    }
}

/// The parameters in the pipeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Parameters {
    measure: Measure,
    n: u32,
    prefix_weight: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters { measure: Measure::Levenshtein, n: 3, prefix_weight: 0.1 }
    }
}

/// The scorer.
#[derive(Debug)]
pub struct EditDistance(Parameters);

/// One of the values of a row.
pub struct Text<'a> {
    bytes: &'a [u8],
    /// The characters, for text that is not ASCII; otherwise characters are bytes.
    characters: Option<Vec<char>>,
    /// In order; empty for other measures.
    ngrams: Vec<u128>,
}

impl EditDistance {
    fn compare(&self, left: &Text<'_>, right: &Text<'_>) -> f32 {
        if left.bytes == right.bytes {
            return 1.0;
        }
        let score = match self.0.measure {
            Measure::Ngram => return ngrams::dice(&left.ngrams, &right.ngrams).min(UNEQUAL_MAX),
            Measure::Levenshtein => {
                let longer = left.characters_count().max(right.characters_count());
                1.0 - edits(left, right) as f64 / longer.max(1) as f64
            }
            Measure::JaroWinkler => jaro_winkler(&left.text(), &right.text(), self.0.prefix_weight),
        };
        (score as f32).clamp(0.0, UNEQUAL_MAX)
    }
}

/// The maximum score of texts that are not equal: the largest number below 1.
const UNEQUAL_MAX: f32 = 1.0 - f32::EPSILON / 2.0;

/// Jaro's similarity; from 0.7 on each of the first four characters of a common prefix adds its share of what is
/// missing to 1 (Winkler 1990).
fn jaro_winkler(left: &str, right: &str, prefix_weight: f64) -> f64 {
    // Jaro's matching starts from one of the texts: always the smaller one, so that the score is symmetric.
    let (left, right) = if left <= right { (left, right) } else { (right, left) };
    let jaro = strsim::jaro(left, right);
    let prefix = left.chars().zip(right.chars()).take(4).take_while(|(one, other)| one == other).count();
    if jaro > 0.7 { jaro + prefix as f64 * prefix_weight * (1.0 - jaro) } else { jaro }
}

/// The number of insertions, deletions and substitutions.
fn edits(left: &Text<'_>, right: &Text<'_>) -> usize {
    match (&left.characters, &right.characters) {
        (None, None) => levenshtein::distance(left.bytes.iter().copied(), right.bytes.iter().copied()),
        _ => levenshtein::distance(left.characters(), right.characters()),
    }
}

impl<'a> Text<'a> {
    fn new(bytes: &'a [u8], parameters: &Parameters) -> Text<'a> {
        let text = || String::from_utf8_lossy(bytes);
        let ngrams = match parameters.measure {
            Measure::Ngram => ngrams::ngrams(&text(), parameters.n),
            _ => Vec::new(),
        };
        let characters = (!bytes.is_ascii()).then(|| text().chars().collect());
        Text { bytes, characters, ngrams }
    }

    fn text(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }

    fn characters_count(&self) -> usize {
        self.characters.as_ref().map_or(self.bytes.len(), Vec::len)
    }

    fn characters(&self) -> std::vec::IntoIter<char> {
        let ascii = || self.bytes.iter().copied().map(char::from).collect();
        self.characters.clone().unwrap_or_else(ascii).into_iter()
    }
}

impl Scorer for EditDistance {
    const NAME: &'static str = "edit-distance";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str = "How alike two texts are, by edits, by letters in common or by n-grams";
    const INPUTS: &'static [Input] = &[Input::required("value", "text")];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type PreparedRow<'a> = Vec<Text<'a>>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        if !(1..=ngrams::N_MAX).contains(&parameters.n) {
            return Err(format!("`n` must be from 1 to {}, not {}", ngrams::N_MAX, parameters.n));
        }
        if !(0.0..=0.25).contains(&parameters.prefix_weight) {
            return Err(format!("`prefix_weight` must be from 0 to 0.25, not {}", parameters.prefix_weight));
        }
        Ok(EditDistance(parameters))
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Vec<Text<'a>> {
        alternatives(row.bytes(0).unwrap_or_default()).map(|value| Text::new(value, &self.0)).collect()
    }

    fn score(&self, left: &Vec<Text<'_>>, right: &Vec<Text<'_>>) -> Option<f32> {
        best_alternative(left, right, |one, other| self.compare(one, other))
    }

    fn explain(&self, left: &Vec<Text<'_>>, right: &Vec<Text<'_>>, explanation: &mut Explanation<'_>) {
        let Some((one, other)) = best_pair(left, right, |one, other| self.compare(one, other)) else { return };
        let measure = self.0.measure;
        explanation.input("value").text("left", one.bytes).text("right", other.bytes);
        explanation.text("measure", measure.name().as_bytes());
        if measure == Measure::Levenshtein {
            explanation.count("edits", edits(one, other) as u64);
        }
    }
}

export_scorer!(EditDistance);
