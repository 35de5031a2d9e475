//! Cells counted where they are read.

use std::ops::Sub;

/// Non-empty cells, counted while reading. See [`crate::CellCounts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReadCounts {
    /// All of them.
    pub(crate) read: u64,
    /// Cells outside the selected columns and rows.
    pub(crate) outside: u64,
    /// Cells of the block that are in no file: added columns, copies of merged cells.
    pub(crate) filled: u64,
}

impl Sub for ReadCounts {
    type Output = ReadCounts;

    fn sub(self, before: ReadCounts) -> ReadCounts {
        ReadCounts {
            read: self.read - before.read,
            outside: self.outside - before.outside,
            filled: self.filled - before.filled,
        }
    }
}
