//! The fraction of words that two texts have in common.

use matchflow_plugin_api::{Explanation, Input, PairScorer, Row, alternatives, best_alternative, export_scorer};

/// The scorer. Parameters would be its fields.
pub struct WordOverlap;

impl PairScorer for WordOverlap {
    const NAME: &'static str = "word-overlap";
    const VERSION: &'static str = "0.1.0";
    const SUMMARY: &'static str = "The share of words that two texts have in common";
    const INPUTS: &'static [Input] = &[Input::required("name", "text")];

    fn configure(_parameters: &str) -> Result<Self, String> {
        Ok(WordOverlap)
    }

    fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
        let (left, right) = (texts(left), texts(right));
        best_alternative(&left, &right, |one, other| overlap(one, other))
    }

    fn explain_pair(&self, left: &Row<'_>, right: &Row<'_>, explanation: &mut Explanation<'_>) {
        if let (Some(left), Some(right)) = (left.bytes(0), right.bytes(0)) {
            explanation.input("name").text("left", left).text("right", right);
        }
    }
}

export_scorer!(WordOverlap);

/// The alternatives of a cell, each as its distinct words.
fn texts<'a>(row: &Row<'a>) -> Vec<Vec<&'a [u8]>> {
    alternatives(row.bytes(0).unwrap_or_default()).map(words).collect()
}

fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut words: Vec<&[u8]> = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn overlap(left: &[&[u8]], right: &[&[u8]]) -> f32 {
    let common = left.iter().filter(|word| right.contains(word)).count();
    2.0 * common as f32 / (left.len() + right.len()).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use matchflow_plugin_api::testing;

    #[test]
    fn half_of_the_words_give_half_the_score() {
        assert_eq!(testing::score(&WordOverlap, &["dupont plomberie"], &["dupont electricite"]), Some(0.5));
        assert_eq!(testing::score(&WordOverlap, &[""], &["dupont"]), None);
    }
}
