//! Any table as columns whose rows have passed the filters: what a join needs of its sides, Parquet or delimited text.

use std::path::Path;

use arrow::array::{BooleanArray, StringArray};
use matchflow_model::plan::TablePlan;

use super::{ColumnFilter, Selection, Table};
use crate::block::{Block, CellKind};
use crate::column::{ColumnBlock, TextColumn};
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::format;
use crate::header::Header;

/// A table in columns.
pub(super) struct ColumnTable {
    table: Box<dyn Table>,
    /// Columns of a block.
    width: usize,
    /// What the table does not filter itself: places in the selection, and the values that pass.
    filters: Vec<ColumnFilter>,
}

impl ColumnTable {
    /// Opens a Parquet file, or delimited text, compressed or not.
    pub(super) fn open(path: &Path) -> Result<ColumnTable, IngestError> {
        let name = if file::contents(path)? == Some(FileContents::Parquet) { "parquet" } else { "csv" };
        let plan = TablePlan::new(name, path.to_owned());
        let table = format::reader(&plan)?.open(&plan)?;
        Ok(ColumnTable { table, width: 0, filters: Vec::new() })
    }

    pub(super) fn header(&self) -> &Header {
        self.table.header()
    }

    pub(super) fn check(&self, column: usize) -> Result<(), IngestError> {
        self.table.check(column)
    }

    /// Selects what to read; the filters hold for every row that comes.
    pub(super) fn select(&mut self, mut selection: Selection) -> Result<(), IngestError> {
        self.width = selection.columns.len();
        if !self.table.applies_filters() {
            for filter in std::mem::take(&mut selection.filters) {
                let known = selection.columns.iter().position(|column| *column == filter.column);
                let slot = known.unwrap_or_else(|| {
                    selection.columns.push(filter.column);
                    selection.columns.len() - 1
                });
                self.filters.push(ColumnFilter { column: slot, condition: filter.condition });
            }
        }
        self.table.select(selection)
    }

    /// The next rows, or `None` at the end.
    pub(super) fn next_block(&mut self) -> Result<Option<ColumnBlock>, IngestError> {
        let Some(block) = self.table.next_block()? else { return Ok(None) };
        let passes =
            |row: usize| self.filters.iter().all(|filter| filter.condition.holds(block.cell(row, filter.column).text));
        let mask: Option<BooleanArray> = (!self.filters.is_empty())
            .then(|| (0..block.rows()).map(|row| Some(passes(row))).collect::<Vec<_>>().into());
        let columns = self.columns(block);
        match mask {
            Some(mask) => {
                let failed = |source| IngestError::Batch { file: self.header().file.clone(), source };
                columns.filter(&mask).map(Some).map_err(failed)
            }
            None => Ok(Some(columns)),
        }
    }

    /// The columns of the selection, without those that only filters need.
    fn columns(&self, block: Block) -> ColumnBlock {
        match block {
            Block::Columns(block) => block,
            Block::Text(_) => {
                let column = |slot: usize| {
                    let cells = (0..block.rows()).map(|row| block.cell(row, slot));
                    let values = cells.map(|cell| (cell.kind != CellKind::Empty).then_some(cell.text));
                    TextColumn::new(CellKind::Text, StringArray::from_iter(values))
                };
                ColumnBlock { columns: (0..self.width).map(column).collect(), numbers: block.numbers().to_vec() }
            }
        }
    }
}
