//! Scores the candidates of a chunk with the scorers of one stage. No threads here: see `pool`.
//!
//! A pair's score is the mean of its scorers' scores, weighted as the plan says, over those that had something to
//! compare on both sides; 0 where none had. The sum runs in the plan's order, so it is the same wherever it is made.
//!
//! **Invariant:** a guest can only fail its own rows. Rows that fail together are scored again in halves, each half with
//! its own rows and entries only, until the rows that fail alone are found.

use std::collections::HashMap;
use std::ops::Range;

use matchflow_model::arrow::array::{Array, StringArray, UInt32Array};
use matchflow_model::arrow::compute::take;
use matchflow_model::columns;
use matchflow_model::plan::{InputPair, ScorePlan, ScorerPlan};
use matchflow_plugin_host::{HostError, Limits, PairBatch, Plugin, ScorerInstance};

use crate::abort::Abort;
use crate::chunk::{Chunk, Evidence};
use crate::error::StepError;

/// Calls of one scorer on one chunk that may run out of time; then the rest of the chunk fails, to be tried again
/// another day. One bad row of 4,096 is found within it.
const TIMEOUTS_MAX: usize = 13;

/// A score stage with its plug-ins loaded.
pub(crate) struct ScoreStage {
    pub(crate) label: String,
    pub(crate) plan: ScorePlan,
    /// One for each scorer of the plan.
    pub(crate) plugins: Vec<Plugin>,
    /// For each scorer the place of its instance in [`Instances`]; scorers that are set up alike share one.
    pub(crate) slots: Vec<usize>,
}

/// One thread's instances, made when first needed.
pub(crate) type Instances = HashMap<usize, ScorerInstance>;

/// A chunk with scores.
pub(crate) struct Scored {
    pub(crate) chunk: Chunk,
    pub(crate) failures: Vec<Failure>,
    pub(crate) pairs: u64,
}

/// A row that a plug-in could not score.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) row: usize,
    pub(crate) reason: String,
    pub(crate) retryable: bool,
}

type Values = Vec<Option<f32>>;

impl ScoreStage {
    /// Scores every candidate of the chunk.
    pub(crate) fn score(
        &self,
        instances: &mut Instances,
        mut chunk: Chunk,
        abort: &Abort,
    ) -> Result<Scored, StepError> {
        let mut failures = Vec::new();
        let mut evidence = Vec::new();
        for ((scorer, plugin), slot) in self.plan.scorers.iter().zip(&self.plugins).zip(&self.slots) {
            let mut call = Call { scorer, plugin, instances, slot: *slot, abort, timeouts: 0, failures: &mut failures };
            let mut values = Vec::with_capacity(chunk.candidates.pairs.len());
            call.rows(&chunk, 0..chunk.len(), &mut values)?;
            evidence.push(Evidence { scorer: scorer.name.clone(), values });
        }
        let weights: Vec<f64> = self.plan.scorers.iter().map(|scorer| scorer.weight).collect();
        for (index, pair) in chunk.candidates.pairs.iter_mut().enumerate() {
            pair.score = weighted_mean(&weights, &evidence, index);
        }
        chunk.candidates.evidence = evidence;
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        let pairs = chunk.candidates.pairs.len() as u64;
        Ok(Scored { chunk, failures, pairs })
    }
}

fn weighted_mean(weights: &[f64], evidence: &[Evidence], pair: usize) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (weight, evidence) in weights.iter().zip(evidence) {
        if let Some(Some(value)) = evidence.values.get(pair) {
            sum += weight * f64::from(*value);
            total += weight;
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// One scorer on one chunk.
struct Call<'a> {
    scorer: &'a ScorerPlan,
    plugin: &'a Plugin,
    instances: &'a mut Instances,
    slot: usize,
    abort: &'a Abort,
    timeouts: usize,
    failures: &'a mut Vec<Failure>,
}

impl Call<'_> {
    /// Adds the values of the pairs of these rows; where they fail together, half by half.
    fn rows(&mut self, chunk: &Chunk, rows: Range<usize>, values: &mut Values) -> Result<(), StepError> {
        let Some(part) = Part::of(chunk, &rows, &self.scorer.inputs)? else { return Ok(()) };
        let error = match self.score(&part) {
            Ok(more) => {
                values.extend(more);
                return Ok(());
            }
            Err(error) => error,
        };
        self.timeouts += usize::from(matches!(error, HostError::Timeout { .. }));
        if rows.len() > 1 && self.timeouts < TIMEOUTS_MAX && !self.abort.is_raised() {
            let middle = rows.start + rows.len() / 2;
            self.rows(chunk, rows.start..middle, values)?;
            return self.rows(chunk, middle..rows.end, values);
        }
        values.extend(std::iter::repeat_n(None, part.left_index.len()));
        let reason = format!("scorer `{}`: {error}", self.scorer.name);
        let failed = rows.filter(|row| !chunk.pairs_of(*row).1.is_empty());
        let retryable = error.is_retryable();
        self.failures.extend(failed.map(|row| Failure { row, reason: reason.clone(), retryable }));
        Ok(())
    }

    fn score(&mut self, part: &Part) -> Result<Values, HostError> {
        let instance = match self.instances.entry(self.slot) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let limits =
                    Limits { timeout_ms: self.scorer.timeout_ms, memory_bytes_max: self.scorer.memory_bytes_max };
                entry.insert(self.plugin.scorer(&self.scorer.parameters, limits)?)
            }
        };
        let (left, right): (Vec<_>, Vec<_>) = (part.left.iter().collect(), part.right.iter().collect());
        let batch =
            PairBatch { left: &left, right: &right, left_index: &part.left_index, right_index: &part.right_index };
        let scores = instance.score(&batch)?;
        let values = scores.values.into_iter().zip(scores.compared);
        Ok(values.map(|(value, compared)| compared.then_some(value)).collect())
    }
}

/// Some rows of a chunk with the entries that are their candidates, and nothing else.
struct Part {
    left: Vec<StringArray>,
    right: Vec<StringArray>,
    left_index: Vec<u32>,
    right_index: Vec<u32>,
}

impl Part {
    /// `None` where the rows have no candidates.
    fn of(chunk: &Chunk, rows: &Range<usize>, inputs: &[InputPair]) -> Result<Option<Part>, StepError> {
        let (start, _) = chunk.pairs_of(rows.start);
        let (end, _) = chunk.pairs_of(rows.end);
        let pairs = chunk.candidates.pairs.get(start..end).unwrap_or_default();
        let Some(entries) = chunk.candidates.entries.as_ref().filter(|_| !pairs.is_empty()) else { return Ok(None) };
        let left =
            inputs.iter().map(|input| Ok(columns::text(&chunk.rows.0, &input.left)?.slice(rows.start, rows.len())));
        let left = left.collect::<Result<Vec<_>, StepError>>()?;
        let mut place = vec![u32::MAX; entries.0.num_rows()];
        let mut used = Vec::new();
        let right_index = pairs.iter().filter_map(|pair| {
            let place = place.get_mut(pair.entry as usize)?;
            if *place == u32::MAX {
                *place = used.len() as u32;
                used.push(pair.entry);
            }
            Some(*place)
        });
        let right_index = right_index.collect();
        let used = UInt32Array::from(used);
        let right = inputs.iter().map(|input| {
            let taken = take(columns::text(&entries.0, &input.right)?, &used, None)?;
            Ok(StringArray::from(taken.to_data()))
        });
        let right = right.collect::<Result<Vec<_>, StepError>>()?;
        let left_index = pairs.iter().map(|pair| pair.row - rows.start as u32).collect();
        Ok(Some(Part { left, right, left_index, right_index }))
    }
}
