//! What a match is: rows are cleaned, candidates are found, scored, weighed, ranked, decided and explained.
//!
//! Pure and without a thread of its own: a batch goes in, decisions come out. What moves rows between threads and
//! processes, commits outcomes and asks arbiters is `matchflow-flow`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod batch;
mod chunk;
mod cleaning;
mod cut;
mod decision;
mod error;
mod evidence;
mod explain;
mod fields;
mod part;
mod ranking;
mod rarity;
mod registry;
mod replacements;
mod scoring;
mod stages;
mod survey;
mod training;
mod weighing;

pub use batch::Batch;
pub use chunk::{Candidates, Chunk, Evidence, Pair, Said, Settled, rejects_of};
pub use cleaning::{clean, clean_rows};
pub use cut::{Cut, PAIRS_MAX};
pub use decision::{Decider, Ruling, Shown};
pub use error::{MatchError, ReadError, StepError, StopCheck};
pub use fields::Fields;
pub use rarity::SharedVocabulary;
pub use registry::{builder, cleaning, index_definition};
pub use replacements::Replacements;
pub use scoring::{Basis, Failure, Instance, Instances, ScoreStage, Scored};
pub use stages::score_stages;
pub use survey::{Survey, Surveyed};
pub use training::{Example, ExamplePair, Trainer, counted_fields};
