//! A list as a workbook: one sheet with a header that stays in view, and filters.

use std::path::Path;

use matchflow_files::StagedFile;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::error::ExportError;
use crate::staged::ROLE;

/// A table for people.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The name of the sheet.
    pub name: String,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows, each as long as the headings.
    pub rows: Vec<Vec<ListCell>>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum ListCell {
    /// Nothing.
    Empty,
    /// A text, never a formula.
    Text(String),
    /// An amount.
    Decimal(f64),
}

/// Characters of a column: as wide as its widest text, within these.
const WIDTH: std::ops::RangeInclusive<usize> = 8..=48;
/// Maximum number of characters in a cell.
const CELL_CHARS_MAX: usize = 32_767;

/// Writes a list to a workbook, which gets its name when it is complete.
pub fn write_list(path: &Path, list: &List) -> Result<(), ExportError> {
    let failed = |source| ExportError::Write { path: path.to_owned(), source };
    let (staged, file) = StagedFile::create(path, ROLE).map_err(failed)?;
    let mut workbook = fill(list).map_err(|error| failed(std::io::Error::other(error)))?;
    workbook.save_to_writer(file).map_err(|error| failed(std::io::Error::other(error)))?;
    staged.publish().map(drop).map_err(failed)
}

fn fill(list: &List) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let heading = Format::new().set_bold();
    let amount = Format::new().set_num_format("#,##0.00");
    let sheet = workbook.add_worksheet();
    sheet.set_name(&list.name)?;
    let mut widths: Vec<usize> = list.headings.iter().map(|heading| heading.chars().count()).collect();
    for (column, text) in list.headings.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, text, &heading)?;
    }
    for (row, cells) in list.rows.iter().enumerate() {
        let row = u32::try_from(row + 1).unwrap_or(u32::MAX);
        for (column, cell) in cells.iter().enumerate() {
            match cell {
                ListCell::Empty => {}
                ListCell::Text(text) => {
                    let text: String = text.chars().take(CELL_CHARS_MAX).collect();
                    if let Some(width) = widths.get_mut(column) {
                        *width = (*width).max(text.chars().count());
                    }
                    sheet.write_string(row, column as u16, text)?;
                }
                ListCell::Decimal(number) => {
                    _ = sheet.write_number_with_format(row, column as u16, *number, &amount)?
                }
            }
        }
    }
    for (column, width) in widths.into_iter().enumerate() {
        sheet.set_column_width(column as u16, width.clamp(*WIDTH.start(), *WIDTH.end()) as f64 + 2.0)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let last = list.headings.len().saturating_sub(1) as u16;
    sheet.autofilter(0, 0, u32::try_from(list.rows.len()).unwrap_or(u32::MAX), last)?;
    Ok(workbook)
}
