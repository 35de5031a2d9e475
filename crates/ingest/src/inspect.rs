//! What a table is and what its columns hold: for people who write the `source` of a pipeline.
//!
//! Memory: a hash a row and column, for at most [`DISTINCT_MAX`] rows; three examples a column.

use std::collections::HashSet;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use matchflow_model::digest::exchange;
use matchflow_model::plan::{Format, HeaderChoice};
use matchflow_xlsx::{Item, SheetKind, Value, Visibility, Workbook};

use crate::block::{Block, Cell, Kind};
use crate::error::IngestError;
use crate::file;
use crate::sheet::is_total;
use crate::table::{self, Selection};
use crate::value;

/// Rows looked at for the header.
const HEADER_ROWS_MAX: usize = 50;
const EXAMPLES_MAX: usize = 3;
/// A column of more rows is not told to be unique.
const DISTINCT_MAX: usize = 1 << 20;
const BATCH_ROWS: usize = 8_192;

/// A table and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The sheet that was looked at; `None` where the format has none.
    pub sheet: Option<String>,
    /// The row of the header, where that is not always the first.
    pub header_row: Option<u64>,
    /// Rows under it that say something.
    pub rows: u64,
    /// Rows between them that say nothing.
    pub rows_blank: u64,
    /// Whether the last row looks like totals.
    pub has_totals: bool,
    /// The columns that have a name, in the order of the file.
    pub columns: Vec<ColumnFacts>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnFacts {
    /// Its name, unique in the table.
    pub name: String,
    /// Cells by what they are in the file: empty, text, number, date, boolean, error.
    pub kinds: [u64; 6],
    /// The first different ones.
    pub examples: Vec<String>,
    /// Cells that would be rejected as integer, decimal, date and boolean.
    pub lost: [u64; 4],
    /// Cells of digits alone that begin with a zero, which an integer would lose.
    pub zeros: u64,
    /// Whether every row has one and no two are alike.
    pub is_key: bool,
}

/// The words for [`ColumnFacts::kinds`].
pub const KINDS: [&str; 6] = ["empty", "text", "number", "date", "boolean", "error"];
/// The words for [`ColumnFacts::lost`].
pub const TYPES: [&str; 4] = ["integer", "decimal", "date", "boolean"];

/// A sheet of a workbook, as `inspect` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFacts {
    /// As on its tab.
    pub name: String,
    /// Whether people see it, and what it is: `visible`, `hidden`, `very hidden`, `no cells`.
    pub state: &'static str,
    /// The last row, as the sheet says; often wrong.
    pub rows_hint: Option<u32>,
    /// Its named tables, each with its cells (`B3:F500`).
    pub tables: Vec<(String, String)>,
}

/// The sheets of an `.xlsx` workbook.
pub fn inspect_sheets(path: &Path) -> Result<Vec<SheetFacts>, IngestError> {
    let name = file::name(path);
    let failed = |error| table::xlsx_error(&name, error);
    let mut workbook = Workbook::open(file::open(path)?).map_err(failed)?;
    let tables = workbook.named_tables().map_err(failed)?;
    let sheets = workbook.sheets().to_vec();
    let facts = |(index, sheet): (usize, &matchflow_xlsx::Sheet)| {
        let is_here = |table: &&matchflow_xlsx::NamedTable| table.sheet == index;
        let state = match (sheet.kind, sheet.visibility) {
            (SheetKind::Other, _) => "no cells",
            (_, Visibility::Visible) => "visible",
            (_, Visibility::Hidden) => "hidden",
            (_, Visibility::VeryHidden) => "very hidden",
        };
        let rows_hint = if sheet.kind == SheetKind::Worksheet { rows_hint(&mut workbook, index) } else { None };
        SheetFacts {
            name: sheet.name.clone(),
            state,
            rows_hint,
            tables: tables.iter().filter(is_here).map(|table| (table.name.clone(), table.area.to_string())).collect(),
        }
    };
    Ok(sheets.iter().enumerate().map(facts).collect())
}

/// A sheet that cannot be read says nothing of its rows.
fn rows_hint(workbook: &mut Workbook<File>, index: usize) -> Option<u32> {
    let read =
        workbook.read_sheet(index, |reader, _| reader.for_each(|_| ControlFlow::Break(())).map(|_| reader.rows_hint()));
    read.ok().flatten()
}

/// The row of an `.xlsx` sheet that looks most like a header: of the first rows the first that has most texts.
pub fn guess_header(path: &Path, sheet: &str) -> Result<Option<u32>, IngestError> {
    let name = file::name(path);
    let failed = |error| table::xlsx_error(&name, error);
    let mut workbook = Workbook::open(file::open(path)?).map_err(failed)?;
    let index = workbook.sheets().iter().position(|known| known.name == sheet).unwrap_or(0);
    // Texts of each row that has a cell; cells that say another thing count against it.
    let mut rows: Vec<(u32, i64)> = Vec::new();
    workbook
        .read_sheet(index, |reader, tables| {
            reader.for_each(|item| {
                let Item::Cell(cell) = item else { return ControlFlow::Continue(()) };
                let worth = match cell.value {
                    Value::Empty => return ControlFlow::Continue(()),
                    Value::Shared(index) => {
                        i64::from(tables.strings.get(index).is_some_and(|text| !text.trim().is_empty()))
                    }
                    Value::Text(text) => i64::from(!text.trim().is_empty()),
                    _ => -1,
                };
                let is_enough = rows.len() >= HEADER_ROWS_MAX;
                match rows.last_mut() {
                    Some((row, texts)) if *row == cell.row => *texts += worth,
                    _ if is_enough => return ControlFlow::Break(()),
                    _ => rows.push((cell.row, worth)),
                }
                ControlFlow::Continue(())
            })
        })
        .map_err(failed)?;
    let best = rows.iter().filter(|(_, texts)| *texts > 0).max_by_key(|(row, texts)| (*texts, u32::MAX - row));
    Ok(best.map(|(row, _)| *row))
}

/// Reads a whole table and tells what its columns hold.
pub fn inspect(format: &Format) -> Result<Inspection, IngestError> {
    let mut table = table::open(format)?;
    let header = table.header();
    let names = header.names();
    let mut inspection = Inspection {
        sheet: Some(header.sheet.clone()).filter(|sheet| !sheet.is_empty()),
        header_row: header.header_row,
        rows: 0,
        rows_blank: 0,
        has_totals: false,
        columns: names.iter().map(|name| ColumnFacts { name: name.clone(), ..ColumnFacts::default() }).collect(),
    };
    let mut seen: Vec<Option<HashSet<u64>>> = names.iter().map(|_| Some(HashSet::new())).collect();
    table.select(Selection { columns: (0..names.len()).collect(), filters: Vec::new(), rows_max: BATCH_ROWS })?;
    while let Some(block) = table.next_block()? {
        inspection.rows_blank += block.blank_rows();
        inspection.rows += block.rows() as u64;
        for (slot, (column, seen)) in inspection.columns.iter_mut().zip(&mut seen).enumerate() {
            (0..block.rows()).for_each(|row| column.add(block.cell(row, slot), seen));
        }
        if block.rows() > 0 {
            inspection.has_totals = looks_like_totals(&block, names.len());
        }
    }
    for (column, seen) in inspection.columns.iter_mut().zip(seen) {
        column.is_key = inspection.rows > 0 && seen.is_some_and(|seen| seen.len() as u64 == inspection.rows);
    }
    Ok(inspection)
}

/// The format with its header in the row `row`.
pub fn with_header(format: Format, row: Option<u32>) -> Format {
    match (format, row) {
        (Format::Xlsx(mut xlsx), Some(row)) => {
            xlsx.header = HeaderChoice::Row(row);
            Format::Xlsx(xlsx)
        }
        (format, _) => format,
    }
}

fn looks_like_totals(block: &Block, width: usize) -> bool {
    let last = block.rows().saturating_sub(1);
    let first = (0..width).map(|slot| block.cell(last, slot)).find(|cell| cell.kind == Kind::Text);
    first.is_some_and(|cell| is_total(cell.text))
}

impl ColumnFacts {
    fn add(&mut self, cell: Cell<'_>, seen: &mut Option<HashSet<u64>>) {
        let kind = match cell.kind {
            Kind::Empty => 0,
            Kind::Text => 1,
            Kind::Number => 2,
            Kind::Date => 3,
            Kind::Boolean => 4,
            Kind::Error => 5,
        };
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        }
        if cell.kind == Kind::Empty {
            *seen = None;
            return;
        }
        if let Some(known) = seen
            && (!known.insert(exchange(cell.text.as_bytes())) || known.len() > DISTINCT_MAX)
        {
            *seen = None;
        }
        if self.examples.len() < EXAMPLES_MAX && !self.examples.iter().any(|known| known == cell.text) {
            self.examples.push(cell.text.to_owned());
        }
        let is_digits = cell.text.bytes().all(|byte| byte.is_ascii_digit());
        self.zeros += u64::from(is_digits && cell.text.len() > 1 && cell.text.starts_with('0'));
        let is_error = cell.kind == Kind::Error;
        let lost = [
            is_error || value::integer(cell).is_none(),
            is_error || value::decimal(cell).is_none(),
            is_error || value::date(cell).is_none(),
            is_error || value::boolean(cell).is_none(),
        ];
        self.lost.iter_mut().zip(lost).for_each(|(count, lost)| *count += u64::from(lost));
    }

    /// Cells that say something.
    pub fn filled(&self) -> u64 {
        self.kinds.iter().skip(1).sum()
    }

    /// The type that takes every cell as it is, if one is surely meant: dates, and numbers with a fraction.
    pub fn type_meant(&self) -> Option<&'static str> {
        let [integer, decimal, date, _] = self.lost;
        let has_cells = self.filled() > 0;
        match () {
            () if has_cells && date == 0 => Some("date"),
            () if has_cells && decimal == 0 && integer > 0 => Some("decimal"),
            () => None,
        }
    }
}
