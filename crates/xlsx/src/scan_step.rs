//! What the scanner of a sheet returns.

use crate::cell::{Cell, RowStart};

/// Where one step of a scanner ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanStep {
    /// The bytes are consumed except for an incomplete tail; more input is needed.
    NeedsInput,
    /// A row begins.
    Row(RowStart),
    /// A cell, which [`crate::SheetScanner::cell`] returns.
    Cell,
    /// The sheet has no more cells.
    EndOfSheet,
}

/// A row or a cell, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SheetItem<'a> {
    /// A row begins.
    Row(RowStart),
    /// A cell.
    Cell(Cell<'a>),
}

/// Why a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanEnd {
    /// The bytes are consumed except for an incomplete tail; more input is needed.
    NeedsInput,
    /// The visitor stopped it. The last item it received counts as consumed.
    Stopped,
    /// The sheet has no more cells.
    EndOfSheet,
}
