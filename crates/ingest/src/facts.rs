//! Facts about a table taken from its header alone: for checking a pipeline before it runs.

use matchflow_model::plan::TablePlan;

use crate::error::IngestError;
use crate::table::{self, Table};

/// A table's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFacts {
    /// The column names, made unique, in the order of the file.
    pub columns: Vec<String>,
    /// Columns that cannot be read, and why: their type or their compression.
    pub unreadable: Vec<(String, String)>,
    /// The sheet to be read; `None` if the format has none.
    pub sheet: Option<String>,
    /// Every sheet of the workbook, hidden ones too.
    pub sheets: Vec<String>,
    /// The header row, if it is not always the first.
    pub header_row: Option<u64>,
    /// Remarks on how the file is read, for users.
    pub notes: Vec<String>,
    /// Rows below the header; a hint.
    pub rows_hint: Option<u64>,
}

/// Reads the header of a table; for INSEE's files, the columns of all files.
pub fn table_facts(table: &TablePlan) -> Result<TableFacts, IngestError> {
    table::open(table).map(|table| facts(table.as_ref()))
}

fn facts(table: &dyn Table) -> TableFacts {
    let header = table.header();
    TableFacts {
        columns: header.names(),
        unreadable: unreadable_columns(table),
        sheet: Some(header.sheet.clone()).filter(|sheet| !sheet.is_empty()),
        sheets: header.sheets.clone(),
        header_row: header.header_row,
        notes: header.notes.clone(),
        rows_hint: header.rows_hint,
    }
}

/// Named columns that cannot be read, and why.
pub(crate) fn unreadable_columns(table: &dyn Table) -> Vec<(String, String)> {
    let columns = table.header().columns.iter().take(table.header().named).enumerate();
    let fault = |column: usize| table.check(column).err().map(|error| error.to_string());
    columns.filter_map(|(at, column)| Some((column.name.clone(), fault(at)?))).collect()
}
