//! A hidden sheet for programs: which column of which sheet has which id, so that a workbook in any language, with columns
//! moved or not, can be read back.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::column;
use super::result_sheet::ResultSheet;

/// Its name, the same in every language.
pub(crate) const INDEX_SHEET: &str = "matchflow";

/// A line for each column: sheet, heading, id.
pub(crate) fn index_sheet(sheets: &[&ResultSheet]) -> Result<Worksheet, XlsxError> {
    let mut index = Worksheet::new();
    index.set_name(INDEX_SHEET)?.set_very_hidden(true);
    let lines = sheets.iter().flat_map(|sheet| {
        let line = |of: &super::columns::SheetColumn| [sheet.name().to_owned(), of.heading.clone(), of.id.clone()];
        sheet.columns().iter().map(line).collect::<Vec<_>>()
    });
    let header = ["sheet", "heading", "id"].map(str::to_owned);
    for (row, line) in std::iter::once(header).chain(lines).enumerate() {
        for (number, text) in line.iter().enumerate() {
            index.write_string(row as u32, column(number), text)?;
        }
    }
    Ok(index)
}
