//! The hidden sheet of a results workbook that describes its columns to programs: one line for each column of each
//! sheet.
//!
//! Headings are in the reader's language and include headers of the supplier file; ids are the column names of CSV
//! files.

/// The sheet's name, the same in every language.
pub const INDEX_SHEET: &str = "matchflow";

/// Its columns: the sheet, the column's heading there, the column's id.
pub const INDEX_COLUMNS: [&str; 3] = ["sheet", "heading", "id"];
