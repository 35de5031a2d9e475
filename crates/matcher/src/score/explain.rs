//! Has scorers explain the scores that results will show, and no others: the best candidates of the rows that the
//! next decision settles or leaves for review. It is a second, small call; most pairs are never explained.
//!
//! **Invariant:** scores do not depend on explanations. A scorer that fails to explain keeps its score, and the
//! evidence holds the error. One that took too long is not called again by its thread: which rows that affects depends
//! on the clock, so the evidence of each records that it was not called.

use std::sync::Arc;

use matchflow_model::plan::ScorerPlan;
use matchflow_model::row_error::RowError;
use matchflow_plugin_host::{HostError, Plugin};

use super::context::ScoreScale;
use super::failure::RowFailure;
use super::instances::ScorerInstances;
use super::scorer_batch::ScorerBatch;
use super::stage::ScoreStage;
use super::term_frequency::SharedVocabulary;
use crate::candidate_set::Explanation;
use crate::chunk::Chunk;
use crate::error::{StepError, StopCheck};
use crate::rank::CandidateRanking;

impl ScoreStage {
    /// Adds explanations by the plug-ins that scored to the evidence of the pairs that results will show.
    pub(super) fn explain(
        &self,
        instances: &mut ScorerInstances,
        plugins: &[Plugin],
        chunk: &mut Chunk,
        failures: &[RowFailure],
        stop: StopCheck<'_>,
    ) -> Result<(), StepError> {
        let pairs = self.reported_pairs(chunk, failures)?;
        if pairs.is_empty() {
            return Ok(());
        }
        let mut evidence = std::mem::take(&mut chunk.candidates.evidence);
        let scorers = self.plan.scorers.iter().zip(plugins).zip(&self.slots).zip(&mut evidence);
        for (((scorer, plugin), slot), evidence) in scorers {
            let is_compared = |pair: &&usize| evidence.values.get(**pair).is_some_and(Option::is_some);
            let compared: Vec<usize> = pairs.iter().filter(is_compared).copied().collect();
            let mut call = ExplainCall {
                scorer,
                plugin,
                vocabulary: &self.vocabulary,
                slot: *slot,
                instances: &mut *instances,
                stop,
                explanations: Vec::new(),
            };
            call.explain_pairs(chunk, &compared)?;
            for (pair, explanation) in call.explanations {
                evidence.explain(pair, explanation);
            }
        }
        chunk.candidates.evidence = evidence;
        Ok(())
    }

    /// The indices of the pairs that results will show.
    fn reported_pairs(&self, chunk: &Chunk, failures: &[RowFailure]) -> Result<Vec<usize>, StepError> {
        let Some(decide) = &self.decide else { return Ok(Vec::new()) };
        let ranking = CandidateRanking::new(chunk, ScoreScale::from_plan(&self.plan))?;
        let mut pairs = Vec::new();
        for row in 0..chunk.len() {
            if failures.binary_search_by_key(&row, |failure| failure.row).is_ok() {
                continue;
            }
            let ranked = ranking.rank_to_decide(row, decide);
            pairs.extend(ranked.iter().take(ranking.reported_count(decide, &ranked)).map(|candidate| candidate.index));
        }
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// The calls of one scorer to explain pairs of one chunk.
struct ExplainCall<'a> {
    scorer: &'a ScorerPlan,
    plugin: &'a Plugin,
    vocabulary: &'a SharedVocabulary,
    slot: usize,
    instances: &'a mut ScorerInstances,
    stop: StopCheck<'a>,
    explanations: Vec<(usize, Explanation)>,
}

impl ExplainCall<'_> {
    /// If it fails on several together, they are retried by halves, so that the explanation of a pair depends on no
    /// other.
    fn explain_pairs(&mut self, chunk: &Chunk, pairs: &[usize]) -> Result<(), StepError> {
        if pairs.is_empty() || (self.stop)() {
            return Ok(());
        }
        if self.instances.get_mut(self.slot).is_some_and(|state| state.is_explanation_disabled) {
            self.add_failed(pairs, RowError::ExplanationSkipped);
            return Ok(());
        }
        let Some(batch) = ScorerBatch::from_pairs(chunk, pairs, &self.scorer.inputs)? else { return Ok(()) };
        let error = match self.explain_batch(&batch) {
            Ok(texts) => {
                let texts = pairs.iter().zip(texts);
                self.explanations
                    .extend(texts.filter_map(|(pair, text)| Some((*pair, Explanation::Text(text?.into())))));
                return Ok(());
            }
            Err(error) => error,
        };
        if error.is_of_host() {
            return Err(StepError::Machine { scorer: self.scorer.name.clone(), source: Box::new(error) });
        }
        let is_timeout = matches!(error, HostError::Timeout { .. });
        if is_timeout && let Some(state) = self.instances.get_mut(self.slot) {
            state.is_explanation_disabled = true;
        }
        if pairs.len() > 1 && !is_timeout {
            let (first, second) = pairs.split_at(pairs.len() / 2);
            self.explain_pairs(chunk, first)?;
            return self.explain_pairs(chunk, second);
        }
        self.add_failed(pairs, RowError::NoExplanation { error: Box::new(error.row_error()) });
        Ok(())
    }

    fn add_failed(&mut self, pairs: &[usize], error: RowError) {
        let error = Arc::new(error);
        self.explanations.extend(pairs.iter().map(|pair| (*pair, Explanation::Failed(Arc::clone(&error)))));
    }

    /// The plug-in's texts, one per pair; empty if it has none at all.
    fn explain_batch(&mut self, batch: &ScorerBatch) -> Result<Vec<Option<String>>, HostError> {
        let state = self.instances.get_or_create(self.slot, self.plugin, self.scorer)?;
        let scores = batch.score(&mut state.scorer, &self.scorer.inputs, self.vocabulary, true)?;
        Ok(scores.evidence.unwrap_or_default())
    }
}
