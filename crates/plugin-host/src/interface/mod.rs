//! The supported versions of `matchflow:plugin/scoring`: a component declares by the names of its exports which one it
//! implements.
//!
//! A version is a module with its records and an arm in each `match` of this file; the rest of the host only knows the
//! newest. A component that exports several is used with the newest.

pub(crate) mod v0_9;
pub(crate) mod v1_0;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentExportIndex, ComponentType, Lift};

use crate::component::{ComponentCode, ExportedInterface};
use crate::error::HostError;
use crate::instance::GuestInstance;

/// The newest interface, with its version.
pub const INTERFACE: &str = "matchflow:plugin/scoring@1.0.0";
/// The versions, newest first.
pub(crate) const VERSIONS: [Version; 2] = [Version::V1_0, Version::V0_9];

/// A version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1_0,
    /// Before scorers could explain scores and weigh words by rarity.
    V0_9,
}

/// A scorer's description of itself.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it measures, in one sentence.
    pub summary: String,
    /// The columns that it compares, in order, required ones first.
    pub inputs: Vec<Input>,
    /// A JSON Schema of its parameters.
    pub parameters: String,
}

/// A column that a scorer compares.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub struct Input {
    /// The name of the input.
    pub name: String,
    /// How it should have been cleaned.
    pub kind: String,
    /// Whether the scorer requires it.
    pub required: bool,
    /// Whether the scorer needs the rarity of its words.
    pub rarity: bool,
}

/// Code of a scorer.
pub(crate) type ScorerCode = ComponentCode<ScorerExports>;

/// The functions of a scorer's interface.
pub(crate) struct ScorerExports {
    pub(crate) version: Version,
    pub(crate) describe: ComponentExportIndex,
    pub(crate) configure: ComponentExportIndex,
    pub(crate) score: ComponentExportIndex,
}

impl ScorerExports {
    pub(crate) fn find(interface: &ExportedInterface<'_>) -> Result<ScorerExports, HostError> {
        let version = VERSIONS.into_iter().find(|version| version.name() == interface.name);
        Ok(ScorerExports {
            // Only components with an interface of `VERSIONS` are loaded.
            version: version.unwrap_or(Version::V1_0),
            describe: interface.function("describe")?,
            configure: interface.function("configure")?,
            score: interface.function("score")?,
        })
    }
}

impl Version {
    /// The name of the export.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Version::V1_0 => INTERFACE,
            Version::V0_9 => "matchflow:plugin/scoring@0.9.0",
        }
    }

    pub(crate) fn describe(self, instance: &mut GuestInstance, code: &ScorerCode) -> Result<Description, HostError> {
        let export = &code.exports.describe;
        match self {
            Version::V1_0 => instance.call(code, "describe", export, ()),
            Version::V0_9 => instance.call(code, "describe", export, ()).map(v0_9::Description::into_newest),
        }
    }

    /// The scores of a batch, or why the plug-in refuses it.
    pub(crate) fn score(
        self,
        instance: &mut GuestInstance,
        code: &ScorerCode,
        batch: v1_0::ScoreArguments<'_>,
    ) -> Result<Result<v1_0::ScoresOut, String>, HostError> {
        let export = &code.exports.score;
        match self {
            Version::V1_0 => instance.call(code, "score", export, batch),
            Version::V0_9 => {
                let left = v0_9::columns(batch.0);
                let right = v0_9::columns(batch.1);
                let arguments: v0_9::ScoreArguments<'_> = (&left, &right, batch.2, batch.3);
                let scores: Result<v0_9::ScoresOut, String> = instance.call(code, "score", export, arguments)?;
                Ok(scores.map(|scores| scores.into_newest(batch.4)))
            }
        }
    }
}
