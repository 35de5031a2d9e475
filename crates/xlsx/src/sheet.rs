//! The cells of a worksheet, from bytes that may end anywhere: [`SheetScanner`] is to a sheet what a sans-I/O CSV
//! parser is to a table.
//!
//! **Limits.** Memory: a cell's decoded text. A cell is scanned once it is complete; until then the caller holds its
//! bytes, at most [`crate::limits::ELEMENT_BYTES_MAX`].
//!
//! [`SheetScanner::step`] emits one item at a time through the token reader. [`SheetScanner::scan`] passes all items to
//! a visitor and has a fast path for the forms in which nearly all cells are written: the same cells, several times as
//! fast.
//!
//! **Invariants.** Any split of the bytes gives the same steps. Every `c` element is a step, in the order of the file,
//! at any position; a cell or row without a reference follows the previous one.

use std::ops::ControlFlow;

use crate::area::Area;
use crate::cell::{Cell, CellType, RowStart, Value, value};
use crate::error::{FlawKind, FormatViolation};
use crate::fast_path::{self, FastCell, ReferenceGuess};
use crate::limits;
use crate::reference;
use crate::rich::{TextPlace, plain, rich, skip};
use crate::scan_step::{ScanEnd, ScanStep, SheetItem};
use crate::xml::text::{decode, is_encoded, valid};
use crate::xml::token::{Cursor, Tag, Token};

/// Replaces the value of a cell that has several values.
const SEVERAL_VALUES: &str = "a cell with several values";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Prolog,
    Rows,
    Done,
}

/// Scans one worksheet.
#[derive(Debug)]
pub struct SheetScanner {
    state: State,
    /// Bytes consumed so far.
    offset: u64,
    dimension: Option<Area>,
    /// The last row, and the column after the last cell.
    row: u32,
    column_next: u32,
    guess: ReferenceGuess,
    cell: ScannedCell,
    scratch: String,
}

/// The last cell.
#[derive(Debug)]
struct ScannedCell {
    row: u32,
    column: u32,
    style: u32,
    kind: CellType,
    place: Option<TextPlace>,
    has_formula: bool,
    /// Whether the value is an inline string, which takes precedence over any other value of the cell.
    is_inline: bool,
    /// Whether it has several values, none of which takes precedence.
    is_ambiguous: bool,
}

impl Default for SheetScanner {
    fn default() -> Self {
        let cell = ScannedCell::new(0, 0);
        let (guess, scratch) = (ReferenceGuess::default(), String::new());
        SheetScanner { state: State::Prolog, offset: 0, dimension: None, row: 0, column_next: 0, guess, cell, scratch }
    }
}

impl SheetScanner {
    /// A scanner at the start of a sheet.
    pub fn new() -> Self {
        SheetScanner::default()
    }

    /// The last row according to the sheet's `dimension`, which precedes its first row; often wrong, only a hint.
    pub fn rows_hint(&self) -> Option<u32> {
        self.dimension.map(|area| area.last_row)
    }

    /// The area of cells according to the sheet's `dimension`; often wrong too.
    pub fn dimension(&self) -> Option<Area> {
        self.dimension
    }

    /// Continues to the next step: the number of bytes consumed, and the item. `is_last` means that nothing
    /// follows `input`. After [`ScanStep::NeedsInput`] pass the rest of `input` again, with more bytes appended.
    ///
    /// # Errors
    ///
    /// A flaw ends the scan.
    #[inline]
    pub fn step(&mut self, input: &[u8], is_last: bool) -> Result<(usize, ScanStep), FormatViolation> {
        let mut cursor = Cursor::new(input);
        let step = loop {
            let begin = cursor.position();
            if self.state == State::Done {
                break ScanStep::EndOfSheet;
            }
            match self.token(&mut cursor).map_err(|flaw| flaw.shifted(self.offset))? {
                Some(Some(step)) => break step,
                Some(None) => {}
                None if is_last => return Err(FlawKind::Unfinished.at(input.len()).shifted(self.offset)),
                None => {
                    self.offset += begin as u64;
                    return Ok((begin, ScanStep::NeedsInput));
                }
            }
        };
        // A cell's text may be in the input, so only the bytes before it are consumed.
        let used = cursor.position();
        self.offset += used as u64;
        Ok((used, step))
    }

    /// The cell of the last [`ScanStep::Cell`]; `input` is what the step was given.
    ///
    /// # Errors
    ///
    /// Text that is not UTF-8.
    #[inline]
    pub fn cell<'a>(&'a self, input: &'a [u8]) -> Result<Cell<'a>, FormatViolation> {
        let ScannedCell { row, column, style, kind, ref place, has_formula, is_ambiguous, .. } = self.cell;
        let found = match place {
            _ if is_ambiguous => Value::Error(SEVERAL_VALUES),
            None => Value::Empty,
            Some(TextPlace::Scratch) => value(kind, &self.scratch),
            Some(TextPlace::Input(range)) => {
                let text = std::str::from_utf8(input.get(range.clone()).unwrap_or_default());
                value(kind, text.map_err(|_| FlawKind::Utf8.at(0).shifted(self.offset))?)
            }
        };
        // An empty text is a valid result of a formula; a missing value is not.
        let value = if has_formula && found == Value::Empty { Value::Uncalculated } else { found };
        Ok(Cell { row, column, style, value })
    }

    /// Passes the rows and cells of `input` to `visit` until it breaks: the number of bytes consumed, and
    /// why the scan ended. `is_last` and what follows [`ScanEnd::NeedsInput`] are as for [`SheetScanner::step`].
    ///
    /// # Errors
    ///
    /// A flaw ends the scan.
    pub fn scan(
        &mut self,
        input: &[u8],
        is_last: bool,
        mut visit: impl FnMut(SheetItem<'_>) -> ControlFlow<()>,
    ) -> Result<(usize, ScanEnd), FormatViolation> {
        let mut rest = input;
        let used = |rest: &[u8]| input.len() - rest.len();
        // Validated once for all cells, which are slices of it.
        let checked = valid(input);
        loop {
            // A single call site of the visitor, so that it is inlined into the loop.
            let item = match self.fast_item(rest, input.len(), checked)? {
                Some((item, after)) => {
                    rest = after;
                    item
                }
                None => {
                    let before = rest;
                    let (length, step) = self.step(rest, is_last)?;
                    rest = rest.get(length..).unwrap_or_default();
                    match step {
                        ScanStep::NeedsInput => return Ok((used(rest), ScanEnd::NeedsInput)),
                        ScanStep::EndOfSheet => return Ok((used(rest), ScanEnd::EndOfSheet)),
                        ScanStep::Row(row) => SheetItem::Row(row),
                        ScanStep::Cell => SheetItem::Cell(self.cell(before)?),
                    }
                }
            };
            if visit(item).is_break() {
                return Ok((used(rest), ScanEnd::Stopped));
            }
        }
    }

    /// The row or cell at the start of `rest` if it has one of the usual forms, and what follows. `rest` is the end of
    /// an input of `bytes` bytes, of which `checked` is the prefix that is valid UTF-8.
    #[inline(always)]
    fn fast_item<'a, 'input: 'a>(
        &'a mut self,
        rest: &'input [u8],
        bytes: usize,
        checked: &'input str,
    ) -> Result<Option<(SheetItem<'a>, &'input [u8])>, FormatViolation> {
        if self.state != State::Rows {
            return Ok(None);
        }
        let begin = self.offset;
        if let Some(fast_cell) = fast_path::cell(rest, &self.guess) {
            self.offset += (rest.len() - fast_cell.rest.len()) as u64;
            // The position of the value: the end tags and the rest follow it.
            let text = |raw: &[u8], end_bytes: usize| {
                let end = bytes - fast_cell.rest.len() - end_bytes;
                checked.get(end - raw.len()..end)
            };
            let cell = self.value_of_fast_cell(&fast_cell, text).map_err(|kind| kind.at(0).shifted(begin))?;
            return Ok(Some((SheetItem::Cell(cell), fast_cell.rest)));
        }
        let Some((row, after)) = fast_path::row(rest) else { return Ok(None) };
        self.offset += (rest.len() - after.len()) as u64;
        self.begin_row(row.number);
        Ok(Some((SheetItem::Row(row), after)))
    }

    #[inline(always)]
    fn value_of_fast_cell<'a>(
        &'a mut self,
        fast_cell: &FastCell<'a>,
        text: impl Fn(&[u8], usize) -> Option<&'a str>,
    ) -> Result<Cell<'a>, FlawKind> {
        let (row, column) = fast_cell.place.unwrap_or((self.row.max(1), self.column_next));
        if column >= limits::COLUMNS_MAX {
            return Err(FlawKind::Reference);
        }
        self.column_next = column + 1;
        self.guess.set(row, self.column_next);
        let value = match fast_cell.content {
            fast_path::CellContent::Nothing => Value::Empty,
            fast_path::CellContent::Shared(index) => Value::Shared(index),
            fast_path::CellContent::Raw(raw, _)
                if fast_path::may_be_encoded(fast_cell.kind) && is_encoded(raw, fast_cell.kind.form()) =>
            {
                self.scratch.clear();
                decode(raw, fast_cell.kind.form(), &mut self.scratch)?;
                value(fast_cell.kind, &self.scratch)
            }
            fast_path::CellContent::Raw(raw, end_bytes) => {
                // Bytes that are not UTF-8 may precede this cell in the same window.
                let unchecked = || std::str::from_utf8(raw).map_err(|_| FlawKind::Utf8);
                value(fast_cell.kind, text(raw, end_bytes).map_or_else(unchecked, Ok)?)
            }
        };
        Ok(Cell { row, column, style: fast_cell.style, value })
    }

    /// Reads a token and its content: `None` if it is incomplete, otherwise the step.
    #[inline]
    fn token(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Option<ScanStep>>, FormatViolation> {
        let begin = cursor.position();
        let Some(token) = cursor.next()? else { return Ok(None) };
        match (self.state, token) {
            (State::Rows, Token::Start(tag)) if tag.name == b"c" => {
                let cell = self.read_cell(cursor, &tag, begin)?;
                Ok(cell.map(|()| Some(ScanStep::Cell)))
            }
            (State::Rows, Token::Start(tag)) if tag.name == b"row" => {
                self.read_row(&tag).map(|row| Some(Some(ScanStep::Row(row)))).map_err(|kind| kind.at(begin))
            }
            (State::Rows, Token::End(b"sheetData")) => {
                self.state = State::Done;
                Ok(Some(None))
            }
            (State::Prolog, Token::Start(tag)) => {
                self.read_prolog(&tag).map(|()| Some(None)).map_err(|kind| kind.at(begin))
            }
            // A sheet without rows.
            (State::Prolog, Token::End(b"worksheet")) => {
                self.state = State::Done;
                Ok(Some(None))
            }
            _ => Ok(Some(None)),
        }
    }

    fn read_prolog(&mut self, tag: &Tag<'_>) -> Result<(), FlawKind> {
        match tag.name {
            b"dimension" => {
                let text = tag.attribute(b"ref")?.and_then(|area| std::str::from_utf8(area).ok());
                self.dimension = text.and_then(Area::parse);
            }
            b"sheetData" => self.state = if tag.is_empty { State::Done } else { State::Rows },
            b"chartsheet" | b"dialogsheet" | b"macrosheet" | b"workbook" | b"sst" | b"styleSheet" | b"html" => {
                return Err(FlawKind::NotAWorksheet);
            }
            _ => {}
        }
        Ok(())
    }

    fn read_row(&mut self, tag: &Tag<'_>) -> Result<RowStart, FlawKind> {
        let mut number = None;
        let mut is_hidden = false;
        let mut attributes = tag.attributes();
        while let Some((name, value)) = attributes.next()? {
            match name {
                b"r" => number = Some(reference::row(value).ok_or(FlawKind::Reference)?),
                b"hidden" => is_hidden = RowStart::hides(value),
                _ => {}
            }
        }
        let number = number.unwrap_or(self.row + 1);
        self.begin_row(number);
        if number > limits::ROWS_MAX {
            return Err(FlawKind::Reference);
        }
        Ok(RowStart { number, is_hidden })
    }

    #[inline]
    fn begin_row(&mut self, number: u32) {
        (self.row, self.column_next) = (number, 0);
        self.guess.set(number, 0);
    }

    #[inline]
    fn read_cell(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: &Tag<'_>,
        begin: usize,
    ) -> Result<Option<()>, FormatViolation> {
        let mut scanned = ScannedCell::new(self.row.max(1), self.column_next);
        scanned.read(tag).map_err(|kind| kind.at(begin))?;
        let mut is_open = !tag.is_empty;
        while is_open {
            let Some(token) = cursor.next()? else { return Ok(None) };
            let place = match token {
                Token::End(_) => {
                    is_open = false;
                    continue;
                }
                Token::Start(child) => {
                    scanned.has_formula |= child.name == b"f";
                    let is_value = child.name == b"is" || (child.name == b"v" && !scanned.is_inline);
                    match (child.is_empty, child.name) {
                        (true, _) if is_value => Some(TextPlace::Input(0..0)),
                        (true, _) => continue,
                        (false, b"is") => rich(cursor, &mut self.scratch)?,
                        (false, _) if is_value => plain(cursor, scanned.kind.form(), &mut self.scratch)?,
                        (false, _) => match skip(cursor)? {
                            Some(()) => continue,
                            None => None,
                        },
                    }
                    .map(|place| (place, child.name == b"is"))
                }
                Token::Text(_) | Token::Literal(_) => continue,
            };
            let Some((place, is_inline)) = place else { return Ok(None) };
            scanned.add(place, is_inline);
        }
        self.column_next = scanned.column + 1;
        self.cell = scanned;
        Ok(Some(()))
    }
}

impl ScannedCell {
    fn new(row: u32, column: u32) -> Self {
        let (has_formula, is_inline, is_ambiguous) = (false, false, false);
        ScannedCell { row, column, style: 0, kind: CellType::Number, place: None, has_formula, is_inline, is_ambiguous }
    }

    /// Stores a value. An empty value next to another one is ignored.
    #[inline]
    fn add(&mut self, place: TextPlace, is_inline: bool) {
        let is_empty = |place: &TextPlace| matches!(place, TextPlace::Input(range) if range.is_empty());
        let replaces = is_inline && self.kind == CellType::Inline && !self.is_inline;
        let known = self.place.as_ref().filter(|known| !replaces && !is_empty(known));
        if known.is_some() && is_empty(&place) {
            return;
        }
        self.is_ambiguous |= known.is_some();
        self.is_inline |= is_inline && self.kind == CellType::Inline;
        self.place = Some(place);
    }

    #[inline]
    fn read(&mut self, tag: &Tag<'_>) -> Result<(), FlawKind> {
        let mut attributes = tag.attributes();
        while let Some((name, value)) = attributes.next()? {
            match name {
                b"r" => (self.row, self.column) = reference::parse(value).ok_or(FlawKind::Reference)?,
                // A style that is not a number has no format; the value remains as written.
                b"s" => self.style = reference::integer(value).unwrap_or(u32::MAX),
                b"t" => self.kind = CellType::read(value),
                _ => {}
            }
        }
        if self.column < limits::COLUMNS_MAX { Ok(()) } else { Err(FlawKind::Reference) }
    }
}
