//! Several files as one table, in sequence, with the columns named by their folders.
//!
//! Files of any format: each is read by its own reader, and has the columns of the first, in any order. A folder
//! `dept=75` adds the column `dept` to its files, unless they have one; `_file` is the file of a row.
//!
//! **Limits.** One file is open at a time. All headers are read before the first row, so a file of another kind ends a
//! run before it has begun.
//!
//! **Invariants.** Rows are numbered across all files, so no two rows share a number; rejects and `_row` have the
//! number within the file.

use std::path::{Path, PathBuf};

use arrow::array::StringArray;
use matchflow_model::header::FILE;
use matchflow_model::plan::TablePlan;

use super::{ColumnFilter, Selection, Table};
use crate::block::{Block, CellKind};
use crate::column::TextColumn;
use crate::error::IngestError;
use crate::file_set::{partitions, parts};
use crate::format::FormatReader;
use crate::header::{ColumnSource, Header, HeaderColumn};

/// The files of a plan as one table.
pub(super) struct FileSeries {
    header: Header,
    reader: &'static dyn FormatReader,
    plan: TablePlan,
    paths: Vec<PathBuf>,
    /// The names of the columns given by folders.
    partitions: Vec<String>,
    /// Number of columns of the files, which precede the partitions.
    file_columns: usize,
    /// The first file until the selection is known, then the current one.
    current: Option<Box<dyn Table>>,
    /// The index of the next file in `paths`.
    next: usize,
    selection: Selection,
    /// Selected columns that are in no file: their positions in the selection, and their values for the current file.
    constants: Vec<(usize, Option<String>)>,
    applies_filters: bool,
    rows_before: u64,
    /// The number of the last row of the current file.
    last_row: u64,
}

impl FileSeries {
    /// Opens the files of a plan, and reads their headers.
    pub(super) fn open(reader: &'static dyn FormatReader, plan: &TablePlan) -> Result<FileSeries, IngestError> {
        let paths: Vec<PathBuf> = parts(plan).map(Path::to_owned).collect();
        let first_path = paths.first().ok_or_else(|| IngestError::NoFile { format: plan.format.clone() })?;
        let first = reader.open(&part(plan, first_path))?;
        let of_file = first.header().clone();
        let names = of_file.names();
        let mut partitions: Vec<String> = partition_names(first_path);
        partitions.retain(|name| matchflow_model::header::find(&names, name).is_none());
        let mut rows_hint = of_file.rows_hint;
        for path in paths.iter().skip(1) {
            let table = reader.open(&part(plan, path))?;
            let mut columns = table.header().names();
            columns.extend(partition_names(path));
            let expected = names.iter().chain(&partitions).cloned().collect::<Vec<_>>();
            columns.retain(|name| matchflow_model::header::find(&expected, name).is_none());
            let own = table.header().names().into_iter().chain(partition_names(path)).collect::<Vec<_>>();
            let missing: Vec<String> =
                expected.into_iter().filter(|name| matchflow_model::header::find(&own, name).is_none()).collect();
            if !columns.is_empty() || !missing.is_empty() {
                let (file, first) = (table.header().file.clone(), of_file.file.clone());
                return Err(IngestError::PartColumns { file, first, missing, others: columns });
            }
            rows_hint = rows_hint.zip(table.header().rows_hint).map(|(before, rows)| before + rows);
        }
        let file_columns = of_file.named;
        let mut columns = of_file.columns.clone();
        for name in &partitions {
            columns.push(HeaderColumn { name: name.clone(), place: ColumnSource::Partition });
        }
        let header = Header { named: columns.len(), columns, rows_hint, has_file: true, ..of_file };
        Ok(FileSeries {
            header,
            reader,
            plan: plan.clone(),
            paths,
            partitions,
            file_columns,
            applies_filters: first.applies_filters(),
            current: Some(first),
            next: 0,
            selection: Selection::default(),
            constants: Vec::new(),
            rows_before: 0,
            last_row: 0,
        })
    }

    /// Whether a plan needs a series.
    pub(super) fn is_needed(plan: &TablePlan) -> bool {
        parts(plan).nth(1).is_some() || parts(plan).any(|path| !partition_names(path).is_empty())
    }

    /// The value of the file at `path` in a column that is not in the file.
    fn constant(&self, column: &HeaderColumn, path: &Path) -> Option<String> {
        if column.name == FILE && column.place == ColumnSource::File {
            return Some(path.display().to_string());
        }
        partitions(path).into_iter().find(|(name, _)| *name == column.name).and_then(|(_, value)| value)
    }

    fn is_constant(column: &HeaderColumn) -> bool {
        matches!(column.place, ColumnSource::Partition | ColumnSource::File)
    }

    /// Opens the next file that may have rows of the selection; false at the end.
    fn advance(&mut self) -> Result<bool, IngestError> {
        while let Some(path) = self.paths.get(self.next).cloned() {
            self.next += 1;
            self.rows_before += std::mem::take(&mut self.last_row);
            self.header.rows_before = self.rows_before;
            if self.applies_filters && !self.may_pass(&path) {
                continue;
            }
            let mut table = self.reader.open(&part(&self.plan, &path))?;
            self.header.file.clone_from(&table.header().file);
            self.header.sheet.clone_from(&table.header().sheet);
            let selection = self.part_selection(table.as_mut(), &path)?;
            table.select(selection)?;
            self.current = Some(table);
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether the values that are constant in a file pass the filters.
    fn may_pass(&self, path: &Path) -> bool {
        let passes = |filter: &ColumnFilter| match self.header.columns.get(filter.column) {
            Some(column) if Self::is_constant(column) => {
                self.constant(column, path).is_some_and(|value| filter.condition.holds(&value))
            }
            _ => true,
        };
        self.selection.filters.iter().all(passes)
    }

    /// The selection in terms of the columns of one file, whose order may differ.
    fn part_selection(&mut self, table: &mut dyn Table, path: &Path) -> Result<Selection, IngestError> {
        let mut selection = Selection { rows_max: self.selection.rows_max, ..Selection::default() };
        self.constants.clear();
        for (slot, column) in self.selection.columns.iter().enumerate() {
            match self.header.columns.get(*column) {
                Some(column) if Self::is_constant(column) => {
                    let value = self.constant(column, path);
                    self.constants.push((slot, value));
                }
                Some(column) => selection.columns.push(table.header_mut().resolve(&column.name)?),
                None => {}
            }
        }
        for filter in &self.selection.filters {
            match self.header.columns.get(filter.column) {
                Some(column) if !Self::is_constant(column) => {
                    let column = table.header_mut().resolve(&column.name)?;
                    selection.filters.push(ColumnFilter { column, condition: filter.condition.clone() });
                }
                _ => {}
            }
        }
        Ok(selection)
    }

    /// Converts a block of one file to a block of the table.
    fn adapt(&mut self, mut block: Block) -> Block {
        self.last_row = block.numbers().last().copied().unwrap_or(0).max(self.last_row);
        for (slot, value) in &self.constants {
            match &mut block {
                Block::Text(block) => block.insert_column(*slot, value.as_deref()),
                Block::Columns(block) => {
                    let values = StringArray::from_iter(std::iter::repeat_n(value.as_deref(), block.numbers.len()));
                    block.columns.insert(*slot, TextColumn::new(CellKind::Text, values));
                }
            }
        }
        block.move_rows(self.rows_before);
        block
    }
}

impl Table for FileSeries {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn applies_filters(&self) -> bool {
        self.applies_filters
    }

    fn check(&self, column: usize) -> Result<(), IngestError> {
        let is_of_file = column < self.file_columns;
        self.current.as_ref().filter(|_| is_of_file).map_or(Ok(()), |first| first.check(column))
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        debug_assert!(self.partitions.len() + self.file_columns <= self.header.columns.len());
        self.selection = selection;
        self.current = None;
        self.advance().map(|_| ())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        loop {
            let Some(current) = &mut self.current else { return Ok(None) };
            if let Some(block) = current.next_block()? {
                return Ok(Some(self.adapt(block)));
            }
            self.current = None;
            self.advance()?;
        }
    }
}

/// The plan of one file.
fn part(plan: &TablePlan, path: &Path) -> TablePlan {
    let key = plan.files.first().map_or_else(|| "path".to_owned(), |(key, _)| key.clone());
    let others = plan.files.iter().filter(|(known, _)| *known != key).cloned();
    TablePlan { files: std::iter::once((key.clone(), path.to_owned())).chain(others).collect(), ..plan.clone() }
}

fn partition_names(path: &Path) -> Vec<String> {
    partitions(path).into_iter().map(|(name, _)| name).collect()
}
