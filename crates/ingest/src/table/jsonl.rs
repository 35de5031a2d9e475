//! JSON lines: one object per line, each a record; its keys are the columns.
//!
//! **Limits.** A line has at most [`LINE_BYTES_MAX`] bytes. The header has the keys of the first lines
//! ([`HEADER_LINES_MAX`], [`HEADER_BYTES_MAX`]) in the order in which they occur; values under keys that first occur
//! later are counted as outside the table.
//!
//! Numbers keep their digits as written. A missing key, `null` and an empty text are empty cells. Nested values are
//! their JSON text; with `nested: dotted`, nested objects become columns of their own (`address.city`). A line that is
//! not an object, or too long, is a record without cells and a reject with the line's number; blank lines and empty
//! objects are not records. The text is UTF-8, with or without a byte-order mark.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use matchflow_model::expectation::Expectation;
use matchflow_model::plan::TablePlan;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{ColumnSelection, Selection, Table};
use crate::block::{Block, CellKind, TextBlock};
use crate::compression::{TableBytes, read_error};
use crate::error::IngestError;
use crate::file;
use crate::format::{FormatKey, FormatReader, KeyType, PATH_KEY, TableFormat, TableRole, main_file, read_options};
use crate::header::{AddressForm, ColumnSource, Header, columns};
use crate::trim::is_blank;

const LINE_BYTES_MAX: usize = 1 << 24;
const HEADER_LINES_MAX: usize = 10_000;
const HEADER_BYTES_MAX: usize = 1 << 24;
/// Objects nested deeper remain JSON text.
const DEPTH_MAX: usize = 16;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// JSON lines.
#[derive(Debug)]
pub(crate) struct Jsonl;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JsonlOptions {
    nested: NestedObjects,
}

/// How nested objects become cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NestedObjects {
    /// One cell: their JSON text.
    #[default]
    Text,
    /// A cell for each of their values, under a dotted name.
    Dotted,
}

static KEYS: [FormatKey; 2] = [
    PATH_KEY,
    FormatKey {
        name: "nested",
        about: "Nested objects: one column with their JSON text (`text`), or a column for each value in them, such as \
                `address.city` (`dotted`). Default: text.",
        is_required: false,
        value: KeyType::Word { what: "a way with nested objects", words: &["text", "dotted"] },
    },
];

impl TableFormat for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "JSON lines: an object on each line; also in gzip, Zstandard or zip.",
            TableRole::Reference => "JSON lines: an entry on each line; also in gzip, Zstandard or zip.",
        })
    }

    fn summary(&self) -> &'static str {
        "JSON lines: an object on each line."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jsonl", "ndjson"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }
}

impl FormatReader for Jsonl {
    fn takes_compressed(&self) -> bool {
        true
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        let options: JsonlOptions = read_options(table)?;
        Ok(Box::new(JsonlTable::open(main_file(table)?, options.nested)?))
    }
}

struct JsonlTable {
    header: Header,
    lines: Lines,
    nested: NestedObjects,
    /// The positions of the columns by key.
    positions: HashMap<String, usize>,
    selected: ColumnSelection,
}

impl JsonlTable {
    fn open(path: &Path, nested: NestedObjects) -> Result<Self, IngestError> {
        let keys = header_keys(path, nested)?;
        let file = file::name(path);
        let columns = columns(keys.iter().map(String::as_str).enumerate());
        if columns.is_empty() {
            return Err(IngestError::NoHeader { file, sheet: String::new(), row: 1 });
        }
        let header = Header {
            width: keys.len(),
            extras: &[ColumnSource::Row],
            ..Header::new(file, AddressForm::Names, columns)
        };
        Ok(JsonlTable {
            header,
            lines: Lines::open(path)?,
            nested,
            positions: keys.into_iter().enumerate().map(|(position, key)| (key, position)).collect(),
            selected: ColumnSelection::default(),
        })
    }

    fn push_record(&self, cells: &[JsonCell], block: &mut TextBlock) {
        let number = self.lines.number;
        self.selected.push_row(block, "", number, false);
        for cell in cells {
            let Some(position) = self.positions.get(&cell.key).copied() else {
                block.read_counts.read += 1;
                block.read_counts.outside += 1;
                continue;
            };
            // JSON readers take the last of several values under one key; the earlier one must not be lost silently.
            if let Some(slot) = self.selected.slot(position).filter(|slot| block.is_set(*slot)) {
                let earlier = block.last(slot).text.to_owned();
                block.fault(number, Some(slot), &earlier, Expectation::JsonKeyOnce, 1);
            }
            self.selected.fill(block, position, cell.kind, &cell.text);
        }
    }

    /// Adds the record of a line that is not an object: no cells, and a reject.
    fn push_malformed(&self, text: &str, expected: Expectation, block: &mut TextBlock) {
        self.selected.push_row(block, "", self.lines.number, false);
        block.read_counts.read += 1;
        block.fault(self.lines.number, None, text, expected, 1);
    }
}

impl Table for JsonlTable {
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
        while let Some(line) = self.lines.next()? {
            match line {
                Line::TooLong => {
                    let start = String::from_utf8_lossy(self.lines.start()).into_owned();
                    let expected = Expectation::LineSize { bytes_max: LINE_BYTES_MAX as u64 };
                    self.push_malformed(&start, expected, &mut block);
                }
                Line::Whole => {
                    let text = String::from_utf8_lossy(&self.lines.bytes);
                    match std::str::from_utf8(&self.lines.bytes).ok().and_then(|text| cells(text, self.nested)) {
                        _ if is_blank(&text) => block.blank_rows += 1,
                        Some(cells) if cells.is_empty() => block.blank_rows += 1,
                        Some(cells) => self.push_record(&cells, &mut block),
                        None => self.push_malformed(&text, Expectation::JsonObject, &mut block),
                    }
                }
            }
            if block.is_full(self.selected.rows_max) {
                return Ok(Some(Block::Text(block)));
            }
        }
        Ok((block.rows() > 0 || block.blank_rows > 0).then_some(Block::Text(block)))
    }
}

/// The distinct keys of the first lines, in the order in which they occur.
fn header_keys(path: &Path, nested: NestedObjects) -> Result<Vec<String>, IngestError> {
    let mut lines = Lines::open(path)?;
    let (mut keys, mut known, mut bytes) = (Vec::new(), HashSet::new(), 0);
    while let Some(line) = lines.next()? {
        if line == Line::Whole
            && let Some(members) = std::str::from_utf8(&lines.bytes).ok().and_then(|text| members(text, nested))
        {
            keys.extend(members.into_iter().map(|(key, _)| key).filter(|key| known.insert(key.clone())));
        }
        bytes += lines.bytes.len();
        if lines.number >= HEADER_LINES_MAX as u64 || bytes >= HEADER_BYTES_MAX {
            break;
        }
    }
    Ok(keys)
}

/// The lines of a file, of bounded length.
struct Lines {
    file: String,
    reader: BufReader<TableBytes>,
    bytes: Vec<u8>,
    /// The number of the line read last, from 1.
    number: u64,
}

/// A line that was read into [`Lines::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// All of it.
    Whole,
    /// Its start; the rest was skipped.
    TooLong,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, IngestError> {
        let reader = BufReader::new(TableBytes::open(path)?);
        Ok(Lines { file: file::name(path), reader, bytes: Vec::new(), number: 0 })
    }

    fn next(&mut self) -> Result<Option<Line>, IngestError> {
        self.read().map_err(|source| read_error(&self.file, source))
    }

    fn read(&mut self) -> std::io::Result<Option<Line>> {
        self.bytes.clear();
        // The limit, plus the line break.
        let limit = LINE_BYTES_MAX as u64 + 1;
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_complete = self.bytes.pop_if(|last| *last == b'\n').is_some();
        if self.number == 1 && self.bytes.starts_with(BYTE_ORDER_MARK) {
            self.bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if is_complete || self.bytes.len() <= LINE_BYTES_MAX {
            return Ok(Some(Line::Whole));
        }
        self.reader.skip_until(b'\n')?;
        Ok(Some(Line::TooLong))
    }

    /// The start of the line, long enough for a reject whatever its characters.
    fn start(&self) -> &[u8] {
        self.bytes.get(..crate::faults::RAW_CHARACTERS_MAX * 4).unwrap_or(&self.bytes)
    }
}

/// A non-empty value and its key.
struct JsonCell {
    key: String,
    kind: CellKind,
    text: String,
}

/// The cells of an object; `None` if the text is not an object.
fn cells(text: &str, nested: NestedObjects) -> Option<Vec<JsonCell>> {
    let cell = |(key, json): (String, &str)| {
        let (kind, text) = match json.as_bytes().first()? {
            b'n' => return None,
            b't' | b'f' => (CellKind::Boolean, json.to_owned()),
            // A text with a lone surrogate is not valid UTF-8: it stays as written in the file.
            b'"' => (CellKind::Text, serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
            b'{' | b'[' => (CellKind::Text, json.to_owned()),
            _ => (CellKind::Number, json.to_owned()),
        };
        (!is_blank(&text)).then_some(JsonCell { key, kind, text })
    };
    Some(members(text, nested)?.into_iter().filter_map(cell).collect())
}

/// The keys and values (as their JSON text) of an object.
fn members(text: &str, nested: NestedObjects) -> Option<Vec<(String, &str)>> {
    let mut members = Vec::new();
    add_members("", text, nested, 1, &mut members)?;
    Some(members)
}

fn add_members<'a>(
    prefix: &str,
    text: &'a str,
    nested: NestedObjects,
    depth: usize,
    members: &mut Vec<(String, &'a str)>,
) -> Option<()> {
    let mut rest = text.trim_ascii().strip_prefix('{')?.trim_ascii_start();
    if rest == "}" {
        return Some(());
    }
    loop {
        let (key, after): (String, &str) = split_value(rest)?;
        let value = after.trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
        let (_, after): (IgnoredAny, &str) = split_value(value)?;
        let json = value.get(..value.len() - after.len())?;
        let key = format!("{prefix}{key}");
        if nested == NestedObjects::Dotted && depth < DEPTH_MAX && json.starts_with('{') {
            add_members(&format!("{key}."), json, nested, depth + 1, members)?;
        } else {
            members.push((key, json));
        }
        let after = after.trim_ascii_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_ascii_start(),
            // Nothing may follow the object.
            None => return (after == "}").then_some(()),
        }
    }
}

/// Splits off the JSON value at the start of `text`. Its text is the slice before what follows, digit by digit.
fn split_value<T: DeserializeOwned>(text: &str) -> Option<(T, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, text.get(values.byte_offset()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_split_into_their_members() {
        let text = r#" {"a" : 12.50,"b\n":"x, {y}", "c":{"d":[1, 2],"e":{}} ,"a":null} "#;
        let names = |nested| members(text, nested).unwrap();
        let plain = [("a", "12.50"), ("b\n", r#""x, {y}""#), ("c", r#"{"d":[1, 2],"e":{}}"#), ("a", "null")];
        assert_eq!(names(NestedObjects::Text), plain.map(|(key, json)| (key.to_owned(), json)));
        let dotted = [("a", "12.50"), ("b\n", r#""x, {y}""#), ("c.d", "[1, 2]"), ("a", "null")];
        assert_eq!(names(NestedObjects::Dotted), dotted.map(|(key, json)| (key.to_owned(), json)));
        for text in ["", "[]", "1", "{", "{}{}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":01}", "{\"a\":1} x"] {
            assert!(members(text, NestedObjects::Text).is_none(), "{text}");
        }
        assert!(members("{}", NestedObjects::Text).unwrap().is_empty());
    }

    #[test]
    fn lines_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let fits = "a".repeat(LINE_BYTES_MAX);
        std::fs::write(&path, format!("\u{feff}{{}}\n{fits}\n{fits}b\nlast")).unwrap();
        let mut lines = Lines::open(&path).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((lines.number, line, lines.bytes.len().min(9)));
        }
        let expected = [(1, Line::Whole, 2), (2, Line::Whole, 9), (3, Line::TooLong, 9), (4, Line::Whole, 4)];
        assert_eq!(found, expected);
    }
}
