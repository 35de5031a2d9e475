//! Adapts the blocks of one file to a table of several files.

use super::{Block, CellSlot, EMPTY_SLOT, TextBlock, USUAL_BYTES_END, three};
use crate::block::CellKind;
use crate::trim::cell_text;

impl Block {
    /// Shifts the numbers of all rows and of their faults.
    pub(crate) fn move_rows(&mut self, rows: u64) {
        if rows == 0 {
            return;
        }
        let numbers = match self {
            Block::Columns(block) => &mut block.numbers,
            Block::Text(block) => {
                block.faults.move_rows(rows);
                block.irregular.move_rows(rows);
                block.totals_row += if block.totals_row > 0 { rows } else { 0 };
                &mut block.numbers
            }
        };
        numbers.iter_mut().for_each(|number| *number += rows);
    }
}

impl TextBlock {
    /// Inserts a column with the same value in every row, which is not a cell of the file.
    pub(crate) fn insert_column(&mut self, slot: usize, value: Option<&str>) {
        let mut cell = EMPTY_SLOT;
        if let Some(value) = value.map(cell_text).filter(|value| !value.is_empty() && value.len() < USUAL_BYTES_END) {
            // A block holds at most 2^28 bytes.
            let start = self.text.len() as u32;
            self.text.push_str(&value);
            cell = CellSlot { start, length: three(value.len() as u32), kind: CellKind::Text };
            self.read_counts.filled += self.numbers.len() as u64;
        }
        self.columns.insert(slot.min(self.columns.len()), vec![cell; self.numbers.len()]);
        self.faults.insert_slot(slot);
    }
}
