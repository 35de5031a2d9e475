//! XLSX for people: the results, as many sheets as they need, before a summary and the rejected cells.
//!
//! The writer's constant-memory mode takes rows in order and keeps none.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use matchflow_labels::{Words, texts};
use matchflow_model::outcome::Outcome;
use matchflow_model::result_table::{Content, Export};
use rust_xlsxwriter::{Color, Format, IgnoreError, Worksheet, XlsxError};

use crate::OutputFile;
use crate::error::ExportError;
use crate::layout::{ALTERNATIVES, Layout, Summary};
use crate::record::{ColumnCell, Record};
use crate::sheets::{self, CellWriter};
use crate::staged::StagedFile;
use crate::tally::OutcomeTally;

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
    staged: StagedFile,
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
        let (staged, file) = StagedFile::create(path)?;
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let formats = Formats::new();
        let sheet = workbook
            .set_tempdir(staged.folder())
            .and_then(|workbook| new_sheet(workbook, &headers, &formats, &layout.words, 0))
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

    fn write(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        let path = self.staged.target().to_owned();
        let failed = |source| ExportError::Xlsx { path: path.clone(), source };
        if self.rows == self.rows_max {
            self.next_sheet().map_err(failed)?;
        }
        self.rows += 1;
        let formats = &self.formats;
        let widths = if self.rows <= WIDTH_ROWS { self.widths.as_mut_slice() } else { &mut [] };
        let mut line = CellWriter::new(&mut self.sheet, self.rows, widths);
        for (column, cell) in record.cells() {
            if !self.layout.has(column) {
                continue;
            }
            let json = if let ColumnCell::Text(text) = cell { text } else { None };
            let written = match column.export {
                Export::InputFields => line.texts(&record.input_fields(column.name, json)?, &formats.text),
                Export::EntryFields => line.texts(&record.entry_fields(column.name, json)?, &formats.text),
                Export::Alternatives => {
                    let mut alternatives = record.alternatives(column.name, json)?.into_iter();
                    let cells: Vec<Option<String>> = (0..ALTERNATIVES).map(|_| alternatives.next()).collect();
                    line.texts(&cells, &formats.text)
                }
                Export::Scores => {
                    let mut scores = record.scores(column.name, json)?.into_iter();
                    scores.try_for_each(|score| line.number(score, &formats.score))
                }
                Export::Hidden | Export::Value | Export::WeighedValue => match (column.content, cell) {
                    (Content::Outcome, ColumnCell::Text(text)) => {
                        let word = text.unwrap_or_default();
                        let label = Outcome::from_word(word).map_or(word, |outcome| self.layout.words.outcome(outcome));
                        line.text(Some(label), formats.outcome(word))
                    }
                    (Content::Reasons, ColumnCell::Text(text)) => {
                        let reasons = self.layout.words.reasons_json(text.unwrap_or_default());
                        line.text(Some(&reasons), &formats.text)
                    }
                    (_, ColumnCell::Text(text)) => line.text(text, &formats.text),
                    (_, ColumnCell::Number(number)) => line.number(Some(number as f64), &formats.position),
                    (_, ColumnCell::Count(count)) => line.number(Some(f64::from(count)), &formats.count),
                    (_, ColumnCell::Fraction(number)) => line.number(number, &formats.score),
                    (_, ColumnCell::Flag(flag)) => line.text(Some(if flag { "true" } else { "false" }), &formats.text),
                },
            };
            written.map_err(failed)?;
        }
        Ok(())
    }

    fn next_sheet(&mut self) -> Result<(), XlsxError> {
        self.end_sheet()?;
        self.sheet = new_sheet(&mut self.workbook, &self.headers, &self.formats, &self.layout.words, self.sheets_done)?;
        Ok(())
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

    fn save(&mut self, tally: &OutcomeTally, summary: &Summary) -> Result<(), XlsxError> {
        self.end_sheet()?;
        let words = &self.layout.words;
        sheets::add_summary(&mut self.workbook, &self.formats, words, tally, summary)?;
        if !summary.rejects.is_empty() {
            sheets::add_rejects(&mut self.workbook, &self.formats, words, summary)?;
        }
        self.workbook.save_to_writer(BufWriter::with_capacity(1 << 18, &self.file))
    }
}

impl OutputFile for Workbook<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.write(record)
    }

    fn complete(mut self: Box<Self>, tally: &OutcomeTally, summary: &Summary) -> Result<StagedFile, ExportError> {
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
    words: &Words,
    sheets_done: u32,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = workbook.new_worksheet_with_constant_memory()?;
    let name = words.text(texts::RESULTS);
    sheet.set_name(if sheets_done == 0 { name.to_owned() } else { format!("{name} {}", sheets_done + 1) })?;
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
