//! The description of a cleaner.

use std::fmt;

/// A cleaner: a function from text to text, and its description.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct CleanerInfo {
    /// Its name in pipelines.
    pub name: &'static str,
    /// Its effect on a value, in Markdown.
    pub help: &'static str,
    /// A value and its cleaned form.
    pub example: (&'static str, &'static str),
    /// Incremented whenever the result for any value changes, so that rows decided with an older version are known to
    /// be stale. `tests/golden.rs` fails if the output changes and the version does not.
    pub version: u32,
    /// The form of cleaned values.
    pub form: CleanedForm,
    /// The kind of cleaned values.
    pub kind: ValueKind,
    /// Cleans one value; `None` if nothing usable is left.
    pub clean: fn(&str) -> Option<String>,
    /// Cleans a cell that may hold several values, where that is more than cleaning each by itself.
    pub clean_cell: Option<fn(&str) -> Option<String>>,
    #[cfg_attr(not(feature = "columns"), allow(dead_code))]
    /// Whether columns have few distinct values, each of which is then cleaned once.
    pub(crate) is_repetitive: bool,
}

/// The kind of a cleaner's values, which determines what it means if nothing is left of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// The name of a company or a person.
    Name,
    /// A number or an address with a check or a strict form: any other text is not an identifier.
    Identifier,
    /// Something that few texts reveal, such as the country of a postcode.
    Hint,
    /// Any other text.
    Other,
}

/// The form of a cleaner's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleanedForm {
    /// Words of letters and digits in lower case, separated by single spaces; Latin letters are ASCII.
    Words,
    /// Upper-case ASCII letters and digits without spaces.
    Code,
    /// A kind of identifier, a colon, and upper-case ASCII letters and digits.
    Labelled,
    /// Lower-case text without spaces.
    LowerCase,
}

/// Separates the values of a multi-valued cell.
pub(crate) const ALTERNATIVE: char = '\u{1f}';

impl fmt::Debug for CleanerInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cleaner {}", self.name)
    }
}
