//! One scorer on the pairs of one chunk.
//!
//! **Invariant:** a guest can only fail its own rows. Rows that fail together are scored again separately, each time
//! only with their own rows and entries, until the failing rows are isolated: one by one after a time-out, since each
//! call that includes a slow row would cost the whole time limit again; by halves after another failure, which is
//! cheap.
//!
//! **Limits.** [`TIMEOUTS_MAX`] time-outs of a scorer on one chunk. The remaining rows of the chunk then fail without a
//! call, with a reason that states this, and another run retries them.

use std::ops::Range;

use matchflow_model::columns;
use matchflow_model::plan::{OnFailure, ScorerPlan};
use matchflow_model::row_error::RowError;
use matchflow_plugin_host::{HostError, Plugin};

use super::failure::RowFailure;
use super::instances::ScorerInstances;
use super::repetition::RepetitionCheck;
use super::scorer_batch::ScorerBatch;
use super::term_frequency::SharedVocabulary;
use crate::chunk::Chunk;
use crate::error::{StepError, StopCheck};

/// Maximum number of time-outs of one scorer on one chunk: the first call, with all rows, and then one for each slow
/// row.
const TIMEOUTS_MAX: usize = 64;

/// The output of a scorer for consecutive pairs.
#[derive(Default)]
pub(super) struct ScorerValues {
    pub(super) scores: Vec<Option<f32>>,
    /// In the order of `scores`; shorter if the scorer measured nothing for the last ones.
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
    /// Adds the values of the pairs of these rows; if they fail together, separately. `tries` includes this attempt.
    pub(super) fn score_rows(
        &mut self,
        chunk: &Chunk,
        rows: Range<usize>,
        tries: u32,
        values: &mut ScorerValues,
    ) -> Result<(), StepError> {
        let Some(batch) = ScorerBatch::from_rows(chunk, &rows, &self.scorer.inputs)? else { return Ok(()) };
        if self.timeouts >= TIMEOUTS_MAX {
            let error = RowError::TimeoutsMax { timeouts: TIMEOUTS_MAX as u64 };
            values.scores.extend(std::iter::repeat_n(None, batch.left_index.len()));
            self.add_failures(chunk, rows, tries.saturating_sub(1), error, true);
            return Ok(());
        }
        let error = match self.score_batch(chunk, &rows, &batch) {
            Ok(more) => {
                values.extend(more);
                return Ok(());
            }
            Err(CallError::Step(error)) => return Err(error),
            Err(CallError::Host(error)) => error,
        };
        if error.is_of_host() {
            return Err(StepError::Machine { scorer: self.scorer.name.clone(), source: Box::new(error) });
        }
        let is_timeout = matches!(error, HostError::Timeout { .. });
        self.timeouts += usize::from(is_timeout);
        if rows.len() > 1 && !(self.stop)() {
            let part_rows = if is_timeout { 1 } else { rows.len().div_ceil(2) };
            for start in rows.clone().step_by(part_rows) {
                self.score_rows(chunk, start..rows.end.min(start + part_rows), tries + 1, values)?;
            }
            return Ok(());
        }
        if self.scorer.on_failure == OnFailure::Stop && !(self.stop)() {
            return Err(StepError::Plugin {
                scorer: self.scorer.name.clone(),
                rows: describe_rows(chunk, &rows),
                source: Box::new(error),
            });
        }
        values.scores.extend(std::iter::repeat_n(None, batch.left_index.len()));
        self.add_failures(chunk, rows, tries, error.row_error(), error.is_retryable());
        Ok(())
    }

    /// Records that the scorer failed on these rows, for those with candidates.
    fn add_failures(&mut self, chunk: &Chunk, rows: Range<usize>, tries: u32, error: RowError, retryable: bool) {
        let error = RowError::Scorer { scorer: self.scorer.name.clone(), error: Box::new(error) };
        let failed = rows.filter(|row| !chunk.row_pairs(*row).1.is_empty());
        self.failures.extend(failed.map(|row| RowFailure {
            row,
            plugin: Some(self.scorer.name.clone()),
            tries,
            error: error.clone(),
            retryable,
        }));
    }

    fn score_batch(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        batch: &ScorerBatch,
    ) -> Result<ScorerValues, CallError> {
        let state = self.instances.get_or_create(self.slot, self.plugin, self.scorer)?;
        let mut scores = batch.score(&mut state.scorer, &self.scorer.inputs, self.vocabulary, false)?;
        state.calls += 1;
        let number = state.calls;
        let check = RepetitionCheck { scorer: self.scorer, plugin: self.plugin, vocabulary: self.vocabulary };
        check.check(chunk, rows, &scores, number)?;
        let inputs = &self.plugin.description().inputs;
        batch.adjust_for_name_frequency(inputs, &self.scorer.inputs, self.vocabulary, &mut scores.information);
        let values = scores.values.into_iter().zip(scores.compared);
        let values = values.map(|(value, is_compared)| is_compared.then_some(value)).collect();
        Ok(ScorerValues { scores: values, information: scores.information })
    }
}

/// Why a call returned no scores.
enum CallError {
    /// The plug-in or the machine failed.
    Host(HostError),
    /// The run must end.
    Step(StepError),
}

impl From<HostError> for CallError {
    fn from(error: HostError) -> CallError {
        CallError::Host(error)
    }
}

impl From<StepError> for CallError {
    fn from(error: StepError) -> CallError {
        CallError::Step(error)
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
