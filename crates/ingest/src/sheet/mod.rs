//! Turns the cells of a sheet, in the order of the file, into a header and blocks of rows, for every workbook format.
//!
//! Cells come in through [`CellIntake`]. It finds the header among the first rows ([`header`]), emits it, waits for the
//! selection, and then fills blocks ([`rows`]); [`merged`] provides the values of merged cells.

mod header;
mod intake;
mod merged;
mod rows;
mod started_rows;
mod totals;

pub(crate) use header::{EarlyCell, HeaderSearch};
pub(crate) use intake::{BlockSender, CellIntake, ReaderMessage, SheetSpec};
pub(crate) use merged::MergedAreas;
pub(crate) use totals::TotalsGuess;

use crate::block::{CellKind, TextCell};
use crate::strings::StringTable;

/// The value of a cell as represented in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellValue<'a> {
    /// A shared string, by index.
    Shared(u32),
    /// Anything else, as text.
    Text(CellKind, &'a str),
}

impl<'a> CellValue<'a> {
    /// The value as text.
    pub(crate) fn resolve(self, strings: Option<&'a StringTable>) -> TextCell<'a> {
        match self {
            CellValue::Text(kind, text) => TextCell { kind, text },
            CellValue::Shared(index) => {
                let found = strings.and_then(|strings| strings.get(index));
                TextCell { kind: CellKind::Text, text: found.map_or("", |(text, _)| text) }
            }
        }
    }
}

/// The stored value of a cell: a shared string is stored once, however many cells use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoredValue {
    Shared(u32),
    Text(CellKind, Box<str>),
}

impl StoredValue {
    pub(crate) fn new(value: CellValue<'_>) -> Self {
        match value {
            CellValue::Shared(index) => StoredValue::Shared(index),
            CellValue::Text(kind, text) => StoredValue::Text(kind, text.into()),
        }
    }

    pub(crate) fn value(&self) -> CellValue<'_> {
        match self {
            StoredValue::Shared(index) => CellValue::Shared(*index),
            StoredValue::Text(kind, text) => CellValue::Text(*kind, text),
        }
    }

    /// Heap size in bytes, without shared strings.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            StoredValue::Shared(_) => 0,
            StoredValue::Text(_, text) => text.len(),
        }
    }
}

/// A cell read from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IncomingCell<'a> {
    /// From 1.
    pub(crate) row: u32,
    /// From 0.
    pub(crate) column: u32,
    pub(crate) value: CellValue<'a>,
}
