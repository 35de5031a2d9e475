//! For the tests of plug-ins: processes a single pair like a batch.
//!
//! ```
//! use matchflow_plugin_api::{Input, PairScorer, Row, testing};
//! # struct Same;
//! # impl PairScorer for Same {
//! #     const NAME: &'static str = "same";
//! #     const VERSION: &'static str = "1.0.0";
//! #     const SUMMARY: &'static str = "Whether two values are equal";
//! #     const INPUTS: &'static [Input] = &[Input::required("value", "text")];
//! #     fn configure(_parameters: &str) -> Result<Self, String> { Ok(Same) }
//! #     fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
//! #         Some(if left.bytes(0)? == right.bytes(0)? { 1.0 } else { 0.0 })
//! #     }
//! # }
//! assert_eq!(testing::score(&Same, &["lyon"], &["lyon"]), Some(1.0));
//! assert_eq!(testing::score(&Same, &[""], &["lyon"]), None);
//! ```

use crate::{Column, Scorer, Scores, score_pairs, split_words};

/// A column of these values; an empty one is missing.
pub fn column<'a>(values: impl IntoIterator<Item = &'a str>) -> Column {
    let mut column = Column { offsets: vec![0], data: Vec::new(), valid: Vec::new(), rarity: Vec::new() };
    for value in values {
        column.data.extend_from_slice(value.as_bytes());
        column.offsets.push(column.data.len() as u32);
    }
    column
}

/// The score of one pair, given a value for each input on both sides.
pub fn score<S: Scorer>(scorer: &S, left: &[&str], right: &[&str]) -> Option<f32> {
    scored(scorer, &side(left), &side(right)).and_then(|scores| value(&scores))
}

/// The same with the rarity of each word, as given by `rarity`.
pub fn score_with_rarity<S: Scorer>(
    scorer: &S,
    left: &[&str],
    right: &[&str],
    rarity: impl Fn(&str) -> f32,
) -> Option<f32> {
    scored(scorer, &rare(left, &rarity), &rare(right, &rarity)).and_then(|scores| value(&scores))
}

/// The information in the agreement of one pair, given the rarity of each word; `None` if it is not measured.
pub fn information<S: Scorer>(scorer: &S, left: &[&str], right: &[&str], rarity: impl Fn(&str) -> f32) -> Option<f32> {
    scored(scorer, &rare(left, &rarity), &rare(right, &rarity))?.information.first().copied()
}

/// The scorer's explanation of one pair; empty if it has none.
pub fn evidence<S: Scorer>(scorer: &S, left: &[&str], right: &[&str]) -> String {
    let evidence = scored(scorer, &side(left), &side(right)).and_then(|scores| scores.evidence);
    evidence.map(|texts| String::from_utf8_lossy(&texts.data).into_owned()).unwrap_or_default()
}

fn side(values: &[&str]) -> Vec<Column> {
    values.iter().map(|value| column([*value])).collect()
}

fn rare(values: &[&str], rarity: impl Fn(&str) -> f32) -> Vec<Column> {
    let mut columns = side(values);
    for column in &mut columns {
        let words = split_words(&column.data).map(|word| rarity(std::str::from_utf8(word).unwrap_or_default()));
        column.rarity = words.collect();
    }
    columns
}

/// A batch of one row per side, with as many inputs as are given, is well-formed: anything that fails here is in the
/// scorer, which cannot fail.
fn scored<S: Scorer>(scorer: &S, left: &[Column], right: &[Column]) -> Option<Scores> {
    score_pairs(scorer, left, right, &[0], &[0], true).ok()
}

fn value(scores: &Scores) -> Option<f32> {
    scores.values.first().copied().filter(|_| scores.compared.first() != Some(&0))
}
