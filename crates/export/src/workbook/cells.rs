//! Cells, and the rows they are written to.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, Formula, Worksheet, XlsxError};
use serde::{Deserialize, Serialize};

use super::styles::{Formats, Shade, Style};

/// Maximum number of characters in a cell.
const CELL_CHARS_MAX: usize = 32_767;

/// Maximum number of characters of a text within a formula.
const FORMULA_TEXT_CHARS_MAX: usize = 255;

/// The maximum column width in characters.
const WIDTH_MAX: usize = 48;
const WIDTH_MIN: usize = 8;

/// The content of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(f64),
    /// Highlighted text.
    Shaded(String, Shade),
    /// A web address, and its display text.
    Link(String, String),
}

impl Cell {
    /// A text; no cell for `None`.
    pub(crate) fn text(text: Option<impl Into<String>>) -> Cell {
        text.map(Into::into).filter(|text: &String| !text.is_empty()).map_or(Cell::Empty, Cell::Text)
    }

    /// A number; no cell for `None`.
    pub(crate) fn number(number: Option<f64>) -> Cell {
        number.filter(|number| number.is_finite()).map_or(Cell::Empty, Cell::Number)
    }
}

/// Writes the cells of a row from left to right, and records their widths.
pub(crate) struct CellWriter<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    column: usize,
    widths: &'a mut [usize],
}

impl<'a> CellWriter<'a> {
    /// `widths` may be shorter than the row.
    pub(crate) fn new(sheet: &'a mut Worksheet, row: u32, widths: &'a mut [usize]) -> CellWriter<'a> {
        CellWriter { sheet, row, column: 0, widths }
    }

    /// A cell; nothing is written if it is empty, unless a person fills it in.
    pub(crate) fn cell(
        &mut self,
        cell: &Cell,
        style: Style,
        formats: &Formats,
        is_banded: bool,
    ) -> Result<(), XlsxError> {
        let format = formats.cell(style, is_banded);
        match cell {
            Cell::Empty if style == Style::Entry => {
                self.sheet.write_blank(self.row, column(self.column), format)?;
            }
            Cell::Empty => {}
            Cell::Text(text) => return self.text(Some(text), format),
            Cell::Number(number) => return self.number(Some(*number), format),
            Cell::Shaded(text, shade) => return self.text(Some(text), formats.shade(*shade)),
            Cell::Link(address, text) => return self.link(address, text, format),
        }
        self.column += 1;
        Ok(())
    }

    /// Leaves a cell unchanged.
    pub(crate) fn skip(&mut self) {
        self.column += 1;
    }

    /// A text; nothing is written for `None`.
    pub(crate) fn text(&mut self, text: Option<&str>, format: &Format) -> Result<(), XlsxError> {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            if let Some(width) = self.widths.get_mut(self.column) {
                let line = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
                *width = (*width).max(line + 1);
            }
            self.sheet.write_string_with_format(self.row, column(self.column), fitting(text), format)?;
        }
        self.column += 1;
        Ok(())
    }

    /// A number; nothing is written for `None`.
    pub(crate) fn number(&mut self, number: Option<f64>, format: &Format) -> Result<(), XlsxError> {
        if let Some(number) = number {
            if let Some(width) = self.widths.get_mut(self.column) {
                // With separators and decimals.
                let digits = format!("{number:.0}").len();
                *width = (*width).max(digits + digits / 3 + 4);
            }
            self.sheet.write_number_with_format(self.row, column(self.column), number, format)?;
        }
        self.column += 1;
        Ok(())
    }

    /// A link as a formula: a sheet takes 65,530 hyperlinks, but any number of formulas.
    fn link(&mut self, address: &str, text: &str, format: &Format) -> Result<(), XlsxError> {
        if address.chars().count() > FORMULA_TEXT_CHARS_MAX {
            return self.text(Some(address), format);
        }
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let formula = Formula::new(format!("=HYPERLINK({},{})", quoted(address), quoted(text))).set_result(text);
        self.sheet.write_formula_with_format(self.row, column(self.column), formula, format)?;
        self.column += 1;
        Ok(())
    }
}

/// Sets the width of each column, limited to what a screen shows.
pub(crate) fn set_widths(sheet: &mut Worksheet, widths: &[usize]) -> Result<(), XlsxError> {
    for (number, width) in widths.iter().enumerate() {
        let width = u32::try_from((*width).clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or_default();
        sheet.set_column_width(column(number), width)?;
    }
    Ok(())
}

/// A column's number. **Invariant:** below [`super::COLUMNS_MAX`], checked before the first sheet.
pub(crate) fn column(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// The text, cut to the limit of a cell.
fn fitting(text: &str) -> Cow<'_, str> {
    // There are never fewer bytes than characters, so most texts need no counting.
    if text.len() <= CELL_CHARS_MAX || text.chars().count() <= CELL_CHARS_MAX {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(CELL_CHARS_MAX - 1).chain(['…']).collect())
}
