//! What happened to the cells of a supplier file.

use std::ops::AddAssign;

/// Non-empty cells. `read + filled = emitted + rejected + outside`: nothing is lost silently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellCounts {
    /// Read from the file.
    pub read: u64,
    /// Added by the reader and not in the file: the sheet's name and other added columns, copies of merged cells.
    pub filled: u64,
    /// Emitted in a key or a field, without a reject.
    pub emitted: u64,
    /// Reported in a reject.
    pub rejected: u64,
    /// In no selected column, or in no record: headers, titles, skipped hidden rows and totals.
    pub outside: u64,
}

impl CellCounts {
    /// Whether every cell is accounted for.
    pub fn balances(&self) -> bool {
        self.read + self.filled == self.emitted + self.rejected + self.outside
    }
}

impl AddAssign for CellCounts {
    fn add_assign(&mut self, other: CellCounts) {
        self.read += other.read;
        self.filled += other.filled;
        self.emitted += other.emitted;
        self.rejected += other.rejected;
        self.outside += other.outside;
    }
}
