//! XLSX for people: the results, as many sheets as they need, before a summary and the rejected cells.
//!
//! The writer's constant-memory mode takes rows in order and keeps none.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use rust_xlsxwriter::{Color, Format, IgnoreError, Worksheet, XlsxError};

use crate::Output;
use crate::error::ExportError;
use crate::layout::{ALTERNATIVES, Layout, Summary};
use crate::record::Record;
use crate::sheets::{self, Line};
use crate::staged::Staged;
use crate::tally::Tally;

/// Rows of a sheet under its header.
pub(crate) const SHEET_ROWS_MAX: u32 = 1_048_575;

/// Columns of a sheet.
const COLUMNS_MAX: usize = 16_384;

/// Rows whose texts decide how wide the columns are.
const WIDTH_ROWS: u32 = 1_000;

/// How cells look.
pub(crate) struct Formats {
    pub(crate) header: Format,
    pub(crate) title: Format,
    pub(crate) text: Format,
    pub(crate) count: Format,
    /// A row's number: no thousands separator.
    pub(crate) position: Format,
    pub(crate) share: Format,
    score: Format,
    matched: Format,
    review: Format,
    unmatched: Format,
    failed: Format,
}

impl Formats {
    pub(crate) fn new() -> Formats {
        // `@` keeps a text a text when somebody edits the cell.
        let text = Format::new().set_num_format("@");
        let shade = |rgb: u32| text.clone().set_background_color(Color::RGB(rgb));
        Formats {
            header: Format::new().set_bold().set_background_color(Color::RGB(0xE7ECF3)),
            title: Format::new().set_bold().set_font_size(14),
            count: Format::new().set_num_format("#,##0"),
            position: Format::new().set_num_format("0"),
            share: Format::new().set_num_format("0.0 %"),
            score: Format::new().set_num_format("0.00"),
            matched: shade(0xE2F0D9),
            review: shade(0xFFF2CC),
            unmatched: shade(0xEDEDED),
            failed: shade(0xF8CBAD),
            text,
        }
    }

    fn outcome(&self, word: &str) -> &Format {
        match word {
            "matched" => &self.matched,
            "review" => &self.review,
            "unmatched" => &self.unmatched,
            _ => &self.failed,
        }
    }
}

/// A workbook in the making.
pub(crate) struct Workbook<'a> {
    staged: Staged,
    file: File,
    layout: &'a Layout,
    headers: Vec<String>,
    workbook: rust_xlsxwriter::Workbook,
    formats: Formats,
    /// The sheet being filled.
    sheet: Worksheet,
    sheets_done: u32,
    /// Rows in `sheet`, without its header.
    rows: u32,
    rows_max: u32,
    /// Characters of the longest text of each column so far.
    widths: Vec<usize>,
}

impl<'a> Workbook<'a> {
    pub(crate) fn create(path: &Path, layout: &'a Layout, rows_max: u32) -> Result<Workbook<'a>, ExportError> {
        let headers = layout.workbook_headers();
        if headers.len() > COLUMNS_MAX {
            return Err(ExportError::TooWide { path: path.to_owned(), columns: headers.len() });
        }
        let (staged, file) = Staged::create(path)?;
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let formats = Formats::new();
        let sheet = workbook
            .set_tempdir(staged.folder())
            .and_then(|workbook| new_sheet(workbook, &headers, &formats, 0))
            .map_err(|source| ExportError::Xlsx { path: path.to_owned(), source })?;
        let widths = headers.iter().map(|header| header.chars().count() + 3).collect();
        Ok(Workbook {
            staged,
            file,
            layout,
            headers,
            workbook,
            formats,
            sheet,
            sheets_done: 0,
            rows: 0,
            rows_max,
            widths,
        })
    }

    fn write(&mut self, record: &Record<'_>, alternatives: &[String], scores: &[Option<f64>]) -> Result<(), XlsxError> {
        if self.rows == self.rows_max {
            self.end_sheet()?;
            let next = new_sheet(&mut self.workbook, &self.headers, &self.formats, self.sheets_done)?;
            self.sheet = next;
        }
        self.rows += 1;
        let formats = &self.formats;
        let widths = if self.rows <= WIDTH_ROWS { self.widths.as_mut_slice() } else { &mut [] };
        let mut line = Line::new(&mut self.sheet, self.rows, widths);
        line.text(Some(record.key), &formats.text)?;
        line.number(Some(record.row as f64), &formats.position)?;
        record.input.iter().try_for_each(|value| line.text(value.as_deref(), &formats.text))?;
        line.text(Some(record.outcome), formats.outcome(record.outcome))?;
        line.number(record.score, &formats.score)?;
        line.text(record.stage, &formats.text)?;
        line.text(record.id, &formats.text)?;
        line.text(record.group, &formats.text)?;
        record.entry.iter().try_for_each(|value| line.text(value.as_deref(), &formats.text))?;
        line.number(record.margin, &formats.score)?;
        if self.layout.is_weighed {
            line.number(record.entry_score, &formats.score)?;
            line.number(record.weight, &formats.score)?;
        }
        line.number(Some(f64::from(record.candidates)), &formats.count)?;
        line.text(Some(record.reason), &formats.text)?;
        for number in 0..ALTERNATIVES {
            line.text(alternatives.get(number).map(String::as_str), &formats.text)?;
        }
        scores.iter().try_for_each(|score| line.number(*score, &formats.score))?;
        line.text(record.error, &formats.text)
    }

    /// Adds the finished sheet to the workbook; an empty one stays in its place.
    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let mut sheet = std::mem::take(&mut self.sheet);
        let last_column = column(self.headers.len().saturating_sub(1));
        sheet.autofilter(0, 0, self.rows, last_column)?;
        // Identifiers and postcodes are texts on purpose: no green corners.
        sheet.ignore_error_range(1, 0, self.rows.max(1), last_column, IgnoreError::NumberStoredAsText)?;
        sheets::set_widths(&mut sheet, &self.widths)?;
        self.workbook.push_worksheet(sheet);
        self.sheets_done += 1;
        self.rows = 0;
        Ok(())
    }

    fn save(&mut self, tally: &Tally, summary: &Summary) -> Result<(), XlsxError> {
        self.end_sheet()?;
        sheets::add_summary(&mut self.workbook, &self.formats, tally, summary)?;
        if !summary.rejects.is_empty() {
            sheets::add_rejects(&mut self.workbook, &self.formats, summary)?;
        }
        self.workbook.save_to_writer(BufWriter::with_capacity(1 << 18, &self.file))
    }
}

impl Output for Workbook<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        debug_assert_eq!(record.input.len(), self.layout.input_fields.len());
        let (alternatives, scores) = (record.alternatives_shown()?, record.scores()?);
        let written = self.write(record, &alternatives, &scores);
        written.map_err(|source| ExportError::Xlsx { path: self.staged.target().to_owned(), source })
    }

    fn complete(mut self: Box<Self>, tally: &Tally, summary: &Summary) -> Result<Staged, ExportError> {
        self.save(tally, summary)
            .map_err(|source| ExportError::Xlsx { path: self.staged.target().to_owned(), source })?;
        Ok(self.staged)
    }
}

/// A sheet of results with its header, which stays in sight.
fn new_sheet(
    workbook: &mut rust_xlsxwriter::Workbook,
    headers: &[String],
    formats: &Formats,
    sheets_done: u32,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = workbook.new_worksheet_with_constant_memory()?;
    sheet.set_name(if sheets_done == 0 { "Results".to_owned() } else { format!("Results {}", sheets_done + 1) })?;
    sheet.set_freeze_panes(1, 1)?;
    for (number, header) in headers.iter().enumerate() {
        sheet.write_string_with_format(0, column(number), header, &formats.header)?;
    }
    Ok(sheet)
}

/// A column's number. **Invariant:** below [`COLUMNS_MAX`], checked before the first sheet.
pub(crate) fn column(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
