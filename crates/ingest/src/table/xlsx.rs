//! Excel workbooks through `matchflow-xlsx`. With [`super::xlsx_cell`], the only file that knows it.
//!
//! Memory: the shared strings, [`BLOCKS_QUEUED_MAX`] blocks, and one that is being filled; never the sheet.
//!
//! A thread of its own inflates and scans the sheet into blocks while the caller's turns blocks into batches. It says
//! the header, waits for the selection, then sends blocks until the end of the sheet or until the table is dropped.

use std::fs::File;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use matchflow_model::plan::{SheetChoice, XlsxFormat};
use matchflow_xlsx::{Item, Sheet, SheetKind, Visibility, Workbook, XlsxError};

use super::{Selection, Table, rows_max, slots, xlsx_cell};
use crate::block::{Block, Fault, Kind, TextBlock};
use crate::error::IngestError;
use crate::file;
use crate::header::{Addressing, Header, collapse, columns};

const BLOCKS_QUEUED_MAX: usize = 2;

enum Message {
    Header(Header),
    Block(TextBlock),
    End,
}

/// A sheet of a workbook, read on a thread of its own.
pub(super) struct XlsxTable {
    header: Header,
    selection: SyncSender<Selection>,
    messages: Receiver<Result<Message, IngestError>>,
    ended: bool,
}

impl XlsxTable {
    pub(super) fn open(format: &XlsxFormat) -> Result<Self, IngestError> {
        let file = file::name(&format.path);
        let workbook = file::open(&format.path)?;
        let (selection, selected) = sync_channel(1);
        let (sender, messages) = sync_channel(BLOCKS_QUEUED_MAX);
        let thread_format = format.clone();
        let run = move || {
            let file = file::name(&thread_format.path);
            let read = || Sender { file: file.clone(), sender: &sender }.run(workbook, &thread_format, &selected);
            let last = file::guard(&file, read).map(|()| Message::End);
            // A table that was dropped listens no more.
            let _ = sender.send(last);
        };
        std::thread::Builder::new()
            .name("xlsx".to_owned())
            .spawn(run)
            .map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
        match messages.recv() {
            Ok(Ok(Message::Header(header))) => Ok(XlsxTable { header, selection, messages, ended: false }),
            Ok(Err(error)) => Err(error),
            Ok(Ok(Message::Block(_) | Message::End)) | Err(_) => Err(stopped(file)),
        }
    }
}

impl Table for XlsxTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        // Where the thread is gone, its error is in the queue and comes with the first block.
        let _ = self.selection.send(selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        if self.ended {
            return Ok(None);
        }
        match self.messages.recv() {
            Ok(Ok(Message::Block(block))) => return Ok(Some(Block::Text(block))),
            Ok(Ok(Message::Header(_))) | Err(_) => Err(stopped(self.header.file.clone())),
            Ok(Ok(Message::End)) => Ok(None),
            Ok(Err(error)) => Err(error),
        }
        .inspect(|_| self.ended = true)
        .inspect_err(|_| self.ended = true)
    }
}

fn stopped(file: String) -> IngestError {
    IngestError::Workbook { file, reason: "its reader stopped early".to_owned() }
}

/// The side of the thread.
struct Sender<'a> {
    file: String,
    sender: &'a SyncSender<Result<Message, IngestError>>,
}

impl Sender<'_> {
    fn run(&self, handle: File, format: &XlsxFormat, selected: &Receiver<Selection>) -> Result<(), IngestError> {
        let mut workbook = Workbook::open(handle).map_err(|error| self.error(error))?;
        let sheets = workbook.sheets().to_vec();
        let (index, sheet) = self.choose(&sheets, &format.sheet)?;
        let (mut reader, tables) = workbook.sheet(index).map_err(|error| self.error(error))?;
        let mut names = Names { row: format.header_row.map(u64::from), texts: Vec::new(), any: false };
        let mut rows: Option<Rows<'_>> = None;
        let mut scratch = String::new();
        loop {
            let hint = reader.rows_hint();
            let Some(item) = reader.next_item().map_err(|error| self.error(error))? else { break };
            let Item::Cell(cell) = item else { continue };
            let (kind, text) = xlsx_cell::text(&cell, tables, &mut scratch);
            if kind == Kind::Empty || text.trim().is_empty() {
                continue;
            }
            let (row, position) = (u64::from(cell.row), cell.column as usize);
            if rows.is_none() {
                if names.take(row, position, text) {
                    continue;
                }
                let header = self.header(&sheet, &sheets, &names, hint)?;
                let Some(begun) = self.begin(header, selected, names.row) else { return Ok(()) };
                rows = Some(begun);
            }
            if rows.as_mut().is_some_and(|rows| !rows.take(row, position, kind, text)) {
                return Ok(());
            }
        }
        let hint = reader.rows_hint();
        let rows = match rows {
            Some(rows) => Some(rows),
            None => self.begin(self.header(&sheet, &sheets, &names, hint)?, selected, names.row),
        };
        rows.into_iter().for_each(|rows| rows.finish());
        Ok(())
    }

    fn header(&self, sheet: &str, all: &[Sheet], names: &Names, hint: Option<u32>) -> Result<Header, IngestError> {
        let (file, sheet) = (self.file.clone(), sheet.to_owned());
        match names.row {
            Some(row) if !names.texts.is_empty() => Ok(Header {
                file,
                sheet,
                sheets: all.iter().map(|sheet| sheet.name.clone()).collect(),
                columns: columns(names.texts.iter().map(|(position, name)| (*position, name.as_str()))),
                addressing: Addressing::Letters,
                rows_hint: hint.and_then(|last| u64::from(last).checked_sub(row)).filter(|rows| *rows > 0),
            }),
            Some(row) if names.any => Err(IngestError::NoHeader { file, sheet, row }),
            _ => Err(IngestError::EmptySheet { file, sheet }),
        }
    }

    /// Says the header and waits for the selection; `None` where nobody listens.
    fn begin(&self, header: Header, selected: &Receiver<Selection>, row: Option<u64>) -> Option<Rows<'_>> {
        self.sender.send(Ok(Message::Header(header.clone()))).ok()?;
        let selection = selected.recv().ok()?;
        Some(Rows {
            sender: self.sender,
            slots: slots(&header, &selection),
            rows_max: rows_max(&selection),
            block: TextBlock::new(selection.columns.len()),
            columns: selection.columns,
            row_last: row.unwrap_or(0),
        })
    }

    fn choose(&self, sheets: &[Sheet], choice: &SheetChoice) -> Result<(usize, String), IngestError> {
        let names = || sheets.iter().map(|sheet| sheet.name.clone()).collect();
        let (found, wanted) = match choice {
            SheetChoice::First => {
                let is_shown =
                    |sheet: &Sheet| sheet.kind == SheetKind::Worksheet && sheet.visibility == Visibility::Visible;
                let first = sheets.iter().position(is_shown);
                let none = || IngestError::NoVisibleSheet { file: self.file.clone(), sheets: names() };
                (Some(first.ok_or_else(none)?), String::new())
            }
            SheetChoice::Name(name) => {
                let folded = collapse(name).to_lowercase();
                let exact = sheets.iter().position(|sheet| sheet.name == *name);
                let alike = || sheets.iter().position(|sheet| collapse(&sheet.name).to_lowercase() == folded);
                (exact.or_else(alike), format!("`{name}`"))
            }
            SheetChoice::Position(number) => (number.checked_sub(1), format!("number {number}")),
        };
        let found = found.and_then(|index| Some((index, sheets.get(index)?.name.clone())));
        found.ok_or_else(|| IngestError::SheetNotFound { file: self.file.clone(), wanted, sheets: names() })
    }

    fn error(&self, error: XlsxError) -> IngestError {
        let file = self.file.clone();
        match error {
            XlsxError::Io { source } => IngestError::Unreadable { file, source },
            XlsxError::Encrypted => IngestError::Encrypted { file },
            XlsxError::NotAnArchive => IngestError::NotAWorkbook { file },
            XlsxError::Cut { .. }
            | XlsxError::Inflate { .. }
            | XlsxError::Length { .. }
            | XlsxError::Checksum { .. } => IngestError::CutWorkbook { file, reason: error.to_string() },
            other => IngestError::Workbook { file, reason: other.to_string() },
        }
    }
}

/// The header's row, being read: the one that the plan says, else the first that says anything.
struct Names {
    row: Option<u64>,
    texts: Vec<(usize, String)>,
    any: bool,
}

impl Names {
    /// Takes a cell; false where it lies beyond the header.
    fn take(&mut self, row: u64, position: usize, text: &str) -> bool {
        self.any = true;
        let header = *self.row.get_or_insert(row);
        if row == header {
            self.texts.push((position, text.to_owned()));
        }
        row <= header
    }
}

/// The rows under the header, being read.
struct Rows<'a> {
    sender: &'a SyncSender<Result<Message, IngestError>>,
    slots: Vec<Option<usize>>,
    columns: Vec<usize>,
    rows_max: usize,
    block: TextBlock,
    row_last: u64,
}

impl Rows<'_> {
    /// Takes a cell that says something; false where nobody listens.
    #[inline]
    fn take(&mut self, row: u64, position: usize, kind: Kind, text: &str) -> bool {
        if row != self.row_last {
            if self.block.is_full(self.rows_max) {
                let another = self.block.another();
                let full = std::mem::replace(&mut self.block, another);
                if self.sender.send(Ok(Message::Block(full))).is_err() {
                    return false;
                }
            }
            self.block.blank_rows += row.saturating_sub(self.row_last + 1);
            self.block.push_row(row);
            self.row_last = row;
        }
        if let Some(slot) = self.slots.get(position).copied().flatten() {
            self.note_repetition(slot);
            self.block.set(slot, kind, text);
        }
        true
    }

    /// A cell that the sheet has twice: the later one counts, the earlier one is a fault of the row.
    #[inline]
    fn note_repetition(&mut self, slot: usize) {
        let earlier = self.block.last(slot);
        if earlier.kind != Kind::Empty {
            let (raw, wanted) = (earlier.text.to_owned(), "a cell that the sheet has once".to_owned());
            let row = self.block.rows().saturating_sub(1);
            self.block.faults.push(Fault { row, column: self.columns.get(slot).copied(), raw, wanted });
        }
    }

    fn finish(self) {
        // A table that was dropped listens no more.
        let _ = self.sender.send(Ok(Message::Block(self.block)));
    }
}
