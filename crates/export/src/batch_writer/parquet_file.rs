//! A Parquet file; what run the rows are of is in its metadata, under `matchflow.*`.

use std::fs::File;
use std::path::Path;

use matchflow_model::arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::BatchWriter;
use crate::error::ExportError;
use crate::staged::{StagedFile, StagedOutput};

/// A Parquet file in the making.
pub(super) struct ParquetFile {
    staged: StagedFile,
    /// `None` before the first rows, which have the schema.
    writer: Option<ArrowWriter<File>>,
    file: Option<File>,
}

impl ParquetFile {
    pub(super) fn create(path: &Path) -> Result<ParquetFile, ExportError> {
        let (staged, file) = StagedFile::create(path)?;
        Ok(ParquetFile { staged, writer: None, file: Some(file) })
    }

    fn failed(&self, source: ParquetError) -> ExportError {
        ExportError::Parquet { path: self.staged.target().to_owned(), source }
    }
}

impl BatchWriter for ParquetFile {
    fn place(&self) -> String {
        self.staged.target().display().to_string()
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<(), ExportError> {
        if let Some(file) = self.file.take() {
            let writer = ArrowWriter::try_new(file, rows.schema(), Some(properties()));
            self.writer = Some(writer.map_err(|error| self.failed(error))?);
        }
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write(rows));
        written.map_err(|error| self.failed(error))
    }

    fn complete(mut self: Box<Self>, facts: &[(String, String)]) -> Result<StagedOutput, ExportError> {
        if let Some(mut writer) = self.writer.take() {
            for (name, value) in facts {
                writer.append_key_value_metadata(KeyValue::new(format!("matchflow.{name}"), value.clone()));
            }
            writer.close().map_err(|error| self.failed(error))?;
        }
        Ok(StagedOutput::File(self.staged))
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("matchflow ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
}
