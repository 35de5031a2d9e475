//! Scores the candidates of a chunk with the scorers of one stage. No threads here: see `pool`.
//!
//! A pair's score is the mean of its scorers' scores, weighted as the plan says, over those that had something to
//! compare on both sides; 0 where none had. The sum runs in the plan's order, so it is the same wherever it is made.

use matchflow_model::arrow::array::StringArray;
use matchflow_model::columns;
use matchflow_model::plan::{ScorePlan, ScorerPlan};
use matchflow_plugin_host::{HostError, Limits, PairBatch, Plugin, ScorerInstance};

use crate::chunk::{Chunk, Evidence, Pair};
use crate::error::StepError;

/// A score stage with its plug-ins loaded.
pub(crate) struct ScoreStage {
    /// Its index in the plan.
    pub(crate) index: usize,
    pub(crate) label: String,
    pub(crate) plan: ScorePlan,
    /// One for each scorer of the plan.
    pub(crate) plugins: Vec<Plugin>,
}

/// One thread's instances, one for each scorer, made when first needed.
pub(crate) type Instances = Vec<Option<ScorerInstance>>;

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
    pub(crate) fn score(&self, instances: &mut Instances, mut chunk: Chunk) -> Result<Scored, StepError> {
        instances.resize_with(self.plan.scorers.len(), || None);
        let mut failures = Vec::new();
        let mut evidence = Vec::new();
        let scorers = self.plan.scorers.iter().zip(&self.plugins).zip(instances.iter_mut());
        for ((scorer, plugin), instance) in scorers {
            let mut call = Call { scorer, plugin, instance };
            let values = score_all(&mut call, &chunk, &mut failures)?;
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

/// One scorer and this thread's instance of it.
struct Call<'a> {
    scorer: &'a ScorerPlan,
    plugin: &'a Plugin,
    instance: &'a mut Option<ScorerInstance>,
}

impl Call<'_> {
    fn run(&mut self, left: &[&StringArray], right: &[&StringArray], pairs: &[Pair]) -> Result<Values, HostError> {
        let instance = match self.instance {
            Some(instance) => instance,
            None => {
                let limits = Limits {
                    timeout_ms: self.scorer.timeout_ms,
                    memory_bytes_max: self.scorer.memory_bytes_max,
                    ..Limits::default()
                };
                self.instance.insert(self.plugin.scorer(&self.scorer.parameters, limits)?)
            }
        };
        let left_index: Vec<u32> = pairs.iter().map(|pair| pair.row).collect();
        let right_index: Vec<u32> = pairs.iter().map(|pair| pair.entry).collect();
        let batch = PairBatch { left, right, left_index: &left_index, right_index: &right_index };
        let scores = instance.score(&batch)?;
        let values = scores.values.into_iter().zip(scores.compared);
        Ok(values.map(|(value, compared)| compared.then_some(value)).collect())
    }
}

/// One scorer over the whole chunk; where that fails, row by row, and the rows that fail alone are noted.
fn score_all(call: &mut Call<'_>, chunk: &Chunk, failures: &mut Vec<Failure>) -> Result<Values, StepError> {
    let pairs = &chunk.candidates.pairs;
    let Some(entries) = chunk.candidates.entries.as_ref().filter(|_| !pairs.is_empty()) else {
        return Ok(vec![None; pairs.len()]);
    };
    let inputs = &call.scorer.inputs;
    let left = inputs.iter().map(|input| columns::text(&chunk.rows.0, &input.left));
    let left = left.collect::<Result<Vec<_>, _>>()?;
    let right = inputs.iter().map(|input| columns::text(&entries.0, &input.right));
    let right = right.collect::<Result<Vec<_>, _>>()?;
    if let Ok(values) = call.run(&left, &right, pairs) {
        return Ok(values);
    }
    let mut values = Vec::with_capacity(pairs.len());
    for row in 0..chunk.len() {
        let (_, pairs) = chunk.pairs_of(row);
        if pairs.is_empty() {
            continue;
        }
        match call.run(&left, &right, pairs) {
            Ok(more) => values.extend(more),
            Err(error) => {
                values.extend(std::iter::repeat_n(None, pairs.len()));
                let reason = format!("scorer `{}`: {error}", call.scorer.name);
                failures.push(Failure { row, reason, retryable: error.is_retryable() });
            }
        }
    }
    Ok(values)
}
