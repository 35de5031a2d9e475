//! The interface between matchflow and its plug-ins, and what a plug-in written in Rust needs: a scorer is a type
//! with a [`Scorer`] implementation and one line, [`export_scorer!`]; an arbiter is described in [`arbiter`].
//!
//! **Invariants.** The crate knows no host. On a native target it exports nothing, so a plug-in is tested with plain
//! `cargo test`; only a build for `wasm32` has the exports. Values arrive as the host's column buffers and are read in
//! place: no text is copied on the way to [`Scorer::prepare`].
//!
//! The interface itself is `wit`, a versioned package; [`INTERFACE`] names what this version of a scorer exports.
//!
//! ```
//! use matchflow_plugin_api::{Input, PairScorer, Row, export_scorer};
//!
//! /// 1 where both sides begin with the same letter.
//! struct FirstLetter;
//!
//! impl PairScorer for FirstLetter {
//!     const NAME: &'static str = "first-letter";
//!     const VERSION: &'static str = "1.0.0";
//!     const SUMMARY: &'static str = "Whether two names begin with the same letter";
//!     const INPUTS: &'static [Input] = &[Input::required("name", "text")];
//!
//!     fn configure(_parameters: &str) -> Result<Self, String> {
//!         Ok(FirstLetter)
//!     }
//!
//!     fn score_pair(&self, left: &Row<'_>, right: &Row<'_>) -> Option<f32> {
//!         let (left, right) = (left.bytes(0)?, right.bytes(0)?);
//!         Some(if left.first() == right.first() { 1.0 } else { 0.0 })
//!     }
//! }
//!
//! export_scorer!(FirstLetter);
//! # fn main() {}
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod arbiter;
mod edits;
mod explanation;
mod row;
mod scorer;
pub mod testing;
pub mod words;

pub use bindings::exports::matchflow::plugin::scoring::{Column, Description, Scores, Texts};
pub use edits::edits_within;
pub use explanation::{Explanation, TEXT_BYTES_MAX};
pub use row::{ALTERNATIVE, Row, Rows, Value, alternatives, best_alternative, best_pair, split_words};
pub use scorer::{Agreement, Input, PairScorer, Scorer, describe, score_pairs};

/// The interface that a scorer exports, with its version.
pub const INTERFACE: &str = "matchflow:plugin/scoring@1.0.0";

/// What wit-bindgen makes of `wit/plugin.wit`.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::restriction)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "scorer",
        pub_export_macro: true,
        export_macro_name: "export_bindings",
        default_bindings_module: "matchflow_plugin_api::bindings",
    });
}
