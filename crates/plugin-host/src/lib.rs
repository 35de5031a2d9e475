//! Runs plug-ins: WebAssembly components that export `matchflow:plugin/scoring` or `matchflow:plugin/arbitration` (see
//! the crate `plugin-api`).
//!
//! **Limits.** A call ends after its time limit (to within [`TICK_MS`]) and an instance never has more memory than its
//! limit. An instance belongs to one thread. A host has at most 1,024 instances at a time unless its options say otherwise.
//! What a component may have is bounded before it is compiled (`limits.rs`).
//!
//! **Invariants.** A plug-in can fail only its own batch: a trap, a time limit or a memory limit drops the instance
//! with its store, and the next call starts a fresh one. Nothing is linked: a component that imports a function is
//! rejected with that function's name before it runs. Output of a plug-in is checked before anything reads it: counts,
//! ranges, NaN, offsets, UTF-8. The same batch gives the same bits on every machine (NaN and relaxed SIMD are fixed).
//!
//! **How.** A [`Host`] holds the engine. [`Plugin::load`] makes a [`Plugin`] of a file: compiled, checked, described,
//! cheap to clone; [`Arbiter::load`] makes an [`Arbiter`]. [`Plugin::scorer`] makes a [`ScorerInstance`] for one
//! thread, which scores [`PairBatch`]es. Columns cross as Arrow lays them out, so handing over a column is two or three
//! copies of bytes whatever its rows.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod arbitration;

mod arbiter;
mod batch;
mod cache;
mod component;
mod component_file;
mod error;
mod host;
mod instance;
mod interface;
mod limits;
mod plugin;
mod precompiled;
mod scorer;
mod shipped;

pub use arbiter::{ARBITER_INTERFACE, Arbiter, ArbiterInstance};
pub use batch::{PairBatch, Scores};
pub use component::plugin_bytes;
pub use error::HostError;
pub use host::{Host, HostOptions};
pub use interface::{Description, INTERFACE, Input};
pub use limits::{Limits, TICK_MS};
pub use plugin::Plugin;
pub use scorer::ScorerInstance;
pub use shipped::{SHIPPED_PLUGINS, ShippedPlugin, shipped_plugin};
