//! Any table as columns of rows that pass the filters: the sides of a join, Parquet or delimited text.

use std::ops::AddAssign;
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
use crate::irregular::IrregularRows;

/// Faults of the rows of a table that is joined to another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JoinedFaults {
    /// Faults of rows and cells.
    pub(super) count: u64,
    pub(super) irregular: IrregularRows,
}

impl JoinedFaults {
    /// Adds those of a block.
    pub(super) fn add(&mut self, block: &ColumnBlock) {
        *self += JoinedFaults { count: block.faults.len() as u64 + block.joined_faults, irregular: block.irregular };
    }
}

impl AddAssign for JoinedFaults {
    fn add_assign(&mut self, other: JoinedFaults) {
        self.count += other.count;
        self.irregular += other.irregular;
    }
}

/// A table in columns.
pub(super) struct ColumnTable {
    table: Box<dyn Table>,
    /// Number of columns in a block.
    width: usize,
    /// Filters that the table does not apply itself: positions in the selection, and conditions.
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

    /// Selects what to read; all rows returned pass the filters.
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
                    let cells = || (0..block.rows()).map(|row| block.cell(row, slot));
                    let values = cells().map(|cell| (cell.kind != CellKind::Empty).then_some(cell.text));
                    let errors = || cells().map(|cell| Some(cell.kind == CellKind::Error)).collect();
                    let errors = block.column(slot).has_errors().then(errors);
                    TextColumn { kind: CellKind::Text, values: StringArray::from_iter(values), errors }
                };
                ColumnBlock {
                    faults: block.faults().to_vec(),
                    irregular: block.irregular(),
                    ..ColumnBlock::new((0..self.width).map(column).collect(), block.numbers().to_vec())
                }
            }
        }
    }
}
