//! Turns cells into a header and blocks: fed by every reader of workbooks, on its own thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use matchflow_xlsx::Area;
use matchflow_xlsx::limits::TEXT_UNITS_MAX;

use super::header::{EarlyCell, HeaderSearch};
use super::merged::MergedAreas;
use super::rows::{RowAssembler, TableShape};
use super::{CellValue, IncomingCell, StoredValue};
use crate::block::{CellKind, TextBlock};
use crate::error::IngestError;
use crate::faults::RAW_CHARACTERS_MAX;
use crate::header::{AddressForm, ColumnSource, Header, columns};
use crate::read_counts::ReadCounts;
use crate::strings::{StringTable, is_too_long};
use crate::table::{ColumnSelection, HeaderChoice, HiddenRows, Totals};
use crate::trim::{cut, is_blank};

/// Messages from a reader's thread, in this order.
pub(crate) enum ReaderMessage {
    Header(Header),
    Block(TextBlock),
    End,
}

/// The channels of a reader's thread: messages out, the selected columns in.
pub(crate) struct BlockSender<'a> {
    pub(crate) sender: &'a SyncSender<Result<ReaderMessage, IngestError>>,
    pub(crate) selected: &'a Receiver<ColumnSelection>,
}

/// What to read from a workbook, and how.
pub(crate) struct SheetSpec {
    pub(crate) file: String,
    pub(crate) sheet: String,
    /// All sheets, including hidden ones.
    pub(crate) sheets: Vec<String>,
    pub(crate) area: Area,
    pub(crate) header: HeaderChoice,
    /// The header, if the file does not show it: then all rows are records.
    pub(crate) names: Option<Vec<(usize, String)>>,
    pub(crate) hidden: HiddenRows,
    pub(crate) totals: Totals,
    pub(crate) strings: Option<Arc<StringTable>>,
    pub(crate) merged: MergedAreas,
    /// Remarks on how the file is read.
    pub(crate) notes: Vec<String>,
}

/// Takes the cells of a sheet in the order of the file.
pub(crate) struct CellIntake<'a> {
    block_sender: BlockSender<'a>,
    spec: SheetSpec,
    is_hidden: bool,
    rows_hint: Option<u32>,
    phase: Phase,
    read_counts: ReadCounts,
}

enum Phase {
    Header(HeaderSearch),
    Rows(Box<RowAssembler>),
    /// The receiver is gone.
    Over,
}

impl<'a> CellIntake<'a> {
    pub(crate) fn new(spec: SheetSpec, block_sender: BlockSender<'a>) -> Self {
        let phase = Phase::Header(HeaderSearch::new(spec.header.clone(), spec.strings.clone()));
        CellIntake { block_sender, spec, is_hidden: false, rows_hint: None, phase, read_counts: ReadCounts::default() }
    }

    /// Starts a row.
    pub(crate) fn row(&mut self, is_hidden: bool) {
        self.is_hidden = is_hidden;
        if let Phase::Rows(rows) = &mut self.phase {
            rows.row();
        }
    }

    /// The last row according to the file's metadata; often wrong.
    pub(crate) fn hint(&mut self, last_row: Option<u32>) {
        self.rows_hint = last_row;
    }

    /// Adds a cell; returns false if no more are needed.
    #[inline(always)]
    pub(crate) fn cell(&mut self, cell: &IncomingCell<'_>) -> Result<bool, IngestError> {
        if let Phase::Rows(rows) = &mut self.phase
            && rows.take_usual(cell)
        {
            return Ok(true);
        }
        self.any_cell(cell)
    }

    // Kept out of line, so that the fast path is inlined.
    #[inline(never)]
    fn any_cell(&mut self, cell: &IncomingCell<'_>) -> Result<bool, IngestError> {
        let says = match cell.value {
            CellValue::Shared(index) => match self.spec.strings.as_ref().and_then(|strings| strings.says(index)) {
                Some(says) => says,
                None => return self.unknown_string(cell, index),
            },
            CellValue::Text(kind, text) => kind != CellKind::Empty && !is_blank(text),
        };
        if !says {
            return Ok(true);
        }
        let is_long = match cell.value {
            CellValue::Shared(index) => self.spec.strings.as_ref().is_some_and(|strings| strings.is_long(index)),
            CellValue::Text(_, text) => is_too_long(text),
        };
        if is_long {
            return self.too_long(cell);
        }
        if let CellValue::Shared(index) = cell.value
            && let Some(strings) = self.spec.strings.clone()
            && let Some(text) = strings.edited(index)
        {
            return self.any_cell(&IncomingCell { value: CellValue::Text(CellKind::Text, &text), ..*cell });
        }
        match &mut self.phase {
            Phase::Rows(rows) if self.spec.area.contains(cell.row, cell.column) => {
                let sender = self.block_sender.sender;
                Ok(rows.take(cell, self.is_hidden, &mut |block| sender.send(Ok(ReaderMessage::Block(block))).is_ok()))
            }
            Phase::Rows(rows) => {
                rows.pass_over();
                Ok(true)
            }
            Phase::Header(_) => self.early(cell),
            Phase::Over => Ok(false),
        }
    }

    #[cold]
    fn unknown_string(&mut self, cell: &IncomingCell<'_>, index: u32) -> Result<bool, IngestError> {
        let text = format!("shared string {index}, which the workbook lacks");
        self.cell(&IncomingCell { value: CellValue::Text(CellKind::Error, &text), ..*cell })
    }

    #[cold]
    fn too_long(&mut self, cell: &IncomingCell<'_>) -> Result<bool, IngestError> {
        let strings = self.spec.strings.clone();
        let start = cut(cell.value.resolve(strings.as_deref()).text, RAW_CHARACTERS_MAX);
        let text = format!("a text of more than {TEXT_UNITS_MAX} characters: {start}");
        self.cell(&IncomingCell { value: CellValue::Text(CellKind::Error, &text), ..*cell })
    }

    #[cold]
    fn early(&mut self, cell: &IncomingCell<'_>) -> Result<bool, IngestError> {
        if !self.spec.area.contains(cell.row, cell.column) {
            self.read_counts.read += 1;
            self.read_counts.outside += 1;
            return Ok(true);
        }
        let stored = StoredValue::new(cell.value);
        let early = EarlyCell { row: cell.row, is_hidden: self.is_hidden, column: cell.column, stored };
        let is_known = match &mut self.phase {
            Phase::Header(search) => search.push(early, &self.spec.merged),
            _ => false,
        };
        // Without a header to search, the first cell belongs to a record.
        if is_known || self.spec.names.is_some() { self.begin() } else { Ok(true) }
    }

    /// Sends the header, receives the selected columns, and continues with the buffered cells.
    fn begin(&mut self) -> Result<bool, IngestError> {
        let Phase::Header(search) = std::mem::replace(&mut self.phase, Phase::Over) else { return Ok(false) };
        let mut found = match self.spec.names.take() {
            Some(names) => search.without_header(self.spec.area.first_row - 1, names),
            None => search.finish(&self.spec.merged),
        };
        let header = self.header(found.header.take())?;
        let (row, below) = (header.1, found.below);
        if self.block_sender.sender.send(Ok(ReaderMessage::Header(header.0))).is_err() {
            return Ok(false);
        }
        let Ok(columns) = self.block_sender.selected.recv() else { return Ok(false) };
        let shape =
            TableShape { columns, sheet: self.spec.sheet.clone(), hidden: self.spec.hidden, totals: self.spec.totals };
        self.read_counts.read += found.cells_above;
        self.read_counts.outside += found.cells_above;
        let merged = std::mem::take(&mut self.spec.merged);
        let rows = RowAssembler::new(shape, self.spec.strings.clone(), merged, row, self.read_counts);
        self.phase = Phase::Rows(Box::new(rows));
        let is_hidden = self.is_hidden;
        for early in below {
            self.is_hidden = early.is_hidden;
            let value = early.stored.value();
            if !self.cell(&IncomingCell { row: early.row, column: early.column, value })? {
                return Ok(false);
            }
        }
        self.is_hidden = is_hidden;
        Ok(true)
    }

    fn header(&self, found: Option<(u32, Vec<(usize, String)>)>) -> Result<(Header, u32), IngestError> {
        let (file, sheet) = (self.spec.file.clone(), self.spec.sheet.clone());
        let Some((row, names)) = found else { return Err(IngestError::EmptySheet { file, sheet }) };
        let columns = columns(names.iter().map(|(position, name)| (*position, name.as_str())));
        if columns.is_empty() {
            return Err(IngestError::NoHeader { file, sheet, row: u64::from(row) });
        }
        let last = self.rows_hint.map(|last| last.min(self.spec.area.last_row));
        let header = Header {
            sheet,
            sheets: self.spec.sheets.clone(),
            header_row: Some(u64::from(row)).filter(|_| row >= self.spec.area.first_row),
            rows_hint: last.and_then(|last| last.checked_sub(row)).filter(|rows| *rows > 0).map(u64::from),
            width: self.spec.area.last_column as usize + 1,
            extras: match self.spec.hidden {
                HiddenRows::Flag => &[ColumnSource::Sheet, ColumnSource::Row, ColumnSource::Hidden],
                HiddenRows::Include | HiddenRows::Skip => &[ColumnSource::Sheet, ColumnSource::Row],
            },
            notes: self.spec.notes.clone(),
            ..Header::new(file, AddressForm::Letters, columns)
        };
        Ok((header, row))
    }

    /// Ends the sheet.
    pub(crate) fn finish(mut self) -> Result<(), IngestError> {
        if matches!(self.phase, Phase::Header(_)) && !self.begin()? {
            return Ok(());
        }
        if let Phase::Rows(rows) = self.phase {
            // Fails if the table was dropped.
            let _ = self.block_sender.sender.send(Ok(ReaderMessage::Block(rows.finish())));
        }
        Ok(())
    }
}
