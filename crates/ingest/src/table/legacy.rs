//! `.xls`, `.xlsb` and `.ods` through calamine: the slow path, which is reported to users.
//!
//! **Limits.** calamine holds the sheet in memory, except for `.xlsb`, and numbers are `f64`: digits beyond the 15th
//! are lost, and zero-padding formats are unknown. Hidden rows are records. A file that makes calamine panic is an
//! error; one that makes it allocate more memory than available ends the process.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use calamine::{Data, ExcelDateTime, Ods, Reader, SheetType, SheetVisible, Xls, Xlsb, open_workbook_from_rs};
use matchflow_model::header::fold;
use matchflow_model::plan::TablePlan;
use matchflow_xlsx::{Area, DateSystem, NumberFormat};

use super::Table;
use super::ods_shapes::PlainDocument;
use super::thread::ThreadTable;
use super::workbook_options::{self as keys, AreaChoice, HiddenRows, SheetChoice, WorkbookOptions};
use crate::block::CellKind;
use crate::contents::FileContents;
use crate::digits::{number, without_midnight};
use crate::error::IngestError;
use crate::file;
use crate::format::{
    FormatKey, FormatReader, KeyConflict, PATH_KEY, TableFormat, TableOptions, TableRole, main_file, read_options,
};
use crate::sheet::{BlockSender, CellIntake, CellValue, IncomingCell, MergedAreas, SheetSpec};
use crate::sheets::{SheetFacts, SheetState, WorkbookFacts, ranges};

type Source = BufReader<File>;

/// Excel 97 to 2003.
pub(crate) static XLS: Legacy = Legacy {
    name: "xls",
    extensions: &["xls"],
    contents: FileContents::Ole,
    about: "An Excel 97 to 2003 workbook; slower than `.xlsx`.",
    open: ranged::<Source, Xls<Source>>,
    facts: facts::<Xls<Source>>,
};
/// Excel's binary workbook.
pub(crate) static XLSB: Legacy = Legacy {
    name: "xlsb",
    extensions: &["xlsb"],
    contents: FileContents::OfficeArchive,
    about: "An Excel binary workbook; slower than `.xlsx`.",
    open: streamed,
    facts: facts::<Xlsb<Source>>,
};
/// OpenDocument.
pub(crate) static ODS: Legacy = Legacy {
    name: "ods",
    extensions: &["ods"],
    contents: FileContents::OpenDocument,
    about: "An OpenDocument workbook; slower than `.xlsx`.",
    open: open_document,
    facts: facts::<Ods<Source>>,
};

/// A workbook format that is read through calamine.
#[derive(Debug)]
pub(crate) struct Legacy {
    name: &'static str,
    extensions: &'static [&'static str],
    contents: FileContents,
    about: &'static str,
    open: fn(Source, &LegacySheet, BlockSender<'_>) -> Result<(), IngestError>,
    facts: fn(Source, &LegacySheet) -> Result<WorkbookFacts, IngestError>,
}

/// A sheet to read.
struct LegacySheet {
    extension: &'static str,
    file: String,
    options: WorkbookOptions,
}

static KEYS: [FormatKey; 5] = [PATH_KEY, keys::SHEET_KEY, keys::RANGE_KEY, keys::HEADER_KEY, keys::TOTALS_KEY];

impl TableFormat for Legacy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        (role == TableRole::Source).then_some(self.about)
    }

    fn summary(&self) -> &'static str {
        "A workbook of another format."
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
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
        format!("{} (the slow way)", keys::describe(table))
    }
}

impl FormatReader for Legacy {
    /// The reader itself detects encrypted workbooks.
    fn takes(&self, contents: &FileContents) -> bool {
        *contents == self.contents || *contents == FileContents::Ole || contents.may_be_document()
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        let (handle, sheet) = self.sheet(table)?;
        let read = self.open;
        let table =
            ThreadTable::open(main_file(table)?, self.name, move |block_sender| read(handle, &sheet, block_sender))?;
        Ok(Box::new(table))
    }

    /// Its sheets and ranges; calamine has neither named tables nor the extent of a sheet before it is read.
    fn workbook(&self, table: &TablePlan) -> Result<WorkbookFacts, IngestError> {
        let (handle, sheet) = self.sheet(table)?;
        file::guard(&sheet.file, || (self.facts)(handle, &sheet))
    }
}

impl Legacy {
    fn sheet(&self, table: &TablePlan) -> Result<(Source, LegacySheet), IngestError> {
        let path = main_file(table)?;
        let options: WorkbookOptions = read_options(table)?;
        // calamine does not report which rows are hidden.
        let options = WorkbookOptions { hidden_rows: HiddenRows::Include, ..options };
        let handle = BufReader::new(file::open(path)?);
        Ok((handle, LegacySheet { extension: self.name, file: file::name(path), options }))
    }
}

fn facts<R: Reader<Source>>(handle: Source, sheet: &LegacySheet) -> Result<WorkbookFacts, IngestError>
where
    R::Error: std::fmt::Display,
{
    let workbook: R = open_workbook_from_rs(handle).map_err(|error: R::Error| sheet.failure(&error))?;
    let sheet = |sheet: &calamine::Sheet| SheetFacts {
        name: sheet.name.clone(),
        state: match (sheet.typ, sheet.visible) {
            (SheetType::WorkSheet, SheetVisible::Visible) => SheetState::Visible,
            (SheetType::WorkSheet, SheetVisible::Hidden) => SheetState::Hidden,
            (SheetType::WorkSheet, SheetVisible::VeryHidden) => SheetState::VeryHidden,
            _ => SheetState::NoCells,
        },
        area: None,
        tables: Vec::new(),
    };
    let sheets = workbook.sheets_metadata().iter().map(sheet).collect();
    Ok(WorkbookFacts { sheets, ranges: ranges(workbook.defined_names().iter().cloned()) })
}

fn open_document(handle: Source, format: &LegacySheet, block_sender: BlockSender<'_>) -> Result<(), IngestError> {
    let unreadable = |source| IngestError::Unreadable { file: format.file.clone(), source };
    let document = PlainDocument::new(handle).map_err(unreadable)?;
    ranged::<PlainDocument, Ods<PlainDocument>>(document, format, block_sender)
}

fn ranged<S: Read + Seek, R: Reader<S>>(
    handle: S,
    format: &LegacySheet,
    block_sender: BlockSender<'_>,
) -> Result<(), IngestError>
where
    R::Error: std::fmt::Display,
{
    let failed = |error: &dyn std::fmt::Display| format.failure(error);
    let mut workbook: R = open_workbook_from_rs(handle).map_err(|error: R::Error| failed(&error))?;
    let (sheet, mut intake) = begin(&workbook, format, block_sender)?;
    let range = workbook.worksheet_range(&sheet).map_err(|error| failed(&error))?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    intake.hint(range.end().map(|(row, _)| row + 1));
    let mut scratch = String::new();
    for (row, column, data) in range.used_cells() {
        let (row, column) = (first_row + row as u32 + 1, first_column + column as u32);
        if !intake.cell(&IncomingCell { row, column, value: cell_value(data, &mut scratch) })? {
            return Ok(());
        }
    }
    intake.finish()
}

fn streamed(handle: Source, format: &LegacySheet, block_sender: BlockSender<'_>) -> Result<(), IngestError> {
    let failed = |error: &dyn std::fmt::Display| format.failure(error);
    let mut workbook: Xlsb<Source> = open_workbook_from_rs(handle).map_err(|error| failed(&error))?;
    let (sheet, mut intake) = begin(&workbook, format, block_sender)?;
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| failed(&error))?;
    intake.hint(Some(cells.dimensions().end.0 + 1));
    let mut scratch = String::new();
    while let Some(cell) = cells.next_cell().map_err(|error| failed(&error))? {
        let (row, column) = cell.get_position();
        let data = Data::from(cell.get_value().clone());
        if !intake.cell(&IncomingCell { row: row + 1, column, value: cell_value(&data, &mut scratch) })? {
            return Ok(());
        }
    }
    intake.finish()
}

fn begin<'a, S: Read + Seek, R: Reader<S>>(
    workbook: &R,
    format: &LegacySheet,
    block_sender: BlockSender<'a>,
) -> Result<(String, CellIntake<'a>), IngestError> {
    let (file, table) = (format.file.clone(), &format.options);
    let sheets: Vec<calamine::Sheet> = workbook.sheets_metadata().to_vec();
    let (sheet, area) = match &table.area {
        AreaChoice::Range(text) => {
            let defined = workbook.defined_names();
            let named = defined.iter().find(|(name, _)| fold(name) == fold(text)).map(|(_, refers_to)| refers_to);
            let (sheet, area) = super::xlsx::split_range(named.map_or(text.as_str(), String::as_str));
            let area = Area::parse(area).ok_or_else(|| IngestError::Range {
                file: file.clone(),
                range: text.clone(),
                refers_to: named.cloned(),
                names: defined.iter().map(|(name, _)| name.clone()).collect(),
            })?;
            (sheet.map_or_else(|| table.sheet.clone(), SheetChoice::Name), area)
        }
        AreaChoice::Sheet | AreaChoice::Table(_) => (table.sheet.clone(), Area::SHEET),
    };
    let index = super::xlsx::choose_sheet(&file, &sheets.iter().map(tab).collect::<Vec<_>>(), &sheet)?;
    let sheet = sheets.get(index).map(|sheet| sheet.name.clone()).unwrap_or_default();
    let ending = format.extension;
    let note = format!("`{file}` is read the slow way, as .{ending}, whole in memory; save it as .xlsx to be faster");
    let spec = SheetSpec {
        file,
        sheet: sheet.clone(),
        sheets: sheets.into_iter().map(|sheet| sheet.name).collect(),
        area,
        header: table.header.clone(),
        names: None,
        hidden: table.hidden_rows,
        totals: table.totals,
        strings: None,
        merged: MergedAreas::default(),
        notes: vec![note],
    };
    Ok((sheet, CellIntake::new(spec, block_sender)))
}

fn tab(sheet: &calamine::Sheet) -> super::xlsx::SheetTab {
    super::xlsx::SheetTab {
        name: sheet.name.clone(),
        is_visible: sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible,
    }
}

fn cell_value<'a>(data: &'a Data, scratch: &'a mut String) -> CellValue<'a> {
    scratch.clear();
    let kind = match data {
        Data::Empty => CellKind::Empty,
        Data::String(text) => return CellValue::Text(CellKind::Text, text),
        Data::DateTimeIso(text) | Data::DurationIso(text) => {
            return CellValue::Text(CellKind::Date, without_midnight(text));
        }
        Data::Bool(value) => return CellValue::Text(CellKind::Boolean, if *value { "true" } else { "false" }),
        Data::Int(value) => {
            *scratch = value.to_string();
            CellKind::Number
        }
        Data::Float(value) => {
            number(*value, scratch);
            CellKind::Number
        }
        Data::DateTime(moment) => write_moment(moment, scratch),
        Data::Error(error) => {
            *scratch = error.to_string();
            CellKind::Error
        }
    };
    CellValue::Text(kind, scratch)
}

fn write_moment(moment: &ExcelDateTime, out: &mut String) -> CellKind {
    let days = moment.as_f64();
    if moment.is_duration() || days < 1.0 {
        let format = if moment.is_duration() { NumberFormat::Duration } else { NumberFormat::Time };
        if DateSystem::Y1900.write(days, format, out) {
            return CellKind::Date;
        }
        number(days, out);
        return CellKind::Number;
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    *out = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if milli > 0 {
        *out += &format!(".{milli:03}");
    }
    let length = without_midnight(out).len();
    out.truncate(length);
    CellKind::Date
}

impl LegacySheet {
    fn failure(&self, error: &dyn std::fmt::Display) -> IngestError {
        let reason = format!("as .{}: {error}", self.extension);
        IngestError::Workbook { file: self.file.clone(), reason }
    }
}
