//! Delimited text: encoding and delimiter found, quotes as RFC 4180 has them, one record in memory.
//!
//! A record is at most [`RECORD_BYTES_MAX`] long, so that a quote left open is an error and not all memory.
//! Rows count as a spreadsheet counts them: blank lines do, line breaks within quotes do not.
//! Cells beyond the header are a fault of the row; missing ones are empty.

use std::io::{ErrorKind, Read};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Terminator};
use matchflow_model::plan::TablePlan;
use serde::Deserialize;

use super::encoding::{BeyondAllowance, Transcoder, choose};
use super::{Selection, Table, fill_reader_cells, reader_slots, rows_max, slots};
use crate::block::{Block, CellKind, ReadCounts, TextBlock};
use crate::error::IngestError;
use crate::file;
use crate::format::{FormatKey, FormatReader, KeyType, TableFormat, TableRole, main_file, read_options};
use crate::header::{AddressForm, ColumnSource, Header, HeaderColumn, columns};
use crate::trim::{cell_text, is_blank};

const RECORD_BYTES_MAX: u64 = 1 << 24;
/// The header is looked at this far for its delimiter.
const HEADER_BYTES_MAX: usize = 1 << 16;
/// In this order where they occur equally often: what French spreadsheets write comes first.
const DELIMITERS: [u8; 4] = [b';', b'\t', b',', b'|'];

/// Delimited text.
#[derive(Debug)]
pub(crate) struct Csv;

/// The options of a [`Csv`] table.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CsvOptions {
    /// `None` finds it in the header line among [`DELIMITERS`].
    delimiter: Option<char>,
    /// The encoding's WHATWG label; `None` finds it.
    encoding: Option<String>,
}

static KEYS: [FormatKey; 3] = [
    FormatKey {
        name: "path",
        about: "The file, relative to the pipeline file.",
        is_required: true,
        value: KeyType::File,
    },
    FormatKey {
        name: "delimiter",
        about: "The character between values. Default: found in the header among `,`, `;`, tab and `|`.",
        is_required: false,
        value: KeyType::Delimiter,
    },
    FormatKey {
        name: "encoding",
        about: "The text encoding. Default: found.",
        is_required: false,
        value: KeyType::Encoding,
    },
];

impl TableFormat for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "Delimited text.",
            TableRole::Reference => "Delimited text, an entry a row.",
        })
    }

    fn summary(&self) -> &'static str {
        "Delimited text."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }
}

impl FormatReader for Csv {
    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(CsvTable::open(main_file(table)?, &read_options(table)?)?))
    }
}

struct CsvTable {
    header: Header,
    reader: Reader<Transcoder>,
    record: StringRecord,
    row: u64,
    /// Cells of the header, until the first block takes them.
    read_counts: ReadCounts,
    slots: Vec<Option<usize>>,
    reader_slots: Vec<(usize, ColumnSource)>,
    width: usize,
    rows_max: usize,
}

impl CsvTable {
    fn open(path: &Path, options: &CsvOptions) -> Result<Self, IngestError> {
        let encoding = choose(path, options.encoding.as_deref())?;
        let file = file::name(path);
        let open = || file::open(path).map(|handle| Transcoder::new(handle, encoding));
        let start = first_bytes(&mut open()?);
        let start = start.map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
        let chosen = options.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok());
        let delimiter = chosen.unwrap_or_else(|| find_delimiter(&start));
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).terminator(find_terminator(&start)).has_headers(false).flexible(true);
        let reader = builder.from_reader(open()?);
        let header = Header { extras: &[ColumnSource::Row], ..Header::new(file, AddressForm::Names, Vec::new()) };
        let (record, read_counts, slots) = (StringRecord::new(), ReadCounts::default(), Vec::new());
        let mut table = CsvTable {
            header,
            reader,
            record,
            row: 0,
            read_counts,
            slots,
            reader_slots: Vec::new(),
            width: 0,
            rows_max: 1,
        };
        while table.next_record()? {
            table.header.columns = columns(table.record.iter().enumerate());
            table.header.named = table.header.columns.len();
            table.header.width =
                table.header.columns.iter().filter_map(HeaderColumn::position).map(|at| at + 1).max().unwrap_or(0);
            let is_name = |name: &str| name.contains(|c: char| !c.is_ascii() || !DELIMITERS.contains(&(c as u8)));
            let cells = table.header.columns.len() as u64;
            table.read_counts.read += cells;
            table.read_counts.outside += cells;
            if table.header.columns.iter().any(|column| is_name(&column.name)) {
                return Ok(table);
            }
        }
        Err(IngestError::NoHeader { file: table.header.file, sheet: String::new(), row: 1 })
    }

    /// Reads a record; false at the end of the file.
    fn next_record(&mut self) -> Result<bool, IngestError> {
        let line = self.reader.position().line();
        self.reader.get_mut().allow(RECORD_BYTES_MAX);
        match self.reader.read_record(&mut self.record) {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(error) => return Err(self.error(error)),
        }
        let lines = self.reader.position().line().saturating_sub(line);
        let breaks = self.record.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64;
        // The parser passes over blank lines without a word: they are the lines that the record does not account for.
        self.row += 1 + lines.saturating_sub(breaks + 1);
        Ok(true)
    }

    fn push_record(&mut self, block: &mut TextBlock) {
        block.push_row(self.row);
        fill_reader_cells(block, &self.reader_slots, "", self.row, false);
        let damaged = self.reader.get_ref().damaged;
        let mut beyond = Vec::new();
        for (position, text) in self.record.iter().enumerate().filter(|(_, text)| !is_blank(text)) {
            block.read_counts.read += 1;
            if position >= self.header.width {
                beyond.push(cell_text(text));
                continue;
            }
            let Some(Some(slot)) = self.slots.get(position) else {
                block.read_counts.outside += 1;
                continue;
            };
            if !block.set(*slot, CellKind::Text, text) {
                block.refuse(*slot, text, 1);
                continue;
            }
            if damaged && text.contains(char::REPLACEMENT_CHARACTER) {
                block.fault(self.row, Some(*slot), text, "text in the file's encoding", 0);
            }
        }
        if !beyond.is_empty() {
            let expected = format!("at most {} cells", self.header.width);
            block.fault(self.row, None, &beyond.join(" "), &expected, beyond.len() as u64);
        }
    }

    fn error(&self, error: csv::Error) -> IngestError {
        let file = self.header.file.clone();
        let row = self.row + 1;
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|cause| cause.is::<BeyondAllowance>()) => {
                IngestError::RecordTooLong { file, row, bytes_max: RECORD_BYTES_MAX }
            }
            csv::ErrorKind::Io(source) => IngestError::Unreadable { file, source },
            other => IngestError::Unreadable {
                file,
                source: std::io::Error::new(ErrorKind::InvalidData, csv_error_text(&other, row)),
            },
        }
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
        self.slots = slots(&self.header, &selection);
        self.reader_slots = reader_slots(&self.header, &selection);
        self.width = selection.columns.len();
        self.rows_max = rows_max(&selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let mut block = TextBlock::new(self.width, None);
        block.read_counts = std::mem::take(&mut self.read_counts);
        let mut row_last = self.row;
        let mut ended = true;
        while self.next_record()? {
            if self.record.iter().all(is_blank) {
                continue;
            }
            block.blank_rows += self.row - row_last - 1;
            row_last = self.row;
            self.push_record(&mut block);
            if block.is_full(self.rows_max) {
                ended = false;
                break;
            }
        }
        Ok((!ended || block.rows() > 0 || block.read_counts.read > 0).then_some(Block::Text(block)))
    }
}

fn csv_error_text(kind: &csv::ErrorKind, row: u64) -> String {
    format!("row {row}: {kind:?}")
}

/// The delimiter that the first line with text has most of, outside of quotes.
fn find_delimiter(start: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut quoted, mut any) = (false, false);
    for &byte in start {
        let at = DELIMITERS.iter().position(|delimiter| *delimiter == byte);
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if quoted => {}
            b'\n' | b'\r' if any => break,
            b'\n' | b'\r' => counts = [0; DELIMITERS.len()],
            _ => any |= at.is_none() && !byte.is_ascii_whitespace(),
        }
        if let Some(count) = at.filter(|_| !quoted).and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let best = DELIMITERS.iter().zip(counts).find(|(_, count)| *count == most && most > 0);
    best.map_or(b',', |(delimiter, _)| *delimiter)
}

/// What ends a record. The `\r` of a `\r\n` stays in the last cell, where it is trimmed: the parser's own rule for both
/// counts the lines of the two unlike each other.
fn find_terminator(start: &[u8]) -> Terminator {
    // The transcoder may have ended the last line.
    let lines = start.strip_suffix(b"\n").unwrap_or(start);
    Terminator::Any(if lines.contains(&b'\r') && !lines.contains(&b'\n') { b'\r' } else { b'\n' })
}

fn first_bytes(text: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut start = vec![0_u8; HEADER_BYTES_MAX];
    let mut length = 0;
    // The last bytes of the buffer stay unused: the transcoder wants room for a whole character.
    while length + 8 <= HEADER_BYTES_MAX {
        match text.read(start.get_mut(length..).unwrap_or_default())? {
            0 => break,
            read => length += read,
        }
    }
    start.truncate(length);
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_the_header_has_most_of() {
        for (text, expected) in [
            ("a;b;c\n1,2;3,4;5", b';'),
            ("a,b,c", b','),
            ("\r\n\r\na\tb\r\n", b'\t'),
            ("\"a;b;c\",d\n", b','),
            ("a|b\n;;;;", b'|'),
            (" \n;;;\na\tb", b'\t'),
            ("alone", b','),
        ] {
            assert_eq!(find_delimiter(text.as_bytes()), expected, "{text:?}");
        }
    }
}
