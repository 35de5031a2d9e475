//! Clusters of duplicates for people (XLSX) and for programs (all other formats).
//!
//! **Limits.** The rows of clusters are in memory; a sheet takes 1,048,575 rows, further ones are only in the CSV file,
//! which the summary notes.

use std::collections::HashMap;

use rust_xlsxwriter::{IgnoreError, Workbook, Worksheet, XlsxError};
use std::io::BufWriter;
use std::path::Path;

use matchflow_labels::{Words, displayed_score, texts};
use matchflow_model::language::Label;
use matchflow_model::plan::{CsvDialect, OutputPlan};
use matchflow_model::review_verdict::ReviewVerdict;

use crate::batch_writer::{BatchWriter, duckdb_writer, json_lines_writer, parquet_writer, postgres_writer};
use crate::delimited::{CsvCell, CsvWriter};
use crate::error::ExportError;
use crate::register::OutputRegister;
use crate::staged::{StagedFile, StagedOutput};
use crate::typed_rows::table_batch;
use crate::workbook::{
    CellWriter, ColumnOwner, Formats, SHEET_ROWS_MAX, Style, column, header, index_sheet, insert_cluster_chart,
    offer_verdicts, set_widths,
};
use crate::{ExportedFile, exported, guarded};

/// Clusters of so many rows and more are counted together.
const SIZES_MAX: usize = 10;

/// The columns that a reviewer fills in.
const REVIEWER_COLUMNS: [(&str, Label); 2] = [("verdict", texts::VERDICT), ("comment", texts::COMMENT)];
/// Their width in characters.
const REVIEWER_WIDTH: usize = 20;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum TableCell {
    /// A text; an empty one gives an empty cell.
    Text(String),
    /// A number with decimals: an amount.
    Amount(Option<f64>),
    /// A score, as a fraction.
    Score(Option<f64>),
    /// A whole number.
    Count(u64),
}

/// A sheet with its columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SheetTable {
    /// The name on its tab.
    pub name: String,
    /// The names of its columns in a CSV file, the same in every language.
    pub columns: Vec<String>,
    /// The headings of its columns in a workbook.
    pub headers: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<TableCell>>,
    /// Rows of the same group share a background, which alternates between groups; one group per row. Empty: no
    /// backgrounds.
    pub groups: Vec<u32>,
    /// The verdicts that a workbook offers a reviewer, in columns of its own; none: no such columns.
    pub verdicts: Vec<ReviewVerdict>,
}

impl SheetTable {
    /// Adds a column by its name in CSV files and its heading in workbooks.
    pub fn add_column(&mut self, name: &str, heading: String) {
        self.columns.push(name.to_owned());
        self.headers.push(heading);
    }
}

/// Writes the tables to every output: all of them, as sheets, before a summary of `facts`, to a workbook; the first to any
/// other output. The files get their names when all are complete.
pub fn export_tables(
    outputs: &[OutputPlan],
    tables: &[SheetTable],
    title: &str,
    facts: &[(String, String)],
    words: &Words,
    register: &mut dyn OutputRegister,
) -> Result<Vec<ExportedFile>, ExportError> {
    guarded(|| {
        let first = tables.first();
        let stage = |output: &OutputPlan| match output {
            OutputPlan::Xlsx { path } => {
                workbook(path, tables, &SummarySheet { title, facts, words }).map(StagedOutput::File)
            }
            OutputPlan::Csv { path, dialect } => delimited(path, dialect, first).map(StagedOutput::File),
            OutputPlan::Parquet { path } => typed(parquet_writer(path)?, first),
            OutputPlan::Jsonl { path } => typed(json_lines_writer(path)?, first),
            OutputPlan::Duckdb { path, table, mode } => typed(duckdb_writer(path, table, *mode)?, first),
            OutputPlan::Postgres { url, table, mode } => typed(postgres_writer(url, table, *mode)?, first),
        };
        let staged = outputs.iter().map(stage).collect::<Result<Vec<StagedOutput>, _>>()?;
        let rows = tables.first().map_or(0, |table| table.rows.len() as u64);
        let publish = |output: StagedOutput| output.publish(register).map(|published| exported(published, rows));
        staged.into_iter().map(publish).collect()
    })
}

fn typed(mut writer: Box<dyn BatchWriter>, table: Option<&SheetTable>) -> Result<StagedOutput, ExportError> {
    if let Some(table) = table {
        let rows = table_batch(table).map_err(|source| ExportError::Columns { place: writer.place(), source })?;
        writer.write(&rows)?;
    }
    writer.complete(&[])
}

/// The content of the last sheet.
struct SummarySheet<'a> {
    title: &'a str,
    facts: &'a [(String, String)],
    words: &'a Words,
}

fn workbook(path: &Path, tables: &[SheetTable], content: &SummarySheet<'_>) -> Result<StagedFile, ExportError> {
    let (staged, file) = StagedFile::create(path)?;
    let failed = |source| ExportError::Xlsx { path: path.to_owned(), source };
    let fill = || -> Result<(), XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(staged.folder())?;
        let formats = Formats::new(content.words.language);
        for table in tables {
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            fill_sheet(sheet, table, content.words, &formats)?;
        }
        summary(workbook.add_worksheet(), tables, content, &formats)?;
        let lines = tables.iter().flat_map(|table| {
            let columns = table.headers.iter().map(String::as_str).zip(table.columns.iter().map(String::as_str));
            let reviewer = if table.verdicts.is_empty() { &[][..] } else { &REVIEWER_COLUMNS[..] };
            let reviewer = reviewer.iter().map(|(id, label)| (content.words.text(*label), *id));
            columns.chain(reviewer).map(|(heading, id)| [table.name.as_str(), heading, id])
        });
        workbook.push_worksheet(index_sheet(lines)?);
        workbook.save_to_writer(BufWriter::with_capacity(1 << 18, &file))
    };
    fill().map_err(failed)?;
    Ok(staged)
}

fn fill_sheet(sheet: &mut Worksheet, table: &SheetTable, words: &Words, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(&table.name)?;
    sheet.set_freeze_panes(1, 1)?;
    let mut widths: Vec<usize> = table.headers.iter().map(|header| header.chars().count() + 3).collect();
    for (number, heading) in table.headers.iter().enumerate() {
        sheet.write_string_with_format(0, column(number), heading, &header(ColumnOwner::Result))?;
    }
    let own = table.headers.len();
    let reviewer = if table.verdicts.is_empty() { &[][..] } else { &REVIEWER_COLUMNS[..] };
    for (number, (_, label)) in (own..).zip(reviewer) {
        sheet.write_string_with_format(0, column(number), words.text(*label), &header(ColumnOwner::Reviewer))?;
        widths.push(REVIEWER_WIDTH);
    }
    let rows = table.rows.iter().take(SHEET_ROWS_MAX as usize);
    let mut last = 0;
    for (place, cells) in rows.enumerate() {
        last = place as u32 + 1;
        let group = table.groups.get(place).copied().unwrap_or(0);
        let format = |style| formats.cell(style, group % 2 == 1);
        let mut line = CellWriter::new(sheet, last, &mut widths);
        for cell in cells {
            match cell {
                TableCell::Text(text) => line.text(Some(text), format(Style::Text))?,
                TableCell::Amount(amount) => line.number(*amount, format(Style::Decimal))?,
                TableCell::Score(score) => line.number(score.map(displayed_score), format(Style::Score))?,
                TableCell::Count(count) => line.number(Some(*count as f64), format(Style::Count))?,
            }
        }
    }
    if !table.verdicts.is_empty() {
        offer_verdicts(sheet, &table.verdicts, words, column(own), last.max(1))?;
    }
    let last_column = column((own + reviewer.len()).saturating_sub(1));
    sheet.autofilter(0, 0, last, last_column)?;
    // Identifiers and postcodes are intentionally texts: suppresses the green corners.
    sheet.ignore_error_range(1, 0, last.max(1), last_column, IgnoreError::NumberStoredAsText)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    set_widths(sheet, &widths)
}

fn summary(
    sheet: &mut Worksheet,
    tables: &[SheetTable],
    content: &SummarySheet<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let SummarySheet { title, facts, words } = content;
    sheet.set_name(words.text(texts::SUMMARY))?;
    set_widths(sheet, &[64, 24])?;
    // The chart stays next to its figures.
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    CellWriter::new(sheet, 0, &mut []).text(Some(title), &formats.title)?;
    let beyond = tables.iter().filter(|table| table.rows.len() > SHEET_ROWS_MAX as usize);
    let beyond: Vec<(String, String)> = beyond
        .map(|table| {
            let left = table.rows.len() - SHEET_ROWS_MAX as usize;
            (format!("{} {}", words.text(texts::ROWS_BEYOND), table.name), left.to_string())
        })
        .collect();
    let beyond_count = beyond.len() as u32;
    for (place, (label, value)) in facts.iter().cloned().chain(beyond).enumerate() {
        let mut line = CellWriter::new(sheet, place as u32 + 2, &mut []);
        line.text(Some(&label), formats.cell(Style::Text, false))?;
        line.text(Some(&value), formats.cell(Style::Text, false))?;
    }
    let first = facts.len() as u32 + beyond_count + 3;
    let sizes = tables.first().map(cluster_sizes).unwrap_or_default();
    if sizes.is_empty() { Ok(()) } else { size_lines(sheet, &sizes, first, words, formats) }
}

/// How many clusters have how many rows, by the groups of a table; the largest together.
fn cluster_sizes(table: &SheetTable) -> Vec<(String, u64)> {
    let mut rows: HashMap<u32, usize> = HashMap::new();
    table.groups.iter().for_each(|group| *rows.entry(*group).or_default() += 1);
    let mut sizes = [0; SIZES_MAX];
    for size in rows.into_values() {
        if let Some(count) = sizes.get_mut(size.min(SIZES_MAX) - 1) {
            *count += 1;
        }
    }
    let label = |size: usize| if size < SIZES_MAX { size.to_string() } else { format!("{size}+") };
    let last = sizes.iter().rposition(|count| *count > 0).map_or(0, |place| place + 1);
    // A cluster has two rows at least.
    (2..=last).filter_map(|size| Some((label(size), *sizes.get(size - 1)?))).collect()
}

/// The sizes as lines from `first` down, and as a chart.
fn size_lines(
    sheet: &mut Worksheet,
    sizes: &[(String, u64)],
    first: u32,
    words: &Words,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut heading = CellWriter::new(sheet, first, &mut []);
    heading.text(Some(&words.heading(texts::CLUSTER_ROWS)), &formats.heading)?;
    heading.text(Some(&words.heading(texts::CLUSTERS)), &formats.number_heading)?;
    let mut row = first;
    for (label, count) in sizes {
        row += 1;
        let mut line = CellWriter::new(sheet, row, &mut []);
        line.text(Some(label), formats.cell(Style::Text, false))?;
        line.number(Some(*count as f64), formats.cell(Style::Count, false))?;
    }
    insert_cluster_chart(sheet, words, (first + 1, row))
}

fn delimited(path: &Path, dialect: &CsvDialect, table: Option<&SheetTable>) -> Result<StagedFile, ExportError> {
    let (staged, file) = StagedFile::create(path)?;
    let failed = |source| ExportError::Csv { path: path.to_owned(), source };
    let mut writer = CsvWriter::new(file, dialect, table.map_or(&[][..], |table| &table.columns)).map_err(failed)?;
    for cells in table.iter().flat_map(|table| &table.rows) {
        let cells: Vec<CsvCell<'_>> = cells.iter().map(csv_cell).collect();
        writer.write(&cells).map_err(failed)?;
    }
    writer.flush().map_err(|source| ExportError::Write { path: path.to_owned(), source })?;
    Ok(staged)
}

fn csv_cell(cell: &TableCell) -> CsvCell<'_> {
    match cell {
        TableCell::Text(text) => CsvCell::text(text.as_str()),
        TableCell::Amount(Some(value)) | TableCell::Score(Some(value)) => CsvCell::number(value),
        TableCell::Amount(None) | TableCell::Score(None) => CsvCell::text(""),
        TableCell::Count(count) => CsvCell::number(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_counted_by_their_rows() {
        let mut table = SheetTable::default();
        for (group, rows) in (0_u32..).zip([2, 2, 4, 15, 10]) {
            table.groups.extend(std::iter::repeat_n(group, rows));
        }
        let sizes = cluster_sizes(&table);
        let of = |label: &str| sizes.iter().find(|(known, _)| known == label).map(|(_, count)| *count);
        assert_eq!((of("2"), of("3"), of("4"), of("10+")), (Some(2), Some(0), Some(1), Some(2)));
        assert_eq!(sizes.len(), 9);
        assert!(cluster_sizes(&SheetTable::default()).is_empty());
    }
}
