//! Match weights after Fellegi and Sunter: from the scores of a pair to the probability that it is a match.
//!
//! - [`MatchWeightModel`]: the scores of a pair to its match weight in bits, one [`PartialMatchWeight`] per comparison.
//! - [`LevelFrequencies`]: how many of a row's candidates reach each comparison level; they raise the u probability there.
//! - [`favor_identified`]: which entry of a company is meant where the row has the identifier of one.
//! - [`head_office_share`]: which entry of a company is meant where the row gives the head office's address.
//! - [`adjust_for_name_frequency`]: how much an agreement on a name is worth where complete names are counted.
//! - [`has_deciding_agreement`]: whether anything but a supporting comparison, such as the place, agrees;
//!   [`Agreement`], [`lone_agreement_probability`]: how probable a match can be of which one thing agrees.
//! - [`train`]: the m and u probabilities of a model, estimated from the candidates of real rows.
//! - [`cross_validate`]: whether training makes a model better, on rows that it has not learned from.
//! - [`probabilities`]: converts the match weights of all candidates of a row, at most one of which is the match, to
//!   probabilities; [`probability`]: the same for a single pair.
//!
//! **Sources.** I. P. Fellegi and A. B. Sunter, *A Theory for Record Linkage*, JASA 64 (1969): `log2(m / u)`. W. E.
//! Winkler (1988) and A. P. Dempster, N. M. Laird and D. B. Rubin (1977) for the estimation. Comparison levels, partial
//! match weights and the adjustment for term frequency have the same names as in Splink.
//!
//! **Invariants.** Pure: the same scores give the same weight, to the bit. A probability is between 0 and 1, and those
//! of a row add up to at most 1: the rest is the probability that none of the candidates matches. Unlike probabilities,
//! weights do not saturate, so candidates are ranked by weight.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod cross_validation;
mod entry_identifier;
mod head_office;
mod known_answers;
mod level;
mod level_frequencies;
mod model;
mod name_frequency;
mod probability;
mod row_likelihood;
mod supporting;
mod training;

pub use cross_validation::{CrossValidation, cross_validate};
pub use entry_identifier::{favor_identified, is_identified};
pub use head_office::head_office_share;
pub use level::ScorerOutput;
pub use level_frequencies::LevelFrequencies;
pub use model::{MatchWeightModel, PartialMatchWeight};
pub use name_frequency::adjust_for_name_frequency;
pub use probability::{probabilities, probability};
pub use supporting::{Agreement, agrees_alike, has_deciding_agreement, lone_agreement_probability};
pub use training::{TrainingResult, TrainingRow, train};
