//! Scoring: runs the scorers of a stage on the candidates of a chunk, and interprets their scores.

mod call;
pub(crate) mod context;
mod explain;
mod failure;
mod instances;
mod repetition;
mod replacements;
mod scorer_batch;
mod split;
mod stage;
pub(crate) mod term_frequency;
pub(crate) mod weighting;

pub(crate) use instances::scorer_limits;

pub use context::ScoringContext;
pub use failure::RowFailure;
pub use instances::ScorerInstances;
pub use replacements::PluginReplacements;
pub use split::{JOB_PAIRS_MAX, SplitChunk};
pub use stage::{ScoreStage, ScoredChunk};
pub use term_frequency::SharedVocabulary;
