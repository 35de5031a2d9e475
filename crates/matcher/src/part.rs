//! What a scorer is handed: some pairs of a chunk, with the rows and entries that are in them, each once.

use std::ops::Range;

use matchflow_model::arrow::array::{Array, RecordBatch, StringArray, UInt32Array};
use matchflow_model::arrow::compute::take;
use matchflow_model::columns;
use matchflow_model::plan::InputPair;
use matchflow_plugin_host::{HostError, Input, PairBatch, ScorerInstance, Scores};

use crate::chunk::Chunk;
use crate::error::StepError;
use crate::rarity::{self, SharedVocabulary};

/// Some pairs of a chunk with their rows and entries, and nothing else.
pub(crate) struct Part {
    left: Vec<StringArray>,
    right: Vec<StringArray>,
    pub(crate) left_index: Vec<u32>,
    right_index: Vec<u32>,
}

impl Part {
    /// The pairs of some rows; `None` where they have no candidates.
    pub(crate) fn of(chunk: &Chunk, rows: &Range<usize>, inputs: &[InputPair]) -> Result<Option<Part>, StepError> {
        let (start, _) = chunk.pairs_of(rows.start);
        let (end, _) = chunk.pairs_of(rows.end);
        let pairs = chunk.candidates.pairs.get(start..end).unwrap_or_default();
        let Some(entries) = chunk.candidates.entries.as_ref().filter(|_| !pairs.is_empty()) else { return Ok(None) };
        let left =
            inputs.iter().map(|input| Ok(columns::text(&chunk.rows.0, &input.left)?.slice(rows.start, rows.len())));
        let left = left.collect::<Result<Vec<_>, StepError>>()?;
        let left_index = pairs.iter().map(|pair| pair.row - rows.start as u32).collect();
        let (right, right_index) =
            gather(&entries.0, pairs.iter().map(|pair| pair.entry), inputs.iter().map(|input| &input.right))?;
        Ok(Some(Part { left, right, left_index, right_index }))
    }

    /// The pairs at these places.
    pub(crate) fn of_pairs(chunk: &Chunk, places: &[usize], inputs: &[InputPair]) -> Result<Option<Part>, StepError> {
        let Some(entries) = &chunk.candidates.entries else { return Ok(None) };
        let pairs = || places.iter().filter_map(|place| chunk.candidates.pairs.get(*place));
        let (left, left_index) =
            gather(&chunk.rows.0, pairs().map(|pair| pair.row), inputs.iter().map(|input| &input.left))?;
        let (right, right_index) =
            gather(&entries.0, pairs().map(|pair| pair.entry), inputs.iter().map(|input| &input.right))?;
        Ok(Some(Part { left, right, left_index, right_index }))
    }

    /// What the plug-in says of the pairs.
    pub(crate) fn scores(
        &self,
        scorer: &mut ScorerInstance,
        compared: &[InputPair],
        vocabulary: &SharedVocabulary,
        explain: bool,
    ) -> Result<Scores, HostError> {
        let inputs = &scorer.plugin().description().inputs;
        let rarity = |columns: &[StringArray]| rarity::of_columns(vocabulary, inputs, compared, columns);
        let (left_rarity, right_rarity) = (rarity(&self.left), rarity(&self.right));
        scorer.score(&PairBatch {
            left: &self.left.iter().collect::<Vec<_>>(),
            right: &self.right.iter().collect::<Vec<_>>(),
            left_index: &self.left_index,
            right_index: &self.right_index,
            left_rarity: &left_rarity.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            right_rarity: &right_rarity.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            explain,
        })
    }

    /// What the plug-in says that the agreements tell, with what is known of whole names.
    pub(crate) fn with_namesakes(
        &self,
        inputs: &[Input],
        compared: &[InputPair],
        vocabulary: &SharedVocabulary,
        information: &mut [f32],
    ) {
        let mut told = inputs.iter().zip(compared).zip(self.left.iter().zip(&self.right));
        if let Some(((_, compared), columns)) = told.find(|((input, _), _)| input.rarity) {
            let pairs = self.left_index.iter().copied().zip(self.right_index.iter().copied());
            rarity::with_namesakes(vocabulary, compared, columns, pairs, information);
        }
    }
}

/// The rows that `wanted` names, each once, of some columns, and for each of `wanted` its place among them.
fn gather<'a>(
    batch: &RecordBatch,
    wanted: impl Iterator<Item = u32>,
    names: impl Iterator<Item = &'a String>,
) -> Result<(Vec<StringArray>, Vec<u32>), StepError> {
    let mut place = vec![u32::MAX; batch.num_rows()];
    let mut used = Vec::new();
    let index = wanted.filter_map(|row| {
        let place = place.get_mut(row as usize)?;
        if *place == u32::MAX {
            *place = used.len() as u32;
            used.push(row);
        }
        Some(*place)
    });
    let index = index.collect();
    let used = UInt32Array::from(used);
    let taken = names.map(|name| Ok(StringArray::from(take(columns::text(batch, name)?, &used, None)?.to_data())));
    Ok((taken.collect::<Result<Vec<_>, StepError>>()?, index))
}
