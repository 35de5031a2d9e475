//! Errors of plug-ins.

use std::path::PathBuf;

use matchflow_model::plugin_output::OutputProblem;
use matchflow_model::row_error::RowError;

/// A plug-in cannot be loaded, or failed a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The engine does not start on this machine.
    #[error("cannot start the WebAssembly engine: {reason}")]
    Engine {
        /// The engine's message.
        reason: String,
    },
    /// The file is not there, or cannot be read.
    #[error("plug-in {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// No plug-in that comes with matchflow has this name.
    #[error(
        "no plug-in that comes with matchflow is called `{name}`; there are {}. The path of a file contains `/` or `.`: `./{name}`",
        shipped_names()
    )]
    UnknownName {
        /// The name.
        name: String,
    },
    /// The file is something else than a component.
    #[error("plug-in {path} is {found}, not a WebAssembly component")]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file begins like a component, and is not a valid one.
    #[error("plug-in {path} is not a valid component: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The compiler's error.
        reason: String,
    },
    /// The component is so large that compiling it could exhaust the machine. Found before it is compiled.
    #[error("plug-in {path} has {found} {what}; at most {max} are allowed. Build it without what it does not use")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What there is too much of: `bytes` or `functions`.
        what: &'static str,
        /// How many it has.
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
    /// The component does not export the interface, or a version of it that this host does not serve.
    #[error("plug-in {path} exports {}; this version of matchflow supports {supported}", list(found))]
    Interface {
        /// The file.
        path: PathBuf,
        /// The interfaces that are served.
        supported: String,
        /// The exports that there are.
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
        /// What differs.
        reason: String,
    },
    /// The plug-in gave an error: parameters or rows that it does not take.
    #[error("{}", self.row_error())]
    Refused {
        /// The plug-in.
        plugin: String,
        /// What it rejects: `parameters` or `batch`.
        subject: &'static str,
        /// Its message, at most 1,000 characters.
        message: String,
    },
    /// The pipeline gives it more or fewer inputs than it takes.
    #[error("plug-in {plugin} expects {expected}, got {given} input(s)")]
    Inputs {
        /// The plug-in.
        plugin: String,
        /// Its inputs by name.
        expected: String,
        /// How many inputs it is given.
        given: usize,
    },
    /// The plug-in crashed.
    #[error("{}", self.row_error())]
    Trap {
        /// The plug-in.
        plugin: String,
        /// What kind of trap.
        reason: String,
    },
    /// The call took too long. Retryable: the machine may have been busy.
    #[error("{}", self.row_error())]
    Timeout {
        /// The plug-in.
        plugin: String,
        /// The limit.
        timeout_ms: u64,
    },
    /// The call needed more memory than it is allowed.
    #[error("{}", self.row_error())]
    MemoryLimit {
        /// The plug-in.
        plugin: String,
        /// The limit.
        memory_bytes_max: usize,
    },
    /// The instance has or wants larger tables than it is allowed.
    #[error("{}", self.row_error())]
    TableLimit {
        /// The plug-in.
        plugin: String,
        /// The limit, all tables together.
        elements_max: usize,
    },
    /// The call gave back more than it is allowed.
    #[error("{}", self.row_error())]
    OutputLimit {
        /// The plug-in.
        plugin: String,
        /// The limit.
        output_bytes_max: usize,
    },
    /// All instances of the host are in use. Retryable: others end.
    #[error("{}", self.row_error())]
    NoInstance {
        /// The plug-in.
        plugin: String,
        /// Which pool is empty.
        reason: String,
    },
    /// The machine did not give the memory or address space that an instance takes: no fault of the plug-in or of the rows.
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
    /// What the plug-in returned is not what the interface defines.
    #[error("{}", self.row_error())]
    BadOutput {
        /// The plug-in.
        plugin: String,
        /// What is wrong with it.
        problem: OutputProblem,
    },
    /// The description that the plug-in gives of itself is not valid.
    #[error("plug-in {plugin} returned {reason}")]
    BadDescription {
        /// The plug-in.
        plugin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The same pairs did not get the same scores: the plug-in keeps state, or lets a pair's score depend on other pairs.
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
    /// The batch is not well formed: a fault of the caller, never of the plug-in.
    #[error("the batch for plug-in {plugin} is malformed: {reason}")]
    BadBatch {
        /// The plug-in.
        plugin: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl HostError {
    /// Whether the machine is at fault, so that the run must end and no row may be blamed.
    pub fn is_of_host(&self) -> bool {
        matches!(self, HostError::HostMemory { .. })
    }

    /// The error as a row's outcome has it.
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
            // These end a plug-in's loading or the run before a row can fail on them.
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
