//! The outputs of scorers for candidates and for random pairs, used to train a match model.

use std::sync::Arc;

use matchflow_candidates::BestPairs;
use matchflow_match_weights::ScorerOutput;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::columns;
use matchflow_model::plan::{MatchModel, Plan, ScorerPlan, StageKind};
use matchflow_plugin_host::Plugin;

use crate::candidate_set::CandidatePair;
use crate::chunk::Chunk;
use crate::error::{MatchError, StepError};
use crate::matcher::{MatchScratch, Matcher};
use crate::score::{PluginReplacements, ScoreStage, ScorerInstances, term_frequency};
use crate::wire_batch::WireBatch;

/// Maximum number of candidates of one row, over all stages.
const CANDIDATES_MAX: usize = 1_000;

/// A supplier row with its candidates.
#[derive(Debug, Clone)]
pub struct TrainingExample {
    /// The record's key.
    pub key: String,
    /// The candidates.
    pub pairs: Vec<TrainingPair>,
}

/// A candidate and the outputs of the scorers for it, in their order.
#[derive(Debug, Clone)]
pub struct TrainingPair {
    /// The entry's id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// The outputs.
    pub outputs: Vec<ScorerOutput>,
}

/// Scores candidates and random pairs with the first score stage that has a match model.
pub struct TrainingSampler<'a> {
    matcher: &'a Matcher,
    stage: ScoreStage,
    model: MatchModel,
    instances: ScorerInstances,
    scratch: MatchScratch,
}

impl<'a> TrainingSampler<'a> {
    /// `plugins` are those of the plan's stages, in order; `matcher` finds the candidates, with all stages. `None` if
    /// no stage has a match model.
    pub fn new(plan: &Plan, plugins: &[Vec<Plugin>], matcher: &'a Matcher) -> Option<TrainingSampler<'a>> {
        let mut stages = plan.stages.iter().zip(plugins);
        let (label, score, model, plugins) = stages.find_map(|(stage, plugins)| match &stage.kind {
            StageKind::Score(score) => Some((&stage.label, score, score.model.as_ref()?, plugins)),
            _ => None,
        })?;
        let stage = ScoreStage {
            label: label.clone(),
            plan: score.clone(),
            // Nothing is decided, so nothing is explained.
            decide: None,
            plugins: plugins.clone(),
            replacements: PluginReplacements::default(),
            slots: (0..plugins.len()).collect(),
            vocabulary: Arc::clone(matcher.vocabulary()),
        };
        let (instances, scratch) = (ScorerInstances::default(), MatchScratch::default());
        Some(TrainingSampler { matcher, stage, model: model.clone(), instances, scratch })
    }

    /// The scorers, in the order of their outputs.
    pub fn scorers(&self) -> &[ScorerPlan] {
        &self.stage.plan.scorers
    }

    /// The plan's match model.
    pub fn model(&self) -> &MatchModel {
        &self.model
    }

    /// The number of companies in the registry.
    pub fn groups(&self) -> u64 {
        term_frequency::group_count(self.matcher.vocabulary())
    }

    /// Scores the candidates found by all stages for some rows.
    ///
    /// # Errors
    ///
    /// A scorer that fails on a row; rows without a field that a stage needs.
    pub fn score_candidates(&mut self, rows: RecordBatch) -> Result<Vec<TrainingExample>, MatchError> {
        let found = self.matcher.find_candidates(rows, &mut self.scratch)?;
        let mut chunk = Chunk::new(found.rows, Vec::new());
        let label = self.stage.label.clone();
        for (stage, pairs) in found.pairs.iter().enumerate() {
            let Some(pairs) = pairs else { continue };
            let added = chunk.add_pairs(&BestPairs::of(pairs), stage as u16, CANDIDATES_MAX);
            added.map_err(|error| MatchError::stage(&label, error))?;
        }
        let chunk = self.score(chunk)?;
        examples(&chunk).map_err(|error| MatchError::stage(&label, error))
    }

    /// Scores random pairs: row `i` with the registry's entry number `entries[i]`, counted from 0.
    ///
    /// # Errors
    ///
    /// As [`TrainingSampler::score_candidates`].
    pub fn score_random_pairs(
        &mut self,
        rows: RecordBatch,
        entries: &[u32],
    ) -> Result<Vec<Vec<ScorerOutput>>, MatchError> {
        let rows = self.matcher.clean(rows)?;
        let Some(shard) = self.matcher.index().shards.first() else { return Ok(Vec::new()) };
        let taken = shard.take(entries).map_err(|error| MatchError::stage(&self.stage.label, error))?;
        let mut chunk = Chunk::new(rows, Vec::new());
        let count = entries.len().min(chunk.len()) as u32;
        let pair = |number| CandidatePair { row: number, entry: number, stage: 0, score: 0.0 };
        chunk.candidates.pairs = (0..count).map(pair).collect();
        chunk.candidates.entries = Some(WireBatch(taken));
        let chunk = self.score(chunk)?;
        Ok((0..chunk.candidates.pairs.len()).map(|pair| outputs(&chunk, pair)).collect())
    }

    fn score(&mut self, chunk: Chunk) -> Result<Chunk, MatchError> {
        let scored = self.stage.score(&mut self.instances, chunk, &|| false);
        let scored = scored.map_err(|error| MatchError::stage(&self.stage.label, error))?;
        match scored.failures.first() {
            Some(failure) => Err(MatchError::stage(&self.stage.label, &failure.error)),
            None => Ok(scored.chunk),
        }
    }
}

/// The scorers' outputs for the pair at an index.
fn outputs(chunk: &Chunk, pair: usize) -> Vec<ScorerOutput> {
    chunk.candidates.evidence.iter().map(|evidence| evidence.output(pair)).collect()
}

fn examples(chunk: &Chunk) -> Result<Vec<TrainingExample>, StepError> {
    let keys = columns::text(&chunk.rows.0, columns::KEY)?;
    let entries = chunk.candidates.entries.as_ref();
    let names = entries.map(|entries| -> Result<_, StepError> {
        Ok((columns::text(&entries.0, columns::ID)?, columns::text(&entries.0, columns::GROUP)?))
    });
    let names = names.transpose()?;
    let training_pair = |pair: &CandidatePair, index: usize| {
        let (ids, groups) = names?;
        let name = |column| columns::value(column, pair.entry as usize).unwrap_or_default().to_owned();
        Some(TrainingPair { id: name(ids), group: name(groups), outputs: outputs(chunk, index) })
    };
    let example = |row: usize| {
        let (start, pairs) = chunk.row_pairs(row);
        let pairs = pairs.iter().zip(start..).filter_map(|(pair, index)| training_pair(pair, index)).collect();
        TrainingExample { key: columns::value(keys, row).unwrap_or_default().to_owned(), pairs }
    };
    Ok((0..chunk.len()).map(example).collect())
}
