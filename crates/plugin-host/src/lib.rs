//! Runs plug-ins: WebAssembly components that export `matchflow:plugin/scoring` or `matchflow:plugin/arbitration` (see
//! the crate `plugin-api`).
//!
//! **Limits.** A call ends after its time limit (to within [`TICK_MS`]) and an instance never has more memory than its
//! limit. An instance belongs to one thread. A host has at most 1,024 instances at a time unless its options change
//! that. The size of a component is bounded before it is compiled (`limits.rs`).
//!
//! **Invariants.** A plug-in can only fail its own batch: a trap, a time limit or a memory limit drops the instance
//! with its store, and the next call starts a new one. Nothing is linked: a component that imports a function is
//! rejected with that function's name before it runs. The output of a plug-in is checked before it is used: counts,
//! ranges, NaN, offsets, UTF-8. The same batch gives the same bits on every machine (NaN and relaxed SIMD are
//! deterministic).
//!
//! **How.** A [`Host`] holds the engine. [`Plugin::load`] turns a file into a [`Plugin`]: compiled, checked, described,
//! cheap to clone; [`Arbiter::load`] into an [`Arbiter`]. [`Plugin::scorer`] creates a [`ScorerInstance`] for one
//! thread, which scores [`PairBatch`]es. Columns are passed in Arrow's layout, so passing a column takes two or three
//! copies of bytes, whatever its number of rows.
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
