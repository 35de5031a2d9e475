//! Cells of result files that do not fit their column.

/// A cell that does not fit its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCell {
    /// The column.
    pub column: &'static str,
    /// The cell's text.
    pub value: String,
    /// The allowed values, in words.
    pub expected: &'static str,
}
