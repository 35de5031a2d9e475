//! Violations and their display.

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, relative to the root.
    pub file: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, problem, remedy } = self;
        writeln!(out, "{file}:{}: [{rule}] {problem}", (*line).max(1))?;
        writeln!(out, "    {remedy}")
    }
}

/// The outcome of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TidyReport {
    /// Every broken rule, by file.
    pub violations: Vec<Violation>,
    /// Ceilings above the measured values, as `rule key: measured < ceiling`.
    pub loose: Vec<String>,
}

impl fmt::Display for TidyReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            write!(out, "{violation}")?;
        }
        for ceiling in &self.loose {
            writeln!(out, "note: ceiling can be lowered (`cargo xtask tidy --bless`): {ceiling}")?;
        }
        match self.violations.len() {
            0 => writeln!(out, "tidy: no violations"),
            count => writeln!(out, "tidy: {count} violations"),
        }
    }
}

/// Why the rules could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum TidyError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A command failed.
    #[error("`{command}` failed: {message}")]
    Command {
        /// The command line.
        command: &'static str,
        /// Its output, or why it could not be started.
        message: String,
    },
    /// A data file of the rules is invalid.
    #[error("{file}:{line}: {problem}")]
    Data {
        /// The data file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}
