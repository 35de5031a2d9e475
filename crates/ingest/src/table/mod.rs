//! Tables: a header, then blocks of raw rows. There is one file for each format, listed in [`crate::format::FORMATS`];
//! nothing outside these files knows a format.

mod column_table;
mod csv;
mod duckdb_file;
mod encoding;
mod file_series;
mod inline;
pub(crate) mod jsonl;
mod legacy;
mod ods_shapes;
mod parquet;
mod selection;
mod sirene;
mod successions;
mod thread;
mod workbook_options;
mod xlsx;
mod xlsx_cell;

pub(crate) use csv::Csv;
pub(crate) use duckdb_file::Duckdb;
use file_series::FileSeries;
pub(crate) use inline::Inline;
pub use inline::inline_table;
pub(crate) use legacy::{ODS, XLS, XLSB};
pub(crate) use parquet::Parquet;
pub(crate) use selection::{ColumnFilter, ColumnSelection, Selection, TextCondition};
pub(crate) use sirene::Sirene;
pub use workbook_options::{AreaChoice, HeaderChoice, HiddenRows, MergedCells, SheetChoice, Totals, WorkbookOptions};
pub(crate) use xlsx::{Xlsx, error_of as xlsx_error, split_range};

use matchflow_model::plan::TablePlan;

use crate::block::Block;
use crate::error::IngestError;
use crate::format;
use crate::header::Header;

/// A stream of raw rows.
pub(crate) trait Table: Send {
    /// What is known before rows are read.
    fn header(&self) -> &Header;

    /// The header, to which columns that the file does not name are added.
    fn header_mut(&mut self) -> &mut Header;

    /// Whether the table applies [`Selection::filters`]; otherwise the caller must.
    fn applies_filters(&self) -> bool {
        false
    }

    /// Checks that a column of the header can be read.
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
    let reader = format::checked_reader(table)?;
    if FileSeries::is_needed(table) { Ok(Box::new(FileSeries::open(reader, table)?)) } else { reader.open(table) }
}
