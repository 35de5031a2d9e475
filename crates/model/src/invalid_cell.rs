//! Cells of result files that do not have their column's values.

/// A cell that is not what its column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCell {
    /// The column.
    pub column: &'static str,
    /// The cell's text.
    pub value: String,
    /// What is allowed, in words.
    pub expected: &'static str,
}
