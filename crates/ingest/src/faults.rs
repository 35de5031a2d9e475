//! Faults of a block's rows, found while cells are read.

use matchflow_model::expectation::Expectation;

use crate::trim::{cell_text, cut};

/// Maximum length of a cell shown in a fault or reject.
pub(crate) const RAW_CHARACTERS_MAX: usize = 255;
/// Maximum number of faults in a row: the cells of any others are added to the last one.
const ROW_FAULTS_MAX: usize = 1 << 14;

/// A fault of a row that is independent of declared types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFault {
    /// The row in its block, or a neighbouring one.
    pub(crate) row: usize,
    /// The number of the row in its file.
    pub(crate) number: u64,
    /// The column, as a position in the selection; `None` for the whole row.
    pub(crate) slot: Option<usize>,
    /// The text in the file, truncated.
    pub(crate) raw: String,
    /// What was expected.
    pub(crate) expected: Expectation,
    /// Cells missing from the block because of it.
    pub(crate) cells_dropped: u64,
}

/// The text of a cell as shown in a fault.
pub(crate) fn raw_text(cell: &str) -> String {
    cut(&cell_text(cell), RAW_CHARACTERS_MAX).to_owned()
}

/// Faults by row.
#[derive(Debug, Default)]
pub(crate) struct RowFaults {
    faults: Vec<RowFault>,
    /// Number of faults of the last row.
    of_row: usize,
}

impl RowFaults {
    pub(crate) fn all(&self) -> &[RowFault] {
        &self.faults
    }

    /// Shifts the numbers of the rows.
    pub(crate) fn move_rows(&mut self, rows: u64) {
        self.faults.iter_mut().for_each(|fault| fault.number += rows);
    }

    /// Makes room for a column inserted at this position of the selection.
    pub(crate) fn insert_slot(&mut self, slot: usize) {
        for known in self.faults.iter_mut().filter_map(|fault| fault.slot.as_mut()).filter(|known| **known >= slot) {
            *known += 1;
        }
    }

    pub(crate) fn begin_row(&mut self) {
        self.of_row = 0;
    }

    /// Adds a fault to the last row.
    pub(crate) fn push(&mut self, fault: RowFault) {
        self.of_row += 1;
        match self.faults.last_mut().filter(|_| self.of_row > ROW_FAULTS_MAX) {
            Some(last) => last.cells_dropped += fault.cells_dropped,
            None => self.faults.push(fault),
        }
    }

    /// Removes the faults of the row `number`, the last of `rows + 1`; returns the number of cells dropped because of
    /// them. Faults that were merely found near it are kept, attached to the previous row.
    pub(crate) fn pop_row(&mut self, rows: usize, number: u64) -> u64 {
        let is_of_row = |fault: &mut RowFault| fault.row >= rows && fault.number == number;
        let cells_dropped = self.faults.extract_if(.., is_of_row).map(|fault| fault.cells_dropped).sum();
        self.faults.iter_mut().for_each(|fault| fault.row = fault.row.min(rows.saturating_sub(1)));
        cells_dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_row_are_bounded_and_counted() {
        let mut faults = RowFaults::default();
        let fault = |row, number| RowFault {
            row,
            number,
            slot: None,
            raw: String::new(),
            expected: Expectation::CellOnce,
            cells_dropped: 1,
        };
        faults.push(fault(0, 7));
        faults.begin_row();
        faults.push(fault(1, 3));
        (0..ROW_FAULTS_MAX + 5).for_each(|_| faults.push(fault(1, 8)));
        assert_eq!(faults.all().len(), 1 + ROW_FAULTS_MAX);
        assert_eq!(faults.pop_row(1, 8), ROW_FAULTS_MAX as u64 + 5);
        assert_eq!(faults.all(), [fault(0, 7), fault(0, 3)]);
    }
}
