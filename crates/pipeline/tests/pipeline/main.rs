//! The crate from outside: broken files and their reports, good files and their plans.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod broken;
mod defaults;
mod overrides;
mod presets;
mod renamed;
mod robust;
mod schema;
mod searches;
mod world;
mod yaml;
