//! The matching pipeline: rows are cleaned, candidates are found, scored, weighed, ranked, decided and explained.
//!
//! Pure and single-threaded: rows go in, decisions come out. `matchflow-flow` moves rows between threads and processes,
//! commits outcomes and calls arbiters, and its operators call the same stages.
//!
//! - [`Matcher`]: a plan with its registry; [`Matcher::match_batch`] takes a batch of rows through all stages.
//! - [`MatchStage`]: the stages of a plan one by one ([`match_stages`]), over [`Chunk`]s of rows: [`clean_batch`],
//!   [`CandidateStage`], [`ScoreStage`], [`DecideStage`], and for arbiters [`RowDecider`].
//! - [`index_entries`], [`shard_builder`]: the index of a registry.
//! - [`survey_matcher`], [`TrainingSampler`]: candidates without decisions, for recall, counts and training.
//!
//! # Invariants
//!
//! - The same rows give the same decisions, independent of batches, chunks and threads. Only the
//!   clock can change one, where a plug-in exceeds its time limit; then the decision records that.
//! - Work stops soon after the [`StopCheck`] is true.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod agreement;
mod candidate_set;
mod candidates;
mod chunk;
mod clean;
mod decide;
mod decided_chunk;
mod display_fields;
mod error;
mod evidence_writer;
mod field_fill;
mod lone_agreement;
mod matcher;
mod outcome_batch;
mod rank;
mod registry;
mod score;
mod stage;
mod survey;
mod training;
mod verdicts;
mod wire_batch;

pub use candidate_set::{CandidatePair, CandidateSet, Explanation, ScorerEvidence};
pub use candidates::{CandidateStage, SearchResult};
pub use chunk::{Chunk, rejects_of_rows};
pub use clean::{clean_batch, clean_batch_counted, clean_rows, count_fills};
pub use decide::{ArbiterDecision, ArbiterStage, ResultFields, RowDecider};
pub use decided_chunk::DecidedChunk;
pub use display_fields::DisplayFields;
pub use error::{MatchError, ReadError, StepError, StopCheck};
pub use field_fill::{FieldFill, FieldFills};
pub use matcher::{BatchCandidates, MatchScratch, Matcher};
pub use outcome_batch::OutcomeBatch;
pub use registry::{clean_entries, clean_plans, index_definition, index_entries, shard_builder, term_frequency_fields};
pub use score::{
    JOB_PAIRS_MAX, PluginReplacements, RowFailure, ScoreStage, ScoredChunk, ScorerInstances, ScoringContext,
    SharedVocabulary, SplitChunk,
};
pub use stage::{ArbitrateStage, CleanStage, DecideStage, MatchStage, match_stages};
pub use survey::survey_matcher;
pub use training::{TrainingExample, TrainingPair, TrainingSampler};
pub use wire_batch::WireBatch;
