//! How rare the words of a column are, for the scorers that want it.
//!
//! Both sides are looked up among the words of the registry's field. The words of all shards are there before any
//! candidate is found, and are the same on every worker: so is what they weigh.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use matchflow_candidates::{TermFrequencies, Vocabulary};
use matchflow_model::arrow::array::{Array, StringArray};
use matchflow_model::columns::{self, ALTERNATIVE};
use matchflow_model::plan::InputPair;
use matchflow_plugin_host::Input;

/// The words of all shards, once the registry is indexed. Shared by the workers of the process.
pub type SharedVocabulary = Arc<OnceLock<Arc<Vocabulary>>>;

/// The registry fields whose words must be counted for a plug-in with these inputs.
pub(crate) fn fields<'a>(inputs: &'a [Input], compared: &'a [InputPair]) -> impl Iterator<Item = &'a str> {
    let wanted = inputs.iter().zip(compared).filter(|(input, _)| input.rarity);
    wanted.map(|(_, pair)| pair.right.as_str())
}

/// The companies of the registry: what chance agreements are counted against.
pub(crate) fn groups(vocabulary: &SharedVocabulary) -> u64 {
    vocabulary.get().map_or(1, |vocabulary| vocabulary.groups())
}

/// For each column the rarity of every word in order; empty for columns whose input does not want it, and altogether
/// where none does.
pub(crate) fn of_columns(
    vocabulary: &SharedVocabulary,
    inputs: &[Input],
    compared: &[InputPair],
    columns: &[StringArray],
) -> Vec<Vec<f32>> {
    let Some(vocabulary) = vocabulary.get().filter(|_| inputs.iter().any(|input| input.rarity)) else {
        return Vec::new();
    };
    let column = |((input, pair), column): ((&Input, &InputPair), &StringArray)| {
        let rarity = vocabulary.rarity(&pair.right).filter(|_| input.rarity);
        rarity.map(|rarity| of_column(|word| rarity.of(word), column)).unwrap_or_default()
    };
    inputs.iter().zip(compared).zip(columns).map(column).collect()
}

/// What the agreement of two rows tells, where whole names of the file are counted (`dedupe`); else as the scorer says.
/// `pairs` are places in the columns, of the pairs of which `information` is.
pub(crate) fn with_namesakes(
    vocabulary: &SharedVocabulary,
    compared: &InputPair,
    columns: (&StringArray, &StringArray),
    pairs: impl Iterator<Item = (u32, u32)>,
    information: &mut [f32],
) {
    let Some(vocabulary) = vocabulary.get() else { return };
    let Some(rarity) = vocabulary.rarity(&compared.right).filter(TermFrequencies::knows_names) else { return };
    for ((left, right), information) in pairs.zip(information) {
        let left = columns::value(columns.0, left as usize).unwrap_or_default();
        let right = columns::value(columns.1, right as usize).unwrap_or_default();
        let alternatives =
            || columns::alternatives(left).flat_map(|one| columns::alternatives(right).map(move |other| (one, other)));
        let same = alternatives().find(|(one, other)| one == other);
        if let Some((one, other)) = same.or_else(|| alternatives().next()) {
            let others = rarity.others(one, other);
            *information =
                matchflow_match_weights::named_alike(*information, others, one == other, vocabulary.groups());
        }
    }
}

/// Candidates share words with their rows, so most words come several times.
fn of_column<'a>(rarity: impl Fn(&str) -> f32, column: &'a StringArray) -> Vec<f32> {
    let mut known: HashMap<&'a str, f32> = HashMap::new();
    let mut found = Vec::new();
    // Missing values too: the plug-in counts the words of all that lies in the column.
    for row in 0..column.len() {
        let words = column.value(row).split([' ', ALTERNATIVE]).filter(|word| !word.is_empty());
        found.extend(words.map(|word| *known.entry(word).or_insert_with(|| rarity(word))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_place_and_missing_values_have_none() {
        let column = StringArray::from(vec![Some("gare  lyon\u{1f}sncf"), None, Some(""), Some("lyon")]);
        let length = |word: &str| word.len() as f32;
        assert_eq!(of_column(length, &column), [4.0, 4.0, 4.0, 4.0]);
        let column = column.slice(2, 2);
        assert_eq!(of_column(length, &column), [4.0]);
    }
}
