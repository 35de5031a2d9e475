//! What a table is, from its header alone: for checking a pipeline before it runs.

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
    /// The sheet that is read; `None` where the format has none.
    pub sheet: Option<String>,
    /// Every sheet of the workbook, hidden ones too.
    pub sheets: Vec<String>,
    /// The row of the header, where that is not always the first.
    pub header_row: Option<u64>,
    /// What is to be known of the way in which the file is read, in words for people.
    pub notes: Vec<String>,
    /// Rows under the header; a hint.
    pub rows_hint: Option<u64>,
}

/// The header of a table; for INSEE's files, the columns of all.
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

/// The columns with a name that cannot be read, and why.
pub(crate) fn unreadable_columns(table: &dyn Table) -> Vec<(String, String)> {
    let columns = table.header().columns.iter().take(table.header().named).enumerate();
    let fault = |column: usize| table.check(column).err().map(|error| error.to_string());
    columns.filter_map(|(at, column)| Some((column.name.clone(), fault(at)?))).collect()
}
