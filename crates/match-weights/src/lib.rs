//! From scores to probabilities: the combiner of Fellegi and Sunter, so that any scorer takes part in one model.
//!
//! - [`Weigher`]: the scores of a pair, a match weight in bits; [`Seen`]: what a row's other candidates take from it.
//! - [`head_office_share`]: which of a company's entries is meant where the row gives the head office's address.
//! - [`named_alike`]: how much two names say where all names of a file are counted.
//! - [`train`]: the weights of a model from the candidates of real suppliers.
//! - [`probabilities`]: the weights of all candidates of a row, how probable it is that each of them is the one;
//!   [`probability`]: that of a pair by itself.
//!
//! **Invariants.** Pure: the same scores give the same weight, to the bit. A probability is between 0 and 1, and those of
//! a row add up to 1 at most: what is left is that none of the candidates is the one. Weights do not saturate where
//! probabilities do; who ranks candidates ranks them by weight.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod head_office;
mod namesakes;
mod probability;
mod seen;
mod training;
mod weigher;

pub use head_office::head_office_share;
pub use namesakes::named_alike;
pub use probability::{probabilities, probability};
pub use seen::Seen;
pub use training::{Row, Trained, train};
pub use weigher::{Said, Step, Weigher};
