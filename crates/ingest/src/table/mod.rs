//! Tables: a header, then blocks of raw rows. One file for each format, listed in [`crate::format::FORMATS`]; nothing
//! outside of these files knows a format.

mod csv;
mod encoding;
mod inline;
pub(crate) mod jsonl;
mod legacy;
mod ods_shapes;
mod parquet;
mod sirene;
mod successions;
mod thread;
mod workbook_options;
mod xlsx;
mod xlsx_cell;

pub(crate) use csv::Csv;
pub(crate) use inline::Inline;
pub use inline::inline_table;
pub(crate) use legacy::{ODS, XLS, XLSB};
pub(crate) use parquet::Parquet;
pub(crate) use sirene::Sirene;
pub use workbook_options::{AreaChoice, HeaderChoice, HiddenRows, MergedCells, SheetChoice, Totals, WorkbookOptions};
pub(crate) use xlsx::{Xlsx, error_of as xlsx_error, split_range};

use std::collections::HashSet;

use matchflow_model::plan::TablePlan;

use crate::block::{Block, CellKind, TextBlock};
use crate::error::IngestError;
use crate::format;
use crate::header::{ColumnSource, Header};

/// The maximum number of rows of a block, whatever was requested: a reader holds one block in memory.
const BLOCK_ROWS_MAX: usize = 1 << 16;

/// Keeps the rows whose cell in `column` is one of `values`.
#[derive(Debug, Clone)]
pub(crate) struct ColumnFilter {
    /// The column, as an index in the header.
    pub(crate) column: usize,
    /// The values kept.
    pub(crate) values: HashSet<String>,
}

/// The rows and columns to read from a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// The columns of the blocks, as indices in the header, without repetitions.
    pub(crate) columns: Vec<usize>,
    /// Rows that do not pass all of these are of no interest; see [`Table::applies_filters`].
    pub(crate) filters: Vec<ColumnFilter>,
    /// Rows of a block at most.
    pub(crate) rows_max: usize,
}

/// A stream of raw rows.
pub(crate) trait Table: Send {
    /// What is known before rows are read.
    fn header(&self) -> &Header;

    /// Where columns are added that have no name of the file's.
    fn header_mut(&mut self) -> &mut Header;

    /// Whether the table applies [`Selection::filters`]; where it does not, the caller does.
    fn applies_filters(&self) -> bool {
        false
    }

    /// Whether a column of the header can be read.
    fn check(&self, _column: usize) -> Result<(), IngestError> {
        Ok(())
    }

    /// Selects what to read. Called once, before [`Table::next_block`].
    fn select(&mut self, selection: Selection) -> Result<(), IngestError>;

    /// The next rows, or `None` at the end. A block may have no rows.
    fn next_block(&mut self) -> Result<Option<Block>, IngestError>;
}

/// Opens a table and reads its header.
pub(crate) fn open(table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
    format::checked_reader(table)?.open(table)
}

/// For each column of the file, its position in the selection.
fn slots(header: &Header, selection: &Selection) -> Vec<Option<usize>> {
    let mut slots = Vec::new();
    for (slot, position) in places(header, selection).filter_map(|(slot, place)| match place {
        ColumnSource::At(position) => Some((slot, position)),
        _ => None,
    }) {
        slots.resize(slots.len().max(position + 1), None);
        if let Some(known) = slots.get_mut(position) {
            *known = Some(slot);
        }
    }
    slots
}

/// The places in the selection that the reader fills itself.
fn reader_slots(header: &Header, selection: &Selection) -> Vec<(usize, ColumnSource)> {
    places(header, selection).filter(|(_, place)| !matches!(place, ColumnSource::At(_))).collect()
}

fn places(header: &Header, selection: &Selection) -> impl Iterator<Item = (usize, ColumnSource)> {
    let place = |(slot, column): (usize, &usize)| Some((slot, header.columns.get(*column)?.place));
    selection.columns.iter().enumerate().filter_map(place)
}

/// Fills what the reader knows of the row pushed last.
pub(crate) fn fill_reader_cells(
    block: &mut TextBlock,
    reader_slots: &[(usize, ColumnSource)],
    sheet: &str,
    row: u64,
    is_hidden: bool,
) {
    for (slot, place) in reader_slots {
        let number;
        let (kind, text) = match place {
            ColumnSource::At(_) => continue,
            ColumnSource::Sheet => (CellKind::Text, sheet),
            ColumnSource::Row => {
                number = row.to_string();
                (CellKind::Number, number.as_str())
            }
            ColumnSource::Hidden => (CellKind::Boolean, if is_hidden { "true" } else { "false" }),
        };
        if !block.set(*slot, kind, text) {
            block.refuse(*slot, text, 0);
        }
        block.read_counts.filled += u64::from(block.is_set(*slot));
    }
}

fn rows_max(selection: &Selection) -> usize {
    selection.rows_max.clamp(1, BLOCK_ROWS_MAX)
}
