//! The records of `matchflow:plugin/scoring@1.0.0` as Rust types, field by field as in `plugin-api/wit/plugin.wit`.
//!
//! Written by hand rather than generated, so that columns are passed as borrowed slices and each list is a single copy
//! of bytes.

use wasmtime::component::{ComponentType, Lift, Lower};

/// A column passed to a plug-in.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ColumnIn<'a> {
    pub(crate) offsets: &'a [u32],
    pub(crate) data: &'a [u8],
    pub(crate) valid: &'a [u8],
    pub(crate) rarity: &'a [f32],
}

/// Texts returned by a plug-in; an empty one is missing.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct TextsOut {
    pub(crate) offsets: Vec<u32>,
    pub(crate) data: Vec<u8>,
}

/// Scores of a batch returned by a plug-in.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ScoresOut {
    pub(crate) values: Vec<f32>,
    pub(crate) compared: Vec<u8>,
    pub(crate) evidence: Option<TextsOut>,
    pub(crate) information: Vec<f32>,
}

/// The arguments of `score`.
pub(crate) type ScoreArguments<'a> = (&'a [ColumnIn<'a>], &'a [ColumnIn<'a>], &'a [u32], &'a [u32], bool);
