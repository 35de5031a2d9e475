//! Errors that end a command: their text and their exit code.

use std::error::Error;
use std::process::ExitCode;

/// Exit code for an invalid command line or pipeline file.
const USAGE: u8 = 2;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the pipeline file is invalid; nothing was done. The text is a complete report.
    Usage(String),
    /// The work failed, possibly after parts of it were done.
    Fatal(String),
    /// Standard output could not be written.
    Output(std::io::Error),
}

impl Failure {
    /// A fatal error with the chain of its causes, and what was being done: `reading the registry`.
    pub(crate) fn fatal(error: &(dyn Error + 'static), action: &str) -> Failure {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let cause = error.to_string();
            // Many errors print their cause themselves.
            if !text.contains(&cause) {
                text.push_str("\n  because ");
                text.push_str(&cause);
            }
            source = error.source();
        }
        Failure::Fatal(format!("{text}\n  while {action}"))
    }

    /// Prints the failure and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Failure::Usage(report) => {
                message!("{}", report.trim_end());
                ExitCode::from(USAGE)
            }
            Failure::Fatal(text) => {
                message!("error: {text}");
                ExitCode::FAILURE
            }
            Failure::Output(error) => {
                message!("error: standard output cannot be written: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

/// Turns an error into a [`Failure`] that names what was being done.
pub(crate) trait FailureContext<T> {
    /// `action` continues a sentence: `while reading the registry`.
    fn while_doing(self, action: &str) -> Result<T, Failure>;
}

impl<T, E: Error + 'static> FailureContext<T> for Result<T, E> {
    fn while_doing(self, action: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure::fatal(&error, action))
    }
}
