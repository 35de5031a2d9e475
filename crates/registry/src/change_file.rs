//! Writes changes to a file: CSV, JSON lines or Parquet, by its extension.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_files::StagedFile;
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::change::EntryChange;
use crate::error::RegistryError;

/// The columns.
const COLUMNS: [&str; 6] = ["id", "group", "change", "since", "before", "after"];
/// Changes of a Parquet batch.
const BATCH_CHANGES: usize = 8_192;

/// A file of changes in the making; it gets its name when it is complete.
pub struct ChangeFile {
    path: PathBuf,
    staged: StagedFile,
    writer: ChangeWriter,
}

enum ChangeWriter {
    Csv(Box<csv::Writer<File>>),
    JsonLines(BufWriter<File>),
    Parquet { writer: Box<ArrowWriter<File>>, changes: Vec<EntryChange> },
}

impl ChangeFile {
    /// Starts a file. `None` if its extension is none of `csv`, `jsonl` and `parquet`.
    pub fn create(path: &Path) -> Result<Option<ChangeFile>, RegistryError> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if !["csv", "jsonl", "parquet"].contains(&extension.as_str()) {
            return Ok(None);
        }
        let failed = |source| RegistryError::Io { path: path.to_owned(), source };
        let (staged, file) = StagedFile::create(path, "a file of changes").map_err(failed)?;
        let writer = match extension.as_str() {
            "csv" => {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(COLUMNS).map_err(|error| failed(error.into()))?;
                ChangeWriter::Csv(Box::new(writer))
            }
            "jsonl" => ChangeWriter::JsonLines(BufWriter::new(file)),
            _ => {
                let writer = parquet_writer(file);
                let writer = writer.map_err(|source| RegistryError::Parquet { path: path.to_owned(), source })?;
                ChangeWriter::Parquet { writer: Box::new(writer), changes: Vec::new() }
            }
        };
        Ok(Some(ChangeFile { path: path.to_owned(), staged, writer }))
    }

    /// Adds a change.
    pub fn write(&mut self, change: &EntryChange) -> Result<(), RegistryError> {
        let EntryChange { id, group, since, before, after, .. } = change;
        match &mut self.writer {
            ChangeWriter::Csv(writer) => {
                let cells = [id.as_str(), group, change.change.word(), since, before, after];
                // A name that begins like a formula is one in a spreadsheet.
                let cells = cells.map(matchflow_model::formula::escape);
                let written = writer.write_record(cells.iter().map(|cell| cell.as_bytes()));
                written.map_err(|error| self.failed(error.into()))
            }
            ChangeWriter::JsonLines(writer) => {
                let text = serde_json::to_string(change).unwrap_or_default();
                writeln!(writer, "{text}").map_err(|source| self.failed(source))
            }
            ChangeWriter::Parquet { writer, changes } => {
                changes.push(change.clone());
                if changes.len() < BATCH_CHANGES {
                    return Ok(());
                }
                write_batch(writer, &std::mem::take(changes)).map_err(|source| self.parquet_failed(source))
            }
        }
    }

    /// Completes the file.
    pub fn finish(mut self) -> Result<PathBuf, RegistryError> {
        let path = self.path.clone();
        let failed = |source| RegistryError::Io { path: path.clone(), source };
        match &mut self.writer {
            ChangeWriter::Csv(writer) => writer.flush().map_err(failed)?,
            ChangeWriter::JsonLines(writer) => writer.flush().map_err(failed)?,
            ChangeWriter::Parquet { writer, changes } => {
                let written = write_batch(writer, changes).and_then(|()| writer.finish().map(|_| ()));
                written.map_err(|source| RegistryError::Parquet { path: path.clone(), source })?;
            }
        }
        self.staged.publish().map_err(failed)
    }

    fn failed(&self, source: std::io::Error) -> RegistryError {
        RegistryError::Io { path: self.path.clone(), source }
    }

    fn parquet_failed(&self, source: ParquetError) -> RegistryError {
        RegistryError::Parquet { path: self.path.clone(), source }
    }
}

fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(COLUMNS.map(|name| Field::new(name, DataType::Utf8, false)).to_vec()))
}

fn parquet_writer(file: File) -> Result<ArrowWriter<File>, ParquetError> {
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    ArrowWriter::try_new(file, schema(), Some(properties))
}

fn write_batch(writer: &mut ArrowWriter<File>, changes: &[EntryChange]) -> Result<(), ParquetError> {
    let column = |value: fn(&EntryChange) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(changes.iter().map(value)))
    };
    let columns = vec![
        column(|change| &change.id),
        column(|change| &change.group),
        column(|change| change.change.word()),
        column(|change| &change.since),
        column(|change| &change.before),
        column(|change| &change.after),
    ];
    writer.write(&RecordBatch::try_new(schema(), columns)?)
}
