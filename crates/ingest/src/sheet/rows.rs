//! Rows under the header made into blocks.

use std::sync::Arc;

use matchflow_model::plan::{HiddenRows, Totals};

use super::merged::Merged;
use super::totals::is_total;
use super::{Incoming, Said};
use crate::block::{Fault, Kind, Seen, TextBlock};
use crate::header::Place;
use crate::strings::Strings;

/// What the rows of a table are made of.
pub(crate) struct Shape {
    /// For each column of the sheet, where it stands in the selection.
    pub(crate) slots: Vec<Option<usize>>,
    /// The places in the selection that the reader fills itself.
    pub(crate) own: Vec<(usize, Place)>,
    /// The width of the selection.
    pub(crate) width: usize,
    pub(crate) rows_max: usize,
    pub(crate) sheet: String,
    pub(crate) hidden: HiddenRows,
    pub(crate) totals: Totals,
}

/// The rows under the header, being read.
pub(crate) struct Rows {
    shape: Shape,
    strings: Option<Arc<Strings>>,
    merged: Merged,
    block: TextBlock,
    /// The row that came last; the header at first.
    row: u32,
    has_row: bool,
    /// Of that row: the cells and fills that are in the block, and whether it looks like totals.
    row_cells: Seen,
    is_total: bool,
    has_text: bool,
    /// The row that was left out last, and how many were since `row`.
    row_skipped: u32,
    skipped: u64,
    /// The row whose further cells need no more than their place in the block; 0, which none is, otherwise.
    usual_row: u32,
}

impl Rows {
    /// The rows under the row `header`, where `seen` was counted before.
    pub(crate) fn new(shape: Shape, strings: Option<Arc<Strings>>, merged: Merged, header: u32, seen: Seen) -> Self {
        let mut block = TextBlock::new(shape.width, strings.clone());
        block.seen = seen;
        let row_cells = Seen::default();
        Rows {
            shape,
            strings,
            merged,
            block,
            row: header,
            has_row: false,
            row_cells,
            is_total: false,
            has_text: false,
            row_skipped: 0,
            skipped: 0,
            usual_row: 0,
        }
    }

    /// A row begins, another than the last one perhaps.
    #[inline]
    pub(crate) fn row(&mut self) {
        self.usual_row = 0;
    }

    /// Takes a cell of which nothing is to be known but its place. False, and nothing done, for any other.
    #[inline(always)]
    pub(crate) fn take_usual(&mut self, cell: &Incoming<'_>) -> bool {
        if cell.row != self.usual_row {
            return false;
        }
        // What is outside of the table has no place in the selection.
        let Some(slot) = self.shape.slots.get(cell.column as usize).copied().flatten() else { return false };
        let is_taken = match cell.said {
            Said::Shared(index) => {
                let says = self.strings.as_ref().is_some_and(|strings| strings.surely_says(index));
                says && self.block.add_shared(slot, index)
            }
            Said::Text(kind, text) => self.block.add(slot, kind, text),
        };
        self.block.seen.read += u64::from(is_taken);
        self.row_cells.read += u64::from(is_taken);
        is_taken
    }

    /// Takes a cell that says something. A block that is full goes to `emit`, which is false where nobody wants it.
    #[inline]
    pub(crate) fn take(
        &mut self,
        cell: &Incoming<'_>,
        is_hidden: bool,
        emit: &mut impl FnMut(TextBlock) -> bool,
    ) -> bool {
        if !self.merged.is_empty() {
            let (kind, text) = resolve(self.strings.as_deref(), cell.said);
            self.merged.keep(cell.row, cell.column, kind, text);
        }
        if is_hidden && self.shape.hidden == HiddenRows::Skip {
            self.pass_over();
            if cell.row != self.row_skipped {
                (self.row_skipped, self.skipped) = (cell.row, self.skipped + 1);
                self.block.left_out_rows += 1;
            }
            return true;
        }
        if (cell.row != self.row || !self.has_row) && !self.begin_row(cell.row, is_hidden, emit) {
            return false;
        }
        // Now that the block is the row's own.
        self.block.seen.read += 1;
        if self.shape.totals == Totals::Skip && !self.has_text {
            let (kind, text) = resolve(self.strings.as_deref(), cell.said);
            self.has_text = kind == Kind::Text;
            self.is_total = self.has_text && is_total(text);
        }
        // A text for merged cells, or the word for totals, is to be seen in those that follow.
        let is_usual = self.merged.is_empty() && (self.shape.totals == Totals::Keep || self.has_text);
        self.usual_row = if is_usual { cell.row } else { 0 };
        let Some(slot) = self.shape.slots.get(cell.column as usize).copied().flatten() else {
            self.block.seen.outside += 1;
            return true;
        };
        self.row_cells.read += 1;
        if self.block.is_set(slot) {
            self.note_repetition(slot);
        }
        match cell.said {
            Said::Shared(index) => self.block.set_shared(slot, index),
            Said::Text(kind, text) => self.block.set(slot, kind, text),
        }
        true
    }

    /// Counts a cell that lies outside of the table.
    pub(crate) fn pass_over(&mut self) {
        self.block.seen.read += 1;
        self.block.seen.outside += 1;
    }

    fn begin_row(&mut self, row: u32, is_hidden: bool, emit: &mut impl FnMut(TextBlock) -> bool) -> bool {
        self.end_row();
        if self.block.is_full(self.shape.rows_max) {
            let another = self.block.another();
            if !emit(std::mem::replace(&mut self.block, another)) {
                return false;
            }
        }
        let between = u64::from(row.saturating_sub(self.row.saturating_add(1)));
        self.block.blank_rows += between.saturating_sub(std::mem::take(&mut self.skipped));
        self.block.push_row(u64::from(row));
        self.row_cells = Seen::default();
        (self.row, self.has_row, self.has_text, self.is_total) = (row, true, false, false);
        let before = self.block.seen.filled;
        crate::table::fill_own(&mut self.block, &self.shape.own, &self.shape.sheet, u64::from(row), is_hidden);
        self.row_cells.filled += self.block.seen.filled - before;
        true
    }

    /// Fills the merged cells of the row that is over.
    fn end_row(&mut self) {
        if self.merged.is_empty() || !self.has_row {
            return;
        }
        for (area, kind, text) in self.merged.across(self.row) {
            let columns = area.first_column as usize..=area.last_column as usize;
            let slots = self.shape.slots.iter().enumerate().skip(area.first_column as usize);
            for (_, slot) in slots.take_while(|(column, _)| columns.contains(column)) {
                let Some(slot) = slot.filter(|slot| !self.block.is_set(*slot)) else { continue };
                self.block.set(slot, kind, text);
                self.block.seen.filled += 1;
                self.row_cells.filled += 1;
            }
        }
    }

    /// A cell that the sheet has twice: the later one counts, the earlier one is a fault of the row.
    #[cold]
    fn note_repetition(&mut self, slot: usize) {
        let (raw, wanted) = (self.block.last(slot).text.to_owned(), "a cell that the sheet has once".to_owned());
        let row = self.block.rows().saturating_sub(1);
        self.row_cells.read -= 1;
        self.block.faults.push(Fault { row, slot: Some(slot), raw, wanted, cells_lost: 1 });
    }

    /// The last rows.
    pub(crate) fn finish(mut self) -> TextBlock {
        self.end_row();
        if self.is_total && self.shape.totals == Totals::Skip {
            let row = self.block.rows().saturating_sub(1);
            let lost =
                self.block.faults.iter().filter(|fault| fault.row == row).map(|fault| fault.cells_lost).sum::<u64>();
            self.block.pop_row();
            self.block.left_out_rows += 1;
            self.block.seen.outside += self.row_cells.read + lost;
            self.block.seen.filled -= self.row_cells.filled;
        }
        self.block
    }
}

/// What a cell says, as text.
fn resolve<'a>(strings: Option<&'a Strings>, said: Said<'a>) -> (Kind, &'a str) {
    match said {
        Said::Text(kind, text) => (kind, text),
        Said::Shared(index) => {
            (Kind::Text, strings.and_then(|strings| strings.get(index)).map_or("", |(text, _)| text))
        }
    }
}
