//! Pipeline files: YAML in; out comes a checked [`Plan`](matchflow_model::plan::Plan) or a report of all problems.
//!
//! The steps, a module each:
//!
//! 1. `tree`: parses text to a tree in which every key and value has its place; `--set` and `${VAR}` change the tree.
//! 2. `decode` and `raw`: decode the tree into records, each key with its type and bounds; the JSON Schema comes from
//!    the same records.
//! 3. `check`: checks names, columns, plug-ins and the order of stages, with an [`Environment`] that answers questions
//!    about files, and builds the plan.
//!
//! **Invariant:** there is only a plan for a file without problems; no message shows the value of a variable; any text
//! gives a plan or a [`Report`], never a panic.
//!
//! This crate does no I/O and does not know the engine: the caller reads the file and implements [`Environment`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod arbiter_cases;
mod cases;
mod check;
mod decode;
mod environment;
mod error;
mod key_reference;
mod label;
mod plugin_cases;
mod raw;
mod render;
mod snippet;
mod suggest;
mod tree;

pub use arbiter_cases::{ArbiterCase, CaseCandidate, ExpectedVerdict, arbiter_cases};
pub use cases::{Expectation, PipelineTest};
pub use check::{CheckedArbiter, CheckedPipeline, CheckedPlugin, check, check_without_tests};
pub use environment::{ArbiterFacts, ArbiterNeeds, Environment, Fault, Part, PluginFacts, PluginInput, TableColumns};
pub use error::{Report, ReportStyle, ReportedProblem};
pub use key_reference::{KeyReference, match_model_keys, pipeline_keys, schema};
pub use plugin_cases::{PluginCase, SCORE_TOLERANCE, plugin_cases};
pub use render::{RenderFormat, render};
