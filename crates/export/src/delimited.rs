//! CSV for programs: UTF-8 without a mark, comma, header, `\n`, quotes where needed, JSON columns as they are.
//!
//! **Invariant:** every text passes [`CsvWriter::write_text`], which escapes what a spreadsheet would take for a formula;
//! numbers, also those of fields whose declared type is a number, pass as they are.

use std::fs::File;
use std::path::Path;

use matchflow_model::formula;
use matchflow_model::plan::{CsvFormulas, FieldType};
use matchflow_model::result_table::{Content, Export};

use crate::OutputFile;
use crate::error::ExportError;
use crate::layout::{FieldColumn, Layout, Summary};
use crate::record::{ColumnCell, Record};
use crate::staged::StagedFile;
use crate::tally::OutcomeTally;

/// Writes the fields of records.
pub(crate) struct CsvWriter {
    writer: csv::Writer<File>,
    formulas: CsvFormulas,
}

impl CsvWriter {
    pub(crate) fn new(file: File, formulas: CsvFormulas) -> CsvWriter {
        CsvWriter { writer: csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(file), formulas }
    }

    /// A text that may come from outside.
    pub(crate) fn write_text(&mut self, text: &str) -> Result<(), csv::Error> {
        match self.formulas {
            CsvFormulas::Escape => self.writer.write_field(formula::escape(text).as_bytes()),
            CsvFormulas::Keep => self.writer.write_field(text),
        }
    }

    /// A number, or a text that is one; as a text where it is none after all.
    pub(crate) fn write_number(&mut self, number: &str) -> Result<(), csv::Error> {
        match number.parse::<f64>().is_ok_and(f64::is_finite) {
            true => self.writer.write_field(number),
            false => self.write_text(number),
        }
    }

    pub(crate) fn end_record(&mut self) -> Result<(), csv::Error> {
        self.writer.write_record(None::<&[u8]>)
    }

    pub(crate) fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

/// A CSV file in the making.
pub(crate) struct CsvFile<'a> {
    staged: StagedFile,
    writer: CsvWriter,
    layout: &'a Layout,
}

impl<'a> CsvFile<'a> {
    pub(crate) fn create(path: &Path, formulas: CsvFormulas, layout: &'a Layout) -> Result<CsvFile<'a>, ExportError> {
        let (staged, file) = StagedFile::create(path)?;
        let mut writer = CsvWriter::new(file, formulas);
        let written = layout.csv_headers().iter().try_for_each(|header| writer.write_text(header));
        written.and_then(|()| writer.end_record()).map_err(|source| failed(&staged, source))?;
        Ok(CsvFile { staged, writer, layout })
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        let writer = &mut self.writer;
        for (column, cell) in record.cells() {
            if !self.layout.has(column) {
                continue;
            }
            let written = match column.export {
                Export::InputFields => write_fields(writer, &record.input_fields()?, &self.layout.input_fields),
                Export::EntryFields => write_fields(writer, &record.entry_fields()?, &self.layout.entry_fields),
                _ => match cell {
                    ColumnCell::Text(text) if column.content == Content::Reasons => {
                        writer.write_text(&self.layout.words.reasons_json(text.unwrap_or_default()))
                    }
                    ColumnCell::Text(text) => writer.write_text(text.unwrap_or_default()),
                    ColumnCell::Number(number) => writer.write_number(&number.to_string()),
                    ColumnCell::Count(count) => writer.write_number(&count.to_string()),
                    ColumnCell::Fraction(number) => {
                        writer.write_number(&number.map(|number| number.to_string()).unwrap_or_default())
                    }
                    ColumnCell::Flag(flag) => writer.write_text(&flag.map(|flag| flag.to_string()).unwrap_or_default()),
                },
            };
            written.map_err(|source| failed(&self.staged, source))?;
        }
        writer.end_record().map_err(|source| failed(&self.staged, source))
    }
}

fn write_fields(writer: &mut CsvWriter, values: &[Option<String>], fields: &[FieldColumn]) -> Result<(), csv::Error> {
    values.iter().zip(fields).try_for_each(|(value, field)| {
        let value = value.as_deref().unwrap_or_default();
        match field.data_type {
            FieldType::Integer | FieldType::Decimal => writer.write_number(value),
            FieldType::Text | FieldType::Date | FieldType::Boolean => writer.write_text(value),
        }
    })
}

impl OutputFile for CsvFile<'_> {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.write(record)
    }

    fn complete(mut self: Box<Self>, _: &OutcomeTally, _: &Summary) -> Result<StagedFile, ExportError> {
        let path = self.staged.target().to_owned();
        self.writer.flush().map_err(|source| ExportError::Write { path, source })?;
        Ok(self.staged)
    }
}

fn failed(staged: &StagedFile, source: csv::Error) -> ExportError {
    ExportError::Csv { path: staged.target().to_owned(), source }
}
