//! CSV for programs: UTF-8 without a mark, comma, header, `\n`, quotes where needed, JSON columns as they are.

use std::fs::File;
use std::path::Path;

use crate::Output;
use crate::error::ExportError;
use crate::layout::{Layout, Summary};
use crate::record::Record;
use crate::staged::Staged;
use crate::tally::Tally;

/// A CSV file in the making.
pub(crate) struct CsvFile {
    staged: Staged,
    writer: csv::Writer<File>,
    is_weighed: bool,
}

impl CsvFile {
    pub(crate) fn create(path: &Path, layout: &Layout) -> Result<CsvFile, ExportError> {
        let (staged, file) = Staged::create(path)?;
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(file);
        writer.write_record(layout.csv_headers()).map_err(|source| failed(&staged, source))?;
        Ok(CsvFile { staged, writer, is_weighed: layout.is_weighed })
    }

    fn write(&mut self, record: &Record<'_>) -> Result<(), csv::Error> {
        let writer = &mut self.writer;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let real = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        writer.write_field(record.key)?;
        writer.write_field(record.row.to_string())?;
        record.input.iter().try_for_each(|value| writer.write_field(text(value)))?;
        writer.write_field(record.outcome)?;
        writer.write_field(real(record.score))?;
        writer.write_field(record.stage.unwrap_or_default())?;
        writer.write_field(record.id.unwrap_or_default())?;
        writer.write_field(record.group.unwrap_or_default())?;
        record.entry.iter().try_for_each(|value| writer.write_field(text(value)))?;
        writer.write_field(real(record.margin))?;
        if self.is_weighed {
            writer.write_field(real(record.entry_score))?;
            writer.write_field(real(record.weight))?;
        }
        writer.write_field(record.candidates.to_string())?;
        writer.write_field(record.reason)?;
        writer.write_field(record.alternatives)?;
        writer.write_field(record.evidence.unwrap_or_default())?;
        writer.write_field(record.error.unwrap_or_default())?;
        writer.write_record(None::<&[u8]>)
    }
}

impl Output for CsvFile {
    fn add(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        self.write(record).map_err(|source| failed(&self.staged, source))
    }

    fn complete(mut self: Box<Self>, _: &Tally, _: &Summary) -> Result<Staged, ExportError> {
        let path = self.staged.target().to_owned();
        self.writer.flush().map_err(|source| ExportError::Write { path, source })?;
        Ok(self.staged)
    }
}

fn failed(staged: &Staged, source: csv::Error) -> ExportError {
    ExportError::Csv { path: staged.target().to_owned(), source }
}
