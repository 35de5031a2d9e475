//! Describes a table and the contents of its columns: for people who write the `source` of a pipeline.
//!
//! Memory: a hash per row and column, for at most [`DISTINCT_MAX`] rows and [`HASHES_MAX`] in all; three examples per
//! column.

use std::collections::HashSet;

use matchflow_model::digest::exchange;
use matchflow_model::expectation::Expectation;
use matchflow_model::header::letters;
use matchflow_model::language::Label;
use matchflow_model::plan::TablePlan;

use crate::block::{Block, CellKind, TextCell};
use crate::error::IngestError;
use crate::facts::unreadable_columns;
use crate::header::{ColumnSource, Header, HeaderColumn};
use crate::irregular::IrregularRows;
use crate::sheet::TotalsGuess;
use crate::table::{self, Selection};
use crate::trim::cut;
use crate::value;

/// Columns inspected after the last named one.
const UNNAMED_LOOKED_AT: usize = 16;
const EXAMPLES_MAX: usize = 3;
/// Columns with more rows are not reported as unique.
const DISTINCT_MAX: usize = 1 << 20;
/// Nor are those of a table so wide that it would need more hashes than this.
const HASHES_MAX: usize = 1 << 24;
/// The maximum length of an example.
const EXAMPLE_CHARACTERS_MAX: usize = 100;
const BATCH_ROWS: usize = 8_192;

/// A table and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The inspected sheet; `None` if the format has none.
    pub sheet: Option<String>,
    /// The header row, if it is not always the first.
    pub header_row: Option<u64>,
    /// Non-blank rows below the header.
    pub rows: u64,
    /// Blank rows among them.
    pub rows_blank: u64,
    /// Rows that do not fit the header.
    pub irregular: IrregularRows,
    /// Rejects of whole rows, and of cells that cannot be read as any type.
    pub faults: u64,
    /// The first of these faults.
    pub first_faults: Vec<InspectionFault>,
    /// Whether the last row looks like totals.
    pub has_totals: bool,
    /// The named columns, in the order of the file.
    pub columns: Vec<ColumnFacts>,
    /// Columns with cells but no name, under the letters by which a plan selects them.
    pub unnamed: Vec<ColumnFacts>,
    /// Columns that cannot be read, and why.
    pub unreadable: Vec<(String, String)>,
}

/// A row, or a cell, that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionFault {
    /// The row's number in its file.
    pub row: u64,
    /// The text in the file, first 255 characters.
    pub raw: String,
    /// What was expected.
    pub expected: Expectation,
}

/// The contents of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnFacts {
    /// Its name, unique in the table.
    pub name: String,
    /// Cells by their kind in the file: empty, text, number, date, boolean, error.
    pub kinds: [u64; 6],
    /// The first distinct values.
    pub examples: Vec<String>,
    /// Cells that would be rejected as integer, decimal, date and boolean.
    pub rejected: [u64; 4],
    /// Cells of only digits with a leading zero, which an integer would lose.
    pub zeros: u64,
    /// Whether every row has a value and all values are distinct.
    pub is_key: bool,
}

/// The words for [`ColumnFacts::kinds`].
pub const KINDS: [Label; 6] = [
    Label { en: "empty", fr: "vide" },
    Label { en: "text", fr: "texte" },
    Label { en: "number", fr: "nombre" },
    Label { en: "date", fr: "date" },
    Label { en: "boolean", fr: "booléen" },
    Label { en: "error", fr: "erreur" },
];
/// The types of [`ColumnFacts::rejected`], as pipelines write them.
pub const TYPES: [&str; 4] = ["integer", "decimal", "date", "boolean"];

/// Reads a whole table and reports the contents of its columns.
pub fn inspect(table: &TablePlan) -> Result<Inspection, IngestError> {
    let mut table = table::open(table)?;
    let named = table.header().named;
    let unreadable = unreadable_columns(table.as_ref());
    let names = names(table.header_mut());
    let readable: Vec<usize> = (0..names.len()).filter(|column| table.check(*column).is_ok()).collect();
    let named = readable.iter().filter(|column| **column < named).count();
    let header = table.header();
    let column =
        |column: &usize| names.get(*column).map(|name| ColumnFacts { name: name.clone(), ..ColumnFacts::default() });
    let mut inspection = Inspection {
        sheet: Some(header.sheet.clone()).filter(|sheet| !sheet.is_empty()),
        header_row: header.header_row,
        rows: 0,
        rows_blank: 0,
        irregular: IrregularRows::default(),
        faults: 0,
        first_faults: Vec::new(),
        has_totals: false,
        columns: readable.iter().filter_map(column).collect(),
        unnamed: Vec::new(),
        unreadable,
    };
    let distinct_max = DISTINCT_MAX.min(HASHES_MAX / readable.len().max(1));
    let mut distinct: Vec<Option<HashSet<u64>>> = readable.iter().map(|_| Some(HashSet::new())).collect();
    table.select(Selection { columns: readable, filters: Vec::new(), rows_max: BATCH_ROWS })?;
    while let Some(block) = table.next_block()? {
        inspection.rows_blank += block.blank_rows();
        inspection.rows += block.rows() as u64;
        inspection.add_faults(&block);
        for (slot, (column, distinct)) in inspection.columns.iter_mut().zip(&mut distinct).enumerate() {
            (0..block.rows()).for_each(|row| column.add(block.cell(row, slot), distinct, distinct_max));
        }
        if block.rows() > 0 {
            inspection.has_totals = resembles_totals(&block, named);
        }
    }
    for (column, distinct) in inspection.columns.iter_mut().zip(distinct) {
        column.is_key =
            inspection.rows > 0 && distinct.is_some_and(|distinct| distinct.len() as u64 == inspection.rows);
    }
    inspection.unnamed = inspection.columns.split_off(named.min(inspection.columns.len()));
    inspection.unnamed.retain(|column| column.filled() > 0);
    Ok(inspection)
}

/// The names of the columns, followed by the letters of unnamed columns among and after them.
fn names(header: &mut Header) -> Vec<String> {
    let last = header.columns.iter().filter_map(HeaderColumn::position).max();
    let end = last.map_or(0, |last| (last + 1 + UNNAMED_LOOKED_AT).min(header.width));
    let known: HashSet<usize> = header.columns.iter().filter_map(HeaderColumn::position).collect();
    for position in (0..end).filter(|position| !known.contains(position)) {
        header
            .columns
            .push(HeaderColumn { name: format!("${}", letters(position)), place: ColumnSource::At(position) });
    }
    header.columns.iter().map(|column| column.name.clone()).collect()
}

fn resembles_totals(block: &Block, width: usize) -> bool {
    let last = block.rows().saturating_sub(1);
    let cells = (0..width).map(|slot| block.cell(last, slot));
    cells.fold(TotalsGuess::Empty, TotalsGuess::and).is_totals()
}

impl Inspection {
    fn add_faults(&mut self, block: &Block) {
        self.irregular += block.irregular();
        self.faults += block.faults().len() as u64;
        let room = EXAMPLES_MAX.saturating_sub(self.first_faults.len());
        self.first_faults.extend(block.faults().iter().take(room).map(|fault| InspectionFault {
            row: fault.number,
            raw: fault.raw.clone(),
            expected: fault.expected.clone(),
        }));
    }
}

impl ColumnFacts {
    fn add(&mut self, cell: TextCell<'_>, distinct: &mut Option<HashSet<u64>>, distinct_max: usize) {
        let kind = match cell.kind {
            CellKind::Empty => 0,
            CellKind::Text => 1,
            CellKind::Number => 2,
            CellKind::Date => 3,
            CellKind::Boolean => 4,
            CellKind::Error => 5,
        };
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        }
        if cell.kind == CellKind::Empty {
            *distinct = None;
            return;
        }
        if let Some(values) = distinct
            && (!values.insert(exchange(cell.text.as_bytes())) || values.len() > distinct_max)
        {
            *distinct = None;
        }
        let example = cut(cell.text, EXAMPLE_CHARACTERS_MAX);
        if self.examples.len() < EXAMPLES_MAX && !self.examples.iter().any(|known| known == example) {
            self.examples.push(example.to_owned());
        }
        let is_digits = cell.text.bytes().all(|byte| byte.is_ascii_digit());
        self.zeros += u64::from(is_digits && cell.text.len() > 1 && cell.text.starts_with('0'));
        let is_error = cell.kind == CellKind::Error;
        let rejected = [
            is_error || value::integer(cell).is_none(),
            is_error || value::decimal(cell).is_none(),
            is_error || value::date(cell).is_none(),
            is_error || value::boolean(cell).is_none(),
        ];
        self.rejected.iter_mut().zip(rejected).for_each(|(count, rejected)| *count += u64::from(rejected));
    }

    /// Non-empty cells.
    pub fn filled(&self) -> u64 {
        self.kinds.iter().skip(1).sum()
    }

    /// The type that fits every cell, if it is clearly intended: dates, and numbers with a fraction.
    pub fn type_meant(&self) -> Option<&'static str> {
        let [integer, decimal, date, _] = self.rejected;
        let has_cells = self.filled() > 0;
        match () {
            () if has_cells && date == 0 => Some("date"),
            () if has_cells && decimal == 0 && integer > 0 => Some("decimal"),
            () => None,
        }
    }
}
