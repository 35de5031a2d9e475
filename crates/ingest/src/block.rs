//! Some rows of a table, raw: what its cells say and what they were in the file. Every format ends in this.

use arrow::array::{Array, StringArray};

/// What a cell was in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing, or whitespace only.
    Empty,
    /// Text.
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

/// A cell: its text without surrounding whitespace, never empty unless the kind is [`Kind::Empty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

/// A cell that says nothing.
pub(crate) const EMPTY: Cell<'static> = Cell { kind: Kind::Empty, text: "" };

/// Something wrong with a row that no declared type is needed to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The row in its block.
    pub(crate) row: usize,
    /// The column, as an index in the header; `None` for the row as a whole.
    pub(crate) column: Option<usize>,
    /// What the file says.
    pub(crate) raw: String,
    /// What was wanted.
    pub(crate) wanted: String,
}

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
        match self {
            Block::Text(block) => block.numbers.len(),
            Block::Columns(block) => block.numbers.len(),
        }
    }

    /// The number that the row has in its file (the header is 1).
    #[inline]
    pub(crate) fn number(&self, row: usize) -> u64 {
        let numbers = match self {
            Block::Text(block) => &block.numbers,
            Block::Columns(block) => &block.numbers,
        };
        numbers.get(row).copied().unwrap_or(0)
    }

    /// The cell in `row` of the selection's column `column`; empty outside of the block.
    #[inline]
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self {
            Block::Text(block) => block.cell(row, column),
            Block::Columns(block) => block.cell(row, column),
        }
    }

    /// How many cells of `row` say something.
    #[inline]
    pub(crate) fn cells(&self, row: usize) -> u64 {
        let count = match self {
            Block::Text(block) => block.row(row).iter().filter(|slot| slot.kind != Kind::Empty).count(),
            Block::Columns(block) => {
                (0..block.columns.len()).filter(|column| block.cell(row, *column).kind != Kind::Empty).count()
            }
        };
        count as u64
    }

    /// Faults found in reading, by row.
    pub(crate) fn faults(&self) -> &[Fault] {
        match self {
            Block::Text(block) => &block.faults,
            Block::Columns(_) => &[],
        }
    }

    /// Wholly empty rows passed over before these ones.
    pub(crate) fn blank_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.blank_rows,
            Block::Columns(_) => 0,
        }
    }
}

/// A dense grid of cells whose texts share one buffer.
#[derive(Debug, Default)]
pub(crate) struct TextBlock {
    width: usize,
    text: String,
    slots: Vec<Slot>,
    numbers: Vec<u64>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) blank_rows: u64,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    length: u32,
    kind: Kind,
}

const EMPTY_SLOT: Slot = Slot { start: 0, length: 0, kind: Kind::Empty };

/// A block is handed on when its text gets this long, however few its rows: several blocks are in memory at once.
const TEXT_BYTES_FULL: usize = 1 << 23;
/// And when it has this many cells: a sheet may have 16,384 columns.
const CELLS_FULL: usize = 1 << 20;

impl TextBlock {
    /// An empty block of `width` columns.
    pub(crate) fn new(width: usize) -> Self {
        TextBlock { width, ..TextBlock::default() }
    }

    /// Adds a row of empty cells.
    #[inline]
    pub(crate) fn push_row(&mut self, number: u64) {
        self.numbers.push(number);
        self.slots.resize(self.slots.len() + self.width, EMPTY_SLOT);
    }

    /// An empty block with room for as much as this one holds.
    pub(crate) fn another(&self) -> Self {
        TextBlock {
            text: String::with_capacity(self.text.len()),
            slots: Vec::with_capacity(self.slots.len()),
            numbers: Vec::with_capacity(self.numbers.len()),
            ..TextBlock::new(self.width)
        }
    }

    /// What a cell of the last row says so far.
    #[inline]
    pub(crate) fn last(&self, column: usize) -> Cell<'_> {
        self.numbers.len().checked_sub(1).map_or(EMPTY, |row| self.cell(row, column))
    }

    /// Fills a cell of the last row. The text's surrounding whitespace goes; a cell filled before is replaced.
    #[inline]
    pub(crate) fn set(&mut self, column: usize, kind: Kind, text: &str) {
        let text = text.trim();
        let kind = if text.is_empty() { Kind::Empty } else { kind };
        let start = self.text.len();
        let slot = self.slots.len().checked_sub(self.width).and_then(|first| self.slots.get_mut(first + column));
        if let (Some(slot), Ok(start), Ok(length)) = (slot, u32::try_from(start), u32::try_from(text.len())) {
            self.text.push_str(text);
            *slot = Slot { start, length, kind };
        }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// Whether the block should be handed on.
    #[inline]
    pub(crate) fn is_full(&self, rows_max: usize) -> bool {
        self.numbers.len() >= rows_max || self.text.len() >= TEXT_BYTES_FULL || self.slots.len() >= CELLS_FULL
    }

    #[inline]
    fn row(&self, row: usize) -> &[Slot] {
        self.slots.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    #[inline]
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let Some(slot) = self.row(row).get(column) else { return EMPTY };
        let start = slot.start as usize;
        let text = self.text.get(start..start + slot.length as usize).unwrap_or_default();
        Cell { kind: slot.kind, text }
    }
}

/// Columns as Parquet has them, cast to text.
#[derive(Debug)]
pub(crate) struct ColumnBlock {
    pub(crate) columns: Vec<(Kind, StringArray)>,
    pub(crate) numbers: Vec<u64>,
}

impl ColumnBlock {
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let Some((kind, values)) = self.columns.get(column) else { return EMPTY };
        if row >= values.len() || values.is_null(row) {
            return EMPTY;
        }
        match values.value(row).trim() {
            "" => EMPTY,
            text => Cell { kind: *kind, text },
        }
    }
}
