//! What a pipeline names outside of its file: tables and plug-ins. The command looks at the disk, tests make it up.

use std::path::{Path, PathBuf};

use matchflow_model::digest;
use matchflow_model::plan::TablePlan;
use serde::Serialize;

/// Answers what the check asks about the world outside the pipeline file.
pub trait Environment {
    /// The columns of the supplier file, in its order; `None` where it is not looked at, and another process reads it.
    fn source_columns(&self, table: &TablePlan) -> Result<Option<Vec<String>>, Fault>;

    /// The columns of the registry, in its order; of all its files where they are several.
    fn reference_columns(&self, table: &TablePlan) -> Result<Vec<String>, Fault>;

    /// Loads the plug-in at `path` and says what it is.
    fn plugin(&self, path: &Path) -> Result<PluginFacts, Fault>;

    /// Lets the plug-in at `path` look at its parameters: a JSON object, as text, that fits its schema.
    fn configure(&self, path: &Path, parameters: &str) -> Result<(), Fault>;

    /// Loads the arbiter at `path` and says what it is.
    fn arbiter(&self, path: &Path) -> Result<ArbiterFacts, Fault>;

    /// Lets the arbiter at `path` look at its parameters: a JSON object, as text, that fits its schema.
    fn configure_arbiter(&self, path: &Path, parameters: &str) -> Result<ArbiterNeeds, Fault>;

    /// What a text file beside the pipeline holds (a match model).
    fn text(&self, path: &Path) -> Result<String, Fault>;

    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// The cores of the machine: the default number of workers.
    fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// The file in the system's temporary folder that stands in for `checkpoint`: the same one every time.
    fn temporary_checkpoint(&self, checkpoint: &Path) -> PathBuf {
        let whole = std::path::absolute(checkpoint).unwrap_or_else(|_| checkpoint.to_owned());
        let stem = checkpoint.file_stem().unwrap_or_default().to_string_lossy();
        let digest = digest::exchange(whole.as_os_str().as_encoded_bytes());
        std::env::temp_dir().join("matchflow").join(format!("{stem}-{digest:016x}.duckdb"))
    }
}

/// What a plug-in says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// The pairs of fields that it compares, in order.
    pub inputs: Vec<PluginInput>,
    /// The JSON Schema of its parameters.
    #[serde(skip)]
    pub parameters: serde_json::Value,
}

/// What an arbiter says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArbiterFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// Fields that rows must have.
    pub row_fields: Vec<String>,
    /// Fields that entries must have.
    pub entry_fields: Vec<String>,
    /// The JSON Schema of its parameters.
    #[serde(skip)]
    pub parameters: serde_json::Value,
}

/// What an arbiter needs with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArbiterNeeds {
    /// The hosts that it speaks to: `name` or `name:port`.
    pub hosts: Vec<String>,
    /// The environment variables that it wants sent.
    pub secrets: Vec<String>,
}

/// One pair of fields that a plug-in compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginInput {
    /// What the plug-in calls it.
    pub name: String,
    /// How it should have been cleaned: a cleaner's word (`company-name`), or `text` for anything.
    pub kind: String,
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
    /// The path of a plug-in or a match model.
    Path,
    /// A key of a table.
    Key(&'static str),
    /// The parameters of a plug-in.
    Parameters,
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
