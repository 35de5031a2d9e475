//! A hidden sheet for programs: the id of each column of each sheet, so that a workbook in any language, with columns
//! moved or not, can be read back.

use matchflow_model::workbook_index::{INDEX_COLUMNS, INDEX_SHEET};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::column;

/// A line for each column: the name of its sheet, its heading, its id.
pub(crate) fn index_sheet<'a>(lines: impl Iterator<Item = [&'a str; 3]>) -> Result<Worksheet, XlsxError> {
    let mut index = Worksheet::new();
    index.set_name(INDEX_SHEET)?.set_very_hidden(true);
    for (row, line) in std::iter::once(INDEX_COLUMNS).chain(lines).enumerate() {
        for (number, text) in line.into_iter().enumerate() {
            index.write_string(row as u32, column(number), text)?;
        }
    }
    Ok(index)
}
