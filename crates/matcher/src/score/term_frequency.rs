//! The rarity of the words in a column, from their term frequency in the registry, for the scorers that need it.
//!
//! The words of both sides are looked up among those of the registry's field. The words of all shards are known before
//! any candidate is found, and are the same on every worker, and so is the rarity of each.

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use matchflow_candidates::{TermFrequencies, Vocabulary};
use matchflow_model::arrow::array::{Array, StringArray};
use matchflow_model::columns::{self, ALTERNATIVE};
use matchflow_model::plan::InputPair;
use matchflow_plugin_host::Input;

/// The words of all shards, once the registry is indexed. Shared by the workers of the process.
pub type SharedVocabulary = Arc<OnceLock<Arc<Vocabulary>>>;

/// The two columns that a scorer compares.
#[derive(Clone, Copy)]
pub(crate) struct ComparedColumns<'a> {
    pub(crate) left: &'a StringArray,
    pub(crate) right: &'a StringArray,
}

/// The registry fields whose words must be counted for a plug-in with these inputs.
pub(crate) fn weighed_fields<'a>(inputs: &'a [Input], compared: &'a [InputPair]) -> impl Iterator<Item = &'a str> {
    let weighed = inputs.iter().zip(compared).filter(|(input, _)| input.rarity);
    weighed.map(|(_, pair)| pair.right.as_str())
}

/// The number of companies in the registry: chance agreements are a fraction of it.
pub(crate) fn group_count(vocabulary: &SharedVocabulary) -> u64 {
    vocabulary.get().map_or(1, |vocabulary| vocabulary.groups())
}

/// The rarities of every word in order, per column; empty for columns whose input does not need them, and for all
/// columns if none does.
pub(crate) fn column_rarities(
    vocabulary: &SharedVocabulary,
    inputs: &[Input],
    compared: &[InputPair],
    columns: &[StringArray],
) -> Vec<Vec<f32>> {
    let Some(vocabulary) = vocabulary.get().filter(|_| inputs.iter().any(|input| input.rarity)) else {
        return Vec::new();
    };
    let rarities = |((input, pair), column): ((&Input, &InputPair), &StringArray)| {
        let frequencies = vocabulary.term_frequencies(&pair.right).filter(|_| input.rarity);
        frequencies.map(|frequencies| word_rarities(|word| frequencies.rarity(word), column)).unwrap_or_default()
    };
    inputs.iter().zip(compared).zip(columns).map(rarities).collect()
}

/// Adjusts the information in agreements for the frequency of complete names, if those are counted (`dedupe`). `pairs`
/// are rows of the columns, one for each of `information`.
pub(crate) fn adjust_for_name_frequency(
    vocabulary: &SharedVocabulary,
    compared: &InputPair,
    names: ComparedColumns<'_>,
    pairs: impl Iterator<Item = (u32, u32)>,
    information: &mut [f32],
) {
    let Some(vocabulary) = vocabulary.get() else { return };
    let Some(frequencies) = vocabulary.term_frequencies(&compared.right).filter(TermFrequencies::counts_names) else {
        return;
    };
    for ((left, right), information) in pairs.zip(information) {
        let left = columns::value(names.left, left as usize).unwrap_or_default();
        let right = columns::value(names.right, right as usize).unwrap_or_default();
        let alternatives =
            || columns::alternatives(left).flat_map(|one| columns::alternatives(right).map(move |other| (one, other)));
        let same = alternatives().find(|(one, other)| one == other);
        if let Some((one, other)) = same.or_else(|| alternatives().next()) {
            let others = frequencies.other_groups(one, other);
            *information = matchflow_match_weights::adjust_for_name_frequency(
                *information,
                others,
                one == other,
                vocabulary.groups(),
            );
        }
    }
}

/// The rarity of each word of a column. Candidates share words with their rows, so most words are looked up only once.
fn word_rarities<'a>(rarity: impl Fn(&str) -> f32, column: &'a StringArray) -> Vec<f32> {
    let mut known: HashMap<&'a str, f32> = HashMap::new();
    let mut rarities = Vec::new();
    // Including missing cells: the plug-in counts the words of all the text in the column's buffer.
    for row in 0..column.len() {
        let words = column.value(row).split([' ', ALTERNATIVE]).filter(|word| !word.is_empty());
        rarities.extend(words.map(|word| *known.entry(word).or_insert_with(|| rarity(word))));
    }
    rarities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_rarity_and_missing_cells_have_none() {
        let column = StringArray::from(vec![Some("gare  lyon\u{1f}sncf"), None, Some(""), Some("lyon")]);
        let length = |word: &str| word.len() as f32;
        assert_eq!(word_rarities(length, &column), [4.0, 4.0, 4.0, 4.0]);
        let column = column.slice(2, 2);
        assert_eq!(word_rarities(length, &column), [4.0]);
    }
}
