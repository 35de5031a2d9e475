//! A plan with its registry: matches batches of rows, one batch per call.
//!
//! Used by every front end that has a whole batch and needs its decisions immediately: `test`, `explain --recall`,
//! `plan --count`, `train`. A run moves the same stages through a dataflow instead, since it commits, asks arbiters and
//! distributes the work over threads and processes; it calls the same functions.
//!
//! **Invariants.** A batch gives the same decisions as a run over it, and any split of rows into batches gives the same
//! decisions. No thread is started here, and there is no I/O: the caller provides threads and files.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use matchflow_candidates::{Index, Scratch, SearchCounts, Shard};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::outcome::Decision;
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;

use crate::chunk::Chunk;
use crate::clean::clean_batch;
use crate::decide::ResultFields;
use crate::decided_chunk::DecidedChunk;
use crate::error::{MatchError, StepError, StopCheck};
use crate::score::{PluginReplacements, ScorerInstances, SharedVocabulary};
use crate::stage::{MatchStage, match_stages};

/// A plan with its plug-ins and the index of its registry, shared between threads.
pub struct Matcher {
    stages: Vec<MatchStage>,
    index: Index,
    vocabulary: SharedVocabulary,
    fields: ResultFields,
}

/// The scratch memory of a matching thread: plug-in instances and search buffers, reused between batches.
#[derive(Default)]
pub struct MatchScratch {
    instances: ScorerInstances,
    search: Scratch,
}

/// The candidates of a batch of rows, by candidate stage.
pub struct BatchCandidates {
    /// The rows, cleaned.
    pub rows: RecordBatch,
    /// The pairs of each candidate stage, by row and best first, as returned by [`matchflow_candidates::merge`].
    pub pairs: Vec<Option<RecordBatch>>,
    /// What the search of each candidate stage left out.
    pub counts: Vec<SearchCounts>,
    /// The time taken by the search of each candidate stage.
    pub search_times: Vec<Duration>,
}

impl Matcher {
    /// `plugins` are those of the scorers of each stage, empty for stages without scorers; `index` is an index of the
    /// plan's registry, from [`index_entries`](crate::index_entries) or a file.
    ///
    /// # Errors
    ///
    /// [`MatchError::Plugins`] if the number of plug-ins of a stage differs from its number of scorers.
    pub fn new(plan: &Plan, plugins: Vec<Vec<Plugin>>, index: Index) -> Result<Matcher, MatchError> {
        let vocabulary: SharedVocabulary = Arc::new(OnceLock::from(Arc::clone(&index.vocabulary)));
        let stages = match_stages(plan, plugins, &PluginReplacements::default(), &vocabulary)?;
        Ok(Matcher { stages, index, vocabulary, fields: ResultFields::from_plan(plan) })
    }

    /// Passes a batch of rows through all stages of the plan, in order, and returns the decision on each row, by row
    /// number. Arbiters are not called: rows for an arbiter have the outcome of the preceding decide stage.
    ///
    /// `stop` is called between stages and between calls of plug-ins; once it is true, it must remain so.
    ///
    /// # Errors
    ///
    /// - [`MatchError::Stopped`] once `stop` is true.
    /// - [`MatchError::Stage`] where a scorer fails that must not, or rows lack a field that a stage names.
    pub fn match_batch(
        &self,
        batch: &RowBatch,
        scratch: &mut MatchScratch,
        stop: StopCheck<'_>,
    ) -> Result<Vec<Decision>, MatchError> {
        let mut chunk = Chunk::new(batch.rows.clone(), Vec::new());
        let mut decisions = Vec::with_capacity(chunk.len());
        for stage in self.stages.iter() {
            if chunk.is_empty() {
                break;
            }
            if stop() {
                return Err(MatchError::Stopped);
            }
            let step = self.run_stage(stage, chunk, scratch, stop);
            let step = step.map_err(|error| MatchError::stage(stage.label(), error))?;
            decisions.extend(step.decisions);
            chunk = step.rest;
        }
        // A result possibly cut short by a stop is discarded.
        if stop() {
            return Err(MatchError::Stopped);
        }
        if !chunk.is_empty() {
            return Err(MatchError::Undecided { rows: chunk.len() });
        }
        decisions.sort_by(|one, other| one.row.cmp(&other.row).then_with(|| one.key.cmp(&other.key)));
        Ok(decisions)
    }

    fn run_stage(
        &self,
        stage: &MatchStage,
        mut chunk: Chunk,
        scratch: &mut MatchScratch,
        stop: StopCheck<'_>,
    ) -> Result<DecidedChunk, StepError> {
        match stage {
            MatchStage::Clean(stage) => chunk.rows.0 = clean_batch(chunk.rows.0, &stage.plan)?,
            MatchStage::Candidates(stage) => {
                let open = chunk.rows_to_search(stage.plan.only_if_none);
                let found = stage.search(&self.shards(), &chunk.rows.0, &open, &mut scratch.search)?;
                stage.add_best(&mut chunk, &found.pairs)?;
                stage.add_chosen(&mut chunk, &found.chosen)?;
            }
            MatchStage::Score(stage) => {
                let scored = stage.score_split(&mut scratch.instances, chunk, stop)?;
                return scored.decide_failures(&stage.label, &self.fields);
            }
            MatchStage::Decide(stage) => return stage.decide(chunk, &self.fields),
            MatchStage::Arbitrate(stage) => return stage.decide_without_arbiter(chunk, &self.fields),
        }
        DecidedChunk::new(chunk, Vec::new(), &[])
    }

    /// The candidates of every row by every candidate stage, independent of earlier stages: for recall and
    /// for counting pairs. In a run a stage may search for fewer rows.
    ///
    /// # Errors
    ///
    /// Rows that lack a field that a stage names.
    pub fn find_candidates(
        &self,
        mut rows: RecordBatch,
        scratch: &mut MatchScratch,
    ) -> Result<BatchCandidates, MatchError> {
        let all: Vec<u32> = (0..rows.num_rows() as u32).collect();
        let shards = self.shards();
        let mut pairs = Vec::new();
        let mut counts = Vec::new();
        let mut search_times = Vec::new();
        for stage in &self.stages {
            let failed = |error: StepError| MatchError::stage(stage.label(), error);
            match stage {
                MatchStage::Clean(stage) => rows = clean_batch(rows, &stage.plan).map_err(failed)?,
                MatchStage::Candidates(stage) => {
                    let began = Instant::now();
                    let found = stage.search(&shards, &rows, &all, &mut scratch.search).map_err(failed)?;
                    search_times.push(began.elapsed());
                    counts.push(found.counts);
                    pairs.push(stage.best(&found.pairs).map_err(failed)?);
                }
                _ => {}
            }
        }
        Ok(BatchCandidates { rows, pairs, counts, search_times })
    }

    /// Rows after all clean stages.
    ///
    /// # Errors
    ///
    /// A column to clean that is not text.
    pub fn clean(&self, mut rows: RecordBatch) -> Result<RecordBatch, MatchError> {
        for stage in &self.stages {
            if let MatchStage::Clean(clean) = stage {
                rows = clean_batch(rows, &clean.plan).map_err(|error| MatchError::stage(&clean.label, error))?;
            }
        }
        Ok(rows)
    }

    /// An entry by its id, with every column.
    ///
    /// # Errors
    ///
    /// A registry without ids.
    pub fn find_entry(&self, id: &str) -> Result<Option<RecordBatch>, MatchError> {
        let failed = |error: StepError| MatchError::stage("lookup", error);
        for shard in &self.index.shards {
            if let Some(entry) = shard.entry_of_id(id).map_err(|error| failed(error.into()))? {
                return shard.take(&[entry]).map(Some).map_err(|error| failed(error.into()));
            }
        }
        Ok(None)
    }

    /// The first entry of a group, with every column.
    ///
    /// # Errors
    ///
    /// A registry without groups.
    pub fn find_group(&self, group: &str) -> Result<Option<RecordBatch>, MatchError> {
        let failed = |error: StepError| MatchError::stage("lookup", error);
        for shard in &self.index.shards {
            let entries = shard.entries_of_group(group).map_err(|error| failed(error.into()))?;
            if !entries.is_empty() {
                return shard.take(&[entries.start]).map(Some).map_err(|error| failed(error.into()));
            }
        }
        Ok(None)
    }

    /// The labels of the candidate stages.
    pub fn candidate_labels(&self) -> Vec<String> {
        let label = |stage: &MatchStage| match stage {
            MatchStage::Candidates(stage) => Some(stage.label.clone()),
            _ => None,
        };
        self.stages.iter().filter_map(label).collect()
    }

    /// The stages.
    pub fn stages(&self) -> &[MatchStage] {
        &self.stages
    }

    /// The index of the registry.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The words of the registry.
    pub(crate) fn vocabulary(&self) -> &SharedVocabulary {
        &self.vocabulary
    }

    fn shards(&self) -> Vec<&Shard> {
        self.index.shards.iter().map(Arc::as_ref).collect()
    }
}
