//! The input of a scorer: some pairs of a chunk, with their rows and entries, each once.

use std::ops::Range;

use matchflow_model::arrow::array::{Array, RecordBatch, StringArray, UInt32Array};
use matchflow_model::arrow::compute::take;
use matchflow_model::columns;
use matchflow_model::plan::InputPair;
use matchflow_plugin_host::{HostError, Input, PairBatch, ScorerInstance, Scores};

use super::term_frequency::{self, ComparedColumns, SharedVocabulary};
use crate::chunk::Chunk;
use crate::error::StepError;

/// Some pairs of a chunk with only their rows and entries.
pub(crate) struct ScorerBatch {
    left: Vec<StringArray>,
    right: Vec<StringArray>,
    pub(crate) left_index: Vec<u32>,
    right_index: Vec<u32>,
}

impl ScorerBatch {
    /// The pairs of some rows; `None` if they have no candidates.
    pub(crate) fn from_rows(
        chunk: &Chunk,
        rows: &Range<usize>,
        inputs: &[InputPair],
    ) -> Result<Option<ScorerBatch>, StepError> {
        let (start, _) = chunk.row_pairs(rows.start);
        let (end, _) = chunk.row_pairs(rows.end);
        let pairs = chunk.candidates.pairs.get(start..end).unwrap_or_default();
        let Some(entries) = chunk.candidates.entries.as_ref().filter(|_| !pairs.is_empty()) else { return Ok(None) };
        let left =
            inputs.iter().map(|input| Ok(columns::text(&chunk.rows.0, &input.left)?.slice(rows.start, rows.len())));
        let left = left.collect::<Result<Vec<_>, StepError>>()?;
        let left_index = pairs.iter().map(|pair| pair.row - rows.start as u32).collect();
        let right_fields = inputs.iter().map(|input| &input.right);
        let (right, right_index) = gather(&entries.0, pairs.iter().map(|pair| pair.entry), right_fields)?;
        Ok(Some(ScorerBatch { left, right, left_index, right_index }))
    }

    /// The pairs at these indices.
    pub(crate) fn from_pairs(
        chunk: &Chunk,
        indices: &[usize],
        inputs: &[InputPair],
    ) -> Result<Option<ScorerBatch>, StepError> {
        let Some(entries) = &chunk.candidates.entries else { return Ok(None) };
        let pairs = || indices.iter().filter_map(|index| chunk.candidates.pairs.get(*index));
        let left_fields = inputs.iter().map(|input| &input.left);
        let (left, left_index) = gather(&chunk.rows.0, pairs().map(|pair| pair.row), left_fields)?;
        let right_fields = inputs.iter().map(|input| &input.right);
        let (right, right_index) = gather(&entries.0, pairs().map(|pair| pair.entry), right_fields)?;
        Ok(Some(ScorerBatch { left, right, left_index, right_index }))
    }

    /// Calls the plug-in for the pairs.
    pub(crate) fn score(
        &self,
        scorer: &mut ScorerInstance,
        compared: &[InputPair],
        vocabulary: &SharedVocabulary,
        explain: bool,
    ) -> Result<Scores, HostError> {
        let inputs = &scorer.plugin().description().inputs;
        let left_rarity = term_frequency::column_rarities(vocabulary, inputs, compared, &self.left);
        let right_rarity = term_frequency::column_rarities(vocabulary, inputs, compared, &self.right);
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

    /// Adjusts the information measured by the plug-in for the frequency of complete names, if names are counted.
    pub(crate) fn adjust_for_name_frequency(
        &self,
        inputs: &[Input],
        compared: &[InputPair],
        vocabulary: &SharedVocabulary,
        information: &mut [f32],
    ) {
        let mut columns = inputs.iter().zip(compared).zip(self.left.iter().zip(&self.right));
        if let Some(((_, compared), (left, right))) = columns.find(|((input, _), _)| input.rarity) {
            let pairs = self.left_index.iter().copied().zip(self.right_index.iter().copied());
            let columns = ComparedColumns { left, right };
            term_frequency::adjust_for_name_frequency(vocabulary, compared, columns, pairs, information);
        }
    }
}

/// The distinct rows of a batch in `rows`, as columns of the fields `names`, and the position of each of `rows` among
/// them.
fn gather<'a>(
    batch: &RecordBatch,
    rows: impl Iterator<Item = u32>,
    names: impl Iterator<Item = &'a String>,
) -> Result<(Vec<StringArray>, Vec<u32>), StepError> {
    let mut indices = vec![u32::MAX; batch.num_rows()];
    let mut taken_rows = Vec::new();
    let index = rows.filter_map(|row| {
        let index = indices.get_mut(row as usize)?;
        if *index == u32::MAX {
            *index = taken_rows.len() as u32;
            taken_rows.push(row);
        }
        Some(*index)
    });
    let index = index.collect();
    let taken_rows = UInt32Array::from(taken_rows);
    let columns =
        names.map(|name| Ok(StringArray::from(take(columns::text(batch, name)?, &taken_rows, None)?.to_data())));
    Ok((columns.collect::<Result<Vec<_>, StepError>>()?, index))
}
