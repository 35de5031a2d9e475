//! A sheet of rows with a frozen header; further rows continue in `name 2`, `name 3`...

use matchflow_labels::Words;
use matchflow_model::language::Label;
use matchflow_model::review_verdict::ReviewVerdict;
use rust_xlsxwriter::{Color, IgnoreError, Workbook, Worksheet, XlsxError};

use super::cells::{Cell, CellWriter, column, set_widths};
use super::columns::{CellSource, SheetColumn};
use super::styles::{ColumnOwner, Formats, Style, header};
use super::verdict_list::offer_verdicts;

/// The number of rows whose texts determine the column widths.
const WIDTH_ROWS: u32 = 1_000;

/// Paper size A3: on A4 so many columns would be illegible.
const PAPER: u8 = 8;

/// The maximum width of a text column in characters.
const TEXT_WIDTH_MAX: usize = 30;

/// The height of a line in points, and the maximum number of visible lines of a row.
const LINE_HEIGHT: f64 = 13.5;
const LINES_MAX: usize = 6;

/// A header takes two lines if its column is narrower.
const HEADER_HEIGHT: f64 = 30.0;

/// The verdicts of the drop-down list.
const VERDICTS_OFFERED: [ReviewVerdict; 6] = [
    ReviewVerdict::Entry,
    ReviewVerdict::OtherEstablishment,
    ReviewVerdict::Closed,
    ReviewVerdict::NotInRegistry,
    ReviewVerdict::NotASupplier,
    ReviewVerdict::Later,
];

/// The sheets of one kind of rows.
pub(crate) struct ResultSheet {
    name: String,
    columns: Vec<SheetColumn>,
    /// The sheet being filled; `None` before its first row.
    sheet: Option<Worksheet>,
    done: Vec<Worksheet>,
    /// Rows in `sheet`, without its header.
    rows: u32,
    rows_max: u32,
    /// Length of the longest text of each column so far, in characters.
    widths: Vec<usize>,
    words: Words,
    tab_color: u32,
}

impl ResultSheet {
    pub(crate) fn new(
        (name, tab_color): (Label, u32),
        columns: Vec<SheetColumn>,
        rows_max: u32,
        words: &Words,
    ) -> ResultSheet {
        ResultSheet {
            name: words.text(name).to_owned(),
            widths: columns.iter().map(header_width).collect(),
            columns,
            sheet: None,
            done: Vec::new(),
            rows: 0,
            rows_max,
            words: words.clone(),
            tab_color,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn columns(&self) -> &[SheetColumn] {
        &self.columns
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sheet.is_none() && self.done.is_empty()
    }

    /// Adds a row.
    pub(crate) fn add(
        &mut self,
        workbook: &mut Workbook,
        formats: &Formats,
        cells: &[Cell],
        is_banded: bool,
    ) -> Result<(), XlsxError> {
        if self.rows == self.rows_max {
            self.end_sheet()?;
        }
        let mut sheet = match self.sheet.take() {
            Some(sheet) => sheet,
            None => self.begin_sheet(workbook)?,
        };
        self.rows += 1;
        let widths = if self.rows <= WIDTH_ROWS { self.widths.as_mut_slice() } else { &mut [] };
        // Not every program that opens the file computes the height of wrapped texts.
        let lines = cells.iter().zip(&self.columns).map(|(cell, column)| line_count(cell, column)).max().unwrap_or(1);
        if lines > 1 {
            sheet.set_row_height(self.rows, LINE_HEIGHT * lines.min(LINES_MAX) as f64)?;
        }
        let mut line = CellWriter::new(&mut sheet, self.rows, widths);
        for (cell, column) in cells.iter().zip(&self.columns) {
            line.cell(cell, column.style, formats, is_banded)?;
        }
        self.sheet = Some(sheet);
        Ok(())
    }

    /// The finished sheets; an empty one if there are no rows.
    pub(crate) fn finish(&mut self, workbook: &mut Workbook) -> Result<Vec<Worksheet>, XlsxError> {
        if self.is_empty() {
            self.sheet = Some(self.begin_sheet(workbook)?);
        }
        self.end_sheet()?;
        Ok(std::mem::take(&mut self.done))
    }

    fn begin_sheet(&self, workbook: &mut Workbook) -> Result<Worksheet, XlsxError> {
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        sheet.set_name(match self.done.len() {
            0 => self.name.clone(),
            done => format!("{} {}", self.name, done + 1),
        })?;
        // The key, and the name next to it.
        sheet.set_freeze_panes(1, 2.min(column(self.columns.len())))?;
        sheet.set_row_height(0, HEADER_HEIGHT)?;
        for (number, SheetColumn { heading, owner, .. }) in self.columns.iter().enumerate() {
            sheet.write_string_with_format(0, column(number), heading, &header(*owner))?;
        }
        Ok(sheet)
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let Some(mut sheet) = self.sheet.take() else { return Ok(()) };
        let last_column = column(self.columns.len().saturating_sub(1));
        let last_row = self.rows.max(1);
        sheet.autofilter(0, 0, self.rows, last_column)?;
        // Identifiers and postcodes are intentionally texts: suppresses the green corners.
        sheet.ignore_error_range(1, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        set_widths(&mut sheet, &self.column_widths())?;
        for (number, column_of) in self.columns.iter().enumerate() {
            if matches!(column_of.source, CellSource::Verdict) {
                offer_verdicts(&mut sheet, &VERDICTS_OFFERED, &self.words, column(number), last_row)?;
            }
        }
        // Technical columns come last.
        let technical = self.columns.iter().position(|column| column.owner == ColumnOwner::Technical);
        if let Some(first) = technical {
            sheet.group_columns_collapsed(column(first), last_column)?;
        }
        sheet
            .set_landscape()
            .set_paper_size(PAPER)
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
        // Printed without the collapsed columns and the candidates, which would be illegible.
        let is_printed = |column: &SheetColumn| {
            column.owner != ColumnOwner::Technical && !matches!(column.source, CellSource::Alternative(_))
        };
        let printed = self.columns.iter().take_while(|column| is_printed(column)).count();
        sheet.set_print_area(0, 0, last_row, column(printed.saturating_sub(1)))?;
        sheet.set_repeat_rows(0, 0)?.set_footer("&L&8&F&C&8&A&R&8&P / &N");
        sheet.set_tab_color(Color::RGB(self.tab_color));
        self.done.push(sheet);
        self.rows = 0;
        Ok(())
    }

    fn column_widths(&self) -> Vec<usize> {
        self.columns
            .iter()
            .zip(&self.widths)
            .map(|(column, width)| column.width.unwrap_or((*width).min(TEXT_WIDTH_MAX)))
            .collect()
    }
}

/// The lines that a cell takes in its column.
fn line_count(cell: &Cell, column: &SheetColumn) -> usize {
    let (Cell::Text(text), Style::Wrapped, Some(width)) = (cell, column.style, column.width) else { return 1 };
    text.lines().map(|line| line.chars().count().div_ceil(width).max(1)).sum()
}

/// A long header is split over two lines.
fn header_width(column: &SheetColumn) -> usize {
    let longest = column.heading.split(' ').map(|word| word.chars().count()).max().unwrap_or_default();
    let halved = column.heading.chars().count().div_ceil(2);
    // Space for the filter button.
    longest.max(halved) + 4
}
