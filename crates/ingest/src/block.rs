//! Some rows of a table, raw: what its cells say and what they were in the file. Every format ends in this.

use std::sync::Arc;

use arrow::array::{Array, StringArray};

use crate::strings::Strings;
use crate::trim::trim;

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
    /// The column, as a place in the selection; `None` for the row as a whole.
    pub(crate) slot: Option<usize>,
    /// What the file says.
    pub(crate) raw: String,
    /// What was wanted.
    pub(crate) wanted: String,
    /// Cells that the block lacks because of it.
    pub(crate) cells_lost: u64,
}

/// Cells that said something, counted where they were read. See [`crate::CellCounts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// All of them.
    pub(crate) read: u64,
    /// Those of them that are in no column or no row that is wanted.
    pub(crate) outside: u64,
    /// Cells of the block that are in no file: provenance, copies of merged cells.
    pub(crate) filled: u64,
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
    pub(crate) fn column(&self, slot: usize) -> Column<'_> {
        match self {
            Block::Text(block) => {
                Column::Slots { slots: block.columns.get(slot).map(Vec::as_slice).unwrap_or_default(), block }
            }
            Block::Columns(block) => Column::Array(block.columns.get(slot)),
        }
    }

    /// The cell in `row` of the selection's column `slot`; empty outside of the block.
    #[inline]
    pub(crate) fn cell(&self, row: usize, slot: usize) -> Cell<'_> {
        self.column(slot).get(row)
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

    /// Rows that the plan leaves out, before these ones: hidden rows, totals.
    pub(crate) fn left_out_rows(&self) -> u64 {
        match self {
            Block::Text(block) => block.left_out_rows,
            Block::Columns(_) => 0,
        }
    }

    /// Cells counted in reading; `None` where a format counts none, and all of its cells are in the block.
    pub(crate) fn seen(&self) -> Option<Seen> {
        match self {
            Block::Text(block) => Some(block.seen),
            Block::Columns(_) => None,
        }
    }
}

/// A column of a block.
#[derive(Clone, Copy)]
pub(crate) enum Column<'a> {
    Slots { slots: &'a [Slot], block: &'a TextBlock },
    Array(Option<&'a (Kind, StringArray)>),
}

impl<'a> Column<'a> {
    /// The cell in `row`; empty outside of the block.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Cell<'a> {
        match self {
            Column::Slots { slots, block } => slots.get(row).map_or(EMPTY, |slot| block.resolve(*slot)),
            Column::Array(None) => EMPTY,
            Column::Array(Some((kind, values))) => {
                if row >= values.len() || values.is_null(row) {
                    return EMPTY;
                }
                match trim(values.value(row)) {
                    "" => EMPTY,
                    text => Cell { kind: *kind, text },
                }
            }
        }
    }

    /// Whether any cell is an error.
    pub(crate) fn has_errors(&self) -> bool {
        match self {
            Column::Slots { slots, .. } => slots.iter().any(|slot| slot.kind == Kind::Error),
            Column::Array(_) => false,
        }
    }

    /// What the cell in `row` was.
    #[inline]
    pub(crate) fn kind(&self, row: usize) -> Kind {
        match self {
            Column::Slots { slots, .. } => slots.get(row).map_or(Kind::Empty, |slot| slot.kind),
            Column::Array(_) => self.get(row).kind,
        }
    }
}

/// Columns of cells whose texts share one buffer, or are shared strings.
#[derive(Debug, Default)]
pub(crate) struct TextBlock {
    /// Each as long as its last cell asks for.
    columns: Vec<Vec<Slot>>,
    text: String,
    strings: Option<Arc<Strings>>,
    numbers: Vec<u64>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) blank_rows: u64,
    pub(crate) left_out_rows: u64,
    pub(crate) seen: Seen,
}

/// A cell: bytes of the block's text, or a shared string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// In the block's text; or the shared string's number, where the length is [`SHARED`].
    start: u32,
    /// In bytes, with the kind beside it: 8 bytes a cell.
    length: [u8; 3],
    pub(crate) kind: Kind,
}

/// A text of so many bytes is cut into no slot: [`matchflow_xlsx::limits::ELEMENT_BYTES_MAX`] is twice as much, so such a
/// cell is a fault.
const SHARED: u32 = (1 << 24) - 1;
/// Shorter texts are within what a spreadsheet's cell may hold, however they are counted.
const USUAL_BYTES_END: usize = 1 << 15;
const EMPTY_SLOT: Slot = Slot { start: 0, length: [0; 3], kind: Kind::Empty };

/// A block is handed on when its text gets this long, however few its rows: several blocks are in memory at once.
const TEXT_BYTES_FULL: usize = 1 << 22;
/// And when it has this many cells: a sheet may have 16,384 columns.
const CELLS_FULL: usize = 1 << 20;

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// It is the shared string of this number.
    Shared(u32),
    /// In [`TextBlock::text`], from this byte.
    Own(&'a str, u32),
}

impl TextBlock {
    /// An empty block of `width` columns, whose cells may be of `strings`.
    pub(crate) fn new(width: usize, strings: Option<Arc<Strings>>) -> Self {
        TextBlock { columns: vec![Vec::new(); width], strings, ..TextBlock::default() }
    }

    /// An empty block with room for as much as this one holds.
    pub(crate) fn another(&self) -> Self {
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
    }

    /// Takes back the last row.
    pub(crate) fn pop_row(&mut self) {
        self.numbers.pop();
        let rows = self.numbers.len();
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
        self.faults.retain(|fault| fault.row < rows);
    }

    /// What a cell of the last row says so far.
    #[inline]
    pub(crate) fn last(&self, slot: usize) -> Cell<'_> {
        let found = self.numbers.len().checked_sub(1).and_then(|row| self.columns.get(slot)?.get(row));
        found.map_or(EMPTY, |found| self.resolve(*found))
    }

    /// Whether a cell of the last row says something already.
    #[inline]
    pub(crate) fn is_set(&self, slot: usize) -> bool {
        let found = self.numbers.len().checked_sub(1).and_then(|row| self.columns.get(slot)?.get(row));
        found.is_some_and(|found| found.kind != Kind::Empty)
    }

    /// Fills a cell of the last row that was not filled before. False, and nothing done, for any other, and for a text of
    /// whitespace or too long a one.
    #[inline]
    pub(crate) fn add(&mut self, slot: usize, kind: Kind, text: &str) -> bool {
        let text = trim(text);
        let (start, bytes) = (self.text.len(), text.len());
        let cell = Slot { start: start as u32, length: three(bytes as u32), kind };
        let is_usual = (1..USUAL_BYTES_END).contains(&bytes) && start < SHARED as usize;
        let is_added = is_usual && self.add_slot(slot, cell);
        if is_added {
            self.text.push_str(text);
        }
        is_added
    }

    /// Fills a cell as [`TextBlock::add`] does, with a shared string that says something.
    #[inline]
    pub(crate) fn add_shared(&mut self, slot: usize, index: u32) -> bool {
        self.add_slot(slot, Slot { start: index, length: three(SHARED), kind: Kind::Text })
    }

    #[inline]
    fn add_slot(&mut self, slot: usize, cell: Slot) -> bool {
        let rows = self.numbers.len();
        match self.columns.get_mut(slot) {
            Some(column) if column.len() < rows => {
                column.resize(rows - 1, EMPTY_SLOT);
                column.push(cell);
                true
            }
            _ => false,
        }
    }

    /// Fills a cell of the last row. The text's surrounding whitespace goes; a cell filled before is replaced.
    #[inline]
    pub(crate) fn set(&mut self, slot: usize, kind: Kind, text: &str) {
        let text = trim(text);
        if text.is_empty() {
            return self.put(slot, EMPTY_SLOT);
        }
        let (Ok(start), true) = (u32::try_from(self.text.len()), text.len() < SHARED as usize) else {
            let (row, wanted) = (self.numbers.len().saturating_sub(1), format!("a text shorter than {SHARED} bytes"));
            let raw = text.chars().take(100).collect();
            self.faults.push(Fault { row, slot: Some(slot), raw, wanted, cells_lost: 1 });
            return self.put(slot, EMPTY_SLOT);
        };
        self.text.push_str(text);
        self.put(slot, Slot { start, length: three(text.len() as u32), kind });
    }

    /// Fills a cell of the last row with a shared string that says something.
    #[inline]
    pub(crate) fn set_shared(&mut self, slot: usize, index: u32) {
        self.put(slot, Slot { start: index, length: three(SHARED), kind: Kind::Text });
    }

    #[inline]
    fn put(&mut self, slot: usize, cell: Slot) {
        if !self.add_slot(slot, cell)
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
        rows >= rows_max || self.text.len() >= TEXT_BYTES_FULL || rows * self.columns.len() >= CELLS_FULL
    }

    /// The texts of cells that are no shared strings.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The strings that cells may be of.
    pub(crate) fn strings(&self) -> Option<&Strings> {
        self.strings.as_deref()
    }

    /// What a slot says.
    #[inline]
    pub(crate) fn resolve(&self, slot: Slot) -> Cell<'_> {
        let text = match self.origin(slot) {
            Origin::Shared(index) => self.strings.as_ref().and_then(|strings| strings.get(index)).unwrap_or_default().0,
            Origin::Own(text, _) => text,
        };
        Cell { kind: slot.kind, text }
    }

    /// Where a slot's text stands.
    #[inline]
    pub(crate) fn origin(&self, slot: Slot) -> Origin<'_> {
        let [low, middle, high] = slot.length;
        let length = u32::from_le_bytes([low, middle, high, 0]);
        if length == SHARED {
            return Origin::Shared(slot.start);
        }
        let start = slot.start as usize;
        Origin::Own(self.text.get(start..start + length as usize).unwrap_or_default(), slot.start)
    }
}

#[inline]
fn three(length: u32) -> [u8; 3] {
    let [low, middle, high, _] = length.to_le_bytes();
    [low, middle, high]
}

/// Columns as Parquet has them, cast to text.
#[derive(Debug)]
pub(crate) struct ColumnBlock {
    pub(crate) columns: Vec<(Kind, StringArray)>,
    pub(crate) numbers: Vec<u64>,
}
