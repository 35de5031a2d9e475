//! What the scorers say of candidates and of random pairs, for training a match model. No dataflow, no decisions.

use matchflow_candidates::Scratch;
use matchflow_match_weights::Said;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::columns;
use matchflow_model::plan::{MatchModel, Plan, ScorerPlan, StageKind};
use matchflow_plugin_host::Plugin;

use crate::batch::Batch;
use crate::chunk::{Candidates, Chunk, Pair};
use crate::error::{MatchError, StepError};
use crate::rarity;
use crate::replacements::Replacements;
use crate::scoring::{Instances, ScoreStage};
use crate::survey::Survey;

/// Candidates of one row at most, over all stages.
const CANDIDATES_MAX: usize = 1_000;

/// A supplier row with its candidates.
#[derive(Debug, Clone)]
pub struct Example {
    /// The record's key.
    pub key: String,
    /// The candidates.
    pub pairs: Vec<ExamplePair>,
}

/// A candidate and what the scorers said of it, in their order.
#[derive(Debug, Clone)]
pub struct ExamplePair {
    /// The entry's id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// What was said.
    pub said: Vec<Said>,
}

/// The registry fields whose words the plan's scorers want counted.
pub fn counted_fields(plan: &Plan, plugins: &[Vec<Plugin>]) -> Vec<String> {
    let scores = plan.stages.iter().zip(plugins).filter_map(|(stage, plugins)| match &stage.kind {
        StageKind::Score(score) => Some(score.scorers.iter().zip(plugins)),
        _ => None,
    });
    let fields =
        scores.flatten().flat_map(|(scorer, plugin)| rarity::fields(&plugin.description().inputs, &scorer.inputs));
    fields.map(str::to_owned).collect()
}

/// Scores candidates of supplier rows with the first score stage that has a match model.
pub struct Trainer<'a> {
    survey: &'a Survey,
    stage: ScoreStage,
    instances: Instances,
    scratch: Scratch,
}

impl<'a> Trainer<'a> {
    /// `plugins` are those of the plan's stages, in order. `None` where no stage has a match model.
    pub fn new(plan: &Plan, plugins: &[Vec<Plugin>], survey: &'a Survey) -> Option<Trainer<'a>> {
        let mut stages = plan.stages.iter().zip(plugins);
        let (label, score, plugins) = stages.find_map(|(stage, plugins)| match &stage.kind {
            StageKind::Score(score) if score.model.is_some() => Some((&stage.label, score, plugins)),
            _ => None,
        })?;
        let stage = ScoreStage {
            label: label.clone(),
            plan: score.clone(),
            decide: None,
            plugins: plugins.clone(),
            replacements: Replacements::default(),
            slots: (0..plugins.len()).collect(),
            vocabulary: survey.vocabulary(),
        };
        Some(Trainer { survey, stage, instances: Instances::new(), scratch: Scratch::default() })
    }

    /// The scorers, in the order of what they say.
    pub fn scorers(&self) -> &[ScorerPlan] {
        &self.stage.plan.scorers
    }

    /// The match model as it is.
    pub fn model(&self) -> Option<&MatchModel> {
        self.stage.plan.model.as_ref()
    }

    /// The companies of the registry.
    pub fn groups(&self) -> u64 {
        rarity::groups(&self.survey.vocabulary())
    }

    /// The candidates that all stages find for some rows.
    ///
    /// # Errors
    ///
    /// A scorer that fails on a row, or a fault of the engine.
    pub fn examples(&mut self, rows: RecordBatch) -> Result<Vec<Example>, MatchError> {
        let surveyed = self.survey.search(rows, &mut self.scratch)?;
        let mut chunk = chunk(surveyed.rows);
        let label = self.stage.label.clone();
        for (stage, found) in surveyed.found.iter().enumerate() {
            let Some(found) = found else { continue };
            chunk.add_pairs(found, stage as u16, CANDIDATES_MAX).map_err(|error| MatchError::stage(&label, error))?;
        }
        let chunk = self.score(chunk)?;
        examples(&chunk).map_err(|error| MatchError::stage(&label, error))
    }

    /// What the scorers say of rows and entries that are put together blindly: row `i` with entry `entries[i]`, both
    /// counted from 0.
    ///
    /// # Errors
    ///
    /// As [`Trainer::examples`].
    pub fn blind(&mut self, rows: RecordBatch, entries: &[u32]) -> Result<Vec<Vec<Said>>, MatchError> {
        let (rows, taken) = self.survey.pair(rows, entries)?;
        let mut chunk = chunk(rows);
        let count = entries.len().min(chunk.len()) as u32;
        chunk.candidates.pairs = (0..count).map(|at| Pair { row: at, entry: at, stage: 0, score: 0.0 }).collect();
        chunk.candidates.entries = Some(Batch(taken));
        let chunk = self.score(chunk)?;
        Ok((0..chunk.candidates.pairs.len()).map(|pair| said(&chunk, pair)).collect())
    }

    fn score(&mut self, chunk: Chunk) -> Result<Chunk, MatchError> {
        let scored = self.stage.score(&mut self.instances, chunk, &|| false);
        let scored = scored.map_err(|error| MatchError::stage(&self.stage.label, error))?;
        match scored.failures.first() {
            Some(failure) => Err(MatchError::stage(&self.stage.label, &failure.reason)),
            None => Ok(scored.chunk),
        }
    }
}

fn chunk(rows: RecordBatch) -> Chunk {
    Chunk { id: 0, home: 0, rows: Batch(rows), rejects: Vec::new(), candidates: Candidates::default() }
}

fn said(chunk: &Chunk, pair: usize) -> Vec<Said> {
    chunk.candidates.evidence.iter().map(|evidence| evidence.of(pair)).collect()
}

fn examples(chunk: &Chunk) -> Result<Vec<Example>, StepError> {
    let keys = columns::text(&chunk.rows.0, columns::KEY)?;
    let entries = chunk.candidates.entries.as_ref();
    let names = entries.map(|entries| -> Result<_, StepError> {
        Ok((columns::text(&entries.0, columns::ID)?, columns::text(&entries.0, columns::GROUP)?))
    });
    let names = names.transpose()?;
    let pair = |pair: &Pair, place: usize| {
        let (ids, groups) = names?;
        let name = |column| columns::value(column, pair.entry as usize).unwrap_or_default().to_owned();
        Some(ExamplePair { id: name(ids), group: name(groups), said: said(chunk, place) })
    };
    let example = |row: usize| {
        let (start, pairs) = chunk.pairs_of(row);
        let pairs = pairs.iter().enumerate().filter_map(|(at, one)| pair(one, start + at)).collect();
        Example { key: columns::value(keys, row).unwrap_or_default().to_owned(), pairs }
    };
    Ok((0..chunk.len()).map(example).collect())
}
