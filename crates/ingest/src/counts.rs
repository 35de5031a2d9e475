//! Accounts for every cell: read + filled = emitted + rejected + outside.
//!
//! The two sides are counted independently: cells read, by the tables; what happened to them, here, where rows are
//! built. The caller that displays the sums checks that they agree.

use matchflow_model::cells::CellCounts;

use crate::block::{Block, CellKind};
use crate::column::BlockColumn;
use crate::typed_fields::TypedFieldFacts;

const TAKEN: u8 = 1;
const REJECTED: u8 = 2;
/// Number of values of a mark: neither bit, either, both.
const MARKS: usize = 4;

/// What happened to the cells of a block, by column of the selection and row.
pub(crate) struct CellFates {
    columns: Vec<Vec<u8>>,
    /// Dates whose time of day is not in the batch.
    pub(crate) times_dropped: u64,
    /// The typed fields of the batch.
    pub(crate) typed_fields: Vec<TypedFieldFacts>,
}

impl CellFates {
    pub(crate) fn new(width: usize, rows: usize) -> Self {
        CellFates { columns: vec![vec![0; rows]; width], times_dropped: 0, typed_fields: Vec::new() }
    }

    /// Marks a cell that is in a batch.
    #[inline]
    pub(crate) fn take(&mut self, slot: usize, row: usize) {
        self.mark(slot, row, TAKEN);
    }

    /// Marks all cells of a column as being in a batch.
    pub(crate) fn take_all(&mut self, slot: usize) {
        self.columns.get_mut(slot).into_iter().flatten().for_each(|mark| *mark |= TAKEN);
    }

    /// Marks a cell that is listed as a reject, whatever else it is used for.
    pub(crate) fn reject(&mut self, slot: usize, row: usize) {
        self.mark(slot, row, REJECTED);
    }

    #[inline]
    fn mark(&mut self, slot: usize, row: usize, bit: u8) {
        if let Some(mark) = self.columns.get_mut(slot).and_then(|column| column.get_mut(row)) {
            *mark |= bit;
        }
    }

    /// Adds the cells of a block to `counts`.
    pub(crate) fn count(&self, block: &Block, counts: &mut CellCounts) {
        let mut inside = 0;
        for (slot, fates) in self.columns.iter().enumerate() {
            // Counts all marks in one pass: this touches every cell.
            let mut found = [0_u64; MARKS];
            let mut add = |mark: u8, says: bool| {
                if let Some(count) = found.get_mut(usize::from(mark) % MARKS) {
                    *count += u64::from(says);
                }
            };
            match block.column(slot) {
                BlockColumn::Slots { slots, .. } => {
                    fates.iter().zip(slots).for_each(|(mark, slot)| add(*mark, slot.kind != CellKind::Empty));
                }
                column => {
                    fates.iter().enumerate().for_each(|(row, mark)| add(*mark, column.kind(row) != CellKind::Empty))
                }
            }
            let [outside, emitted, rejected, rejected_too] = found;
            counts.outside += outside;
            counts.emitted += emitted;
            counts.rejected += rejected + rejected_too;
            inside += found.iter().sum::<u64>();
        }
        counts.rejected += block.faults().iter().map(|fault| fault.cells_dropped).sum::<u64>();
        match block.read_counts() {
            Some(read_counts) => {
                counts.read += read_counts.read;
                counts.outside += read_counts.outside;
                counts.filled += read_counts.filled;
            }
            None => counts.read += inside,
        }
    }
}
