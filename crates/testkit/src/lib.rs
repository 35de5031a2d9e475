//! Fixtures shared by the tests and benchmarks of several crates.
//!
//! - [`outcomes`]: decisions, epochs and rejects for checkpoints.
//! - [`run_info!`]: the description of a run for a checkpoint.
//! - [`golden_versions`], [`split_mix`]: golden files that tie results to versions, and their random numbers.
//! - [`http_client`]: requests to a server on loopback.
//! - [`page_program`]: the program of a page, which its texts are held to.
//! - [`scorer_guest`], [`arbiter_guest`]: plug-ins written as WebAssembly text, for what no compiler would produce.
//!
//! **Limits.** A fixture panics if it is misused: it is for tests only. Nothing here depends on a crate above `model`,
//! so that the unit tests of those crates can use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod arbiter_guest;
pub mod golden_versions;
pub mod http_client;
pub mod outcomes;
pub mod page_program;
pub mod scorer_guest;
pub mod split_mix;

/// A `RunInfo` (the type in the caller's scope) of a pipeline with this name; every digest is a short text.
#[macro_export]
macro_rules! run_info {
    ($pipeline:expr) => {
        RunInfo {
            pipeline: ::std::borrow::ToOwned::to_owned($pipeline),
            plan_digest: "p".to_owned(),
            config_digest: "c1".to_owned(),
            decided_by: "{}".to_owned(),
            source: "Frs.xlsx".into(),
            source_digest: "s".to_owned(),
            reference: "registry.parquet".into(),
            reference_digest: "r".to_owned(),
            edition: None,
            plugins: "{}".to_owned(),
        }
    };
}
