//! Objects on top of the cells of a sheet: tables and merged areas.

use crate::area::Area;
use crate::error::{FlawKind, FormatViolation};
use crate::limits::MERGED_MAX;
use crate::reference;
use crate::xml::text;
use crate::xml::token::{Cursor, Token};
use crate::xml::walk;

/// A named table of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTable {
    /// The name used in formulas.
    pub name: String,
    /// The sheet, as an index in [`crate::Workbook::sheets`].
    pub sheet: usize,
    /// The cells, including header and totals.
    pub area: Area,
    /// Rows of the header: 1, or 0 where it is not shown.
    pub header_rows: u32,
    /// Rows of totals at the bottom.
    pub totals_rows: u32,
    /// The names of its columns, shown or not; at most as many as the area has columns.
    pub columns: Vec<String>,
}

impl NamedTable {
    /// Reads a table's part; `None` if it has no name or no area.
    pub(crate) fn read(part: &[u8], sheet: usize) -> Result<Option<Self>, FormatViolation> {
        let mut table = None;
        walk(part, |_, token| {
            let Token::Start(tag) = token else { return Ok(()) };
            let text = |name: &[u8]| tag.attribute(name)?.map(text::name).transpose();
            let count = |name: &[u8], usual| {
                Ok::<_, FlawKind>(tag.attribute(name)?.and_then(reference::integer).unwrap_or(usual))
            };
            match tag.name {
                b"table" if table.is_none() => {
                    let name = text(b"displayName")?.or(text(b"name")?);
                    let area = text(b"ref")?.as_deref().and_then(Area::parse);
                    let (header_rows, totals_rows) = (count(b"headerRowCount", 1)?, count(b"totalsRowCount", 0)?);
                    table = name.zip(area).map(|(name, area)| NamedTable {
                        name,
                        sheet,
                        area,
                        header_rows,
                        totals_rows,
                        columns: Vec::new(),
                    });
                }
                b"tableColumn" => {
                    if let Some(table) = table.as_mut().filter(|table| !table.is_complete())
                        && let Some(name) = text(b"name")?
                    {
                        table.columns.push(name);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(table)
    }

    /// Whether each column of the area has a name.
    fn is_complete(&self) -> bool {
        self.columns.len() > (self.area.last_column - self.area.first_column) as usize
    }
}

/// Collects the merged cells of a sheet from bytes that may end anywhere; takes the whole sheet from its start.
#[derive(Debug, Default)]
pub(crate) struct MergedScanner {
    pub(crate) areas: Vec<Area>,
    offset: u64,
}

impl MergedScanner {
    /// Consumes the complete elements of `input`; returns the number of bytes used.
    pub(crate) fn push(&mut self, input: &[u8]) -> Result<usize, FormatViolation> {
        let mut cursor = Cursor::new(input);
        let mut used = 0;
        loop {
            // Cells contain no `mergeCell`: only tags that could be one are parsed.
            let rest = cursor.rest();
            let at = memchr::memmem::find(rest, b"mergeCell");
            let Some(at) = at else {
                // A truncated tag may be the start of one.
                used = used.max(input.len().saturating_sub(TAG_BYTES_MAX));
                break;
            };
            let start = rest.get(..at).and_then(|before| memchr::memrchr(b'<', before));
            let tag = start.and_then(|start| rest.get(start..)).unwrap_or_default();
            let after = rest.get(at + 1..).unwrap_or_default();
            if !is_merge_tag(tag) {
                cursor.leave(after);
                used = cursor.position();
                continue;
            }
            cursor.leave(tag);
            let begin = cursor.position();
            match cursor.next().map_err(|flaw| flaw.shifted(self.offset))? {
                None => {
                    used = used.max(begin);
                    break;
                }
                Some(Token::Start(tag)) => {
                    let area = tag.attribute(b"ref").map_err(|kind| kind.at(begin).shifted(self.offset))?;
                    let area = area.and_then(|area| std::str::from_utf8(area).ok()).and_then(Area::parse);
                    self.areas.extend(area);
                    if self.areas.len() > MERGED_MAX {
                        return Err(FlawKind::TooManyMerged.at(begin).shifted(self.offset));
                    }
                }
                Some(_) => {}
            }
            used = cursor.position();
        }
        self.offset += used as u64;
        Ok(used)
    }
}

/// A longer tag is not one of ours.
const TAG_BYTES_MAX: usize = 1 << 12;

/// `<mergeCell `, possibly with a prefix, or truncated before that is clear.
fn is_merge_tag(tag: &[u8]) -> bool {
    let Some(inner) = tag.strip_prefix(b"<") else { return false };
    let name: Vec<u8> =
        inner.iter().copied().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b':').collect();
    crate::xml::token::local(&name) == b"mergeCell"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_part_parses() {
        let part = br#"<x:table xmlns:x="u" id="1" name="T1" displayName="Fournisseurs" ref="B3:D9" totalsRowCount="1">
            <x:tableColumns count="2"><x:tableColumn id="1" name="Code"/><x:tableColumn id="2" name="Nom &amp; co"/>
            <x:tableColumn name="3"/><x:tableColumn name="beyond the area"/></x:tableColumns></x:table>"#;
        let table = NamedTable::read(part, 2).unwrap().unwrap();
        let expected = NamedTable {
            name: "Fournisseurs".into(),
            sheet: 2,
            area: Area::parse("B3:D9").unwrap(),
            header_rows: 1,
            totals_rows: 1,
            columns: vec!["Code".into(), "Nom & co".into(), "3".into()],
        };
        assert_eq!(table, expected);
        assert_eq!(NamedTable::read(b"<table name=\"a\" ref=\"A\"/>", 0).unwrap(), None);
        assert!(NamedTable::read(b"<table>", 0).is_err());
    }

    #[test]
    fn merged_cells_do_not_depend_on_the_split() {
        let sheet = b"<worksheet><sheetData><row><c t=\"str\"><v>mergeCell</v></c></row></sheetData>\
            <mergeCells count=\"9\"><mergeCell ref=\"A1:B2\"/><x:mergeCell a='>' ref='C3:$C$5'></x:mergeCell>\
            <mergeCell ref=\"?\"/></mergeCells></worksheet>";
        let expected = ["A1:B2", "C3:C5"].map(|area| Area::parse(area).unwrap());
        for size in 1..sheet.len() {
            let (mut scanner, mut held) = (MergedScanner::default(), Vec::new());
            for piece in sheet.chunks(size) {
                held.extend_from_slice(piece);
                let used = scanner.push(&held).unwrap();
                held.drain(..used);
            }
            assert_eq!(scanner.areas, expected, "{size}");
        }
    }
}
