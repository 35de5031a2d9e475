//! Errors that end a command: their text and their exit code.

use std::error::Error;
use std::io::ErrorKind;
use std::iter;
use std::process::ExitCode;

use matchflow_checkpoint::{CheckpointError, is_out_of_memory};
use matchflow_files::is_out_of_file_handles;
use matchflow_flow::FlowError;
use matchflow_ingest::IngestError;
use matchflow_model::InputCondition;
use matchflow_model::printable::printable;
use matchflow_model::store::CommitError;
use matchflow_plugin_host::HostError;

use crate::console::{self, Level};
use crate::exit_reason::ExitReason;
use crate::input_files::ChangedInput;
use crate::messages::failure_words;
use crate::standard_input::StandardInputError;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is invalid; nothing was done. The text is a complete report.
    Usage(String),
    /// Something else is invalid, and nothing was done. The text is a complete report.
    Refused(ExitReason, String),
    /// The work failed, possibly after parts of it were done.
    Fatal(String),
    /// The same, for causes that programs can distinguish by the exit code.
    Ended(ExitReason, String),
    /// Standard output could not be written.
    Output(std::io::Error),
}

impl Failure {
    /// A fatal error with the chain of its causes, and what the command was doing: `reading the registry`.
    pub(crate) fn fatal(error: &(dyn Error + 'static), action: &str) -> Failure {
        let words = failure_words(console::language());
        let mut text = (words.text)(error);
        let mut source = error.source();
        while let Some(error) = source {
            let cause = (words.text)(error);
            // Many errors already include their cause.
            if !text.contains(&cause) {
                text.push_str("\n  ");
                text.push_str(words.because);
                text.push_str(&cause);
            }
            source = error.source();
        }
        let during = format!("{}{}", words.during, (words.action)(action));
        Failure::Ended(reason_of(error), format!("{}\n  {during}", printable(&text)))
    }

    /// The reason for the exit code.
    pub(crate) fn reason(&self) -> ExitReason {
        match self {
            Failure::Usage(_) => ExitReason::CommandLine,
            Failure::Refused(reason, _) | Failure::Ended(reason, _) => *reason,
            Failure::Fatal(_) | Failure::Output(_) => ExitReason::Fatal,
        }
    }

    /// The complete report.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Failure::Usage(report) | Failure::Refused(_, report) => report.trim_end().to_owned(),
            Failure::Fatal(text) | Failure::Ended(_, text) => {
                format!("{}{text}", failure_words(console::language()).error)
            }
            Failure::Output(error) => format!("error: standard output cannot be written: {error}"),
        }
    }

    /// Prints the failure and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let (reason, text) = (self.reason(), self.to_text());
        console::print(Level::Error, Some(reason.name()), &text);
        reason.into()
    }
}

/// The reason for the exit code: that of the first error in the chain that has a specific one.
fn reason_of(error: &(dyn Error + 'static)) -> ExitReason {
    let chain: Vec<_> = iter::successors(Some(error), |&error| error.source()).collect();
    // A file that cannot be opened because too many are open is neither missing nor damaged.
    if chain.iter().any(|error| error.downcast_ref().is_some_and(is_out_of_file_handles)) {
        return ExitReason::SystemLimit;
    }
    chain.into_iter().find_map(specific_reason).unwrap_or(ExitReason::Fatal)
}

/// The reason of an error itself, without its causes.
fn specific_reason(error: &(dyn Error + 'static)) -> Option<ExitReason> {
    let ingest = error.downcast_ref::<IngestError>().and_then(IngestError::condition);
    if let Some(condition) = ingest.or_else(|| error.downcast_ref().and_then(StandardInputError::condition)) {
        return Some(reason_of_input(condition));
    }
    if error.downcast_ref().is_some_and(CheckpointError::is_locked) {
        return Some(ExitReason::Locked);
    }
    if matches!(error.downcast_ref(), Some(FlowError::EmptyReference { .. })) {
        return Some(ExitReason::InputEmpty);
    }
    if error.is::<ChangedInput>() {
        return Some(ExitReason::InputChanged);
    }
    let host = error.downcast_ref().or_else(|| error.downcast_ref().map(Box::<HostError>::as_ref));
    let commit = match error.downcast_ref() {
        Some(FlowError::Commit(error)) => Some(error),
        _ => error.downcast_ref::<CommitError>(),
    };
    let is_memory = error.downcast_ref().is_some_and(CheckpointError::is_out_of_memory)
        || commit.is_some_and(|error| is_out_of_memory(&error.reason))
        || matches!(host, Some(HostError::HostMemory { .. }));
    (is_memory || error.downcast_ref().is_some_and(is_system_limit)).then_some(ExitReason::SystemLimit)
}

/// Whether the system refused a thread or memory. Only threads can fail with `WouldBlock` here.
fn is_system_limit(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::OutOfMemory)
}

/// The exit code for an input file's condition.
pub(crate) fn reason_of_input(condition: InputCondition) -> ExitReason {
    match condition {
        InputCondition::Missing => ExitReason::InputMissing,
        InputCondition::Empty => ExitReason::InputEmpty,
        InputCondition::Damaged => ExitReason::InputDamaged,
        InputCondition::Changed => ExitReason::InputChanged,
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

/// Turns an error into a [`Failure`] that names what the command was doing.
pub(crate) trait FailureContext<T> {
    /// `action` continues a sentence: `while reading the registry`.
    fn while_doing(self, action: &str) -> Result<T, Failure>;
}

impl<T, E: Error + 'static> FailureContext<T> for Result<T, E> {
    fn while_doing(self, action: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure::fatal(&error, action))
    }
}
