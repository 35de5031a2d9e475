//! What a table is, from its header alone: for checking a pipeline before it runs.

use matchflow_model::plan::{Format, ReferenceFormat};

use crate::error::IngestError;
use crate::table::{self, Table};

/// A table's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFacts {
    /// The column names, made unique, in the order of the file.
    pub columns: Vec<String>,
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

/// The header of a supplier file.
pub fn source_columns(format: &Format) -> Result<TableFacts, IngestError> {
    table::open(format).map(|table| facts(table.as_ref()))
}

/// The header of a registry; for INSEE's two files, the columns of both.
pub fn reference_columns(format: &ReferenceFormat) -> Result<TableFacts, IngestError> {
    table::open_reference(format).map(|table| facts(table.as_ref()))
}

fn facts(table: &dyn Table) -> TableFacts {
    let header = table.header();
    TableFacts {
        columns: header.names(),
        sheet: Some(header.sheet.clone()).filter(|sheet| !sheet.is_empty()),
        sheets: header.sheets.clone(),
        header_row: header.header_row,
        notes: header.notes.clone(),
        rows_hint: header.rows_hint,
    }
}
