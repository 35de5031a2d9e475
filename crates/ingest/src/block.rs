//! Some rows of a table, raw: what its cells say and what they were in the file. Every format ends in this.

mod part_rows;

use std::sync::Arc;

use matchflow_model::expectation::Expectation;

use crate::column::{BlockColumn, ColumnBlock};
use crate::faults::{RowFault, RowFaults, raw_text};
use crate::irregular::IrregularRows;
use crate::read_counts::ReadCounts;
use crate::strings::StringTable;
use crate::trim::cell_text;

/// What a cell was in its file.
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
    /// What a spreadsheet shows where a formula failed (`#N/A`).
    Error,
}

/// A cell: its text without surrounding whitespace, never empty unless the kind is [`CellKind::Empty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextCell<'a> {
    pub(crate) kind: CellKind,
    pub(crate) text: &'a str,
}

pub(crate) const EMPTY: TextCell<'static> = TextCell { kind: CellKind::Empty, text: "" };

/// Rows of the columns selected, in the order of the selection.
#[derive(Debug)]
pub(crate) enum Block {
    /// Cells of formats made of text.
    Text(TextBlock),
    /// Columns of Parquet.
    Columns(ColumnBlock),
}

impl Block {
    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers().len()
    }

    /// The numbers that the rows have in their file (the header is 1).
    pub(crate) fn numbers(&self) -> &[u64] {
        match self {
            Block::Text(block) => &block.numbers,
            Block::Columns(block) => &block.numbers,
        }
    }

    /// The number of a row; 0 outside of the block.
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

    /// The cell in `row` of the selection's column `slot`; empty outside of the block.
    #[inline]
    pub(crate) fn cell(&self, row: usize, slot: usize) -> TextCell<'_> {
        self.column(slot).get(row)
    }

    /// Faults found in reading, by row.
    pub(crate) fn faults(&self) -> &[RowFault] {
        match self {
            Block::Text(block) => block.faults.all(),
            Block::Columns(block) => &block.faults,
        }
    }

    /// Wholly empty rows passed over before these ones.
    pub(crate) fn blank_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.blank_rows,
            Block::Columns(_) => 0,
        }
    }

    /// Rows that the plan leaves out, before these ones: hidden rows, totals.
    pub(crate) fn left_out_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.left_out_rows,
            Block::Columns(_) => 0,
        }
    }

    /// Number of the last row where it looks like totals and is a record all the same; otherwise 0.
    pub(crate) fn totals_row(&self) -> u64 {
        if let Block::Text(block) = self { block.totals_row } else { 0 }
    }

    /// Rows that are not as the header has them, some of them no records.
    pub(crate) fn irregular(&self) -> IrregularRows {
        let (Block::Text(TextBlock { irregular, .. }) | Block::Columns(ColumnBlock { irregular, .. })) = self;
        *irregular
    }

    /// Cells counted in reading; `None` where a format counts none, and all of its cells are in the block.
    pub(crate) fn read_counts(&self) -> Option<ReadCounts> {
        match self {
            Block::Text(block) => Some(block.read_counts),
            Block::Columns(_) => None,
        }
    }
}

/// Columns of cells whose texts share one buffer, or are shared strings.
#[derive(Debug, Default)]
pub(crate) struct TextBlock {
    /// Each has the length of its last cell.
    columns: Vec<Vec<CellSlot>>,
    text: String,
    strings: Option<Arc<StringTable>>,
    /// Of all cells, shared strings counted once for each use.
    referenced_bytes: usize,
    numbers: Vec<u64>,
    faults: RowFaults,
    pub(crate) blank_rows: u64,
    pub(crate) left_out_rows: u64,
    /// As [`Block::totals_row`].
    pub(crate) totals_row: u64,
    pub(crate) irregular: IrregularRows,
    pub(crate) read_counts: ReadCounts,
}

/// A cell: bytes of the block's text, or a shared string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellSlot {
    /// In the block's text; or the shared string's number, where the length is [`SHARED`].
    start: u32,
    /// In bytes, together with the kind: 8 bytes a cell.
    length: [u8; 3],
    pub(crate) kind: CellKind,
}

/// A text of so many bytes is cut into no slot: [`matchflow_xlsx::limits::ELEMENT_BYTES_MAX`] is twice as much, so such a
/// cell is a fault.
const SHARED: u32 = (1 << 24) - 1;
/// Shorter texts are within what a spreadsheet's cell may hold, however they are counted.
const USUAL_BYTES_END: usize = 1 << 15;
const EMPTY_SLOT: CellSlot = CellSlot { start: 0, length: [0; 3], kind: CellKind::Empty };

/// A block is handed on when its text gets this long, however few its rows: several blocks are in memory at once.
const TEXT_BYTES_FULL: usize = 1 << 22;
/// And when it has this many cells: a sheet may have 16,384 columns.
const CELLS_FULL: usize = 1 << 20;
/// And when its cells say so much: Arrow's columns copy shared strings.
const REFERENCED_BYTES_FULL: usize = 1 << 26;
/// A row is never split between blocks; cells beyond this size are faults.
const REFERENCED_BYTES_MAX: usize = 1 << 28;
const FAULTS_FULL: usize = 1 << 16;

/// The location of a cell's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextOrigin<'a> {
    /// It is the shared string of this number.
    Shared(u32),
    /// In [`TextBlock::text`], from this byte.
    Block(&'a str, u32),
}

impl TextBlock {
    /// An empty block of `width` columns, whose cells may be of `strings`.
    pub(crate) fn new(width: usize, strings: Option<Arc<StringTable>>) -> Self {
        TextBlock { columns: vec![Vec::new(); width], strings, ..TextBlock::default() }
    }

    /// An empty block with room for as much as this one holds.
    pub(crate) fn new_like(&self) -> Self {
        TextBlock {
            columns: self.columns.iter().map(|column| Vec::with_capacity(column.len())).collect(),
            text: String::with_capacity(self.text.len()),
            strings: self.strings.clone(),
            numbers: Vec::with_capacity(self.numbers.len()),
            ..TextBlock::default()
        }
    }

    /// Adds a row of empty cells.
    #[inline]
    pub(crate) fn push_row(&mut self, number: u64) {
        self.numbers.push(number);
        self.faults.begin_row();
    }

    /// Takes back the last row with its faults: how many cells were lost by them.
    pub(crate) fn pop_row(&mut self) -> u64 {
        let Some(number) = self.numbers.pop() else { return 0 };
        let rows = self.numbers.len();
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
        self.faults.pop_row(rows, number)
    }

    /// Forgets the faults of a block that has no rows: how many cells were lost by them.
    pub(crate) fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.faults).all().iter().map(|fault| fault.cells_dropped).sum()
    }

    /// Records a fault of the row `number` while the last row is filled.
    #[cold]
    pub(crate) fn fault(&mut self, number: u64, slot: Option<usize>, raw: &str, expected: Expectation, dropped: u64) {
        let row = self.numbers.len().saturating_sub(1);
        self.faults.push(RowFault { row, number, slot, raw: raw_text(raw), expected, cells_dropped: dropped });
    }

    /// Records that a cell of the last row was not filled because it is too large.
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

    /// Whether a cell of the last row has a value already.
    #[inline]
    pub(crate) fn is_set(&self, slot: usize) -> bool {
        let found = self.numbers.len().checked_sub(1).and_then(|row| self.columns.get(slot)?.get(row));
        found.is_some_and(|found| found.kind != CellKind::Empty)
    }

    /// Fills a cell of the last row that was not filled before. False, and nothing done, for any other, for a text of
    /// whitespace or an unusually long one, and if the row is too large.
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

    /// Fills a cell as [`TextBlock::add`] does, with a shared string that is not blank.
    #[inline]
    pub(crate) fn add_shared(&mut self, slot: usize, index: u32) -> bool {
        let bytes = self.strings.as_ref().map_or(0, |strings| strings.bytes(index));
        self.add_slot(slot, CellSlot { start: index, length: three(SHARED), kind: CellKind::Text }, bytes)
    }

    /// Fills an empty cell with that many bytes, unless they exceed the limit.
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

    /// Fills a cell of the last row. The text loses surrounding whitespace and invisible characters; a cell filled before
    /// is replaced. False, and the cell empty if it is too large: see [`TextBlock::refuse`].
    #[inline]
    #[must_use]
    pub(crate) fn set(&mut self, slot: usize, kind: CellKind, text: &str) -> bool {
        let text = cell_text(text);
        if text.is_empty() {
            self.put(slot, EMPTY_SLOT);
            return true;
        }
        // No more than 2^28: its place and length fit.
        if text.len() >= SHARED as usize || !self.count_bytes(text.len()) {
            self.put(slot, EMPTY_SLOT);
            return false;
        }
        let start = self.text.len() as u32;
        self.text.push_str(&text);
        self.put(slot, CellSlot { start, length: three(text.len() as u32), kind });
        true
    }

    /// Fills a cell of the last row with a shared string that is not blank; false in the cases of [`TextBlock::set`].
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

    /// Whether the block should be handed on.
    #[inline]
    pub(crate) fn is_full(&self, rows_max: usize) -> bool {
        let rows = self.numbers.len();
        rows >= rows_max
            || self.text.len() >= TEXT_BYTES_FULL
            || rows * self.columns.len() >= CELLS_FULL
            || self.referenced_bytes >= REFERENCED_BYTES_FULL
            || self.faults.all().len() >= FAULTS_FULL
    }

    /// The texts of cells that are no shared strings.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The strings that cells may be of.
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

    /// The location of a slot's text.
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
