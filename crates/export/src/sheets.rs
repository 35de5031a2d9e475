//! Lines of cells, and the sheets beside the results: `Summary` and `Rejects`.

use std::borrow::Cow;

use matchflow_labels::{Words, texts};
use matchflow_model::outcome::Outcome;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::layout::Summary;
use crate::tally::OutcomeTally;
use crate::workbook::{Formats, column};

/// Characters that a cell takes.
const CELL_CHARS_MAX: usize = 32_767;

/// A column's width in characters.
const WIDTH_MAX: usize = 48;
const WIDTH_MIN: usize = 8;

/// Writes the cells of a row from left to right, and notes how wide they are.
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

    /// A text; nothing at all where there is none.
    pub(crate) fn text(&mut self, text: Option<&str>, format: &Format) -> Result<(), XlsxError> {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            if let Some(width) = self.widths.get_mut(self.column) {
                *width = (*width).max(text.chars().count() + 1);
            }
            self.sheet.write_string_with_format(self.row, column(self.column), fitting(text), format)?;
        }
        self.column += 1;
        Ok(())
    }

    /// A text in each cell.
    pub(crate) fn texts(&mut self, texts: &[Option<String>], format: &Format) -> Result<(), XlsxError> {
        texts.iter().try_for_each(|text| self.text(text.as_deref(), format))
    }

    /// A number; nothing at all where there is none.
    pub(crate) fn number(&mut self, number: Option<f64>, format: &Format) -> Result<(), XlsxError> {
        if let Some(number) = number {
            self.sheet.write_number_with_format(self.row, column(self.column), number, format)?;
        }
        self.column += 1;
        Ok(())
    }
}

/// Sets each column's width within what a screen shows.
pub(crate) fn set_widths(sheet: &mut Worksheet, widths: &[usize]) -> Result<(), XlsxError> {
    for (number, width) in widths.iter().enumerate() {
        let width = u32::try_from((*width).clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or_default();
        sheet.set_column_width(column(number), width)?;
    }
    Ok(())
}

/// The counts of what is in the results sheets, and the facts of the run.
pub(crate) fn add_summary(
    workbook: &mut Workbook,
    formats: &Formats,
    words: &Words,
    tally: &OutcomeTally,
    summary: &Summary,
) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(words.text(texts::SUMMARY))?;
    set_widths(sheet, &[24, 14, 12, 12, 12, 12])?;
    sheet.write_string_with_format(0, 0, fitting(&summary.pipeline), &formats.title)?;
    let mut row = 2;
    header(sheet, row, &[texts::OUTCOME, texts::ROWS, texts::SHARE].map(|label| words.text(label)), formats)?;
    let total = tally.rows();
    for (outcome, rows) in tally.by_outcome() {
        row += 1;
        let mut line = CellWriter::new(sheet, row, &mut []);
        line.text(Some(words.outcome(outcome)), &formats.text)?;
        line.number(Some(rows as f64), &formats.count)?;
        line.number((total > 0).then(|| rows as f64 / total as f64), &formats.share)?;
    }
    row += 1;
    let mut line = CellWriter::new(sheet, row, &mut []);
    line.text(Some(words.text(texts::TOTAL)), &formats.header)?;
    line.number(Some(total as f64), &formats.count)?;
    row += 2;
    let mut titles = vec![words.text(texts::STAGE)];
    titles.extend(Outcome::ALL.map(|outcome| words.outcome(outcome)));
    header(sheet, row, &titles, formats)?;
    for (stage, counts) in tally.by_stage() {
        row += 1;
        let mut line = CellWriter::new(sheet, row, &mut []);
        line.text(Some(if stage.is_empty() { words.text(texts::NO_STAGE) } else { stage }), &formats.text)?;
        counts.iter().try_for_each(|count| line.number(Some(*count as f64), &formats.count))?;
    }
    row += 2;
    header(sheet, row, &[words.text(texts::RUN), ""], formats)?;
    let rejects = summary.rejects_total.to_string();
    let facts = summary.facts.iter().map(|(label, value)| (label.as_str(), value.as_str()));
    for (label, value) in facts.chain([(words.text(texts::CELLS_REJECTED), rejects.as_str())]) {
        row += 1;
        let mut line = CellWriter::new(sheet, row, &mut []);
        line.text(Some(label), &formats.text)?;
        line.text(Some(value), &formats.text)?;
    }
    Ok(())
}

/// The cells that did not fit their declared type, where they are and what they say.
pub(crate) fn add_rejects(
    workbook: &mut Workbook,
    formats: &Formats,
    words: &Words,
    summary: &Summary,
) -> Result<(), XlsxError> {
    let titles =
        [texts::FILE, texts::SHEET, texts::CELL, texts::ROW, texts::KEY, texts::FIELD, texts::VALUE, texts::EXPECTED]
            .map(|label| words.text(label));
    let mut widths = titles.map(|title| title.chars().count() + 3);
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(words.text(texts::REJECTS))?;
    sheet.set_freeze_panes(1, 0)?;
    header(sheet, 0, &titles, formats)?;
    let mut row = 0;
    for reject in summary.rejects.iter().take(crate::workbook::SHEET_ROWS_MAX as usize - 1) {
        row += 1;
        let mut line = CellWriter::new(sheet, row, &mut widths);
        line.text(Some(&reject.file), &formats.text)?;
        line.text(Some(&reject.sheet), &formats.text)?;
        line.text(Some(&reject.cell), &formats.text)?;
        line.number(Some(reject.row as f64), &formats.position)?;
        line.text(Some(&reject.key), &formats.text)?;
        line.text(Some(&reject.field), &formats.text)?;
        line.text(Some(&reject.raw), &formats.text)?;
        line.text(Some(&reject.expected), &formats.text)?;
    }
    sheet.autofilter(0, 0, row, column(titles.len() - 1))?;
    let left = summary.rejects_total.saturating_sub(u64::from(row));
    if left > 0 {
        CellWriter::new(sheet, row + 1, &mut [])
            .text(Some(&format!("… {left} {}", words.text(texts::AND_MORE))), &formats.text)?;
    }
    set_widths(sheet, &widths)
}

fn header(sheet: &mut Worksheet, row: u32, titles: &[&str], formats: &Formats) -> Result<(), XlsxError> {
    for (number, title) in titles.iter().enumerate() {
        sheet.write_string_with_format(row, column(number), *title, &formats.header)?;
    }
    Ok(())
}

/// The text, cut where a cell ends.
fn fitting(text: &str) -> Cow<'_, str> {
    // Bytes are never fewer than characters, so most texts are not counted.
    if text.len() <= CELL_CHARS_MAX || text.chars().count() <= CELL_CHARS_MAX {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(CELL_CHARS_MAX - 1).chain(['…']).collect())
}
