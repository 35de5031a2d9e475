//! One candidate stage: the entries that a search finds for rows become their candidates.
//!
//! Searching and merging are two steps: different threads and processes can search shards, and the results are merged
//! per row.

use std::sync::Arc;

use matchflow_candidates::{BestPairs, Scratch, SearchCounts, Shard, candidate_limits, merge, search};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::CandidatesPlan;

use crate::chunk::Chunk;
use crate::error::StepError;
use crate::verdicts::chosen_entries;

/// A candidate stage of a plan.
#[derive(Clone)]
pub struct CandidateStage {
    /// Its position in the plan.
    pub number: u16,
    /// Its label in the plan.
    pub label: String,
    /// Its search.
    pub plan: Arc<CandidatesPlan>,
    /// Whether it is the plan's first candidate stage: it looks up the entries that people chose.
    pub is_first: bool,
}

/// The results of one search.
#[derive(Default)]
pub struct SearchResult {
    /// The candidates from each shard that found any, by row and best first, as returned by [`Shard::pairs`].
    pub pairs: Vec<RecordBatch>,
    /// The entries that people chose for rows, by shard.
    pub chosen: Vec<RecordBatch>,
    /// What the search left out.
    pub counts: SearchCounts,
}

impl CandidateStage {
    /// Searches the shards for candidates of the rows numbered `open`.
    ///
    /// # Errors
    ///
    /// Rows without a field that the stage needs.
    pub fn search(
        &self,
        shards: &[&Shard],
        rows: &RecordBatch,
        open: &[u32],
        scratch: &mut Scratch,
    ) -> Result<SearchResult, StepError> {
        let found = search(shards, &self.plan.search, self.plan.candidates_max, rows, open, scratch)?;
        let mut result = SearchResult::default();
        for (shard, found) in shards.iter().zip(&found) {
            result.counts.add(found.counts);
            if !found.row.is_empty() {
                result.pairs.push(shard.pairs(found)?);
            }
        }
        if self.is_first {
            for shard in shards {
                result.chosen.extend(chosen_entries(shard, rows)?);
            }
        }
        Ok(result)
    }

    /// The best candidates of each row from the results of all shards, in a total order; `None` if there are none.
    ///
    /// # Errors
    ///
    /// Batches that are not candidates.
    pub fn best(&self, pairs: &[RecordBatch]) -> Result<Option<RecordBatch>, StepError> {
        Ok(merge(pairs, candidate_limits(&self.plan)?)?)
    }

    /// Adds the best candidates of each row to the chunk.
    ///
    /// # Errors
    ///
    /// Batches that are not candidates.
    pub fn add_best(&self, chunk: &mut Chunk, pairs: &[RecordBatch]) -> Result<(), StepError> {
        match BestPairs::new(pairs, candidate_limits(&self.plan)?)? {
            Some(best) => chunk.add_pairs(&best, self.number, self.plan.candidates_max),
            None => Ok(()),
        }
    }

    /// Adds the entries that people chose, which no limit applies to.
    ///
    /// # Errors
    ///
    /// Batches that are not candidates.
    pub fn add_chosen(&self, chunk: &mut Chunk, chosen: &[RecordBatch]) -> Result<(), StepError> {
        chosen.iter().try_for_each(|pairs| chunk.add_pairs(&BestPairs::of(pairs), self.number, usize::MAX))
    }
}
