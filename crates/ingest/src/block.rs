//! A block of raw rows: each cell's text and its kind in the file. Every format is converted to this.

mod part_rows;

use std::sync::Arc;

use matchflow_model::expectation::Expectation;

use crate::column::{BlockColumn, ColumnBlock};
use crate::faults::{RowFault, RowFaults, raw_text};
use crate::irregular::IrregularRows;
use crate::read_counts::ReadCounts;
use crate::strings::StringTable;
use crate::trim::cell_text;

/// The kind of a cell in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Nothing, or whitespace only.
    Empty,
    Text,
    /// A number, its digits kept.
    Number,
    /// A date or time, in ISO 8601.
    Date,
    /// `true` or `false`.
    Boolean,
    /// An error value of a spreadsheet (`#N/A`).
    Error,
}

/// A cell: its text, trimmed, never empty unless the kind is [`CellKind::Empty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextCell<'a> {
    pub(crate) kind: CellKind,
    pub(crate) text: &'a str,
}

pub(crate) const EMPTY: TextCell<'static> = TextCell { kind: CellKind::Empty, text: "" };

/// Rows of the selected columns, in the order of the selection.
#[derive(Debug)]
pub(crate) enum Block {
    /// Cells of text-based formats.
    Text(TextBlock),
    /// Columns of a Parquet file.
    Columns(ColumnBlock),
}

impl Block {
    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers().len()
    }

    /// The numbers of the rows in their file (the header is 1).
    pub(crate) fn numbers(&self) -> &[u64] {
        match self {
            Block::Text(block) => &block.numbers,
            Block::Columns(block) => &block.numbers,
        }
    }

    /// The number of a row; 0 outside the block.
    #[inline]
    pub(crate) fn number(&self, row: usize) -> u64 {
        self.numbers().get(row).copied().unwrap_or(0)
    }

    /// The cells of the selection's column `slot`.
    #[inline]
    pub(crate) fn column(&self, slot: usize) -> BlockColumn<'_> {
        match self {
            Block::Text(block) => {
                BlockColumn::Slots { slots: block.columns.get(slot).map(Vec::as_slice).unwrap_or_default(), block }
            }
            Block::Columns(block) => BlockColumn::Array(block.columns.get(slot)),
        }
    }

    /// The cell in `row` of the selection's column `slot`; empty outside the block.
    #[inline]
    pub(crate) fn cell(&self, row: usize, slot: usize) -> TextCell<'_> {
        self.column(slot).get(row)
    }

    /// Faults found while reading, by row.
    pub(crate) fn faults(&self) -> &[RowFault] {
        match self {
            Block::Text(block) => block.faults.all(),
            Block::Columns(block) => &block.faults,
        }
    }

    /// Blank rows skipped before these rows.
    pub(crate) fn blank_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.blank_rows,
            Block::Columns(_) => 0,
        }
    }

    /// Rows before these that the plan skips: hidden rows, totals.
    pub(crate) fn left_out_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.left_out_rows,
            Block::Columns(_) => 0,
        }
    }

    /// Number of the last row if it looks like totals but is a record; otherwise 0.
    pub(crate) fn totals_row(&self) -> u64 {
        if let Block::Text(block) = self { block.totals_row } else { 0 }
    }

    /// Rows that do not fit the header, some of which are not records.
    pub(crate) fn irregular(&self) -> IrregularRows {
        let (Block::Text(TextBlock { irregular, .. }) | Block::Columns(ColumnBlock { irregular, .. })) = self;
        *irregular
    }

    /// Cells counted while reading; `None` if the format counts none, and all of its cells are in the block.
    pub(crate) fn read_counts(&self) -> Option<ReadCounts> {
        match self {
            Block::Text(block) => Some(block.read_counts),
            Block::Columns(_) => None,
        }
    }
}

/// Columns of cells whose texts are in one shared buffer, or are shared strings.
#[derive(Debug, Default)]
pub(crate) struct TextBlock {
    /// Cells of each column; all columns have the same length.
    columns: Vec<Vec<CellSlot>>,
    text: String,
    strings: Option<Arc<StringTable>>,
    /// Text bytes of all cells; a shared string counts once per use.
    referenced_bytes: usize,
    numbers: Vec<u64>,
    faults: RowFaults,
    pub(crate) blank_rows: u64,
    pub(crate) left_out_rows: u64,
    /// See [`Block::totals_row`].
    pub(crate) totals_row: u64,
    pub(crate) irregular: IrregularRows,
    pub(crate) read_counts: ReadCounts,
}

/// A cell: a range of the block's text, or a shared string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellSlot {
    /// Offset in the block's text, or the shared string's index if the length is [`SHARED`].
    start: u32,
    /// Length in bytes; 8 bytes per cell, including the kind.
    length: [u8; 3],
    pub(crate) kind: CellKind,
}

/// Slots cannot hold texts of this many bytes: [`matchflow_xlsx::limits::ELEMENT_BYTES_MAX`] is twice as much, so such
/// a cell is a fault.
const SHARED: u32 = (1 << 24) - 1;
/// Shorter texts are within the limit of a spreadsheet cell, in bytes or in characters.
const USUAL_BYTES_END: usize = 1 << 15;
const EMPTY_SLOT: CellSlot = CellSlot { start: 0, length: [0; 3], kind: CellKind::Empty };

/// A block is emitted when its text reaches this size, however few rows it has, as several blocks are in memory.
const TEXT_BYTES_FULL: usize = 1 << 22;
/// A block is also emitted at this many cells: a sheet may have 16,384 columns.
const CELLS_FULL: usize = 1 << 20;
/// A block is also emitted when its cells have this much text: Arrow's columns copy shared strings.
const REFERENCED_BYTES_FULL: usize = 1 << 26;
/// A row is never split between blocks; cells beyond this size are faults.
const REFERENCED_BYTES_MAX: usize = 1 << 28;
const FAULTS_FULL: usize = 1 << 16;

/// Where a cell's text is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextOrigin<'a> {
    /// The shared string with this index.
    Shared(u32),
    /// In [`TextBlock::text`], at this offset.
    Block(&'a str, u32),
}

impl TextBlock {
    /// An empty block of `width` columns, whose cells may refer to `strings`.
    pub(crate) fn new(width: usize, strings: Option<Arc<StringTable>>) -> Self {
        TextBlock { columns: vec![Vec::new(); width], strings, ..TextBlock::default() }
    }

    /// An empty block with the same capacity.
    pub(crate) fn new_like(&self) -> Self {
        TextBlock {
            columns: self.columns.iter().map(|column| Vec::with_capacity(column.len())).collect(),
            text: String::with_capacity(self.text.len()),
            strings: self.strings.clone(),
            numbers: Vec::with_capacity(self.numbers.len()),
            ..TextBlock::default()
        }
    }

    /// Appends a row of empty cells.
    #[inline]
    pub(crate) fn push_row(&mut self, number: u64) {
        self.numbers.push(number);
        self.faults.begin_row();
    }

    /// Removes the last row and its faults; returns the number of cells dropped because of these.
    pub(crate) fn pop_row(&mut self) -> u64 {
        let Some(number) = self.numbers.pop() else { return 0 };
        let rows = self.numbers.len();
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
        self.faults.pop_row(rows, number)
    }

    /// Removes the faults of a block without rows; returns the number of cells dropped because of these.
    pub(crate) fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.faults).all().iter().map(|fault| fault.cells_dropped).sum()
    }

    /// Records a fault of the row `number` while the last row is being filled.
    #[cold]
    pub(crate) fn fault(&mut self, number: u64, slot: Option<usize>, raw: &str, expected: Expectation, dropped: u64) {
        let row = self.numbers.len().saturating_sub(1);
        self.faults.push(RowFault { row, number, slot, raw: raw_text(raw), expected, cells_dropped: dropped });
    }

    /// Records that a cell of the last row was left empty because it is too large.
    #[cold]
    pub(crate) fn refuse(&mut self, slot: usize, text: &str, cells_dropped: u64) {
        let expected =
            Expectation::TextSize { bytes_max: u64::from(SHARED), row_bytes_max: REFERENCED_BYTES_MAX as u64 };
        self.fault(self.last_number(), Some(slot), text, expected, cells_dropped);
    }

    /// The last row's number in its file.
    pub(crate) fn last_number(&self) -> u64 {
        self.numbers.last().copied().unwrap_or(0)
    }

    /// The current text of a cell of the last row.
    #[inline]
    pub(crate) fn last(&self, slot: usize) -> TextCell<'_> {
        let found = self.numbers.len().checked_sub(1).and_then(|row| self.columns.get(slot)?.get(row));
        found.map_or(EMPTY, |found| self.resolve(*found))
    }

    /// Whether a cell of the last row already has a value.
    #[inline]
    pub(crate) fn is_set(&self, slot: usize) -> bool {
        let found = self.numbers.len().checked_sub(1).and_then(|row| self.columns.get(slot)?.get(row));
        found.is_some_and(|found| found.kind != CellKind::Empty)
    }

    /// Fills an empty cell of the last row. Returns false and does nothing if the cell has a value, if the text is
    /// blank or unusually long, or if the row is too large.
    #[inline]
    pub(crate) fn add(&mut self, slot: usize, kind: CellKind, text: &str) -> bool {
        let is_usual = text.len() < USUAL_BYTES_END;
        let text = cell_text(text);
        // A block holds at most 2^28 bytes, so offset and length fit.
        let cell = CellSlot { start: self.text.len() as u32, length: three(text.len() as u32), kind };
        let is_added = is_usual && !text.is_empty() && self.add_slot(slot, cell, text.len());
        if is_added {
            self.text.push_str(&text);
        }
        is_added
    }

    /// Like [`TextBlock::add`], with a shared string that is not blank.
    #[inline]
    pub(crate) fn add_shared(&mut self, slot: usize, index: u32) -> bool {
        let bytes = self.strings.as_ref().map_or(0, |strings| strings.bytes(index));
        self.add_slot(slot, CellSlot { start: index, length: three(SHARED), kind: CellKind::Text }, bytes)
    }

    /// Fills an empty cell with a text of that many bytes, unless they exceed the limit.
    #[inline]
    fn add_slot(&mut self, slot: usize, cell: CellSlot, bytes: usize) -> bool {
        let (rows, referenced_bytes) = (self.numbers.len(), self.referenced_bytes + bytes);
        match self.columns.get_mut(slot) {
            Some(column) if column.len() < rows && referenced_bytes <= REFERENCED_BYTES_MAX => {
                column.resize(rows - 1, EMPTY_SLOT);
                column.push(cell);
                self.referenced_bytes = referenced_bytes;
                true
            }
            _ => false,
        }
    }

    /// Sets a cell of the last row, replacing any value. The text is trimmed and loses invisible characters. Returns
    /// false and leaves the cell empty if it is too large: see [`TextBlock::refuse`].
    #[inline]
    #[must_use]
    pub(crate) fn set(&mut self, slot: usize, kind: CellKind, text: &str) -> bool {
        let text = cell_text(text);
        if text.is_empty() {
            self.put(slot, EMPTY_SLOT);
            return true;
        }
        // At most 2^28, so offset and length fit.
        if text.len() >= SHARED as usize || !self.count_bytes(text.len()) {
            self.put(slot, EMPTY_SLOT);
            return false;
        }
        let start = self.text.len() as u32;
        self.text.push_str(&text);
        self.put(slot, CellSlot { start, length: three(text.len() as u32), kind });
        true
    }

    /// Sets a cell of the last row to a shared string that is not blank; false as in [`TextBlock::set`].
    #[inline]
    #[must_use]
    pub(crate) fn set_shared(&mut self, slot: usize, index: u32) -> bool {
        let fits = self.count_bytes(self.strings.as_ref().map_or(0, |strings| strings.bytes(index)));
        let filled = CellSlot { start: index, length: three(SHARED), kind: CellKind::Text };
        self.put(slot, if fits { filled } else { EMPTY_SLOT });
        fits
    }

    #[inline]
    fn count_bytes(&mut self, bytes: usize) -> bool {
        let referenced_bytes = self.referenced_bytes + bytes;
        let fits = referenced_bytes <= REFERENCED_BYTES_MAX;
        if fits {
            self.referenced_bytes = referenced_bytes;
        }
        fits
    }

    #[inline]
    fn put(&mut self, slot: usize, cell: CellSlot) {
        if !self.add_slot(slot, cell, 0)
            && let Some(row) = self.numbers.len().checked_sub(1)
            && let Some(known) = self.columns.get_mut(slot).and_then(|column| column.get_mut(row))
        {
            *known = cell;
        }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// Whether the block should be emitted.
    #[inline]
    pub(crate) fn is_full(&self, rows_max: usize) -> bool {
        let rows = self.numbers.len();
        rows >= rows_max
            || self.text.len() >= TEXT_BYTES_FULL
            || rows * self.columns.len() >= CELLS_FULL
            || self.referenced_bytes >= REFERENCED_BYTES_FULL
            || self.faults.all().len() >= FAULTS_FULL
    }

    /// The texts of cells that are not shared strings.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The shared strings of the cells.
    pub(crate) fn strings(&self) -> Option<&StringTable> {
        self.strings.as_deref()
    }

    /// The value of a slot.
    #[inline]
    pub(crate) fn resolve(&self, slot: CellSlot) -> TextCell<'_> {
        let text = match self.origin(slot) {
            TextOrigin::Shared(index) => {
                self.strings.as_ref().and_then(|strings| strings.get(index)).unwrap_or_default().0
            }
            TextOrigin::Block(text, _) => text,
        };
        TextCell { kind: slot.kind, text }
    }

    /// Where a slot's text is stored.
    #[inline]
    pub(crate) fn origin(&self, slot: CellSlot) -> TextOrigin<'_> {
        let [low, middle, high] = slot.length;
        let length = u32::from_le_bytes([low, middle, high, 0]);
        if length == SHARED {
            return TextOrigin::Shared(slot.start);
        }
        let start = slot.start as usize;
        TextOrigin::Block(self.text.get(start..start + length as usize).unwrap_or_default(), slot.start)
    }
}

#[inline]
fn three(length: u32) -> [u8; 3] {
    let [low, middle, high, _] = length.to_le_bytes();
    [low, middle, high]
}
