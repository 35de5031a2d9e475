//! What people and the engine need to know of a cleaner.

use std::fmt;

/// A cleaner: a function from text to text, and what people need to know of it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct CleanerInfo {
    /// Its name in pipelines.
    pub name: &'static str,
    /// What it makes of a value, in Markdown.
    pub help: &'static str,
    /// A value, and what the cleaner makes of it.
    pub example: (&'static str, &'static str),
    /// Incremented whenever the cleaner makes something else of any value, so that rows decided with an older version
    /// are known to be stale. `tests/golden.rs` fails where the output changes and this does not.
    pub version: u32,
    /// The form of cleaned values.
    pub form: CleanedForm,
    /// What cleaned values are.
    pub kind: ValueKind,
    /// Cleans one value; `None` when nothing usable is left.
    pub clean: fn(&str) -> Option<String>,
    /// Cleans a cell that may hold several values, where that is more than cleaning each by itself.
    pub clean_cell: Option<fn(&str) -> Option<String>>,
    #[cfg_attr(not(feature = "columns"), allow(dead_code))]
    /// Whether a column has few distinct values, so that each is cleaned once.
    pub(crate) is_repetitive: bool,
}

/// What the values of a cleaner are, and so what it means that it makes nothing of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// The name of a company or a person.
    Name,
    /// A number or an address that has a check or a strict form: other text is none.
    Identifier,
    /// Something that few texts show, such as the country of a postcode.
    Hint,
    /// Any other text.
    Other,
}

/// The form of the values that a cleaner gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleanedForm {
    /// Words of letters and digits in lower case, separated by single spaces; Latin letters are ASCII.
    Words,
    /// Upper-case ASCII letters and digits without spaces.
    Code,
    /// Lower-case text without spaces.
    LowerCase,
}

/// What separates the values of a cell that holds several.
pub(crate) const ALTERNATIVE: char = '\u{1f}';

impl fmt::Debug for CleanerInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cleaner {}", self.name)
    }
}
