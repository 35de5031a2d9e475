//! The candidates of supplier rows by every candidate stage, without scoring, deciding or a dataflow: for counting pairs
//! and recall before a run.
//!
//! Every stage searches every row, whatever stages before it found or settled. A broad stage may keep
//! more companies here than in a run, so that recall at 50 can be told; their order is that of a run.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use matchflow_candidates::{
    Scratch, SearchCounts, Shard, ShardBuilder, ShardMemory, Vocabulary, candidate_limits, exact_search, merge,
};
use matchflow_model::arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::plan::{CandidatesPlan, CleanPlan, ExactKey, Plan, Search, SearchValue, StageKind, StagePlan};

use crate::cleaning;
use crate::error::{MatchError, ReadError};
use crate::rarity::SharedVocabulary;

/// The field under which entries are looked up by their key.
const WANTED: &str = "_wanted";

/// A registry ready to be searched by the stages of a plan.
pub struct Survey {
    stages: Vec<Step>,
    shard: Shard,
    vocabulary: SharedVocabulary,
}

/// A stage that rows go through.
enum Step {
    Clean(CleanPlan),
    Candidates { label: String, plan: CandidatesPlan },
}

/// What the stages found for a batch of rows.
pub struct Surveyed {
    /// The rows, cleaned.
    pub rows: RecordBatch,
    /// For each candidate stage its pairs, by row and best first, as [`matchflow_candidates::merge`] gives them.
    pub found: Vec<Option<RecordBatch>>,
    /// For each candidate stage what it left out.
    pub counts: Vec<SearchCounts>,
    /// For each candidate stage the time that its search took.
    pub searched: Vec<Duration>,
}

impl Survey {
    /// Reads, cleans and indexes the registry. Broad stages are to keep `top_min` companies at least. The words of
    /// the fields `counted` are counted besides those that a search needs.
    ///
    /// # Errors
    ///
    /// A registry that cannot be read, is empty, or is too large for one index.
    pub fn load(
        plan: &Plan,
        top_min: usize,
        counted: &[String],
        mut entries: impl FnMut() -> Result<Option<RecordBatch>, ReadError>,
    ) -> Result<Survey, MatchError> {
        let stages: Vec<Step> = plan.stages.iter().filter_map(|stage| Step::of(stage, top_min)).collect();
        let mut searches: Vec<Search> = stages.iter().filter_map(Step::search).cloned().collect();
        searches.extend([by_key(columns::ID), by_key(columns::GROUP)]);
        let mut builder = ShardBuilder::new(&searches).counting(counted.iter().map(String::as_str));
        while let Some(batch) = entries().map_err(MatchError::Reference)? {
            let cleaned = stages.iter().try_fold(batch, |batch, step| match step {
                Step::Clean(plan) => cleaning::clean(batch, plan),
                Step::Candidates { .. } => Ok(batch),
            });
            builder.push(&cleaned.map_err(|error| MatchError::stage("clean registry", error))?).map_err(failed)?;
        }
        let (mut shard, terms) = builder.finish().map_err(failed)?;
        if shard.is_empty() {
            return Err(MatchError::EmptyReference { reference: plan.reference.format.to_string() });
        }
        let vocabulary = Arc::new(Vocabulary::merge(vec![terms]).map_err(failed)?);
        shard.set_vocabulary(Arc::clone(&vocabulary)).map_err(failed)?;
        Ok(Survey { stages, shard, vocabulary: Arc::new(OnceLock::from(vocabulary)) })
    }

    /// The labels of the candidate stages.
    pub fn labels(&self) -> Vec<String> {
        let label = |step: &Step| match step {
            Step::Candidates { label, .. } => Some(label.clone()),
            Step::Clean(_) => None,
        };
        self.stages.iter().filter_map(label).collect()
    }

    /// The words of the registry.
    pub(crate) fn vocabulary(&self) -> SharedVocabulary {
        Arc::clone(&self.vocabulary)
    }

    /// Rows, cleaned, and the entries of these numbers.
    pub(crate) fn pair(&self, rows: RecordBatch, entries: &[u32]) -> Result<(RecordBatch, RecordBatch), MatchError> {
        let cleaned = self.stages.iter().try_fold(rows, |rows, step| match step {
            Step::Clean(plan) => cleaning::clean(rows, plan).map_err(|error| MatchError::stage("clean", error)),
            Step::Candidates { .. } => Ok(rows),
        });
        Ok((cleaned?, self.shard.take(entries).map_err(failed)?))
    }

    /// Entries of the registry.
    pub fn entries(&self) -> u32 {
        self.shard.entries()
    }

    /// What the index holds, and the vocabulary beside it, in bytes.
    pub fn memory(&self) -> (ShardMemory, usize) {
        (self.shard.memory(), self.vocabulary.get().map_or(0, |vocabulary| vocabulary.memory_bytes()))
    }

    /// Searches a batch of supplier rows with every candidate stage.
    ///
    /// # Errors
    ///
    /// Rows that lack a field that a stage names: a fault of the engine.
    pub fn search(&self, mut rows: RecordBatch, scratch: &mut Scratch) -> Result<Surveyed, MatchError> {
        let (mut found, mut counts, mut searched) = (Vec::new(), Vec::new(), Vec::new());
        let open: Vec<u32> = (0..rows.num_rows() as u32).collect();
        for step in &self.stages {
            match step {
                Step::Clean(plan) => {
                    rows = cleaning::clean(rows, plan).map_err(|error| MatchError::stage("clean", error))?;
                }
                Step::Candidates { label, plan } => {
                    let failed = |error| MatchError::stage(label, error);
                    let began = Instant::now();
                    let own = self.shard.search(&plan.search, plan.candidates_max, &rows, &open, scratch);
                    let own = own.map_err(failed)?;
                    searched.push(began.elapsed());
                    counts.push(own.counts);
                    let pairs = self.shard.pairs(&own).map_err(failed)?;
                    found.push(merge(&[pairs], candidate_limits(plan).map_err(failed)?).map_err(failed)?);
                }
            }
        }
        Ok(Surveyed { rows, found, counts, searched })
    }

    /// An entry by its key: an id ([`columns::ID`]) or a group ([`columns::GROUP`]), with every column.
    ///
    /// # Errors
    ///
    /// A key that is neither.
    pub fn entry(&self, key: &'static str, value: &str) -> Result<Option<RecordBatch>, MatchError> {
        let rows = RecordBatch::try_from_iter([(WANTED, Arc::new(StringArray::from(vec![value])) as _)]);
        let rows = rows.map_err(|error| MatchError::stage("survey", error))?;
        let found = self.shard.search(&by_key(key), 1, &rows, &[0], &mut Scratch::default()).map_err(failed)?;
        if found.entry.is_empty() {
            return Ok(None);
        }
        self.shard.take(&found.entry).map(Some).map_err(failed)
    }
}

impl Step {
    fn of(stage: &StagePlan, top_min: usize) -> Option<Step> {
        match &stage.kind {
            StageKind::Clean(plan) => Some(Step::Clean(plan.clone())),
            StageKind::Candidates(plan) => {
                let mut plan = plan.clone();
                raise_top(&mut plan, top_min);
                Some(Step::Candidates { label: stage.label.clone(), plan })
            }
            _ => None,
        }
    }

    fn search(&self) -> Option<&Search> {
        match self {
            Step::Candidates { plan, .. } => Some(&plan.search),
            Step::Clean(_) => None,
        }
    }
}

/// Lets a search that limits the groups of a row find `top_min` of them at least.
fn raise_top(plan: &mut CandidatesPlan, top_min: usize) {
    if let (Ok(top), Ok(per_group)) = (plan.search.number("top"), plan.search.number("per_group"))
        && top < top_min
    {
        plan.search.parameters.insert("top".to_owned(), SearchValue::Number(top_min));
        plan.candidates_max = plan.candidates_max.max(top_min.saturating_mul(per_group));
    }
}

fn by_key(key: &str) -> Search {
    exact_search(vec![ExactKey { left: WANTED.to_owned(), right: key.to_owned() }], Vec::new())
}

fn failed(error: matchflow_candidates::Error) -> MatchError {
    MatchError::stage("survey", error)
}
