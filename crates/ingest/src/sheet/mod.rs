//! From the cells of a sheet, in the order of the file, to a header and blocks of rows: the same for every format of
//! workbooks.
//!
//! Cells come in through [`Intake`]. It finds the header among the first rows ([`header`]), hands it out, waits for the
//! selection, and fills blocks from then on ([`rows`]); [`merged`] knows what merged cells say.

mod header;
mod intake;
mod merged;
mod rows;
mod totals;

pub(crate) use intake::{Intake, Message, Outlet, Spec, Wanted};
pub(crate) use merged::Merged;
pub(crate) use totals::is_total;

use crate::block::Kind;

/// What a cell says, as its file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// A shared string, by its number.
    Shared(u32),
    /// Anything else, as text.
    Text(Kind, &'a str),
}

/// A cell that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Incoming<'a> {
    /// From 1.
    pub(crate) row: u32,
    /// From 0.
    pub(crate) column: u32,
    pub(crate) said: Said<'a>,
}
