//! A column of a block, independent of its representation.

use arrow::array::{Array, StringArray};

use crate::block::{CellKind, CellSlot, EMPTY, TextBlock, TextCell};
use crate::trim::trim;

/// A column of a block.
#[derive(Clone, Copy)]
pub(crate) enum BlockColumn<'a> {
    Slots { slots: &'a [CellSlot], block: &'a TextBlock },
    Array(Option<&'a (CellKind, StringArray)>),
}

impl<'a> BlockColumn<'a> {
    /// The cell in `row`; empty outside of the block.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> TextCell<'a> {
        match self {
            BlockColumn::Slots { slots, block } => slots.get(row).map_or(EMPTY, |slot| block.resolve(*slot)),
            BlockColumn::Array(None) => EMPTY,
            BlockColumn::Array(Some((kind, values))) => {
                if row >= values.len() || values.is_null(row) {
                    return EMPTY;
                }
                match trim(values.value(row)) {
                    "" => EMPTY,
                    text => TextCell { kind: *kind, text },
                }
            }
        }
    }

    /// Whether any cell is an error.
    pub(crate) fn has_errors(&self) -> bool {
        match self {
            BlockColumn::Slots { slots, .. } => slots.iter().any(|slot| slot.kind == CellKind::Error),
            BlockColumn::Array(_) => false,
        }
    }

    /// What the cell in `row` was.
    #[inline]
    pub(crate) fn kind(&self, row: usize) -> CellKind {
        match self {
            BlockColumn::Slots { slots, .. } => slots.get(row).map_or(CellKind::Empty, |slot| slot.kind),
            BlockColumn::Array(_) => self.get(row).kind,
        }
    }
}

/// Columns as Parquet has them, cast to text.
#[derive(Debug)]
pub(crate) struct ColumnBlock {
    pub(crate) columns: Vec<(CellKind, StringArray)>,
    pub(crate) numbers: Vec<u64>,
}
