//! The quality of a run's results, compared with a truth established by people.
//!
//! Memory: the truth (its keys and accepted ids) and the keys of the results; results are streamed. No file is written.
//!
//! # Right, wrong and missed
//!
//! At each level, `id` and `group` (shown with the truth's names for them, `siret` and `siren`), for every row judged
//! by the truth:
//!
//! | the result | the truth has an entry | the truth has: not in the registry |
//! |---|---|---|
//! | `matched` with the right one | right | |
//! | `matched` with another | wrong, and missed | wrong |
//! | anything else, or no result | missed | |
//!
//! precision = right / (right + wrong), recall = right / (right + missed), F1 their harmonic mean; all are undefined
//! where they would divide by zero. Confidence intervals are based on random resampling of rows (`bootstrap`), the
//! quality of scores on the best entry of every row (`scores`), a gate against regressions on
//! [`Evaluation::shortfall`]. Results whose key is not in the truth are counted, but are not in the figures.
//!
//! ```
//! use matchflow_evaluate::{ResultRow, Truth, evaluate};
//! use matchflow_model::outcome::Outcome;
//!
//! let truth = Truth::read("key,siren\nF1,732829320\nF2,\n".as_bytes(), "truth.csv").unwrap();
//! let matched = |key: &str| ResultRow {
//!     group: Some("732829320".to_owned()),
//!     ..ResultRow::new(key, Outcome::Matched)
//! };
//! let evaluation = evaluate([matched("F1"), matched("F2")], &truth, 10);
//! assert_eq!(evaluation.group.unwrap().precision, Some(0.5));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod bootstrap;
mod clusters;
mod error;
mod evaluation;
mod gate;
mod identifier;
mod level;
mod mistakes;
mod recall;
mod report;
mod results;
mod scores;
mod sections;
mod table;
mod tally;
mod truth;

pub use bootstrap::Intervals;
pub use clusters::{ClusterEvaluation, ClusterTruth, Figures, MixedCluster, evaluate_clusters};
pub use error::EvaluateError;
pub use evaluation::{Evaluation, Evaluator, evaluate, evaluate_file};
pub use gate::{Floor, FloorError, Measure, Shortfall};
pub use level::{KindFigures, LevelFigures, StageFigures};
pub use mistakes::Mistake;
pub use recall::{LevelRecall, MissedRow, PLACES, Recall, RecallCounter, SearchedRow, StageCandidate, StageRecall};
pub use report::Sections;
pub use results::{EntryRef, ResultRow};
pub use scores::{Advice, Band, Interval, Point, Reliability};
pub use table::{NamedRow, NamedTable};
pub use truth::{Level, Truth};
