//! A workbook in a file: what it says of itself, its shared strings, and its sheets as cells, one at a time.

use std::io::{Read, Seek};

use crate::error::XlsxError;
use crate::limits::{SHARED_STRINGS_BYTES_MAX, SHEET_BYTES_MAX, SMALL_PART_BYTES_MAX};
use crate::relations::{self, Relation};
use crate::serial::DateSystem;
use crate::sheet::{Cell, Row, SheetScanner, Step};
use crate::strings::{SharedStrings, StringsScanner};
use crate::styles::Styles;
use crate::window::Window;
use crate::workbook::{DefinedName, Sheet, SheetKind, WorkbookPart};
use crate::zip::archive::Archive;
use crate::zip::part::TextReader;

/// A workbook, its sheets not yet read.
#[derive(Debug)]
pub struct Workbook<R> {
    archive: Archive<R>,
    sheets: Vec<Sheet>,
    names: Vec<DefinedName>,
    tables: Tables,
}

/// What cells refer to.
#[derive(Debug, Default)]
pub struct Tables {
    /// The shared strings.
    pub strings: SharedStrings,
    /// The number formats.
    pub styles: Styles,
    /// The calendar.
    pub dates: DateSystem,
}

impl<R: Read + Seek> Workbook<R> {
    /// Reads everything but the sheets.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn open(source: R) -> Result<Self, XlsxError> {
        let mut archive = Archive::open(source)?;
        let part = workbook_part(&mut archive)?;
        let book = read_whole(&mut archive, &part, WorkbookPart::read)?;
        let relations = read_relations(&mut archive, &part)?;
        let of_kind = |kind: &str, usual: &str| {
            let found = relations.iter().find(|relation| relation.kind == kind).map(|relation| relation.target.clone());
            let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
            found.unwrap_or_else(|| format!("{folder}/{usual}"))
        };
        let (strings, styles) = (of_kind("sharedStrings", "sharedStrings.xml"), of_kind("styles", "styles.xml"));
        let has = |archive: &Archive<R>, name: &str| archive.directory().find(name).is_some();
        let tables = Tables {
            dates: book.dates,
            strings: if has(&archive, &strings) { read_strings(&mut archive, &strings)? } else { Default::default() },
            styles: if has(&archive, &styles) {
                read_whole(&mut archive, &styles, Styles::read)?
            } else {
                Styles::default()
            },
        };
        let sheets = book.sheets.into_iter().map(|sheet| resolve(sheet, &relations)).collect();
        Ok(Workbook { archive, sheets, names: book.names, tables })
    }

    /// The sheets, in the order of their tabs.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The names of ranges and formulas.
    pub fn names(&self) -> &[DefinedName] {
        &self.names
    }

    /// Opens the sheet at `index`; what its cells refer to comes beside it.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn sheet(&mut self, index: usize) -> Result<(SheetReader<'_, R>, &Tables), XlsxError> {
        let part = self.sheets.get(index).map(|sheet| sheet.part.as_str()).unwrap_or_default();
        let part = TextReader::new(self.archive.part(part, SHEET_BYTES_MAX)?)?;
        let reader = SheetReader { part, window: Window::new(), used: 0, scanner: SheetScanner::new() };
        Ok((reader, &self.tables))
    }
}

/// What a sheet holds, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a> {
    /// A row begins.
    Row(Row),
    /// A cell.
    Cell(Cell<'a>),
}

/// The cells of a sheet.
pub struct SheetReader<'a, R> {
    part: TextReader<'a, R>,
    window: Window,
    /// Bytes of the window that the last item took.
    used: usize,
    scanner: SheetScanner,
}

impl<R: Read> SheetReader<'_, R> {
    /// The next item; `None` at the end, where the part's checksum was right.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    #[inline]
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, XlsxError> {
        self.window.consume(std::mem::take(&mut self.used));
        let step = loop {
            let step = self.scanner.step(self.window.bytes(), self.window.is_last());
            match step.map_err(|flaw| flaw.within(self.part.name()))? {
                (used, Step::Input) => {
                    self.window.consume(used);
                    self.window.fill(&mut self.part)?;
                }
                (used, step) => {
                    self.used = used;
                    break step;
                }
            }
        };
        match step {
            Step::Row(row) => Ok(Some(Item::Row(row))),
            Step::Cell => {
                let cell = self.scanner.cell(self.window.bytes());
                cell.map(|cell| Some(Item::Cell(cell))).map_err(|flaw| flaw.within(self.part.name()))
            }
            Step::End | Step::Input => self.drain().map(|()| None),
        }
    }

    /// The last row, as the sheet says before its first item; often wrong, never to be relied on.
    pub fn rows_hint(&self) -> Option<u32> {
        self.scanner.rows_hint()
    }

    /// Reads what follows the cells, so that a damaged part is known as such.
    fn drain(&mut self) -> Result<(), XlsxError> {
        while !self.window.is_last() {
            self.window.consume(usize::MAX);
            self.window.fill(&mut self.part)?;
        }
        Ok(())
    }
}

fn workbook_part<R: Read + Seek>(archive: &mut Archive<R>) -> Result<String, XlsxError> {
    let relations = read_relations(archive, "")?;
    if let Some(relation) = relations.into_iter().find(|relation| relation.kind == "officeDocument") {
        return Ok(relation.target);
    }
    let found = archive.directory().find_suffix("xl/workbook.xml").map(|entry| entry.name.clone());
    found.ok_or_else(|| XlsxError::NoPart { part: "xl/workbook.xml".to_owned() })
}

fn read_relations<R: Read + Seek>(archive: &mut Archive<R>, owner: &str) -> Result<Vec<Relation>, XlsxError> {
    let part = relations::part_of(owner);
    if archive.directory().find(&part).is_none() {
        return Ok(Vec::new());
    }
    read_whole(archive, &part, |bytes| relations::read(owner, bytes))
}

fn read_whole<R: Read + Seek, T>(
    archive: &mut Archive<R>,
    part: &str,
    read: impl FnOnce(&[u8]) -> Result<T, crate::error::Flaw>,
) -> Result<T, XlsxError> {
    let bytes = TextReader::new(archive.part(part, SMALL_PART_BYTES_MAX)?)?.read_all()?;
    read(&bytes).map_err(|flaw| flaw.within(part))
}

fn read_strings<R: Read + Seek>(archive: &mut Archive<R>, part: &str) -> Result<SharedStrings, XlsxError> {
    let mut reader = TextReader::new(archive.part(part, SHARED_STRINGS_BYTES_MAX)?)?;
    let (mut window, mut scanner) = (Window::new(), StringsScanner::new());
    while !window.is_last() {
        window.fill(&mut reader)?;
        let used = scanner.push(window.bytes()).map_err(|flaw| flaw.within(part))?;
        window.consume(used);
    }
    let rest = window.bytes().trim_ascii();
    let strings = scanner.finish().map_err(|flaw| flaw.within(part))?;
    if rest.is_empty() { Ok(strings) } else { Err(crate::FlawKind::Unfinished.at(0).within(part)) }
}

fn resolve(mut sheet: Sheet, relations: &[Relation]) -> Sheet {
    let relation = relations.iter().find(|relation| relation.id == sheet.part);
    sheet.kind = match relation {
        Some(relation) if relation.kind == "worksheet" => SheetKind::Worksheet,
        _ => SheetKind::Other,
    };
    sheet.part = relation.map(|relation| relation.target.clone()).unwrap_or_default();
    sheet
}
