//! The versions of `matchflow:plugin/scoring` that the host serves, side by side: which one a component speaks is in the
//! names of its exports.
//!
//! A version is a module with its records and an arm in each `match` of this file; the rest of the host knows only the
//! newest. A component that exports several is served by the newest.

pub(crate) mod v0_9;
pub(crate) mod v1_0;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift};

use crate::error::HostError;
use crate::instance::Running;
use crate::plugin::Code;

/// The newest interface, with its version.
pub const INTERFACE: &str = "matchflow:plugin/scoring@1.0.0";
/// The versions, newest first.
pub(crate) const VERSIONS: [Version; 2] = [Version::V1_0, Version::V0_9];

/// A version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1_0,
    /// Before scorers could explain themselves and weigh words by their rarity.
    V0_9,
}

/// What a scorer says it is.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Input {
    /// What it stands for.
    pub name: String,
    /// How it should have been cleaned.
    pub kind: String,
    /// Whether the scorer cannot do without it.
    pub required: bool,
    /// Whether the rarity of its words is wanted.
    pub rarity: bool,
}

impl Version {
    /// The export that stands for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Version::V1_0 => INTERFACE,
            Version::V0_9 => "matchflow:plugin/scoring@0.9.0",
        }
    }

    pub(crate) fn describe(self, running: &mut Running, code: &Code) -> Result<Description, HostError> {
        let export = &code.exports.describe;
        match self {
            Version::V1_0 => running.call(code, "describe", export, ()),
            Version::V0_9 => running.call(code, "describe", export, ()).map(v0_9::Description::into_newest),
        }
    }

    /// The scores of a batch, or why the plug-in refuses it.
    pub(crate) fn score(
        self,
        running: &mut Running,
        code: &Code,
        batch: v1_0::ScoreArguments<'_>,
    ) -> Result<Result<v1_0::ScoresOut, String>, HostError> {
        let export = &code.exports.score;
        match self {
            Version::V1_0 => running.call(code, "score", export, batch),
            Version::V0_9 => {
                let (left, right) = (v0_9::columns(batch.0), v0_9::columns(batch.1));
                let arguments: v0_9::ScoreArguments<'_> = (&left, &right, batch.2, batch.3);
                let scores: Result<v0_9::ScoresOut, String> = running.call(code, "score", export, arguments)?;
                Ok(scores.map(|scores| scores.into_newest(batch.4)))
            }
        }
    }
}
