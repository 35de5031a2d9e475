//! What a command can fail with, and the exit code and words that it ends with.

use std::process::ExitCode;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the pipeline file is not right: nothing was done. The text is a whole report.
    Usage(String),
    /// The work could not be done, or not to its end.
    Fatal(String),
    /// Standard output could not be written.
    Output(std::io::Error),
}

impl Failure {
    /// A fatal error with the chain of its causes.
    pub(crate) fn fatal(error: &(dyn std::error::Error + 'static)) -> Failure {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let said = error.to_string();
            // Many errors print their cause themselves.
            if !text.contains(&said) {
                text.push_str("\n  because ");
                text.push_str(&said);
            }
            cause = error.source();
        }
        Failure::Fatal(text)
    }

    /// Prints the failure and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Failure::Usage(report) => {
                message!("{}", report.trim_end());
                ExitCode::from(2)
            }
            Failure::Fatal(text) => {
                message!("error: {text}");
                ExitCode::FAILURE
            }
            Failure::Output(error) => {
                message!("error: the output could not be written: {error}");
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
