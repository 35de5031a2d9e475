//! The cells that did not fit their declared type, with their positions and values.

use matchflow_labels::{Words, texts};
use rust_xlsxwriter::{Color, Workbook, Worksheet, XlsxError};

use super::cells::{CellWriter, column, set_widths};
use super::styles::{self, ColumnOwner, Formats, Style, header};
use crate::layout::Summary;

pub(crate) fn reject_sheet(
    workbook: &mut Workbook,
    formats: &Formats,
    words: &Words,
    summary: &Summary,
) -> Result<Worksheet, XlsxError> {
    let labels =
        [texts::FILE, texts::SHEET, texts::CELL, texts::ROW, texts::KEY, texts::FIELD, texts::VALUE, texts::EXPECTED];
    let titles = labels.map(|label| words.heading(label));
    let mut widths = titles.each_ref().map(|title| title.chars().count() + 4);
    let mut sheet = workbook.new_worksheet_with_constant_memory()?;
    sheet.set_name(words.text(texts::DATA_PROBLEMS))?.set_tab_color(Color::RGB(styles::FAILED));
    sheet.set_freeze_panes(1, 0)?;
    for (number, title) in titles.iter().enumerate() {
        sheet.write_string_with_format(0, column(number), title, &header(ColumnOwner::Result))?;
    }
    let (text, position) = (formats.cell(Style::Text, false), formats.cell(Style::Integer, false));
    let mut row = 0;
    for reject in summary.rejects.iter().take(super::SHEET_ROWS_MAX as usize - 1) {
        row += 1;
        let mut line = CellWriter::new(&mut sheet, row, &mut widths);
        line.text(Some(&reject.file), text)?;
        line.text(Some(&reject.sheet), text)?;
        line.text(Some(&reject.cell), text)?;
        line.number(Some(reject.row as f64), position)?;
        line.text(Some(&reject.key), text)?;
        line.text(Some(&reject.field), text)?;
        line.text(Some(&reject.raw), text)?;
        line.text(Some(&words.expectation(&reject.expected)), text)?;
    }
    sheet.autofilter(0, 0, row, column(titles.len() - 1))?;
    let left = summary.rejects_total.saturating_sub(u64::from(row));
    if left > 0 {
        CellWriter::new(&mut sheet, row + 1, &mut [])
            .text(Some(&format!("… {left} {}", words.text(texts::AND_MORE))), text)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    set_widths(&mut sheet, &widths)?;
    Ok(sheet)
}
