//! The sheets of a workbook, and the row of a sheet that looks like its header: for users who do not know it yet.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use matchflow_model::language::Label;
use matchflow_model::plan::TablePlan;
use matchflow_xlsx::{Area, SheetItem, SheetKind, Value, Visibility, Workbook};

use crate::block::{CellKind, TextCell};
use crate::error::IngestError;
use crate::file;
use crate::format;
use crate::table;
use crate::trim::{is_blank, trim};
use crate::value;

/// Rows inspected for the header.
const HEADER_ROWS_MAX: usize = 50;

/// A workbook, as `inspect` lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkbookFacts {
    /// Its sheets, in the order of their tabs.
    pub sheets: Vec<SheetFacts>,
    /// Its defined names of cells, each with the cells (`Feuille1!$A$1:$C$12`).
    pub ranges: Vec<(String, String)>,
}

/// A sheet of a workbook, as `inspect` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFacts {
    /// The name on its tab.
    pub name: String,
    /// Whether it has cells, and whether people see it.
    pub state: SheetState,
    /// Its cells (`A1:F500`) by the sheet's metadata; often wrong.
    pub area: Option<String>,
    /// Its named tables, each with its cells (`B3:F500`).
    pub tables: Vec<(String, String)>,
}

/// Whether a sheet has cells, and whether people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetState {
    /// A chart or a macro sheet.
    NoCells,
    /// People see it.
    Visible,
    /// Hidden by a person.
    Hidden,
    /// Hidden by a program: spreadsheets do not offer to show it.
    VeryHidden,
    /// A table of a database, not a sheet.
    DatabaseTable,
}

impl SheetState {
    /// The words for it.
    pub const fn label(self) -> Label {
        match self {
            SheetState::NoCells => Label { en: "no cells", fr: "sans cellules" },
            SheetState::Visible => Label { en: "visible", fr: "visible" },
            SheetState::Hidden => Label { en: "hidden", fr: "masquée" },
            SheetState::VeryHidden => Label { en: "very hidden", fr: "très masquée" },
            SheetState::DatabaseTable => Label { en: "a table of the database", fr: "une table de la base" },
        }
    }
}

/// The sheets and ranges of a workbook; none for other formats.
pub fn inspect_workbook(table: &TablePlan) -> Result<WorkbookFacts, IngestError> {
    format::checked_reader(table)?.workbook(table)
}

/// The row of the sheet that looks most like a header, if the format lets it be anywhere and it can be guessed.
pub fn guess_header(table: &TablePlan, sheet: &str) -> Result<Option<u32>, IngestError> {
    format::checked_reader(table)?.guess_header(table, sheet)
}

/// The sheets and ranges of an `.xlsx` workbook.
pub(crate) fn xlsx_facts(path: &Path) -> Result<WorkbookFacts, IngestError> {
    let name = file::name(path);
    file::guard(&name, || read_xlsx_facts(path, &name))
}

fn read_xlsx_facts(path: &Path, name: &str) -> Result<WorkbookFacts, IngestError> {
    let failed = |error| table::xlsx_error(name, error);
    let mut workbook = Workbook::open(file::open(path)?).map_err(failed)?;
    let tables = workbook.named_tables().map_err(failed)?;
    let sheets = workbook.sheets().to_vec();
    let facts = |(index, sheet): (usize, &matchflow_xlsx::Sheet)| {
        let is_here = |table: &&matchflow_xlsx::NamedTable| table.sheet == index;
        let state = match (sheet.kind, sheet.visibility) {
            (SheetKind::Other, _) => SheetState::NoCells,
            (_, Visibility::Visible) => SheetState::Visible,
            (_, Visibility::Hidden) => SheetState::Hidden,
            (_, Visibility::VeryHidden) => SheetState::VeryHidden,
        };
        let area = if sheet.kind == SheetKind::Worksheet { area(&mut workbook, index) } else { None };
        SheetFacts {
            name: sheet.name.clone(),
            state,
            area: area.map(|area| area.to_string()),
            tables: tables.iter().filter(is_here).map(|table| (table.name.clone(), table.area.to_string())).collect(),
        }
    };
    let sheets = sheets.iter().enumerate().map(facts).collect();
    let names = workbook.names().iter().map(|named| (named.name.clone(), named.refers_to.clone()));
    Ok(WorkbookFacts { sheets, ranges: ranges(names) })
}

/// The names that refer to cells.
pub(crate) fn ranges(names: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let is_range = |refers_to: &str| Area::parse(table::split_range(refers_to).1).is_some();
    names.into_iter().filter(|(_, refers_to)| is_range(refers_to)).collect()
}

/// The area of a sheet; `None` if it cannot be read.
fn area(workbook: &mut Workbook<File>, index: usize) -> Option<Area> {
    let read =
        workbook.read_sheet(index, |reader, _| reader.for_each(|_| ControlFlow::Break(())).map(|_| reader.dimension()));
    read.ok().flatten()
}

/// The row of an `.xlsx` sheet that looks most like a header: see [`HeaderGuess`].
pub(crate) fn guess_xlsx_header(path: &Path, sheet: &str) -> Result<Option<u32>, IngestError> {
    let name = file::name(path);
    file::guard(&name, || guess(path, &name, sheet))
}

fn guess(path: &Path, name: &str, sheet: &str) -> Result<Option<u32>, IngestError> {
    let failed = |error| table::xlsx_error(name, error);
    let mut workbook = Workbook::open(file::open(path)?).map_err(failed)?;
    let index = workbook.sheets().iter().position(|known| known.name == sheet).unwrap_or(0);
    let mut guess = HeaderGuess::default();
    workbook
        .read_sheet(index, |reader, tables| {
            reader.for_each(|item| {
                let SheetItem::Cell(cell) = item else { return ControlFlow::Continue(()) };
                let worth = match cell.value {
                    Value::Empty => return ControlFlow::Continue(()),
                    Value::Shared(index) => i64::from(tables.strings.get(index).is_some_and(|text| !is_blank(text))),
                    Value::Text(text) => i64::from(!is_blank(text)),
                    _ => -1,
                };
                if guess.add(cell.row, worth) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })
        .map_err(failed)?;
    Ok(guess.row())
}

/// Guesses which of the first rows is the header.
#[derive(Debug, Default)]
pub(crate) struct HeaderGuess {
    /// The score of each non-empty row: its texts, minus its cells of other kinds.
    rows: Vec<(u32, i64)>,
}

impl HeaderGuess {
    /// Adds a cell of a row; returns false once enough rows were seen.
    fn add(&mut self, row: u32, worth: i64) -> bool {
        let is_enough = self.rows.len() >= HEADER_ROWS_MAX;
        match self.rows.last_mut() {
            Some((last, texts)) if *last == row => *texts += worth,
            _ if is_enough => return false,
            _ => self.rows.push((row, worth)),
        }
        true
    }

    /// Adds a cell of a format that only has texts, like [`HeaderGuess::add`].
    pub(crate) fn add_text(&mut self, row: u32, text: &str) -> bool {
        let text = trim(text);
        let cell = TextCell { kind: CellKind::Text, text };
        let is_value = || value::decimal(cell).is_some() || value::date(cell).is_some();
        text.is_empty() || self.add(row, if is_value() { -1 } else { 1 })
    }

    /// The first row with nearly as many texts as any: a column may have texts but no name.
    pub(crate) fn row(&self) -> Option<u32> {
        let most = self.rows.iter().map(|(_, texts)| *texts).max().unwrap_or(0);
        self.rows.iter().find(|(_, texts)| *texts > 0 && texts * 4 >= most * 3).map(|(row, _)| *row)
    }
}
