//! What a plan takes of a table, and where the cells of a row go.

use std::collections::HashSet;

use crate::block::{CellKind, TextBlock};
use crate::header::{ColumnSource, Header};

/// Rows of a block at most, whatever the plan asks for: a block is what a reader holds in memory.
pub(crate) const BLOCK_ROWS_MAX: usize = 1 << 16;

/// Keeps the rows whose cell in `column` is one of `values`.
#[derive(Debug, Clone)]
pub(crate) struct ColumnFilter {
    /// The column, as an index in the header.
    pub(crate) column: usize,
    /// The values kept.
    pub(crate) values: HashSet<String>,
}

/// The columns and rows that a caller needs of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// The columns of the blocks, as indices in the header, without repetitions.
    pub(crate) columns: Vec<usize>,
    /// Rows that do not pass all of these are of no interest; see [`super::Table::applies_filters`].
    pub(crate) filters: Vec<ColumnFilter>,
    /// Rows of a block at most.
    pub(crate) rows_max: usize,
}

impl Selection {
    /// Rows of a block, within the bounds of every reader.
    pub(crate) fn block_rows(&self) -> usize {
        self.rows_max.clamp(1, BLOCK_ROWS_MAX)
    }
}

/// Where the cells of a row go: the [`Selection`] seen from the columns of the file.
#[derive(Debug, Default)]
pub(crate) struct ColumnSelection {
    /// For each column of the file, its place in the selection.
    pub(crate) slots: Vec<Option<usize>>,
    /// The places in the selection that the reader fills itself.
    pub(crate) reader_slots: Vec<(usize, ColumnSource)>,
    /// Columns of a block.
    pub(crate) width: usize,
    /// Rows of a block at most.
    pub(crate) rows_max: usize,
}

impl ColumnSelection {
    pub(crate) fn new(header: &Header, selection: &Selection) -> Self {
        let (mut slots, mut reader_slots) = (Vec::new(), Vec::new());
        for (slot, column) in selection.columns.iter().enumerate() {
            match header.columns.get(*column).map(|column| column.place) {
                Some(ColumnSource::At(position)) => {
                    slots.resize(slots.len().max(position + 1), None);
                    if let Some(known) = slots.get_mut(position) {
                        *known = Some(slot);
                    }
                }
                Some(place) => reader_slots.push((slot, place)),
                None => {}
            }
        }
        ColumnSelection { slots, reader_slots, width: selection.columns.len(), rows_max: selection.block_rows() }
    }

    /// The place in the selection of the column at `position` in the file.
    #[inline]
    pub(crate) fn slot(&self, position: usize) -> Option<usize> {
        self.slots.get(position).copied().flatten()
    }

    /// An empty block of the selected columns.
    pub(crate) fn block(&self) -> TextBlock {
        TextBlock::new(self.width, None)
    }

    /// Adds a row to the block, with what the reader knows of it.
    #[inline]
    pub(crate) fn push_row(&self, block: &mut TextBlock, sheet: &str, row: u64, is_hidden: bool) {
        block.push_row(row);
        if !self.reader_slots.is_empty() {
            self.fill_reader_cells(block, sheet, row, is_hidden);
        }
    }

    fn fill_reader_cells(&self, block: &mut TextBlock, sheet: &str, row: u64, is_hidden: bool) {
        for (slot, place) in &self.reader_slots {
            let number;
            let (kind, text) = match place {
                ColumnSource::At(_) => continue,
                ColumnSource::Sheet => (CellKind::Text, sheet),
                ColumnSource::Row => {
                    number = row.to_string();
                    (CellKind::Number, number.as_str())
                }
                ColumnSource::Hidden => (CellKind::Boolean, if is_hidden { "true" } else { "false" }),
            };
            if !block.set(*slot, kind, text) {
                block.refuse(*slot, text, 0);
            }
            block.read_counts.filled += u64::from(block.is_set(*slot));
        }
    }

    /// Fills a cell of the block's last row, and counts it. The text has more than whitespace. The place in the selection
    /// where the cell is now; `None` where its column is not selected, or its text is too long and therefore rejected.
    #[inline]
    pub(crate) fn fill(&self, block: &mut TextBlock, position: usize, kind: CellKind, text: &str) -> Option<usize> {
        block.read_counts.read += 1;
        let Some(slot) = self.slot(position) else {
            block.read_counts.outside += 1;
            return None;
        };
        if block.set(slot, kind, text) {
            return Some(slot);
        }
        block.refuse(slot, text, 1);
        None
    }
}
