//! A column of a block, independent of its representation.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::compute::{filter, interleave};
use arrow::error::ArrowError;

use crate::block::{CellKind, CellSlot, EMPTY, TextBlock, TextCell};
use crate::faults::RowFault;
use crate::irregular::IrregularRows;
use crate::trim::trim;

/// A column of a block.
#[derive(Clone, Copy)]
pub(crate) enum BlockColumn<'a> {
    Slots { slots: &'a [CellSlot], block: &'a TextBlock },
    Array(Option<&'a TextColumn>),
}

impl<'a> BlockColumn<'a> {
    /// The cell in `row`; empty outside the block.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> TextCell<'a> {
        match self {
            BlockColumn::Slots { slots, block } => slots.get(row).map_or(EMPTY, |slot| block.resolve(*slot)),
            BlockColumn::Array(None) => EMPTY,
            BlockColumn::Array(Some(column)) => column.get(row),
        }
    }

    /// Whether any cell is an error.
    pub(crate) fn has_errors(&self) -> bool {
        match self {
            BlockColumn::Slots { slots, .. } => slots.iter().any(|slot| slot.kind == CellKind::Error),
            BlockColumn::Array(column) => column.is_some_and(|column| column.errors.is_some()),
        }
    }

    /// The kind of the cell in `row`.
    #[inline]
    pub(crate) fn kind(&self, row: usize) -> CellKind {
        match self {
            BlockColumn::Slots { slots, .. } => slots.get(row).map_or(CellKind::Empty, |slot| slot.kind),
            BlockColumn::Array(_) => self.get(row).kind,
        }
    }
}

/// A Parquet column as text.
#[derive(Debug, Clone)]
pub(crate) struct TextColumn {
    /// The kind of all cells that are not errors.
    pub(crate) kind: CellKind,
    pub(crate) values: StringArray,
    /// True for values that could not be read, whose text describes them; `None` if there are none.
    pub(crate) errors: Option<BooleanArray>,
}

impl TextColumn {
    /// A column without errors.
    pub(crate) fn new(kind: CellKind, values: StringArray) -> Self {
        TextColumn { kind, values, errors: None }
    }

    #[inline]
    fn get(&self, row: usize) -> TextCell<'_> {
        if row >= self.values.len() || self.values.is_null(row) {
            return EMPTY;
        }
        let kind = if self.is_error(row) { CellKind::Error } else { self.kind };
        match trim(self.values.value(row)) {
            "" => EMPTY,
            text => TextCell { kind, text },
        }
    }

    /// Whether the value in `row` could not be read.
    #[inline]
    pub(crate) fn is_error(&self, row: usize) -> bool {
        self.errors.as_ref().is_some_and(|errors| row < errors.len() && errors.value(row))
    }

    /// The values that could be read; `None` for null and for errors.
    pub(crate) fn readable(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.iter().enumerate().map(|(row, value)| value.filter(|_| !self.is_error(row)))
    }

    /// The rows where `mask` is true.
    pub(crate) fn filter(&self, mask: &BooleanArray) -> Result<TextColumn, ArrowError> {
        let values = filter(&self.values, mask)?.as_string::<i32>().clone();
        let errors = self.errors.as_ref().map(|errors| filter(errors, mask)).transpose()?;
        Ok(TextColumn { kind: self.kind, values, errors: errors.map(|errors| errors.as_boolean().clone()) })
    }
}

/// Chunks of a column, from which rows are gathered; the last chunk is a single null.
#[derive(Debug)]
pub(crate) struct ChunkedColumn {
    kind: CellKind,
    chunks: Vec<ArrayRef>,
    errors: Vec<Option<BooleanArray>>,
}

impl ChunkedColumn {
    /// A column of one chunk.
    pub(crate) fn new(kind: CellKind) -> Self {
        ChunkedColumn { kind, chunks: Vec::new(), errors: Vec::new() }
    }

    /// Adds a chunk.
    pub(crate) fn push(&mut self, column: TextColumn) {
        self.chunks.push(std::sync::Arc::new(column.values));
        self.errors.push(column.errors);
    }

    /// Appends the chunk of a single null, to which rows without a value refer.
    pub(crate) fn finish(&mut self) {
        self.push(TextColumn::new(self.kind, StringArray::new_null(1)));
    }

    /// The values at these positions (chunk and row); `None` for no value.
    pub(crate) fn gather(&self, places: &[Option<(u32, u32)>]) -> Result<TextColumn, ArrowError> {
        let none = (self.chunks.len().saturating_sub(1), 0);
        let rows: Vec<(usize, usize)> =
            places.iter().map(|place| place.map_or(none, |(chunk, row)| (chunk as usize, row as usize))).collect();
        let arrays: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let values = interleave(&arrays, &rows)?.as_string::<i32>().clone();
        let is_error = |(chunk, row): &(usize, usize)| {
            let errors = self.errors.get(*chunk).and_then(Option::as_ref);
            errors.is_some_and(|errors| *row < errors.len() && errors.value(*row))
        };
        let has_errors = self.errors.iter().any(Option::is_some) && rows.iter().any(is_error);
        let errors = has_errors.then(|| rows.iter().map(|row| Some(is_error(row))).collect());
        Ok(TextColumn { kind: self.kind, values, errors })
    }
}

/// Columns of Parquet, or of a join, as text.
#[derive(Debug, Default)]
pub(crate) struct ColumnBlock {
    pub(crate) columns: Vec<TextColumn>,
    pub(crate) numbers: Vec<u64>,
    /// Faults of these rows, in their order.
    pub(crate) faults: Vec<RowFault>,
    /// Rows, of any file of a join, that are not as their header has them.
    pub(crate) irregular: IrregularRows,
    /// Faults of rows that these are joined with.
    pub(crate) joined_faults: u64,
}

impl ColumnBlock {
    /// Rows without faults.
    pub(crate) fn new(columns: Vec<TextColumn>, numbers: Vec<u64>) -> ColumnBlock {
        ColumnBlock { columns, numbers, ..ColumnBlock::default() }
    }

    /// The rows where `mask` is true.
    pub(crate) fn filter(self, mask: &BooleanArray) -> Result<ColumnBlock, ArrowError> {
        let columns = self.columns.iter().map(|column| column.filter(mask)).collect::<Result<_, _>>()?;
        let is_retained = |row: usize| row < mask.len() && mask.value(row);
        let numbers = self.numbers.iter().enumerate().filter(|(row, _)| is_retained(*row)).map(|(_, number)| *number);
        let mut retained_before = (0, 0);
        let mut faults = self.faults;
        faults.retain_mut(|fault| {
            let (rows, retained) = retained_before;
            let place = retained + (rows..fault.row).filter(|row| is_retained(*row)).count();
            retained_before = (fault.row, place);
            let row = std::mem::replace(&mut fault.row, place);
            is_retained(row)
        });
        Ok(ColumnBlock { columns, numbers: numbers.collect(), faults, ..self })
    }
}
