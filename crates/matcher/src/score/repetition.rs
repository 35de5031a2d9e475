//! Checks that a scorer is pure: a sample of the pairs that it scored is scored again, and must get the same bits.
//!
//! A scorer that keeps state between calls, or lets one pair's score depend on others of its batch, would give results
//! that differ from run to run, unnoticed: they would depend on threads, chunks and the order of arrival.
//!
//! **Limits.** One row in [`SAMPLED_ROWS_ONE_IN`], chosen by the digest of its key; [`EARLY_ROWS_MAX`] rows of the
//! first, second, fourth, eighth ... call of an instance; [`SAMPLED_PAIRS_MAX`] pairs of a call. A second call that
//! runs out of time, or that the machine has no instance for, proves nothing and is not an error.
//!
//! **How.** The pairs of the sample go to a fresh instance, in reverse order and without the others of their batch.

use std::ops::Range;

use matchflow_model::columns;
use matchflow_model::digest;
use matchflow_model::plan::ScorerPlan;
use matchflow_plugin_host::{HostError, Plugin, Scores};

use super::instances::scorer_limits;
use super::scorer_batch::ScorerBatch;
use super::term_frequency::SharedVocabulary;
use crate::chunk::Chunk;
use crate::error::StepError;

/// One row in this many is scored again.
const SAMPLED_ROWS_ONE_IN: u64 = 1_000;
/// Rows that are scored again after a call whose number is a power of two, so that short runs are checked as well.
const EARLY_ROWS_MAX: usize = 4;
/// Pairs that are scored again after one call.
const SAMPLED_PAIRS_MAX: usize = 256;

/// The scorer of the pairs.
pub(super) struct RepetitionCheck<'a> {
    pub(super) scorer: &'a ScorerPlan,
    pub(super) plugin: &'a Plugin,
    pub(super) vocabulary: &'a SharedVocabulary,
}

impl RepetitionCheck<'_> {
    /// Scores a sample of the pairs of these rows again and compares it with `scores`, which the instance's call number
    /// `call` returned.
    pub(super) fn check(
        &self,
        chunk: &Chunk,
        rows: &Range<usize>,
        scores: &Scores,
        call: u64,
    ) -> Result<(), StepError> {
        let (first_pair, _) = chunk.row_pairs(rows.start);
        let sample = sampled_pairs(chunk, rows, call)?;
        if sample.is_empty() {
            return Ok(());
        }
        let Some(batch) = ScorerBatch::from_pairs(chunk, &sample, &self.scorer.inputs)? else { return Ok(()) };
        let again = self.plugin.scorer(&self.scorer.parameters, scorer_limits(self.scorer));
        let again =
            again.and_then(|mut instance| batch.score(&mut instance, &self.scorer.inputs, self.vocabulary, false));
        let places: Vec<usize> = sample.iter().map(|pair| pair - first_pair).collect();
        let difference = match again {
            Ok(again) => scores.difference(&places, &again),
            Err(error) if error.is_of_host() || error.is_retryable() => None,
            Err(error) => Some((0, format!("scored at first, and then: {error}"))),
        };
        let Some((position, reason)) = difference else { return Ok(()) };
        let pair = sample.get(position).and_then(|pair| chunk.candidates.pairs.get(*pair));
        let keys = columns::text(&chunk.rows.0, columns::KEY)?;
        let key = pair.and_then(|pair| columns::value(keys, pair.row as usize)).unwrap_or_default();
        Err(StepError::Repetition {
            scorer: self.scorer.name.clone(),
            row: key.to_owned(),
            source: Box::new(HostError::NotRepeatable { plugin: self.plugin.label(), reason }),
        })
    }
}

/// The indices of the pairs to score again, in reverse order.
fn sampled_pairs(chunk: &Chunk, rows: &Range<usize>, call: u64) -> Result<Vec<usize>, StepError> {
    let keys = columns::text(&chunk.rows.0, columns::KEY)?;
    let digest = |row: &usize| digest::row([columns::value(keys, *row)]);
    let is_sampled = |row: &usize| digest(row).is_multiple_of(SAMPLED_ROWS_ONE_IN);
    let mut sampled: Vec<usize> = rows.clone().filter(is_sampled).collect();
    if sampled.is_empty() && call.is_power_of_two() {
        sampled = rows.clone().filter(|row| !chunk.row_pairs(*row).1.is_empty()).collect();
        sampled.sort_by_cached_key(digest);
        sampled.truncate(EARLY_ROWS_MAX);
        sampled.sort_unstable();
    }
    let pairs = sampled.into_iter().rev().flat_map(|row| {
        let (start, pairs) = chunk.row_pairs(row);
        (start..start + pairs.len()).rev()
    });
    Ok(pairs.take(SAMPLED_PAIRS_MAX).collect())
}
