//! The world outside a pipeline file: tables, plug-ins, the machine. Commands answer from the disk, tests from memory.

use std::path::{Path, PathBuf};

use matchflow_model::InputCondition;
use matchflow_model::plan::TablePlan;
use serde::Serialize;

/// Answers the check's questions about the world outside the pipeline file.
pub trait Environment {
    /// The columns of the supplier file, in its order; `None` if another process reads it.
    fn source_columns(&self, table: &TablePlan) -> Result<Option<TableColumns>, Fault>;

    /// The columns of the registry, in its order; those of all its files if there are several.
    fn reference_columns(&self, table: &TablePlan) -> Result<TableColumns, Fault>;

    /// The other sheets of the workbook that have this column.
    fn sheets_with(&self, _table: &TablePlan, _column: &str) -> Vec<String> {
        Vec::new()
    }

    /// The path of a file as spelled on disk: an accented character may be one character or two (`é`), which look the
    /// same.
    fn spelling(&self, path: PathBuf) -> PathBuf {
        path
    }

    /// The table with the files that its path means: a pattern, a folder, or standard input (`-`), of which a run keeps
    /// a copy next to its checkpoint.
    fn with_files(&self, table: TablePlan, _checkpoint: Option<&Path>) -> Result<TablePlan, Fault> {
        Ok(table)
    }

    /// Loads the scorer at `path`, which may be the name of a bundled one, and describes it.
    fn plugin(&self, path: &Path) -> Result<PluginFacts, Fault>;

    /// Lets the plug-in at `path` check its parameters: a JSON object, as text, that fits its schema.
    fn configure(&self, path: &Path, parameters: &str) -> Result<(), Fault>;

    /// Loads the arbiter at `path` and describes it.
    fn arbiter(&self, path: &Path) -> Result<ArbiterFacts, Fault>;

    /// Lets the arbiter at `path` check its parameters: a JSON object, as text, that fits its schema.
    fn configure_arbiter(&self, path: &Path, parameters: &str) -> Result<ArbiterNeeds, Fault>;

    /// The content of a text file named by the pipeline (a match model).
    fn text(&self, path: &Path) -> Result<String, Fault>;

    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// The number of cores of the machine: the default number of workers.
    fn cores(&self) -> usize;

    /// The file in the system's temporary folder that replaces `checkpoint`; always the same one.
    fn temporary_checkpoint(&self, checkpoint: &Path) -> PathBuf;
}

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableColumns {
    /// The names, in the order of the file.
    pub names: Vec<String>,
    /// Columns that cannot be read, and the message that explains why.
    pub unreadable: Vec<(String, String)>,
    /// The sheet that they are in, if the workbook has others.
    pub sheet: Option<String>,
}

/// The description of a scorer.
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

/// The description of an arbiter.
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

/// What an arbiter requires with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArbiterNeeds {
    /// The hosts that it contacts: `name` or `name:port`.
    pub hosts: Vec<String>,
    /// The environment variables whose values it sends.
    pub secrets: Vec<String>,
}

/// A pair of fields that a plug-in compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginInput {
    /// Its name in the plug-in.
    pub name: String,
    /// The cleaner that it expects (`company-name`), or `text` for any.
    pub kind: String,
    /// Whether it is required.
    pub required: bool,
}

/// Why something outside the file does not fit, and which key of the file is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The key at fault.
    pub part: Part,
    /// The problem and what is allowed.
    pub message: String,
    /// The condition of the input file, if that is the problem.
    pub condition: Option<InputCondition>,
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
        Self { part, message: message.into(), condition: None }
    }

    /// The same, as a condition of an input file.
    pub fn with_condition(self, condition: Option<InputCondition>) -> Self {
        Self { condition, ..self }
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::new(Part::Path, message)
    }
}
