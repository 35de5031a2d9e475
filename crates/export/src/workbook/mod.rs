//! XLSX for people: a summary with charts, then the rows by the action they need.
//!
//! Sheets: the summary; `To review`, by amount and score, with the candidates to choose from; `Matched` and `Not found`
//! in the order of the file; `Failed`; `Duplicates`, rows that share a company; `Data problems`, the rejected cells.
//! Empty sheets are omitted, except for the first four. A hidden sheet names the columns for programs.
//!
//! **How.** The writer's constant-memory mode takes rows in order and keeps none. Rows whose position is known only at
//! the end are spooled to disk (`row_spool`).

mod cells;
mod columns;
mod index_sheet;
mod reject_sheet;
mod result_sheet;
mod row_spool;
mod rows;
mod shared_companies;
mod styles;
mod summary_charts;
mod summary_sheet;
mod verdict_list;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use matchflow_labels::texts;
use matchflow_model::outcome::Outcome;
use rust_xlsxwriter::XlsxError;

use crate::OutputFile;
use crate::error::ExportError;
use crate::layout::{Layout, Summary};
use crate::record::Record;
use crate::staged::{StagedFile, StagedOutput};
use crate::tally::OutcomeTally;

pub(crate) use cells::{CellWriter, column, set_widths};
pub(crate) use index_sheet::index_sheet;
pub(crate) use styles::{ColumnOwner, Formats, Style, header};
pub(crate) use summary_charts::insert_cluster_chart;
pub(crate) use verdict_list::offer_verdicts;

use columns::{SheetPurpose, sheet_columns};
use result_sheet::ResultSheet;
use row_spool::RowSpool;
use rows::row_cells;
use shared_companies::SharedCompanies;

/// Maximum number of rows of a sheet, without its header.
pub(crate) const SHEET_ROWS_MAX: u32 = 1_048_575;

/// Maximum number of columns of a sheet.
const COLUMNS_MAX: usize = 16_384;

/// A workbook being written.
pub(crate) struct Workbook<'a> {
    staged: StagedFile,
    file: File,
    layout: &'a Layout,
    workbook: rust_xlsxwriter::Workbook,
    formats: Formats,
    review: ResultSheet,
    /// Rows of `review`, which are sorted at the end.
    review_spool: RowSpool,
    matched: ResultSheet,
    unmatched: ResultSheet,
    failed: ResultSheet,
    shared_companies: SharedCompanies,
}

/// Errors of the parts of a workbook.
#[derive(Debug)]
pub(crate) enum SheetError {
    Xlsx(XlsxError),
    Spool(io::Error),
}

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> SheetError {
        SheetError::Xlsx(error)
    }
}

impl From<io::Error> for SheetError {
    fn from(error: io::Error) -> SheetError {
        SheetError::Spool(error)
    }
}

impl SheetError {
    /// The error, with the file concerned.
    fn of(self, path: &Path) -> ExportError {
        let path = path.to_owned();
        match self {
            SheetError::Xlsx(source) => ExportError::Xlsx { path, source },
            SheetError::Spool(source) => ExportError::Write { path, source },
        }
    }
}

impl<'a> Workbook<'a> {
    pub(crate) fn create(path: &Path, layout: &'a Layout, rows_max: u32) -> Result<Workbook<'a>, ExportError> {
        let columns = sheet_columns(layout, SheetPurpose::Review).len();
        if columns > COLUMNS_MAX {
            return Err(ExportError::TooWide { path: path.to_owned(), columns });
        }
        let (staged, file) = StagedFile::create(path)?;
        let open = || -> Result<Workbook<'a>, SheetError> {
            let mut workbook = rust_xlsxwriter::Workbook::new();
            workbook.set_tempdir(staged.folder())?;
            let sheet = |label, color, purpose| {
                ResultSheet::new((label, color), sheet_columns(layout, purpose), rows_max, &layout.words)
            };
            Ok(Workbook {
                review: sheet(texts::TO_REVIEW, styles::REVIEW, SheetPurpose::Review),
                matched: sheet(texts::MATCHED_SHEET, styles::MATCHED, SheetPurpose::Reading),
                unmatched: sheet(texts::NOT_FOUND, styles::UNMATCHED, SheetPurpose::Review),
                failed: sheet(texts::FAILED_SHEET, styles::FAILED, SheetPurpose::Reading),
                review_spool: RowSpool::create(&staged.folder())?,
                shared_companies: SharedCompanies::new(layout, rows_max, &staged.folder())?,
                formats: Formats::new(layout.words.language),
                workbook,
                layout,
                file,
                staged,
            })
        };
        // `staged` moves into the workbook, so the path is copied before.
        let target = path.to_owned();
        open().map_err(|error| error.of(&target))
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        let outcome = record.text("outcome").and_then(Outcome::from_word).unwrap_or(Outcome::Failed);
        let sheet = match outcome {
            Outcome::Matched => &mut self.matched,
            Outcome::Review => &mut self.review,
            Outcome::Unmatched => &mut self.unmatched,
            Outcome::Failed => &mut self.failed,
        };
        let cells = row_cells(record, self.layout, sheet.columns())?;
        let written = if outcome == Outcome::Review {
            let amount = record.amount()?.unwrap_or_default().abs();
            let score = record.number("score").unwrap_or_default();
            self.review_spool.add(&cells, 0, amount, score).map_err(SheetError::from)
        } else {
            sheet.add(&mut self.workbook, &self.formats, &cells, false).map_err(SheetError::from)
        };
        written.map_err(|error| error.of(self.staged.target()))?;
        if outcome == Outcome::Matched {
            let cells = row_cells(record, self.layout, self.shared_companies.columns())?;
            let amount = record.amount()?.unwrap_or_default();
            let added = self.shared_companies.add(record, &cells, amount).map_err(SheetError::from);
            added.map_err(|error| error.of(self.staged.target()))?;
        }
        Ok(())
    }

    /// Puts the sheets in order and writes the file.
    fn save(mut self, tally: &OutcomeTally, summary: &Summary) -> Result<StagedFile, ExportError> {
        let target = self.staged.target().to_owned();
        self.fill(tally, summary).map_err(|error| error.of(&target))?;
        Ok(self.staged)
    }

    fn fill(&mut self, tally: &OutcomeTally, summary: &Summary) -> Result<(), SheetError> {
        let words = &self.layout.words;
        let mut spool = std::mem::replace(&mut self.review_spool, RowSpool::create(&self.staged.folder())?);
        // A stable sort: equal rows stay in the order of the file.
        spool.rows.sort_by(|a, b| b.amount.total_cmp(&a.amount).then(b.score.total_cmp(&a.score)));
        for row in spool.read()? {
            let (_, cells) = row?;
            self.review.add(&mut self.workbook, &self.formats, &cells, false)?;
        }
        let mut sheets = vec![];
        let shared = self.shared_companies.fill(&mut self.workbook, &self.formats, &self.staged.folder())?;
        for sheet in [&mut self.review, &mut self.matched, &mut self.unmatched] {
            sheets.extend(sheet.finish(&mut self.workbook)?);
        }
        for sheet in [&mut self.failed, self.shared_companies.sheet()].into_iter().filter(|sheet| !sheet.is_empty()) {
            sheets.extend(sheet.finish(&mut self.workbook)?);
        }
        if !summary.rejects.is_empty() {
            sheets.push(reject_sheet::reject_sheet(&mut self.workbook, &self.formats, words, summary)?);
        }
        let front = summary_sheet::summary_sheet(self.layout, &self.formats, tally, summary, shared)?;
        self.workbook.push_worksheet(front);
        sheets.into_iter().for_each(|sheet| {
            self.workbook.push_worksheet(sheet);
        });
        let listed = [&self.review, &self.matched, &self.unmatched, &self.failed];
        let lines = listed.into_iter().flat_map(|sheet| {
            sheet.columns().iter().map(|column| [sheet.name(), column.heading.as_str(), column.id.as_str()])
        });
        self.workbook.push_worksheet(index_sheet(lines)?);
        self.workbook.save_to_writer(BufWriter::with_capacity(1 << 18, &self.file))?;
        Ok(())
    }
}

impl OutputFile for Workbook<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.write(record)
    }

    fn complete(self: Box<Self>, tally: &OutcomeTally, summary: &Summary) -> Result<StagedOutput, ExportError> {
        self.save(tally, summary).map(StagedOutput::File)
    }
}
