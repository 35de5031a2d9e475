//! One scorer on the pairs of one chunk.
//!
//! **Invariant:** a guest can only fail its own rows. Rows that fail together are scored again in halves, each half with
//! its own rows and entries only, until the rows that fail alone are found.

use std::ops::Range;

use matchflow_model::columns;
use matchflow_model::plan::{OnFailure, ScorerPlan};
use matchflow_plugin_host::{HostError, Plugin};

use super::failure::RowFailure;
use super::instances::ScorerInstances;
use super::scorer_batch::ScorerBatch;
use super::term_frequency::SharedVocabulary;
use crate::chunk::Chunk;
use crate::error::{StepError, StopCheck};

/// Calls of one scorer on one chunk that may run out of time; then the rest of the chunk fails, to be retried by another
/// run. One bad row of 4,096 is found within it.
const TIMEOUTS_MAX: usize = 13;

/// The output of a scorer for consecutive pairs.
#[derive(Default)]
pub(super) struct ScorerValues {
    pub(super) scores: Vec<Option<f32>>,
    /// In the order of `scores`; shorter where the scorer measured nothing for the last ones.
    pub(super) information: Vec<f32>,
}

impl ScorerValues {
    fn extend(&mut self, more: ScorerValues) {
        if !more.information.is_empty() {
            self.information.resize(self.scores.len(), 0.0);
            self.information.extend(more.information);
        }
        self.scores.extend(more.scores);
    }
}

/// The calls of one scorer for one chunk.
pub(super) struct ScorerCall<'a> {
    pub(super) scorer: &'a ScorerPlan,
    pub(super) plugin: &'a Plugin,
    pub(super) vocabulary: &'a SharedVocabulary,
    pub(super) instances: &'a mut ScorerInstances,
    pub(super) slot: usize,
    pub(super) stop: StopCheck<'a>,
    pub(super) timeouts: usize,
    pub(super) failures: Vec<RowFailure>,
}

impl ScorerCall<'_> {
    /// Adds the values of the pairs of these rows; where they fail together, half by half. `tries` counts this one.
    pub(super) fn score_rows(
        &mut self,
        chunk: &Chunk,
        rows: Range<usize>,
        tries: u32,
        values: &mut ScorerValues,
    ) -> Result<(), StepError> {
        let Some(batch) = ScorerBatch::from_rows(chunk, &rows, &self.scorer.inputs)? else { return Ok(()) };
        let error = match self.score_batch(&batch) {
            Ok(more) => {
                values.extend(more);
                return Ok(());
            }
            Err(error) => error,
        };
        if error.is_of_host() {
            return Err(StepError::Machine { scorer: self.scorer.name.clone(), source: Box::new(error) });
        }
        // A slow scorer is given up after some tries. One that fails at once costs little, and rows that it could score must
        // not fail together with one that it cannot.
        let is_timeout = matches!(error, HostError::Timeout { .. });
        self.timeouts += usize::from(is_timeout);
        if rows.len() > 1 && !(is_timeout && self.timeouts >= TIMEOUTS_MAX) && !(self.stop)() {
            let middle = rows.start + rows.len() / 2;
            self.score_rows(chunk, rows.start..middle, tries + 1, values)?;
            return self.score_rows(chunk, middle..rows.end, tries + 1, values);
        }
        if self.scorer.on_failure == OnFailure::Stop && !(self.stop)() {
            return Err(StepError::Plugin {
                scorer: self.scorer.name.clone(),
                rows: describe_rows(chunk, &rows),
                source: Box::new(error),
            });
        }
        values.scores.extend(std::iter::repeat_n(None, batch.left_index.len()));
        let reason = format!("scorer `{}`: {error}", self.scorer.name);
        let failed = rows.filter(|row| !chunk.row_pairs(*row).1.is_empty());
        self.failures.extend(failed.map(|row| RowFailure {
            row,
            plugin: Some(self.scorer.name.clone()),
            tries,
            reason: reason.clone(),
            retryable: error.is_retryable(),
        }));
        Ok(())
    }

    fn score_batch(&mut self, batch: &ScorerBatch) -> Result<ScorerValues, HostError> {
        let state = self.instances.get_or_create(self.slot, self.plugin, self.scorer)?;
        let mut scores = batch.score(&mut state.scorer, &self.scorer.inputs, self.vocabulary, false)?;
        let inputs = &state.scorer.plugin().description().inputs;
        batch.adjust_for_name_frequency(inputs, &self.scorer.inputs, self.vocabulary, &mut scores.information);
        let values = scores.values.into_iter().zip(scores.compared);
        let values = values.map(|(value, is_compared)| is_compared.then_some(value)).collect();
        Ok(ScorerValues { scores: values, information: scores.information })
    }
}

/// The rows by their keys, for a message: one, or the first of several.
fn describe_rows(chunk: &Chunk, rows: &Range<usize>) -> String {
    let keys = columns::text(&chunk.rows.0, columns::KEY).ok();
    let first = keys.and_then(|keys| columns::value(keys, rows.start)).unwrap_or_default();
    match rows.len() {
        0 | 1 => format!("row `{first}`"),
        more => format!("{more} rows from `{first}` on"),
    }
}
