//! The records of `matchflow:plugin/scoring@1.0.0` as Rust types, field by field as in `plugin-api/wit/plugin.wit`.
//!
//! Written out rather than generated, so that columns go in as borrowed slices and each list is one copy of bytes.

use wasmtime::component::{ComponentType, Lift, Lower};

/// What a scorer says it is.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it measures, in a sentence.
    pub summary: String,
    /// The columns that it compares, in order; those it cannot do without come first.
    pub inputs: Vec<Input>,
    /// A JSON Schema of its parameters.
    pub parameters: String,
}

/// A column that a scorer compares.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Input {
    /// What it stands for.
    pub name: String,
    /// How it should have been cleaned.
    pub kind: String,
    /// Whether the scorer cannot do without it.
    pub required: bool,
}

/// A column on its way in.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ColumnIn<'a> {
    pub(crate) offsets: &'a [u32],
    pub(crate) data: &'a [u8],
    pub(crate) valid: &'a [u8],
}

/// A column on its way out.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ColumnOut {
    pub(crate) offsets: Vec<u32>,
    pub(crate) data: Vec<u8>,
    pub(crate) valid: Vec<u8>,
}

/// What came out of a batch.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ScoresOut {
    pub(crate) values: Vec<f32>,
    pub(crate) compared: Vec<u8>,
    pub(crate) evidence: Option<ColumnOut>,
}

/// The arguments of `score`.
pub(crate) type ScoreArguments<'a> = (&'a [ColumnIn<'a>], &'a [ColumnIn<'a>], &'a [u32], &'a [u32]);
