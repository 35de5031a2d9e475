//! Where the cells of a supplier file went.

use std::ops::AddAssign;

/// Cells that say something. `read + filled = emitted + rejected + outside`: nothing is lost without a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellCounts {
    /// Read from the file.
    pub read: u64,
    /// Added by the reader, in no file: the sheet's name and other provenance, copies of merged cells.
    pub filled: u64,
    /// Handed out in a key or a field, without a reject.
    pub emitted: u64,
    /// Named in a reject.
    pub rejected: u64,
    /// In no column that the plan takes, or in no record: headers, titles, hidden rows and totals left out.
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
