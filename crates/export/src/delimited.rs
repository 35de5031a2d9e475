//! CSV for programs: UTF-8 without a mark, comma, header, `\n`, quotes where needed, JSON columns as they are.

use std::fs::File;
use std::path::Path;

use matchflow_model::result_table::{Content, Export};

use crate::OutputFile;
use crate::error::ExportError;
use crate::layout::{Layout, Summary};
use crate::record::{ColumnCell, Record};
use crate::staged::StagedFile;
use crate::tally::OutcomeTally;

/// A CSV file in the making.
pub(crate) struct CsvFile<'a> {
    staged: StagedFile,
    writer: csv::Writer<File>,
    layout: &'a Layout,
}

impl<'a> CsvFile<'a> {
    pub(crate) fn create(path: &Path, layout: &'a Layout) -> Result<CsvFile<'a>, ExportError> {
        let (staged, file) = StagedFile::create(path)?;
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(file);
        writer.write_record(layout.csv_headers()).map_err(|source| failed(&staged, source))?;
        Ok(CsvFile { staged, writer, layout })
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        for (column, cell) in record.cells() {
            if !self.layout.has(column) {
                continue;
            }
            let written = match column.export {
                Export::InputFields => self.write_fields(record.input_fields()?),
                Export::EntryFields => self.write_fields(record.entry_fields()?),
                _ => match cell {
                    ColumnCell::Text(text) if column.content == Content::Reasons => {
                        self.writer.write_field(self.layout.words.reasons_json(text.unwrap_or_default()))
                    }
                    ColumnCell::Text(text) => self.writer.write_field(text.unwrap_or_default()),
                    ColumnCell::Number(number) => self.writer.write_field(number.to_string()),
                    ColumnCell::Count(count) => self.writer.write_field(count.to_string()),
                    ColumnCell::Fraction(number) => {
                        self.writer.write_field(number.map(|number| number.to_string()).unwrap_or_default())
                    }
                    ColumnCell::Flag(flag) => {
                        self.writer.write_field(flag.map(|flag| flag.to_string()).unwrap_or_default())
                    }
                },
            };
            written.map_err(|source| failed(&self.staged, source))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(|source| failed(&self.staged, source))
    }

    fn write_fields(&mut self, fields: Vec<Option<String>>) -> Result<(), csv::Error> {
        fields.into_iter().try_for_each(|field| self.writer.write_field(field.unwrap_or_default()))
    }
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
