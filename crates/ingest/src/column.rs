//! A column of a block, whatever the block holds it as.

use arrow::array::{Array, StringArray};

use crate::block::{Cell, EMPTY, Kind, Slot, TextBlock};
use crate::trim::trim;

/// A column of a block.
#[derive(Clone, Copy)]
pub(crate) enum Column<'a> {
    Slots { slots: &'a [Slot], block: &'a TextBlock },
    Array(Option<&'a (Kind, StringArray)>),
}

impl<'a> Column<'a> {
    /// The cell in `row`; empty outside of the block.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Cell<'a> {
        match self {
            Column::Slots { slots, block } => slots.get(row).map_or(EMPTY, |slot| block.resolve(*slot)),
            Column::Array(None) => EMPTY,
            Column::Array(Some((kind, values))) => {
                if row >= values.len() || values.is_null(row) {
                    return EMPTY;
                }
                match trim(values.value(row)) {
                    "" => EMPTY,
                    text => Cell { kind: *kind, text },
                }
            }
        }
    }

    /// Whether any cell is an error.
    pub(crate) fn has_errors(&self) -> bool {
        match self {
            Column::Slots { slots, .. } => slots.iter().any(|slot| slot.kind == Kind::Error),
            Column::Array(_) => false,
        }
    }

    /// What the cell in `row` was.
    #[inline]
    pub(crate) fn kind(&self, row: usize) -> Kind {
        match self {
            Column::Slots { slots, .. } => slots.get(row).map_or(Kind::Empty, |slot| slot.kind),
            Column::Array(_) => self.get(row).kind,
        }
    }
}

/// Columns as Parquet has them, cast to text.
#[derive(Debug)]
pub(crate) struct ColumnBlock {
    pub(crate) columns: Vec<(Kind, StringArray)>,
    pub(crate) numbers: Vec<u64>,
}
