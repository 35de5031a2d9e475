//! What a pipeline names outside of its file: tables and plug-ins. The command looks at the disk, tests make it up.

use std::path::Path;

use matchflow_model::plan::{Format, ReferenceFormat};
use serde::Serialize;

/// Answers what the check asks about the world outside the pipeline file.
pub trait Environment {
    /// The columns of the supplier file, in its order.
    fn source_columns(&self, format: &Format) -> Result<Vec<String>, Fault>;

    /// The columns of the registry, in its order; of both files for [`ReferenceFormat::Sirene`].
    fn reference_columns(&self, format: &ReferenceFormat) -> Result<Vec<String>, Fault>;

    /// Loads the plug-in at `path` and lets it check its parameters (a JSON object, as text) for `inputs` compared
    /// pairs of fields.
    fn plugin(&self, path: &Path, parameters: &str, inputs: usize) -> Result<PluginFacts, Fault>;

    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// The cores of the machine: the default number of workers.
    fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }
}

/// What a plug-in says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// The pairs of fields that it compares, in order.
    pub inputs: Vec<PluginInput>,
}

/// One pair of fields that a plug-in compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginInput {
    /// What the plug-in calls it.
    pub name: String,
    /// Whether it must be given.
    pub required: bool,
}

/// Why something outside of the file does not fit, and which key of the file is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The key at fault.
    pub part: Part,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// The key that a [`Fault`] is shown at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The path of the file or plug-in.
    Path,
    /// `units`, of the registry's two files.
    Units,
    /// `establishments`, of the registry's two files.
    Establishments,
    /// The sheet of a workbook.
    Sheet,
    /// The row of the header.
    Header,
    /// The parameters of a plug-in.
    Parameters,
    /// The fields given to a plug-in.
    Compare,
}

impl Fault {
    /// A fault shown at `part`.
    pub fn new(part: Part, message: impl Into<String>) -> Self {
        Self { part, message: message.into() }
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::new(Part::Path, message)
    }
}
