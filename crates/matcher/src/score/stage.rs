//! Scores the candidates of a chunk with the scorers of one stage. No threads: the caller has them.
//!
//! A pair's score is its match weight under the plan's model. Without a model it is the mean of its scorers' scores,
//! weighted by the plan, over those with something to compare on both sides; 0 if there are none. Sums run in the
//! plan's order, so they are the same wherever they are computed.
//!
//! `on_failure` defines how a scorer's failure on a row is treated: the row fails, it is scored without that scorer, or
//! the run ends.

use std::sync::Arc;

use matchflow_model::plan::{DecidePlan, OnFailure, ScorePlan, ScorerPlan};
use matchflow_plugin_host::Plugin;

use super::call::{ScorerCall, ScorerValues};
use super::context::ScoringContext;
use super::failure::RowFailure;
use super::instances::ScorerInstances;
use super::replacements::PluginReplacements;
use super::term_frequency::{self, SharedVocabulary};
use super::weighting::Weighting;
use crate::candidate_set::{CandidateSet, Explanation, ScorerEvidence};
use crate::chunk::Chunk;
use crate::error::{StepError, StopCheck};

/// A score stage with its plug-ins.
pub struct ScoreStage {
    /// Its label in the plan.
    pub label: String,
    /// Its scorers, and how their scores are combined.
    pub plan: ScorePlan,
    /// The first decision after it.
    pub(crate) decide: Option<DecidePlan>,
    /// One for each scorer of the plan, as of the start of the run.
    pub(crate) plugins: Vec<Plugin>,
    /// Plug-ins that replaced them since.
    pub(crate) replacements: PluginReplacements,
    /// The slot of each scorer's instance in [`ScorerInstances`]; scorers with the same setup share one.
    pub(crate) slots: Vec<usize>,
    /// The words of the registry, for scorers that weigh words by term frequency.
    pub(crate) vocabulary: SharedVocabulary,
}

/// A chunk with scores.
pub struct ScoredChunk {
    /// The chunk, each of its pairs with its score.
    pub chunk: Chunk,
    /// The rows that a scorer failed on, ascending, each once.
    pub failures: Vec<RowFailure>,
    /// The scorers without which rows were scored because they failed on them: position in the plan, and number of
    /// rows.
    pub skipped: Vec<(usize, u64)>,
    /// The number of pairs scored.
    pub pairs: u64,
}

impl ScoreStage {
    /// What the scores of this stage are computed with.
    pub fn context(&self) -> ScoringContext<'_> {
        ScoringContext::new(&self.plan, term_frequency::group_count(&self.vocabulary))
    }

    /// The registry fields whose words its scorers weigh by term frequency.
    pub fn term_frequency_fields(&self) -> impl Iterator<Item = &str> {
        let scorers = self.plan.scorers.iter().zip(&self.plugins);
        scorers
            .flat_map(|(scorer, plugin)| term_frequency::weighed_fields(&plugin.description().inputs, &scorer.inputs))
    }

    /// Scores every candidate of the chunk, and explains the scores that results will show. `instances` are the calling
    /// thread's. Once `stop` is true, work is cut short: the result is then incomplete and must be dropped.
    ///
    /// # Errors
    ///
    /// A failing scorer with `on_failure: stop`; a chunk without a field that the stage needs.
    pub fn score(
        &self,
        instances: &mut ScorerInstances,
        mut chunk: Chunk,
        stop: StopCheck<'_>,
    ) -> Result<ScoredChunk, StepError> {
        let mut failures: Vec<RowFailure> = Vec::new();
        let mut skipped = Vec::new();
        let mut evidence = Vec::new();
        // The same for the whole chunk: an explanation must come from the plug-in that scored.
        let plugins: Vec<Plugin> = self.plugins.iter().map(|plugin| self.replacements.current(plugin)).collect();
        let scorers = self.plan.scorers.iter().zip(&plugins).zip(&self.slots);
        for (place, ((scorer, plugin), slot)) in scorers.enumerate() {
            let (mut scorer_evidence, failed) = self.call(scorer, plugin, *slot, instances, &chunk, stop)?;
            if scorer.on_failure == OnFailure::SkipPlugin && !failed.is_empty() {
                skipped.push((place, failed.len() as u64));
                for failure in failed {
                    let (start, pairs) = chunk.row_pairs(failure.row);
                    let error = Arc::new(failure.error);
                    for pair in start..start + pairs.len() {
                        scorer_evidence.explain(pair, Explanation::Failed(Arc::clone(&error)));
                    }
                }
            } else {
                failures.extend(failed);
            }
            evidence.push(scorer_evidence);
        }
        chunk.candidates.evidence = evidence;
        self.weigh(&mut chunk.candidates)?;
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        let pairs = chunk.candidates.pairs.len() as u64;
        self.explain(instances, &plugins, &mut chunk, &failures, stop)?;
        Ok(ScoredChunk { chunk, failures, skipped, pairs })
    }

    /// The output of one scorer for the pairs of a chunk, and the rows that it failed on.
    fn call(
        &self,
        scorer: &ScorerPlan,
        plugin: &Plugin,
        slot: usize,
        instances: &mut ScorerInstances,
        chunk: &Chunk,
        stop: StopCheck<'_>,
    ) -> Result<(ScorerEvidence, Vec<RowFailure>), StepError> {
        let mut values =
            ScorerValues { scores: Vec::with_capacity(chunk.candidates.pairs.len()), ..Default::default() };
        let vocabulary = &self.vocabulary;
        let mut call =
            ScorerCall { scorer, plugin, vocabulary, instances, slot, stop, timeouts: 0, failures: Vec::new() };
        call.score_rows(chunk, 0..chunk.len(), 1, &mut values)?;
        let ScorerValues { scores: values, information } = values;
        let evidence = ScorerEvidence { plugin: plugin.digest().into(), values, information, explanations: Vec::new() };
        Ok((evidence, call.failures))
    }

    /// Sets the score of every pair from the outputs of the scorers in the evidence.
    pub(super) fn weigh(&self, candidates: &mut CandidateSet) -> Result<(), StepError> {
        let evidence = &candidates.evidence;
        let scores: Vec<f64> = match Weighting::new(candidates, self.context())? {
            Some(weighting) => {
                let mut scores = Vec::with_capacity(candidates.pairs.len());
                for pairs in candidates.pairs.chunk_by(|one, other| one.row == other.row) {
                    let start = scores.len();
                    let frequencies = weighting.level_frequencies(evidence, start, pairs);
                    let indices = start..start + pairs.len();
                    scores.extend(indices.map(|pair| weighting.weight(evidence, pair, &frequencies)));
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

fn weighted_mean(weights: &[f64], evidence: &[ScorerEvidence], pair: usize) -> f64 {
    let mut sum = 0.0;
    let mut total = 0.0;
    for (weight, evidence) in weights.iter().zip(evidence) {
        if let Some(Some(value)) = evidence.values.get(pair) {
            sum += weight * f64::from(*value);
            total += weight;
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}
