//! From the cells of a sheet, in the order of the file, to a header and blocks of rows: the same for every format of
//! workbooks.
//!
//! Cells come in through [`Intake`]. It finds the header among the first rows ([`header`]), hands it out, waits for the
//! selection, and fills blocks from then on ([`rows`]); [`merged`] knows what merged cells say.

mod begun;
mod header;
mod intake;
mod merged;
mod rows;
mod totals;

pub(crate) use intake::{Intake, Message, Outlet, Spec, Wanted};
pub(crate) use merged::Merged;
pub(crate) use totals::Looks;

use crate::block::{Cell, Kind};
use crate::strings::Strings;

/// What a cell says, as its file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// A shared string, by its number.
    Shared(u32),
    /// Anything else, as text.
    Text(Kind, &'a str),
}

impl<'a> Said<'a> {
    /// What it is as text.
    pub(crate) fn resolve(self, strings: Option<&'a Strings>) -> Cell<'a> {
        match self {
            Said::Text(kind, text) => Cell { kind, text },
            Said::Shared(index) => {
                let found = strings.and_then(|strings| strings.get(index));
                Cell { kind: Kind::Text, text: found.map_or("", |(text, _)| text) }
            }
        }
    }
}

/// What a cell says, held for later: a shared string is held once, however many cells say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Shared(u32),
    Text(Kind, Box<str>),
}

impl Held {
    pub(crate) fn new(said: Said<'_>) -> Self {
        match said {
            Said::Shared(index) => Held::Shared(index),
            Said::Text(kind, text) => Held::Text(kind, text.into()),
        }
    }

    pub(crate) fn said(&self) -> Said<'_> {
        match self {
            Held::Shared(index) => Said::Shared(*index),
            Held::Text(kind, text) => Said::Text(*kind, text),
        }
    }

    /// The memory of its own that it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Held::Shared(_) => 0,
            Held::Text(_, text) => text.len(),
        }
    }
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
