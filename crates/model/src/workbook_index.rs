//! The hidden sheet of a workbook of results that names its columns for programs: a line for each column of each sheet.
//!
//! Headings are in the reader's language and take the headers of the supplier file; ids are those of CSV files.

/// The sheet's name, the same in every language.
pub const INDEX_SHEET: &str = "matchflow";

/// Its columns: the sheet, the heading of the column there, the id of the column.
pub const INDEX_COLUMNS: [&str; 3] = ["sheet", "heading", "id"];
