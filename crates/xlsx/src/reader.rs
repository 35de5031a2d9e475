//! A workbook file: its metadata, its shared strings, and its sheets cell by cell.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::area::Area;
use crate::error::{FlawKind, XlsxError};
use crate::limits::{SHARED_STRINGS_BYTES_MAX, SHEET_BYTES_MAX, SMALL_PART_BYTES_MAX, TABLE_PARTS_MAX};
use crate::objects::{MergedScanner, NamedTable};
use crate::read_ahead::{ChunkSource, with_thread};
use crate::relations::{self, Relation};
use crate::scan_step::{ScanEnd, SheetItem};
use crate::serial::DateSystem;
use crate::sheet::SheetScanner;
use crate::strings::{SharedStrings, StringsScanner};
use crate::styles::Styles;
use crate::window::Window;
use crate::workbook::{DefinedName, Sheet, SheetKind, WorkbookPart};
use crate::zip::archive::Archive;
use crate::zip::part::TextReader;

/// Smaller parts are inflated faster without a second thread.
const THREAD_BYTES_MIN: u64 = 1 << 20;

/// A workbook whose sheets are not yet read.
#[derive(Debug)]
pub struct Workbook<R> {
    archive: Archive<R>,
    sheets: Vec<Sheet>,
    names: Vec<DefinedName>,
    tables: Tables,
    threads: Threads,
}

/// How many threads read a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread alone.
    One,
    /// The calling thread, and one that inflates ahead of it.
    Two,
}

/// The tables that cells refer to.
#[derive(Debug, Default)]
pub struct Tables {
    /// The shared strings; they can outlive the workbook.
    pub strings: Arc<SharedStrings>,
    /// The number formats.
    pub styles: Styles,
    /// The calendar for dates.
    pub dates: DateSystem,
}

impl<R: Read + Seek + Send> Workbook<R> {
    /// Reads everything but the sheets, on two threads if the machine has at least two cores.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn open(source: R) -> Result<Self, XlsxError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Workbook::open_on(source, if cores > 1 { Threads::Two } else { Threads::One })
    }

    /// Reads everything but the sheets, on this number of threads.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn open_on(source: R, threads: Threads) -> Result<Self, XlsxError> {
        let mut archive = Archive::open(source)?;
        let part = workbook_part(&mut archive)?;
        let book = read_part(&mut archive, &part, WorkbookPart::read)?;
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
            strings: if has(&archive, &strings) {
                Arc::new(read_strings(&mut archive, &strings, threads)?)
            } else {
                Arc::default()
            },
            styles: if has(&archive, &styles) {
                read_part(&mut archive, &styles, Styles::read)?
            } else {
                Styles::default()
            },
        };
        let sheets = resolve(book.sheets, &relations);
        Ok(Workbook { archive, sheets, names: book.names, tables, threads })
    }

    /// The sheets, in the order of their tabs.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The defined names of ranges and formulas.
    pub fn names(&self) -> &[DefinedName] {
        &self.names
    }

    /// The tables that the cells of its sheets refer to.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The named tables of all sheets, in the order of the sheets.
    ///
    /// # Errors
    ///
    /// A part of a table cannot be read; see [`XlsxError`].
    pub fn named_tables(&mut self) -> Result<Vec<NamedTable>, XlsxError> {
        let mut tables = Vec::new();
        // A part is read once, even if several sheets refer to it: a table belongs to one sheet.
        let (mut sheets, mut parts) = (HashSet::new(), HashSet::new());
        for (index, sheet) in self.sheets.iter().enumerate().filter(|(_, sheet)| !sheet.part.is_empty()) {
            if !sheets.insert(sheet.part.as_str()) {
                continue;
            }
            for relation in read_relations(&mut self.archive, &sheet.part)? {
                if relation.kind != "table" || parts.contains(&relation.target) {
                    continue;
                }
                if parts.len() >= TABLE_PARTS_MAX {
                    return Err(FlawKind::TooManyTables.at(0).within(&relation.target));
                }
                tables.extend(read_part(&mut self.archive, &relation.target, |part| NamedTable::read(part, index))?);
                parts.insert(relation.target);
            }
        }
        Ok(tables)
    }

    /// The merged areas of a sheet. They follow the cells, so the whole part is read.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn merged(&mut self, index: usize) -> Result<Vec<Area>, XlsxError> {
        let name = self.sheets.get(index).map(|sheet| sheet.part.clone()).unwrap_or_default();
        let part = TextReader::new(self.archive.part(&name, SHEET_BYTES_MAX)?)?;
        with_pull(self.threads, part, |part| {
            let (mut window, mut scanner) = (Window::new(), MergedScanner::default());
            while !window.is_last() {
                window.fill(part)?;
                let used = scanner.push(window.bytes()).map_err(|flaw| flaw.within(&name))?;
                window.consume(used);
            }
            Ok(scanner.areas)
        })
    }

    /// Calls `read` with the sheet at `index` and the tables that its cells refer to. With two threads, a large sheet
    /// is inflated on a second thread, which ends with the call.
    ///
    /// # Errors
    ///
    /// Those of `read`, and a part that cannot be opened; see [`XlsxError`].
    pub fn read_sheet<T, E: From<XlsxError>>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut SheetReader<'_>, &Tables) -> Result<T, E>,
    ) -> Result<T, E> {
        let part = self.sheets.get(index).map(|sheet| sheet.part.as_str()).unwrap_or_default();
        let part = TextReader::new(self.archive.part(part, SHEET_BYTES_MAX)?)?;
        with_pull(self.threads, part, |part| {
            let mut reader = SheetReader { part, window: Window::new(), scanner: SheetScanner::new() };
            Ok(read(&mut reader, &self.tables))
        })?
    }
}

/// The cells of a sheet.
pub struct SheetReader<'a> {
    part: &'a mut dyn ChunkSource,
    window: Window,
    scanner: SheetScanner,
}

impl SheetReader<'_> {
    /// Passes rows and cells to `visit` until it breaks. Returns false at the end of the sheet, after the part's
    /// checksum was verified; true if the visitor stopped: the next call continues after its last item.
    ///
    /// # Errors
    ///
    /// See [`XlsxError`].
    pub fn for_each(&mut self, mut visit: impl FnMut(SheetItem<'_>) -> ControlFlow<()>) -> Result<bool, XlsxError> {
        loop {
            let (used, scan) = self
                .scanner
                .scan(self.window.bytes(), self.window.is_last(), &mut visit)
                .map_err(|flaw| flaw.within(self.part.name()))?;
            self.window.consume(used);
            match scan {
                ScanEnd::NeedsInput => self.window.fill(self.part)?,
                ScanEnd::Stopped => return Ok(true),
                ScanEnd::EndOfSheet => return self.drain().map(|()| false),
            }
        }
    }

    /// The last row according to the sheet's `dimension`, which precedes its first row; often wrong, only a hint.
    pub fn rows_hint(&self) -> Option<u32> {
        self.scanner.rows_hint()
    }

    /// The area of cells according to the sheet's `dimension`; often wrong too.
    pub fn dimension(&self) -> Option<Area> {
        self.scanner.dimension()
    }

    /// Reads what follows the cells, so that a damaged part is detected.
    fn drain(&mut self) -> Result<(), XlsxError> {
        while !self.window.is_last() {
            self.window.consume(usize::MAX);
            self.window.fill(self.part)?;
        }
        Ok(())
    }
}

/// Calls `read` with a part; its bytes are inflated on a second thread if it is large enough.
fn with_pull<R: Read + Send, T>(
    threads: Threads,
    mut part: TextReader<'_, R>,
    read: impl FnOnce(&mut dyn ChunkSource) -> Result<T, XlsxError>,
) -> Result<T, XlsxError> {
    if threads == Threads::Two && part.bytes() >= THREAD_BYTES_MIN { with_thread(part, read) } else { read(&mut part) }
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
    read_part(archive, &part, |bytes| relations::read(owner, bytes))
}

fn read_part<R: Read + Seek, T>(
    archive: &mut Archive<R>,
    part: &str,
    read: impl FnOnce(&[u8]) -> Result<T, crate::error::FormatViolation>,
) -> Result<T, XlsxError> {
    let bytes = TextReader::new(archive.part(part, SMALL_PART_BYTES_MAX)?)?.read_all()?;
    read(&bytes).map_err(|flaw| flaw.within(part))
}

fn read_strings<R: Read + Seek + Send>(
    archive: &mut Archive<R>,
    part: &str,
    threads: Threads,
) -> Result<SharedStrings, XlsxError> {
    let reader = TextReader::new(archive.part(part, SHARED_STRINGS_BYTES_MAX)?)?;
    with_pull(threads, reader, |reader| {
        let (mut window, mut scanner) = (Window::new(), StringsScanner::new());
        while !window.is_last() {
            window.fill(reader)?;
            let used = scanner.push(window.bytes()).map_err(|flaw| flaw.within(part))?;
            window.consume(used);
        }
        let rest = window.bytes().trim_ascii();
        let strings = scanner.finish().map_err(|flaw| flaw.within(part))?;
        if rest.is_empty() { Ok(strings) } else { Err(FlawKind::Unfinished.at(0).within(part)) }
    })
}

/// The sheets with the names of their parts instead of relationship ids.
fn resolve(mut sheets: Vec<Sheet>, relations: &[Relation]) -> Vec<Sheet> {
    // If several have the same id, the first counts.
    let by_id: HashMap<&str, &Relation> =
        relations.iter().rev().map(|relation| (relation.id.as_str(), relation)).collect();
    for sheet in &mut sheets {
        let relation = by_id.get(sheet.part.as_str());
        sheet.kind = match relation {
            Some(relation) if relation.kind == "worksheet" => SheetKind::Worksheet,
            _ => SheetKind::Other,
        };
        sheet.part = relation.map(|relation| relation.target.clone()).unwrap_or_default();
    }
    sheets
}
