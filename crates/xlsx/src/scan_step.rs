//! What the scanner of a sheet hands out.

use crate::cell::{Cell, Row};

/// What a scanner came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The bytes are consumed except for an incomplete tail; more input is needed.
    Input,
    /// A row begins.
    Row(Row),
    /// A cell: ask [`crate::SheetScanner::cell`].
    Cell,
    /// The sheet has no more cells.
    End,
}

/// What a sheet holds, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a> {
    /// A row begins.
    Row(Row),
    /// A cell.
    Cell(Cell<'a>),
}

/// Why a scan came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// The bytes are consumed except for an incomplete tail; more input is needed.
    Input,
    /// The visitor wants no more for now. What it was given last is used.
    Broken,
    /// The sheet has no more cells.
    End,
}
