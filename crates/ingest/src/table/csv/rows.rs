//! Turns the rows of a file into blocks of records.

use std::path::Path;

use matchflow_model::expectation::Expectation;

use super::broken_rows::{PieceCount, ShortRows, count_pieces};
use super::dialect::{FoundDialect, KnownDialect, find_dialect, is_name, separator_line};
use super::guards::unguarded;
use super::lexer::Dialect;
use super::row::{RowCondition, RowReader, RowReading, RowWidth, has_more};
use super::{CsvOptions, QuoteChoice, ROW_BYTES_MAX};
use crate::block::{Block, CellKind, TextBlock, TextCell};
use crate::compression::{TableBytes, read_error};
use crate::error::IngestError;
use crate::faults::RAW_CHARACTERS_MAX;
use crate::file;
use crate::header::{AddressForm, ColumnSource, Header, HeaderColumn, columns};
use crate::read_counts::ReadCounts;
use crate::sheet::TotalsGuess;
use crate::table::encoding::{DecodedText, choose};
use crate::table::{ColumnSelection, Selection, Table, Totals};
use crate::trim::{cut, is_blank, trim};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The rows of a file, in order.
pub(super) struct CsvRows {
    file: String,
    text: DecodedText,
    reader: RowReader,
    dialect: Dialect,
    width: Option<RowWidth>,
    /// The number of the last consumed row.
    row: u64,
}

impl CsvRows {
    /// Opens the file and detects its dialect and its header row.
    pub(super) fn open(path: &Path, options: &CsvOptions) -> Result<(Self, Option<u64>), IngestError> {
        let encoding = choose(path, options.encoding.as_deref())?;
        let dialect = Dialect { delimiter: b',', quote: None, return_ends_rows: false };
        let (reader, text) = (RowReader::default(), DecodedText::new(TableBytes::open(path)?, encoding));
        let mut rows = CsvRows { file: file::name(path), text, reader, dialect, width: None, row: 0 };
        rows.extend()?;
        let mut known = KnownDialect {
            delimiter: options.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok()),
            quote: options.quote.map(QuoteChoice::character),
        };
        if let Some((delimiter, length)) = separator_line(rows.text.rest()) {
            known.delimiter = known.delimiter.or(Some(delimiter));
            rows.text.consume(length);
            rows.row = 1;
        }
        loop {
            let (rest, is_complete) = (rows.text.rest(), rows.text.is_complete());
            let found = find_dialect(rest, is_complete, rows.row + 1, known, &options.header);
            if let Some(FoundDialect { dialect, header }) = found {
                rows.dialect = dialect;
                return Ok((rows, header));
            }
            if is_complete {
                return Err(IngestError::NoHeader { file: rows.file, sheet: String::new(), row: 1 });
            }
            rows.extend()?;
        }
    }

    fn extend(&mut self) -> Result<(), IngestError> {
        if self.text.rest().len() > ROW_BYTES_MAX {
            return Err(self.too_long());
        }
        self.text.extend().map_err(|source| read_error(&self.file, source))
    }

    fn too_long(&self) -> IngestError {
        IngestError::RecordTooLong { file: self.file.clone(), row: self.number(), bytes_max: ROW_BYTES_MAX as u64 }
    }

    /// Reads the row after the last consumed one; `None` at the end of the file.
    #[inline]
    pub(super) fn read(&mut self) -> Result<Option<RowCondition>, IngestError> {
        loop {
            let (rest, is_complete) = (self.text.rest(), self.text.is_complete());
            if rest.is_empty() && is_complete {
                return Ok(None);
            }
            // Files joined end to end keep their byte-order marks.
            if rest.starts_with(BYTE_ORDER_MARK) {
                self.text.consume(BYTE_ORDER_MARK.len_utf8());
                continue;
            }
            match self.reader.read(rest, is_complete, self.dialect, self.width) {
                RowReading::Row(_) if self.reader.cells.length > ROW_BYTES_MAX => return Err(self.too_long()),
                RowReading::Row(condition) => return Ok(Some(condition)),
                RowReading::More => self.extend()?,
                RowReading::Unclosed if rest.len() > ROW_BYTES_MAX => return Err(self.too_long()),
                RowReading::Unclosed => return Err(self.unclosed()),
            }
        }
    }

    /// The number of pieces of the broken row that begins with the current row; `None` if it is not a piece.
    fn count_pieces(&mut self, width: RowWidth) -> Result<Option<usize>, IngestError> {
        loop {
            let (rest, is_complete) = (self.text.rest(), self.text.is_complete());
            match count_pieces(rest, is_complete, self.dialect, width) {
                PieceCount::Pieces(pieces) => return Ok(Some(pieces)),
                PieceCount::Whole => return Ok(None),
                PieceCount::More if rest.len() > ROW_BYTES_MAX => return Ok(None),
                PieceCount::More => self.extend()?,
            }
        }
    }

    fn unclosed(&self) -> IngestError {
        let line = self.text.rest().lines().next().unwrap_or_default();
        let start = cut(line, RAW_CHARACTERS_MAX).to_owned();
        IngestError::UnclosedQuote { file: self.file.clone(), row: self.number(), start }
    }

    /// The number of the current row.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.row + 1
    }

    /// The cells of the current row.
    #[inline]
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.reader.cells.iter(self.text.rest())
    }

    /// The current row as written in the file.
    fn raw(&self) -> &str {
        self.text.rest().get(..self.reader.cells.length).unwrap_or_default()
    }

    /// Consumes the current row.
    #[inline]
    pub(super) fn advance(&mut self) {
        self.text.consume(self.reader.cells.length);
        self.row += 1;
    }

    fn is_blank(&self) -> bool {
        self.cells().all(is_blank)
    }
}

/// A file as a table.
pub(super) struct CsvTable {
    header: Header,
    rows: CsvRows,
    width: RowWidth,
    /// The header as written in the file.
    names: Vec<String>,
    /// Cells of the header and above it, until added to the first block.
    read_counts: ReadCounts,
    selected: ColumnSelection,
    totals: Totals,
    /// What the last row looks like, and its cells.
    totals_guess: TotalsGuess,
    row_cells: ReadCounts,
    /// Blank rows since the last record.
    blank_rows: u64,
    short_rows: ShortRows,
    /// An error to be returned after the block that was returned last.
    failure: Option<IngestError>,
}

impl CsvTable {
    pub(super) fn open(path: &Path, options: &CsvOptions) -> Result<Self, IngestError> {
        let (mut rows, header_row) = CsvRows::open(path, options)?;
        let header =
            Header { extras: &[ColumnSource::Row], ..Header::new(rows.file.clone(), AddressForm::Names, vec![]) };
        let mut read_counts = ReadCounts::default();
        loop {
            let no_header = |row| IngestError::NoHeader { file: header.file.clone(), sheet: String::new(), row };
            let Some(condition) = rows.read()? else { return Err(no_header(header_row.unwrap_or(1))) };
            let filled = rows.cells().filter(|text| !is_blank(text)).count() as u64;
            read_counts.read += filled;
            read_counts.outside += filled;
            let is_header = match header_row {
                Some(row) => row == rows.number(),
                None => rows.cells().any(is_name),
            };
            if !is_header {
                rows.advance();
                continue;
            }
            if matches!(condition, RowCondition::LeftOpen | RowCondition::Unreadable) {
                return Err(rows.unclosed());
            }
            let names: Vec<String> = rows.cells().map(|text| trim(&unguarded(text)).to_owned()).collect();
            let columns = columns(names.iter().map(String::as_str).enumerate());
            let last = columns.iter().filter_map(HeaderColumn::position).max();
            let Some(least) = last.map(|last| last + 1) else { return Err(no_header(rows.number())) };
            let width = RowWidth { least, most: names.len() };
            let header_row = Some(rows.number());
            let header = Header { named: columns.len(), columns, width: width.most, header_row, ..header };
            rows.advance();
            rows.width = Some(width);
            return Ok(CsvTable {
                header,
                rows,
                width,
                names,
                read_counts,
                selected: ColumnSelection::default(),
                totals: options.totals,
                totals_guess: TotalsGuess::Empty,
                row_cells: ReadCounts::default(),
                blank_rows: 0,
                short_rows: ShortRows::default(),
                failure: None,
            });
        }
    }

    /// Adds the current row as a record. `pieces`: the number of its pieces if it is the first of a broken row.
    fn push_row(&mut self, condition: RowCondition, pieces: Option<usize>, block: &mut TextBlock) {
        let number = self.rows.number();
        let cells = &self.rows.reader.cells;
        if self.width.least > 1 && self.repeats_header() {
            let filled = self.rows.cells().filter(|text| !is_blank(text)).count() as u64;
            block.read_counts.read += filled;
            block.read_counts.outside += filled;
            block.irregular.repeated_headers.add(number);
            return;
        }
        if condition == RowCondition::Unreadable {
            block.irregular.unreadable.add(number);
            return self.push_without_cells(block, Expectation::QuotesDoubled { cells: self.width.most as u64 });
        }
        if has_more(cells, self.rows.text.rest(), self.width) {
            block.irregular.long.add(number);
            return self.push_without_cells(block, Expectation::CellsMax { cells: self.width.most as u64 });
        }
        if cells.len() < self.width.least {
            block.irregular.short.add(number);
            if let Some(first) = self.short_rows.add(number, || pieces) {
                block.irregular.unreadable.add(number);
                let expected = Expectation::WholeRow { cells: self.width.most as u64, first_row: first };
                return self.push_without_cells(block, expected);
            }
        }
        self.push_cells(block);
        match condition {
            RowCondition::Repaired => block.irregular.quotes.add(number),
            RowCondition::LeftOpen => {
                block.irregular.quotes.add(number);
                let slot = self.rows.reader.cells.open.and_then(|position| self.selected.slot(position));
                block.fault(number, slot, self.rows.raw(), Expectation::QuoteClosed, 0);
            }
            RowCondition::Sound | RowCondition::Unreadable => {}
        }
    }

    fn push_cells(&mut self, block: &mut TextBlock) {
        let number = self.rows.number();
        self.selected.push_row(block, "", number, false);
        let is_damaged = self.rows.text.is_damaged;
        for (position, text) in self.rows.cells().enumerate() {
            let text = unguarded(text);
            if is_blank(&text) {
                continue;
            }
            if let Some(slot) = self.selected.fill(block, position, CellKind::Text, &text)
                && is_damaged
                && text.contains(char::REPLACEMENT_CHARACTER)
            {
                block.fault(number, Some(slot), &text, Expectation::Encoding, 0);
            }
        }
    }

    /// Adds a record whose cells are only in the reject.
    fn push_without_cells(&self, block: &mut TextBlock, expected: Expectation) {
        let number = self.rows.number();
        self.selected.push_row(block, "", number, false);
        let filled = self.rows.cells().filter(|text| !is_blank(text)).count() as u64;
        block.read_counts.read += filled;
        block.fault(number, None, self.rows.raw(), expected, filled);
    }

    fn repeats_header(&self) -> bool {
        self.rows.cells().zip(&self.names).all(|(text, name)| trim(text) == name)
            && self.rows.reader.cells.len() == self.names.len()
    }

    /// At the end of the file: removes a last row of totals or reports it, depending on the plan.
    fn finish_totals(&mut self, block: &mut TextBlock) {
        if !std::mem::take(&mut self.totals_guess).is_totals() || block.rows() == 0 {
            return;
        }
        if self.totals == Totals::Include {
            block.totals_row = block.last_number();
            return;
        }
        block.pop_row();
        block.left_out_rows += 1;
        block.read_counts.outside += self.row_cells.read - self.row_cells.outside;
        block.read_counts.filled -= self.row_cells.filled;
    }

    fn guess_totals(&self) -> TotalsGuess {
        let cells = || self.rows.cells().map(trim).filter(|text| !text.is_empty());
        // First letters of the words for totals: most rows need no further check.
        if !cells().next().is_some_and(|text| text.starts_with(['t', 'T', 's', 'S', 'g', 'G'])) {
            return TotalsGuess::Record;
        }
        cells().fold(TotalsGuess::Empty, |guess, text| guess.and(TextCell { kind: CellKind::Text, text }))
    }
}

impl Table for CsvTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        self.selected = ColumnSelection::new(&self.header, &selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let mut block = self.selected.block();
        block.read_counts = std::mem::take(&mut self.read_counts);
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        loop {
            let condition = match self.rows.read() {
                Ok(Some(condition)) => condition,
                Ok(None) => break,
                // The records before the error are returned first.
                Err(error) if block.rows() > 0 => {
                    self.failure = Some(error);
                    return Ok(Some(Block::Text(block)));
                }
                Err(error) => return Err(error),
            };
            if self.rows.is_blank() {
                self.blank_rows += 1;
                self.rows.advance();
                continue;
            }
            // A block is only emitted once there is another row, so that the last block has the row of totals.
            if block.is_full(self.selected.rows_max) {
                return Ok(Some(Block::Text(block)));
            }
            block.blank_rows += std::mem::take(&mut self.blank_rows);
            let before = block.read_counts;
            let pieces = match self.rows.reader.cells.len() < self.width.least && self.short_rows.needs_count() {
                true => self.rows.count_pieces(self.width)?,
                false => None,
            };
            self.push_row(condition, pieces, &mut block);
            self.row_cells = block.read_counts - before;
            self.totals_guess = self.guess_totals();
            self.rows.advance();
        }
        self.finish_totals(&mut block);
        let has_more = block.rows() > 0 || block.read_counts.read > 0 || block.left_out_rows > 0;
        Ok(has_more.then_some(Block::Text(block)))
    }
}
