//! Excel workbooks through `matchflow-xlsx`: chooses the table and sheet, and passes its cells to the intake.
//!
//! Memory: the shared strings, and what [`super::thread`] queues; never the sheet.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;

use matchflow_model::header::fold;
use matchflow_model::plan::TablePlan;
use matchflow_xlsx::{
    Area, Cell, DefinedName, NamedTable, Sheet, SheetItem, SheetKind, SheetReader, Tables, Value, Visibility, Workbook,
    XlsxError,
};

use super::thread::ThreadTable;
use super::workbook_options::{self as keys, AreaChoice, HeaderChoice, MergedCells, SheetChoice, WorkbookOptions};
use super::{Table, xlsx_cell};
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::format::{
    FormatKey, FormatReader, KeyConflict, PATH_KEY, TableFormat, TableOptions, TableRole, main_file, read_options,
};
use crate::sheet::{BlockSender, CellIntake, CellValue, IncomingCell, MergedAreas, SheetSpec};
use crate::sheets::{self, WorkbookFacts};
use crate::strings::StringTable;

/// Excel workbooks.
#[derive(Debug)]
pub(crate) struct Xlsx;

static KEYS: [FormatKey; 8] = [
    PATH_KEY,
    keys::SHEET_KEY,
    keys::TABLE_KEY,
    keys::RANGE_KEY,
    keys::HEADER_KEY,
    keys::HIDDEN_ROWS_KEY,
    keys::MERGED_KEY,
    keys::TOTALS_KEY,
];

impl TableFormat for Xlsx {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "An Excel workbook.",
            TableRole::Reference => "An Excel workbook, an entry a row.",
        })
    }

    fn summary(&self) -> &'static str {
        "An Excel workbook."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx", "xlsm"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }

    fn conflicts(&self, options: &TableOptions) -> Vec<KeyConflict> {
        keys::conflicts(options)
    }

    fn options(&self, options: TableOptions, expected: &[String]) -> TableOptions {
        keys::options(&options, expected)
    }

    fn row_columns(&self, table: &TablePlan) -> &'static [&'static str] {
        keys::row_columns(table)
    }

    fn describe(&self, table: &TablePlan) -> String {
        keys::describe(table)
    }
}

impl FormatReader for Xlsx {
    /// The reader itself detects encrypted workbooks.
    fn takes(&self, contents: &FileContents) -> bool {
        matches!(contents, FileContents::OfficeArchive | FileContents::Ole) || contents.may_be_document()
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        let path = main_file(table)?.to_owned();
        let options: WorkbookOptions = read_options(table)?;
        let handle = file::open(&path)?;
        let file = file::name(&path);
        Ok(Box::new(ThreadTable::open(&path, "xlsx", move |block_sender| read(handle, &file, &options, block_sender))?))
    }

    fn workbook(&self, table: &TablePlan) -> Result<WorkbookFacts, IngestError> {
        sheets::xlsx_facts(main_file(table)?)
    }

    fn guess_header(&self, table: &TablePlan, sheet: &str) -> Result<Option<u32>, IngestError> {
        sheets::guess_xlsx_header(main_file(table)?, sheet)
    }
}

fn read(handle: File, file: &str, format: &WorkbookOptions, block_sender: BlockSender<'_>) -> Result<(), IngestError> {
    let failed = |error: XlsxError| error_of(file, error);
    let mut workbook = Workbook::open(handle).map_err(failed)?;
    let sheets: Vec<SheetTab> = workbook.sheets().iter().map(tab).collect();
    let chosen = choose(file, format, &sheets, &mut workbook)?;
    let merged = match format.merged {
        MergedCells::TopLeft => MergedAreas::default(),
        MergedCells::Fill => MergedAreas::new(workbook.merged(chosen.sheet).map_err(failed)?),
    };
    let strings = Arc::new(StringTable::new(Arc::clone(&workbook.tables().strings)));
    let spec = SheetSpec {
        sheet: sheets.get(chosen.sheet).map(|sheet| sheet.name.clone()).unwrap_or_default(),
        sheets: names(&sheets),
        area: chosen.area,
        header: chosen.header.unwrap_or_else(|| format.header.clone()),
        names: chosen.names,
        hidden: format.hidden_rows,
        totals: format.totals,
        strings: Some(strings),
        merged,
        notes: Vec::new(),
        file: file.to_owned(),
    };
    let intake = CellIntake::new(spec, block_sender);
    workbook.read_sheet(chosen.sheet, |reader, tables| Ok(feed(reader, tables, intake, file))).map_err(failed)?
}

/// Passes every cell of the sheet to the intake.
fn feed(
    reader: &mut SheetReader<'_>,
    tables: &Tables,
    mut intake: CellIntake<'_>,
    file: &str,
) -> Result<(), IngestError> {
    let mut scratch = String::new();
    let mut failure = None;
    let mut is_hinted = false;
    let mut is_listening = true;
    loop {
        let goes_on = reader.for_each(|item| {
            is_listening = match item {
                SheetItem::Row(row) => {
                    intake.row(row.is_hidden);
                    true
                }
                SheetItem::Cell(cell) => intake.cell(&incoming(&cell, tables, &mut scratch)).unwrap_or_else(|error| {
                    failure = Some(error);
                    false
                }),
            };
            // Called once, with the sheet's own row count.
            if is_listening && is_hinted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let goes_on = goes_on.map_err(|error| error_of(file, error))?;
        if let Some(error) = failure {
            return Err(error);
        }
        if !is_listening {
            return Ok(());
        }
        if !goes_on {
            return intake.finish();
        }
        is_hinted = true;
        intake.hint(reader.rows_hint());
    }
}

#[inline]
fn incoming<'a>(cell: &Cell<'a>, tables: &'a Tables, scratch: &'a mut String) -> IncomingCell<'a> {
    let value = match cell.value {
        Value::Shared(index) => CellValue::Shared(index),
        _ => {
            let (kind, text) = xlsx_cell::text(cell, tables, scratch);
            CellValue::Text(kind, text)
        }
    };
    IncomingCell { row: cell.row, column: cell.column, value }
}

/// The part of a workbook to read.
struct ChosenTable {
    sheet: usize,
    area: Area,
    /// Overrides the plan's.
    header: Option<HeaderChoice>,
    names: Option<Vec<(usize, String)>>,
}

fn choose(
    file: &str,
    format: &WorkbookOptions,
    sheets: &[SheetTab],
    workbook: &mut Workbook<File>,
) -> Result<ChosenTable, IngestError> {
    let plain = |sheet, area| ChosenTable { sheet, area, header: None, names: None };
    match &format.area {
        AreaChoice::Sheet => Ok(plain(choose_sheet(file, sheets, &format.sheet)?, Area::SHEET)),
        AreaChoice::Table(name) => {
            let tables = workbook.named_tables().map_err(|error| error_of(file, error))?;
            let table = tables.iter().find(|table| fold(&table.name) == fold(name));
            table.and_then(of_table).ok_or_else(|| IngestError::TableNotFound {
                file: file.to_owned(),
                table: name.clone(),
                tables: tables.iter().map(|table| table.name.clone()).collect(),
            })
        }
        AreaChoice::Range(text) => {
            let named = named(file, text, &format.sheet, sheets, workbook.names())?;
            let (sheet, area) = split_range(named.map_or(text.as_str(), |named| named.refers_to.as_str()));
            let area = Area::parse(area).ok_or_else(|| IngestError::Range {
                file: file.to_owned(),
                range: text.clone(),
                refers_to: named.map(|named| named.refers_to.clone()),
                names: workbook.names().iter().map(|named| named.name.clone()).collect(),
            })?;
            let sheet = sheet.map_or_else(|| format.sheet.clone(), SheetChoice::Name);
            Ok(plain(choose_sheet(file, sheets, &sheet)?, area))
        }
    }
}

/// The defined name to use: the one of the chosen sheet, else the workbook's, else the only one of any sheet.
fn named<'a>(
    file: &str,
    text: &str,
    sheet: &SheetChoice,
    sheets: &[SheetTab],
    names: &'a [DefinedName],
) -> Result<Option<&'a DefinedName>, IngestError> {
    let named: Vec<&DefinedName> = names.iter().filter(|named| fold(&named.name) == fold(text)).collect();
    let chosen = choose_sheet(file, sheets, sheet).ok();
    let of_chosen = named.iter().find(|named| named.sheet.is_some() && named.sheet == chosen);
    let of_all = || named.iter().find(|named| named.sheet.is_none());
    match (of_chosen.or_else(of_all), named.as_slice()) {
        (Some(found), _) => Ok(Some(found)),
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(only)),
        (None, several) => Err(IngestError::NameOfSheets {
            file: file.to_owned(),
            name: text.to_owned(),
            sheets: several.iter().filter_map(|named| Some(sheets.get(named.sheet?)?.name.clone())).collect(),
        }),
    }
}

/// The rows of a table between its header and its totals; `None` if there are none.
fn of_table(table: &NamedTable) -> Option<ChosenTable> {
    let last_row = table.area.last_row.checked_sub(table.totals_rows).filter(|last| *last >= table.area.first_row)?;
    let area = Area { last_row, ..table.area };
    let has_header = table.header_rows > 0;
    let header_row = area.first_row.checked_add(table.header_rows.saturating_sub(1));
    let header_row = header_row.filter(|row| *row <= area.last_row)?;
    let columns = table.columns.iter().enumerate();
    let names = columns.map(|(at, name)| (area.first_column as usize + at, name.clone())).collect();
    Some(ChosenTable {
        sheet: table.sheet,
        area,
        header: Some(HeaderChoice::Row(header_row)),
        names: Some(names).filter(|_| !has_header),
    })
}

/// The sheet, if given, and the cells of `Feuille1!$A$1:$C$12` or `'L''an 2024'!A:C`.
pub(crate) fn split_range(text: &str) -> (Option<String>, &str) {
    match text.trim().trim_start_matches('=').rsplit_once('!') {
        None => (None, text),
        Some((sheet, area)) => {
            let quoted = sheet.strip_prefix('\'').and_then(|sheet| sheet.strip_suffix('\''));
            (Some(quoted.map_or_else(|| sheet.to_owned(), |sheet| sheet.replace("''", "'"))), area)
        }
    }
}

/// The facts about a sheet by which it is chosen.
pub(super) struct SheetTab {
    pub(super) name: String,
    /// Whether it is a visible worksheet.
    pub(super) is_visible: bool,
}

fn tab(sheet: &Sheet) -> SheetTab {
    let is_visible = sheet.kind == SheetKind::Worksheet && sheet.visibility == Visibility::Visible;
    SheetTab { name: sheet.name.clone(), is_visible }
}

/// The index of the requested sheet.
pub(super) fn choose_sheet(file: &str, sheets: &[SheetTab], choice: &SheetChoice) -> Result<usize, IngestError> {
    let (found, requested) = match choice {
        SheetChoice::First => {
            let first = sheets.iter().position(|sheet| sheet.is_visible);
            return first.ok_or_else(|| IngestError::NoVisibleSheet { file: file.to_owned(), sheets: names(sheets) });
        }
        SheetChoice::Name(name) => {
            let exact = sheets.iter().position(|sheet| sheet.name == *name);
            let alike = || sheets.iter().position(|sheet| fold(&sheet.name) == fold(name));
            (exact.or_else(alike), format!("`{name}`"))
        }
        SheetChoice::Position(number) => {
            (number.checked_sub(1).filter(|index| *index < sheets.len()), format!("number {number}"))
        }
    };
    found.ok_or_else(|| IngestError::SheetNotFound { file: file.to_owned(), requested, sheets: names(sheets) })
}

fn names(sheets: &[SheetTab]) -> Vec<String> {
    sheets.iter().map(|sheet| sheet.name.clone()).collect()
}

/// Converts an error of the reader to one for users.
pub(crate) fn error_of(file: &str, error: XlsxError) -> IngestError {
    let file = file.to_owned();
    match error {
        XlsxError::Io { source } => IngestError::Unreadable { file, source },
        XlsxError::Encrypted => IngestError::Encrypted { file },
        XlsxError::NotAnArchive => IngestError::NotAWorkbook { file },
        XlsxError::Cut { .. } | XlsxError::Inflate { .. } | XlsxError::Length { .. } | XlsxError::Checksum { .. } => {
            IngestError::CutWorkbook { file, reason: error.to_string() }
        }
        other => IngestError::Workbook { file, reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_name_their_sheet_or_none() {
        for (text, sheet, area) in [
            ("A1:B2", None, "A1:B2"),
            ("Feuille1!$A$1:$C$12", Some("Feuille1"), "$A$1:$C$12"),
            ("='L''an 2024!'!A:C", Some("L'an 2024!"), "A:C"),
        ] {
            assert_eq!(split_range(text), (sheet.map(str::to_owned), area));
        }
    }
}
