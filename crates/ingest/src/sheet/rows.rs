//! Assembles the rows below the header into blocks.
//!
//! Nearly all cells take a fast path ([`RowAssembler::take_usual`]): if their row has begun, nothing is merged and the
//! row is not one of totals, only the slot has to be found. All others take [`RowAssembler::take`].

use std::sync::Arc;

use matchflow_model::expectation::Expectation;
use matchflow_xlsx::limits::COLUMNS_MAX;

use super::merged::MergedAreas;
use super::started_rows::StartedRows;
use super::{CellValue, IncomingCell, TotalsGuess};
use crate::block::TextBlock;
use crate::read_counts::ReadCounts;
use crate::strings::StringTable;
use crate::table::{ColumnSelection, HiddenRows, Totals};

/// Where the rows of a table come from and which are kept.
pub(crate) struct TableShape {
    pub(crate) columns: ColumnSelection,
    pub(crate) sheet: String,
    pub(crate) hidden: HiddenRows,
    pub(crate) totals: Totals,
}

/// Assembles the rows below the header.
pub(crate) struct RowAssembler {
    shape: TableShape,
    strings: Option<Arc<StringTable>>,
    merged: MergedAreas,
    block: TextBlock,
    header: u32,
    started_rows: StartedRows,
    /// The last row; initially the header.
    row: u32,
    has_row: bool,
    /// The cells and fills of that row that are in the block.
    row_cells: ReadCounts,
    totals_guess: TotalsGuess,
    /// The row skipped last, and the number of rows skipped since `row`.
    row_skipped: u32,
    skipped: u64,
    /// The row whose next cells can take the fast path; otherwise 0, which is no row.
    usual_row: u32,
}

impl RowAssembler {
    /// Assembles the rows below the row `header`; `read_counts` are the cells counted so far.
    pub(crate) fn new(
        shape: TableShape,
        strings: Option<Arc<StringTable>>,
        merged: MergedAreas,
        header: u32,
        read_counts: ReadCounts,
    ) -> Self {
        let mut block = TextBlock::new(shape.columns.width, strings.clone());
        block.read_counts = read_counts;
        let row_cells = ReadCounts::default();
        RowAssembler {
            shape,
            strings,
            merged,
            block,
            header,
            started_rows: StartedRows::default(),
            row: header,
            has_row: false,
            row_cells,
            totals_guess: TotalsGuess::Empty,
            row_skipped: 0,
            skipped: 0,
            usual_row: 0,
        }
    }

    /// Starts a row, which may be the same as the last one.
    #[inline]
    pub(crate) fn row(&mut self) {
        self.usual_row = 0;
    }

    /// Fast path for a cell that only needs its slot. Returns false and does nothing for any other.
    #[inline(always)]
    pub(crate) fn take_usual(&mut self, cell: &IncomingCell<'_>) -> bool {
        if cell.row != self.usual_row {
            return false;
        }
        // Cells outside the table have no slot.
        let Some(slot) = self.shape.columns.slot(cell.column as usize) else { return false };
        let is_taken = match cell.value {
            CellValue::Shared(index) => {
                let says = self.strings.as_ref().is_some_and(|strings| strings.surely_says(index));
                says && self.block.add_shared(slot, index)
            }
            CellValue::Text(kind, text) => self.block.add(slot, kind, text),
        };
        self.block.read_counts.read += u64::from(is_taken);
        self.row_cells.read += u64::from(is_taken);
        is_taken
    }

    /// Adds a non-empty cell. A full block is passed to `emit`, which returns false if the receiver is gone.
    #[inline]
    pub(crate) fn take(
        &mut self,
        cell: &IncomingCell<'_>,
        is_hidden: bool,
        emit: &mut impl FnMut(TextBlock) -> bool,
    ) -> bool {
        let is_new = cell.row != self.row || !self.has_row;
        if is_new && (cell.row <= self.header || self.started_rows.contains(cell.row)) {
            self.refuse_late(cell);
            return true;
        }
        if !self.merged.is_empty() {
            self.merged.store(cell.row, cell.column, cell.value);
        }
        if is_hidden && self.shape.hidden == HiddenRows::Skip {
            self.pass_over();
            if cell.row != self.row_skipped {
                (self.row_skipped, self.skipped) = (cell.row, self.skipped + 1);
                self.block.left_out_rows += 1;
            }
            return true;
        }
        if is_new && !self.begin_row(cell.row, is_hidden, emit) {
            return false;
        }
        // Not earlier: `begin_row` may have emitted the previous block, and the cell belongs to this row's block.
        self.block.read_counts.read += 1;
        if self.totals_guess != TotalsGuess::Record {
            self.totals_guess = self.totals_guess.and(cell.value.resolve(self.strings.as_deref()));
        }
        // Merged cells must be stored, and totals are recognised cell by cell: such rows stay on the slow path.
        let is_usual = self.merged.is_empty() && self.totals_guess == TotalsGuess::Record;
        self.usual_row = if is_usual { cell.row } else { 0 };
        let Some(slot) = self.shape.columns.slot(cell.column as usize) else {
            self.block.read_counts.outside += 1;
            return true;
        };
        if self.block.is_set(slot) {
            self.note_repetition(slot);
        }
        if set(&mut self.block, slot, cell.value) {
            self.row_cells.read += 1;
        } else {
            self.block.refuse(slot, cell.value.resolve(self.strings.as_deref()).text, 1);
        }
        true
    }

    /// Refuses a cell of a row that is complete or not below the header: its record has been emitted, or it has none.
    #[cold]
    fn refuse_late(&mut self, cell: &IncomingCell<'_>) {
        self.block.read_counts.read += 1;
        let Some(slot) = self.shape.columns.slot(cell.column as usize) else {
            self.block.read_counts.outside += 1;
            return;
        };
        let text = cell.value.resolve(self.strings.as_deref()).text;
        self.block.fault(u64::from(cell.row), Some(slot), text, Expectation::RowOnce, 1);
    }

    /// Counts a cell outside the table.
    pub(crate) fn pass_over(&mut self) {
        self.block.read_counts.read += 1;
        self.block.read_counts.outside += 1;
    }

    fn begin_row(&mut self, row: u32, is_hidden: bool, emit: &mut impl FnMut(TextBlock) -> bool) -> bool {
        self.end_row();
        if self.block.is_full(self.shape.columns.rows_max) {
            let another = self.block.new_like();
            if !emit(std::mem::replace(&mut self.block, another)) {
                return false;
            }
        }
        // Rows missing between two records are blank, except those that the plan skips.
        let between = u64::from(row.saturating_sub(self.row.saturating_add(1)));
        self.block.blank_rows += between.saturating_sub(std::mem::take(&mut self.skipped));
        let before = self.block.read_counts.filled;
        self.shape.columns.push_row(&mut self.block, &self.shape.sheet, u64::from(row), is_hidden);
        self.row_cells = ReadCounts::default();
        (self.row, self.has_row, self.totals_guess) = (row, true, TotalsGuess::Empty);
        self.started_rows.insert(row);
        self.row_cells.filled += self.block.read_counts.filled - before;
        true
    }

    /// Fills the merged cells of the completed row.
    fn end_row(&mut self) {
        if self.merged.is_empty() || !self.has_row {
            return;
        }
        // Overlapping areas could claim more cells than a row has; this bounds the work on a hostile file.
        let mut columns_left = COLUMNS_MAX as usize;
        for (area, value) in self.merged.across(self.row) {
            let width = ((area.last_column - area.first_column) as usize + 1).min(columns_left);
            columns_left -= width;
            for slot in self.shape.columns.slots.iter().skip(area.first_column as usize).take(width) {
                let Some(slot) = slot.filter(|slot| !self.block.is_set(*slot)) else { continue };
                if set(&mut self.block, slot, value) {
                    self.block.read_counts.filled += 1;
                    self.row_cells.filled += 1;
                } else {
                    self.block.refuse(slot, value.resolve(self.strings.as_deref()).text, 0);
                }
            }
        }
    }

    /// A cell that occurs twice: the later one counts, the earlier one is a fault of the row.
    #[cold]
    fn note_repetition(&mut self, slot: usize) {
        let raw = self.block.last(slot).text.to_owned();
        self.row_cells.read -= 1;
        self.block.fault(u64::from(self.row), Some(slot), &raw, Expectation::CellOnce, 1);
    }

    /// Emits the last rows.
    pub(crate) fn finish(mut self) -> TextBlock {
        self.end_row();
        if self.totals_guess.is_totals() && self.shape.totals == Totals::Include {
            self.block.totals_row = u64::from(self.row);
        }
        if self.totals_guess.is_totals() && self.shape.totals == Totals::Skip {
            let cells_dropped = self.block.pop_row();
            self.block.left_out_rows += 1;
            self.block.read_counts.outside += self.row_cells.read + cells_dropped;
            self.block.read_counts.filled -= self.row_cells.filled;
        }
        // A reject is reported with its record's batch; a block without records has none.
        if self.block.rows() == 0 {
            self.block.read_counts.outside += self.block.take_faults();
        }
        self.block
    }
}

/// Sets a cell of the block's last row; false if it is too large.
#[inline]
fn set(block: &mut TextBlock, slot: usize, value: CellValue<'_>) -> bool {
    match value {
        CellValue::Shared(index) => block.set_shared(slot, index),
        CellValue::Text(kind, text) => block.set(slot, kind, text),
    }
}
