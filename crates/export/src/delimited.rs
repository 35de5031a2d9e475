//! CSV in the dialect of the plan: UTF-8, header, `\n`, quotes where needed, JSON columns unchanged. Without a dialect:
//! comma, no byte order mark, the most portable form.
//!
//! **Invariant:** every text passes through [`CsvCell::Text`], which escapes what a spreadsheet would run as a formula;
//! numbers, including fields declared as numbers, are written unchanged, with the dialect's decimal mark.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use matchflow_model::evidence::{Alternative, list_json};
use matchflow_model::formula;
use matchflow_model::plan::{CsvDialect, CsvFormulas, DecimalMark, FieldType};
use matchflow_model::result_table::Export;

use crate::OutputFile;
use crate::error::ExportError;
use crate::layout::{FieldColumn, Layout, Summary};
use crate::record::{ColumnCell, Record};
use crate::staged::{StagedFile, StagedOutput};
use crate::tally::OutcomeTally;

/// The byte order mark.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A cell of a CSV file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CsvCell<'a> {
    /// A text that may come from outside.
    Text(Cow<'a, str>),
    /// A number, or a text that is one; escaped like a text if it is not a number.
    Number(Cow<'a, str>),
}

impl<'a> CsvCell<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> CsvCell<'a> {
        CsvCell::Text(text.into())
    }

    pub(crate) fn number(number: impl ToString) -> CsvCell<'static> {
        CsvCell::Number(number.to_string().into())
    }
}

/// Writes records in a dialect.
pub(crate) struct CsvWriter {
    writer: csv::Writer<File>,
    formulas: CsvFormulas,
    decimal: DecimalMark,
    /// For each column of the file its index in a record; `None` if records do not have it.
    places: Vec<Option<usize>>,
}

impl CsvWriter {
    /// Writes the header: the columns of the dialect, or all of `columns`.
    pub(crate) fn new(mut file: File, dialect: &CsvDialect, columns: &[String]) -> Result<CsvWriter, csv::Error> {
        if dialect.byte_order_mark {
            file.write_all(MARK)?;
        }
        let header = if dialect.columns.is_empty() { columns } else { &dialect.columns };
        let writer = csv::WriterBuilder::new().delimiter(dialect.delimiter).buffer_capacity(1 << 18).from_writer(file);
        let places = header.iter().map(|name| columns.iter().position(|column| column == name)).collect();
        let mut writer = CsvWriter { writer, formulas: dialect.formulas, decimal: dialect.decimal, places };
        header.iter().try_for_each(|name| writer.write_text(name))?;
        writer.end_record()?;
        Ok(writer)
    }

    /// Writes a record: one cell for each of the columns passed to `new`.
    pub(crate) fn write(&mut self, cells: &[CsvCell<'_>]) -> Result<(), csv::Error> {
        for at in 0..self.places.len() {
            let place = self.places.get(at).copied().flatten();
            match place.and_then(|place| cells.get(place)) {
                Some(CsvCell::Text(text)) => self.write_text(text)?,
                Some(CsvCell::Number(number)) => self.write_number(number)?,
                None => self.writer.write_field(b"")?,
            }
        }
        self.end_record()
    }

    fn write_text(&mut self, text: &str) -> Result<(), csv::Error> {
        match self.formulas {
            CsvFormulas::Escape => self.writer.write_field(formula::escape(text).as_bytes()),
            CsvFormulas::Keep => self.writer.write_field(text),
        }
    }

    fn write_number(&mut self, number: &str) -> Result<(), csv::Error> {
        match (number.parse::<f64>().is_ok_and(f64::is_finite), self.decimal) {
            (true, DecimalMark::Point) => self.writer.write_field(number),
            (true, DecimalMark::Comma) => self.writer.write_field(number.replace('.', ",")),
            (false, _) => self.write_text(number),
        }
    }

    fn end_record(&mut self) -> Result<(), csv::Error> {
        self.writer.write_record(None::<&[u8]>)
    }

    pub(crate) fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

/// A CSV file being written.
pub(crate) struct CsvFile<'a> {
    staged: StagedFile,
    writer: CsvWriter,
    layout: &'a Layout,
}

impl<'a> CsvFile<'a> {
    pub(crate) fn create(path: &Path, dialect: &CsvDialect, layout: &'a Layout) -> Result<CsvFile<'a>, ExportError> {
        let (staged, file) = StagedFile::create(path)?;
        let writer = CsvWriter::new(file, dialect, &layout.csv_headers()).map_err(|source| failed(&staged, source))?;
        Ok(CsvFile { staged, writer, layout })
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        let (input, entry) = (record.input_fields()?, record.entry_fields()?);
        let mut cells = Vec::new();
        for (column, cell) in record.cells().filter(|(column, _)| self.layout.has(column)) {
            match column.export {
                Export::InputFields => cells.extend(field_cells(&input, &self.layout.input_fields)),
                Export::EntryFields => cells.extend(field_cells(&entry, &self.layout.entry_fields)),
                Export::Alternatives => cells.push(CsvCell::text(self.alternatives(record))),
                Export::Scores => cells.extend(record.scores().into_iter().map(fraction_cell)),
                Export::Comparisons => {}
                _ => cells.push(match cell {
                    ColumnCell::Text(text) => {
                        CsvCell::text(self.layout.words.column_text(column.content, text).unwrap_or_default())
                    }
                    ColumnCell::Number(number) => CsvCell::number(number),
                    ColumnCell::Count(count) => CsvCell::number(count),
                    ColumnCell::Fraction(number) => fraction_cell(number),
                    ColumnCell::Flag(Some(flag)) => CsvCell::text(if flag { "true" } else { "false" }),
                    ColumnCell::Flag(None) | ColumnCell::List => CsvCell::text(""),
                }),
            }
        }
        self.writer.write(&cells).map_err(|source| failed(&self.staged, source))
    }
}

impl CsvFile<'_> {
    /// The candidates as JSON, with their fields and evidence where the pipeline keeps all of it.
    fn alternatives(&self, record: &Record<'_>) -> String {
        let mut alternatives: Vec<Alternative> = record.list();
        if !self.layout.is_evidence_whole {
            alternatives.iter_mut().for_each(|one| *one = one.in_short());
        }
        list_json(&alternatives)
    }
}

fn fraction_cell<'v>(number: Option<f64>) -> CsvCell<'v> {
    number.map_or_else(|| CsvCell::text(""), CsvCell::number)
}

fn field_cells<'v>(values: &'v [Option<String>], fields: &[FieldColumn]) -> impl Iterator<Item = CsvCell<'v>> {
    values.iter().zip(fields).map(|(value, field)| {
        let value = value.as_deref().unwrap_or_default();
        match field.data_type {
            FieldType::Integer | FieldType::Decimal => CsvCell::Number(value.into()),
            FieldType::Text | FieldType::Date | FieldType::Boolean => CsvCell::text(value),
        }
    })
}

impl OutputFile for CsvFile<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.write(record)
    }

    fn complete(mut self: Box<Self>, _: &OutcomeTally, _: &Summary) -> Result<StagedOutput, ExportError> {
        let path = self.staged.target().to_owned();
        self.writer.flush().map_err(|source| ExportError::Write { path, source })?;
        Ok(StagedOutput::File(self.staged))
    }
}

fn failed(staged: &StagedFile, source: csv::Error) -> ExportError {
    ExportError::Csv { path: staged.target().to_owned(), source }
}
