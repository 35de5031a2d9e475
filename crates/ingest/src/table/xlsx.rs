//! Excel workbooks through calamine's cell stream. With [`super::xlsx_cell`], the only file that knows calamine.
//!
//! Memory: the shared strings, [`BLOCKS_QUEUED_MAX`] blocks, and one that is being filled; never the sheet.
//!
//! calamine's cell reader borrows its workbook, so both live on a thread of their own, which also reads ahead while
//! rows are turned into batches. The thread says the header, waits for the selection, then sends blocks until the end
//! of the sheet or until the table is dropped. A panic in calamine becomes [`IngestError::ReaderPanic`].

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use matchflow_model::plan::{SheetChoice, XlsxFormat};

use super::{Selection, Table, rows_max, slots, xlsx_cell, xlsx_guard};
use crate::block::{Block, Kind, TextBlock};
use crate::error::IngestError;
use crate::file;
use crate::header::{Addressing, Header, collapse, columns};

const BLOCKS_QUEUED_MAX: usize = 2;
const FILE_BUFFER_BYTES: usize = 1 << 16;
/// How OLE containers begin: encrypted workbooks and `.xls`.
const OLE_MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const ZIP_MAGIC: [u8; 2] = *b"PK";

type Cells<'a> = XlsxCellReader<'a, BufReader<File>>;

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
        let workbook = open_zip(format)?;
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

/// Opens the file and looks at its first bytes: a zip archive is wanted.
fn open_zip(format: &XlsxFormat) -> Result<File, IngestError> {
    let file = file::name(&format.path);
    let mut handle = file::open(&format.path)?;
    let mut magic = Vec::new();
    let unreadable = |source| IngestError::Unreadable { file: file.clone(), source };
    handle.by_ref().take(OLE_MAGIC.len() as u64).read_to_end(&mut magic).map_err(unreadable)?;
    handle.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if magic == OLE_MAGIC {
        return Err(IngestError::Encrypted { file });
    }
    if !magic.starts_with(&ZIP_MAGIC) {
        return Err(IngestError::NotAWorkbook { file });
    }
    Ok(handle)
}

/// The side of the thread.
struct Sender<'a> {
    file: String,
    sender: &'a SyncSender<Result<Message, IngestError>>,
}

impl Sender<'_> {
    fn run(&self, mut handle: File, format: &XlsxFormat, selected: &Receiver<Selection>) -> Result<(), IngestError> {
        xlsx_guard::check(&mut handle, &self.file)?;
        let buffered = BufReader::with_capacity(FILE_BUFFER_BYTES, handle);
        let mut workbook: Xlsx<_> = Xlsx::new(buffered).map_err(|error| self.error(error))?;
        let sheets = workbook.sheets_metadata().to_vec();
        let sheet = self.choose(&sheets, &format.sheet)?;
        let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| self.error(error))?;
        let (row, names, next) = self.read_header(&mut cells, &sheet, format.header_row)?;
        let rows_end = u64::from(cells.dimensions().end.0) + 1;
        let header = Header {
            file: self.file.clone(),
            sheet,
            sheets: sheets.into_iter().map(|sheet| sheet.name).collect(),
            columns: columns(names.iter().map(|(position, name)| (*position, name.as_str()))),
            addressing: Addressing::Letters,
            rows_hint: rows_end.checked_sub(row).filter(|rows| *rows > 0),
        };
        if self.sender.send(Ok(Message::Header(header.clone()))).is_err() {
            return Ok(());
        }
        match selected.recv() {
            Ok(selection) => self.read_rows(&mut cells, &header, &selection, row, next),
            Err(_) => Ok(()),
        }
    }

    /// The header's row number, its texts by position, and the first cell after it.
    #[allow(clippy::type_complexity, reason = "three parts of one answer, used once")]
    fn read_header<'a>(
        &self,
        cells: &mut Cells<'a>,
        sheet: &str,
        wanted_row: Option<u32>,
    ) -> Result<(u64, Vec<(usize, String)>, Option<calamine::Cell<DataRef<'a>>>), IngestError> {
        let mut scratch = String::new();
        let mut names = Vec::new();
        let mut header_row = wanted_row.map(u64::from);
        let mut any = false;
        let next = loop {
            let Some(cell) = cells.next_cell().map_err(|error| self.error(error))? else { break None };
            let (row, position) = place(&cell);
            let (_, text) = xlsx_cell::text(cell.get_value(), &mut scratch);
            if text.trim().is_empty() {
                continue;
            }
            any = true;
            match header_row {
                Some(header) if row < header => {}
                Some(header) if row > header => break Some(cell),
                _ => {
                    header_row = Some(row);
                    names.push((position, text.to_owned()));
                }
            }
        };
        let (file, sheet) = (self.file.clone(), sheet.to_owned());
        match header_row {
            Some(row) if !names.is_empty() => Ok((row, names, next)),
            Some(row) if any => Err(IngestError::NoHeader { file, sheet, row }),
            _ => Err(IngestError::EmptySheet { file, sheet }),
        }
    }

    fn read_rows<'a>(
        &self,
        cells: &mut Cells<'a>,
        header: &Header,
        selection: &Selection,
        header_row: u64,
        mut next: Option<calamine::Cell<DataRef<'a>>>,
    ) -> Result<(), IngestError> {
        let slots = slots(header, selection);
        let rows_max = rows_max(selection);
        let mut block = TextBlock::new(selection.columns.len());
        let mut scratch = String::new();
        let mut row_last = header_row;
        while let Some(cell) = next {
            let (row, position) = place(&cell);
            let (kind, text) = xlsx_cell::text(cell.get_value(), &mut scratch);
            if kind != Kind::Empty && !text.trim().is_empty() {
                if row != row_last {
                    if block.is_full(rows_max) {
                        let full = std::mem::replace(&mut block, TextBlock::new(selection.columns.len()));
                        if self.sender.send(Ok(Message::Block(full))).is_err() {
                            return Ok(());
                        }
                    }
                    block.blank_rows += row.saturating_sub(row_last + 1);
                    block.push_row(row);
                    row_last = row;
                }
                if let Some(Some(slot)) = slots.get(position) {
                    block.set(*slot, kind, text);
                }
            }
            next = cells.next_cell().map_err(|error| self.error(error))?;
        }
        let _ = self.sender.send(Ok(Message::Block(block)));
        Ok(())
    }

    fn choose(&self, sheets: &[Sheet], choice: &SheetChoice) -> Result<String, IngestError> {
        let names = || sheets.iter().map(|sheet| sheet.name.clone()).collect();
        let visible = |sheet: &&Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
        let (found, wanted) = match choice {
            SheetChoice::First => {
                let first = sheets.iter().find(visible).map(|sheet| sheet.name.clone());
                return first.ok_or_else(|| IngestError::NoVisibleSheet { file: self.file.clone(), sheets: names() });
            }
            SheetChoice::Name(name) => {
                let folded = collapse(name).to_lowercase();
                let exact = sheets.iter().find(|sheet| sheet.name == *name);
                let alike = || sheets.iter().find(|sheet| collapse(&sheet.name).to_lowercase() == folded);
                (exact.or_else(alike), format!("`{name}`"))
            }
            SheetChoice::Position(number) => {
                (number.checked_sub(1).and_then(|index| sheets.get(index)), format!("number {number}"))
            }
        };
        let missing = || IngestError::SheetNotFound { file: self.file.clone(), wanted, sheets: names() };
        found.map(|sheet| sheet.name.clone()).ok_or_else(missing)
    }

    fn error(&self, error: XlsxError) -> IngestError {
        let file = self.file.clone();
        match error {
            XlsxError::Password => IngestError::Encrypted { file },
            XlsxError::Zip(error) => IngestError::CutWorkbook { file, reason: error.to_string() },
            XlsxError::Io(error) => IngestError::CutWorkbook { file, reason: error.to_string() },
            other => IngestError::Workbook { file, reason: other.to_string() },
        }
    }
}

/// The row as the sheet numbers it, from 1, and the column from 0.
fn place(cell: &calamine::Cell<DataRef<'_>>) -> (u64, usize) {
    let (row, column) = cell.get_position();
    (u64::from(row) + 1, column as usize)
}
