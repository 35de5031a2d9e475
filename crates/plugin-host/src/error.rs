//! Errors of plug-ins.

use std::path::PathBuf;

use matchflow_model::plugin_output::OutputProblem;
use matchflow_model::row_error::RowError;

/// A plug-in cannot be loaded, or failed on a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The engine cannot start on this machine.
    #[error("cannot start the WebAssembly engine: {reason}")]
    Engine {
        /// The engine's message.
        reason: String,
    },
    /// The file does not exist, or cannot be read.
    #[error("plug-in {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// No bundled plug-in has this name.
    #[error(
        "no plug-in that comes with matchflow is called `{name}`; there are {}. The path of a file contains `/` or `.`: `./{name}`",
        shipped_names()
    )]
    UnknownName {
        /// The name.
        name: String,
    },
    /// The file is not a component.
    #[error("plug-in {path} is {found}, not a WebAssembly component")]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file starts like a component, but is not a valid one.
    #[error("plug-in {path} is not a valid component: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The compiler's error.
        reason: String,
    },
    /// The component is so large that compiling it could exhaust the machine. Detected before it is compiled.
    #[error("plug-in {path} has {found} {what}; at most {max} are allowed. Build it without what it does not use")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What exceeds its limit: `bytes` or `functions`.
        what: &'static str,
        /// The number.
        found: u64,
        /// The limit.
        max: u64,
    },
    /// The component imports something; no plug-in may.
    #[error("plug-in {path} imports {}; a plug-in runs without imports", imports.join(", "))]
    Imports {
        /// The file.
        path: PathBuf,
        /// The imports, by name.
        imports: Vec<String>,
    },
    /// The component does not export the interface, or only an unsupported version of it.
    #[error("plug-in {path} exports {}; this version of matchflow supports {supported}", list(found))]
    Interface {
        /// The file.
        path: PathBuf,
        /// The supported interfaces.
        supported: String,
        /// The exports found.
        found: Vec<String>,
    },
    /// A function of the interface is missing or has another type.
    #[error("plug-in {plugin}: `{function}` differs from {expected}: {reason}")]
    Signature {
        /// The plug-in.
        plugin: String,
        /// The function.
        function: &'static str,
        /// The interface.
        expected: &'static str,
        /// The difference.
        reason: String,
    },
    /// The plug-in returned an error: parameters or rows that it does not accept.
    #[error("{}", self.row_error())]
    Refused {
        /// The plug-in.
        plugin: String,
        /// What it rejects: `parameters` or `batch`.
        subject: &'static str,
        /// Its message, at most 1,000 characters.
        message: String,
    },
    /// The pipeline gives it the wrong number of inputs.
    #[error("plug-in {plugin} expects {expected}, got {given} input(s)")]
    Inputs {
        /// The plug-in.
        plugin: String,
        /// Its inputs by name.
        expected: String,
        /// The number of inputs given.
        given: usize,
    },
    /// The plug-in crashed.
    #[error("{}", self.row_error())]
    Trap {
        /// The plug-in.
        plugin: String,
        /// The kind of trap.
        reason: String,
    },
    /// The call timed out. Retryable: the machine may have been busy.
    #[error("{}", self.row_error())]
    Timeout {
        /// The plug-in.
        plugin: String,
        /// The limit.
        timeout_ms: u64,
    },
    /// The call exceeded its memory limit.
    #[error("{}", self.row_error())]
    MemoryLimit {
        /// The plug-in.
        plugin: String,
        /// The limit.
        memory_bytes_max: usize,
    },
    /// The instance has or requests larger tables than allowed.
    #[error("{}", self.row_error())]
    TableLimit {
        /// The plug-in.
        plugin: String,
        /// The limit, all tables together.
        elements_max: usize,
    },
    /// The call returned more than allowed.
    #[error("{}", self.row_error())]
    OutputLimit {
        /// The plug-in.
        plugin: String,
        /// The limit.
        output_bytes_max: usize,
    },
    /// All instances of the host are in use. Retryable: others will end.
    #[error("{}", self.row_error())]
    NoInstance {
        /// The plug-in.
        plugin: String,
        /// The exhausted pool.
        reason: String,
    },
    /// The machine lacks the memory or address space for an instance: neither the plug-in nor the rows are at fault.
    #[error(
        "this machine has no memory for an instance of plug-in {plugin}: {reason}. Raise the limit of address space \
         (`ulimit -v`) or of memory, or set fewer `execution.scoring_threads`"
    )]
    HostMemory {
        /// The plug-in.
        plugin: String,
        /// The system's message.
        reason: String,
    },
    /// The plug-in's output violates the interface.
    #[error("{}", self.row_error())]
    BadOutput {
        /// The plug-in.
        plugin: String,
        /// The problem.
        problem: OutputProblem,
    },
    /// The plug-in's description of itself is invalid.
    #[error("plug-in {plugin} returned {reason}")]
    BadDescription {
        /// The plug-in.
        plugin: String,
        /// The problem.
        reason: String,
    },
    /// The same pairs got different scores: the plug-in keeps state, or makes a pair's score depend on other pairs.
    #[error(
        "plug-in {plugin} is not repeatable: {reason}. The scores of a pair may depend only on its two records and the \
         parameters, not on earlier calls, on the order of pairs or on the rest of the batch: the plug-in must be corrected"
    )]
    NotRepeatable {
        /// The plug-in.
        plugin: String,
        /// The difference.
        reason: String,
    },
    /// The batch is malformed: a bug in the caller, never in the plug-in.
    #[error("the batch for plug-in {plugin} is malformed: {reason}")]
    BadBatch {
        /// The plug-in.
        plugin: String,
        /// The problem.
        reason: String,
    },
}

impl HostError {
    /// Whether the machine is at fault, so that the run must end without failing any row.
    pub fn is_of_host(&self) -> bool {
        matches!(self, HostError::HostMemory { .. })
    }

    /// The error as stored in a row's outcome.
    pub fn row_error(&self) -> RowError {
        match self {
            HostError::Trap { plugin, reason } => {
                RowError::PluginCrashed { plugin: plugin.clone(), detail: reason.clone() }
            }
            HostError::Timeout { plugin, timeout_ms } => {
                RowError::PluginTimeout { plugin: plugin.clone(), timeout_ms: *timeout_ms }
            }
            HostError::MemoryLimit { plugin, memory_bytes_max } => {
                RowError::PluginMemory { plugin: plugin.clone(), bytes_max: *memory_bytes_max as u64 }
            }
            HostError::TableLimit { plugin, elements_max } => {
                RowError::PluginTables { plugin: plugin.clone(), elements_max: *elements_max as u64 }
            }
            HostError::OutputLimit { plugin, output_bytes_max } => {
                RowError::PluginOutputSize { plugin: plugin.clone(), bytes_max: *output_bytes_max as u64 }
            }
            HostError::NoInstance { plugin, reason } => {
                RowError::PluginInstances { plugin: plugin.clone(), detail: reason.clone() }
            }
            HostError::Refused { plugin, subject, message } => RowError::PluginRejected {
                plugin: plugin.clone(),
                subject: (*subject).to_owned(),
                message: message.clone(),
            },
            HostError::BadOutput { plugin, problem } => {
                RowError::PluginOutput { plugin: plugin.clone(), problem: problem.clone() }
            }
            // These end a plug-in's loading or the run before a row can fail because of them.
            other => RowError::PluginUnusable { detail: other.to_string() },
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, HostError::Timeout { .. } | HostError::NoInstance { .. })
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn shipped_names() -> String {
    crate::shipped::SHIPPED_PLUGINS.iter().map(|plugin| format!("`{}`", plugin.name)).collect::<Vec<_>>().join(", ")
}
