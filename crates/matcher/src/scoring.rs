//! Scores the candidates of a chunk with the scorers of one stage. No threads here: see `pool`.
//!
//! A pair's score is its match weight by the plan's model. Without one it is the mean of its scorers' scores, weighted as
//! the plan says, over those that had something to compare on both sides; 0 where none had. Sums run in the plan's order,
//! so they are the same wherever they are made.
//!
//! What becomes of a row that a scorer fails on is for the plan to say: it fails, it is scored without that scorer, or it
//! ends the run.
//!
//! **Invariant:** a guest can only fail its own rows. Rows that fail together are scored again in halves, each half with
//! its own rows and entries only, until the rows that fail alone are found.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use matchflow_match_weights::Weigher;
use matchflow_model::columns;
use matchflow_model::plan::{DecidePlan, OnFailure, ScorePlan, ScorerPlan};
use matchflow_plugin_host::{HostError, Limits, Plugin, ScorerInstance};

use crate::chunk::{Candidates, Chunk, Evidence, Said};
use crate::error::{StepError, StopCheck};
use crate::part::Part;
use crate::ranking::Scale;
use crate::rarity::{self, SharedVocabulary};
use crate::replacements::Replacements;
use crate::weighing::Weighing;

/// Calls of one scorer on one chunk that may run out of time; then the rest of the chunk fails, to be tried again
/// another day. One bad row of 4,096 is found within it.
const TIMEOUTS_MAX: usize = 13;

/// A score stage with its plug-ins loaded.
pub struct ScoreStage {
    /// Its label in the plan.
    pub label: String,
    /// What the plan says of it.
    pub plan: ScorePlan,
    /// The decision that looks first at these scores.
    pub(crate) decide: Option<DecidePlan>,
    /// One for each scorer of the plan, as the run began.
    pub(crate) plugins: Vec<Plugin>,
    /// What took over from them.
    pub(crate) replacements: Replacements,
    /// For each scorer the place of its instance in [`Instances`]; scorers that are set up alike share one.
    pub(crate) slots: Vec<usize>,
    /// The words of the registry, for scorers that weigh words by their rarity.
    pub(crate) vocabulary: SharedVocabulary,
}

/// What the scores of a chunk were made with.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    pub(crate) plan: &'a ScorePlan,
    /// The companies of the registry.
    groups: u64,
}

impl<'a> Basis<'a> {
    /// What the scores are.
    pub(crate) fn scale(self) -> Scale<'a> {
        Scale::of(self.plan)
    }

    pub(crate) fn weigher(self) -> Option<Weigher<'a>> {
        self.plan.model.as_ref().map(|model| Weigher::new(model, self.groups))
    }
}

/// One thread's instances, made when first needed.
pub type Instances = HashMap<usize, Instance>;

/// An instance of a plug-in.
pub struct Instance {
    pub(crate) scorer: ScorerInstance,
    /// It takes too long to explain its scores: it is not asked again.
    pub(crate) is_silent: bool,
}

/// A chunk with scores.
pub struct Scored {
    /// The chunk, each of its pairs with its score.
    pub chunk: Chunk,
    /// The rows that a scorer failed on, ascending, each once.
    pub failures: Vec<Failure>,
    /// Rows scored without a scorer that failed on them: its place in the plan, and how many.
    pub without: Vec<(usize, u64)>,
    /// How many pairs were scored.
    pub pairs: u64,
}

/// A row that a stage could not bring further.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its number in the chunk.
    pub row: usize,
    /// The name that the plan gives the plug-in at fault.
    pub plugin: Option<String>,
    /// How often the row was tried.
    pub tries: u32,
    /// Why, for people.
    pub reason: String,
    /// Whether another try may succeed.
    pub retryable: bool,
}

/// What a scorer said of pairs.
#[derive(Default)]
struct Values {
    scores: Vec<Option<f32>>,
    /// In the order of `scores`; shorter where the scorer told nothing of the last ones.
    information: Vec<f32>,
}

impl Values {
    fn extend(&mut self, more: Values) {
        if !more.information.is_empty() {
            self.information.resize(self.scores.len(), 0.0);
            self.information.extend(more.information);
        }
        self.scores.extend(more.scores);
    }
}

impl ScoreStage {
    /// What the scores of this stage are made with.
    pub fn basis(&self) -> Basis<'_> {
        Basis { plan: &self.plan, groups: rarity::groups(&self.vocabulary) }
    }

    /// The registry fields whose words its scorers weigh by their rarity.
    pub fn rarity_fields(&self) -> impl Iterator<Item = &str> {
        let scorers = self.plan.scorers.iter().zip(&self.plugins);
        scorers.flat_map(|(scorer, plugin)| rarity::fields(&plugin.description().inputs, &scorer.inputs))
    }

    /// Scores every candidate of the chunk.
    pub fn score(&self, instances: &mut Instances, mut chunk: Chunk, stop: StopCheck<'_>) -> Result<Scored, StepError> {
        let mut failures: Vec<Failure> = Vec::new();
        let mut without = Vec::new();
        let mut evidence = Vec::new();
        // The same for the whole chunk: an explanation comes from whoever scored.
        let plugins: Vec<Plugin> = self.plugins.iter().map(|plugin| self.replacements.current(plugin)).collect();
        let scorers = self.plan.scorers.iter().zip(&plugins).zip(&self.slots);
        for (place, ((scorer, plugin), slot)) in scorers.enumerate() {
            let mut values = Values { scores: Vec::with_capacity(chunk.candidates.pairs.len()), ..Values::default() };
            let failed = {
                let (vocabulary, failures) = (&self.vocabulary, Vec::new());
                let mut call = Call { scorer, plugin, vocabulary, instances, slot: *slot, stop, timeouts: 0, failures };
                call.rows(&chunk, 0..chunk.len(), 1, &mut values)?;
                call.failures
            };
            let Values { scores: values, information } = values;
            let mut said = Evidence { plugin: plugin.digest().into(), values, information, said: Vec::new() };
            if scorer.on_failure == OnFailure::SkipPlugin && !failed.is_empty() {
                without.push((place, failed.len() as u64));
                for failure in failed {
                    let (start, pairs) = chunk.pairs_of(failure.row);
                    let reason: Arc<str> = failure.reason.into();
                    (start..start + pairs.len()).for_each(|pair| said.say(pair, Said::Failed(Arc::clone(&reason))));
                }
            } else {
                failures.extend(failed);
            }
            evidence.push(said);
        }
        self.combine(&mut chunk.candidates, &evidence)?;
        chunk.candidates.evidence = evidence;
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        let pairs = chunk.candidates.pairs.len() as u64;
        self.explain(instances, &plugins, &mut chunk, &failures, stop)?;
        Ok(Scored { chunk, failures, without, pairs })
    }

    /// The score of every pair, from what the scorers said of it.
    fn combine(&self, candidates: &mut Candidates, evidence: &[Evidence]) -> Result<(), StepError> {
        let scores: Vec<f64> = match Weighing::new(candidates, self.basis())? {
            Some(weighing) => {
                let mut scores = Vec::with_capacity(candidates.pairs.len());
                for pairs in candidates.pairs.chunk_by(|one, other| one.row == other.row) {
                    let start = scores.len();
                    let seen = weighing.seen(evidence, start, pairs);
                    scores.extend((start..start + pairs.len()).map(|pair| weighing.weight(evidence, pair, &seen)));
                }
                scores
            }
            None => {
                let weights: Vec<f64> = self.plan.scorers.iter().map(|scorer| scorer.weight).collect();
                (0..candidates.pairs.len()).map(|pair| weighted_mean(&weights, evidence, pair)).collect()
            }
        };
        candidates.pairs.iter_mut().zip(scores).for_each(|(pair, score)| pair.score = score);
        Ok(())
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
    vocabulary: &'a SharedVocabulary,
    instances: &'a mut Instances,
    slot: usize,
    stop: StopCheck<'a>,
    timeouts: usize,
    failures: Vec<Failure>,
}

impl Call<'_> {
    /// Adds the values of the pairs of these rows; where they fail together, half by half. `tries` counts this one.
    fn rows(&mut self, chunk: &Chunk, rows: Range<usize>, tries: u32, values: &mut Values) -> Result<(), StepError> {
        let Some(part) = Part::of(chunk, &rows, &self.scorer.inputs)? else { return Ok(()) };
        let error = match self.score(&part) {
            Ok(more) => {
                values.extend(more);
                return Ok(());
            }
            Err(error) => error,
        };
        // Who is slow is given up after some tries; who fails at once costs little, and innocent rows must not fail with it.
        let is_slow = matches!(error, HostError::Timeout { .. });
        self.timeouts += usize::from(is_slow);
        if rows.len() > 1 && !(is_slow && self.timeouts >= TIMEOUTS_MAX) && !(self.stop)() {
            let middle = rows.start + rows.len() / 2;
            self.rows(chunk, rows.start..middle, tries + 1, values)?;
            return self.rows(chunk, middle..rows.end, tries + 1, values);
        }
        if self.scorer.on_failure == OnFailure::Stop && !(self.stop)() {
            return Err(StepError::Plugin {
                scorer: self.scorer.name.clone(),
                rows: keys(chunk, &rows),
                source: Box::new(error),
            });
        }
        values.scores.extend(std::iter::repeat_n(None, part.left_index.len()));
        let reason = format!("scorer `{}`: {error}", self.scorer.name);
        let failed = rows.filter(|row| !chunk.pairs_of(*row).1.is_empty());
        let retryable = error.is_retryable();
        let plugin = Some(self.scorer.name.clone());
        self.failures.extend(failed.map(|row| Failure {
            row,
            plugin: plugin.clone(),
            tries,
            reason: reason.clone(),
            retryable,
        }));
        Ok(())
    }

    fn score(&mut self, part: &Part) -> Result<Values, HostError> {
        let instance = instance(self.instances, self.slot, self.plugin, self.scorer)?;
        let mut scores = part.scores(&mut instance.scorer, &self.scorer.inputs, self.vocabulary, false)?;
        let inputs = &instance.scorer.plugin().description().inputs;
        part.with_namesakes(inputs, &self.scorer.inputs, self.vocabulary, &mut scores.information);
        let values = scores.values.into_iter().zip(scores.compared);
        let values = values.map(|(value, compared)| compared.then_some(value)).collect();
        Ok(Values { scores: values, information: scores.information })
    }
}

/// The thread's instance for a slot.
pub(crate) fn instance<'a>(
    instances: &'a mut Instances,
    slot: usize,
    plugin: &Plugin,
    scorer: &ScorerPlan,
) -> Result<&'a mut Instance, HostError> {
    let make = || -> Result<Instance, HostError> {
        Ok(Instance { scorer: plugin.scorer(&scorer.parameters, limits(scorer))?, is_silent: false })
    };
    Ok(match instances.entry(slot) {
        Entry::Occupied(entry) => {
            let instance = entry.into_mut();
            if instance.scorer.plugin().digest() != plugin.digest() {
                *instance = make()?;
            }
            instance
        }
        Entry::Vacant(entry) => entry.insert(make()?),
    })
}

/// The rows by their keys, for a message: one, or the first of several.
fn keys(chunk: &Chunk, rows: &Range<usize>) -> String {
    let keys = columns::text(&chunk.rows.0, columns::KEY).ok();
    let first = keys.and_then(|keys| columns::value(keys, rows.start)).unwrap_or_default();
    match rows.len() {
        0 | 1 => format!("row `{first}`"),
        more => format!("{more} rows from `{first}` on"),
    }
}

/// What the plan lets a scorer use.
pub(crate) fn limits(scorer: &ScorerPlan) -> Limits {
    Limits {
        timeout_ms: scorer.timeout_ms,
        memory_bytes_max: scorer.memory_bytes_max,
        output_bytes_max: scorer.output_bytes_max,
    }
}
