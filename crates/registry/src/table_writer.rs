//! Writes the table of an edition on a thread of its own: what is read is encoded at the same time.
//!
//! Zstandard, row groups of [`GROUP_ROWS`] rows with statistics, so that a filter on a department skips most of them where
//! ids follow each other, and a run reads the columns that it needs.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::SchemaRef;
use matchflow_model::digest::Hasher;
use matchflow_model::panic_message;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::error::RegistryError;
use crate::manifest::TableFile;

const GROUP_ROWS: usize = 250_000;
/// Batches between the two threads.
const QUEUE_BATCHES: usize = 4;

/// A table in the making.
pub(crate) struct TableWriter {
    path: PathBuf,
    /// `None` once all batches are sent.
    batches: Option<Sender<RecordBatch>>,
    /// `None` once the thread has ended.
    thread: Option<JoinHandle<Result<TableFile, ParquetError>>>,
}

impl TableWriter {
    /// Starts the thread. `unique` are the columns whose values do not repeat.
    pub(crate) fn start(path: &Path, schema: &SchemaRef, unique: &[&str]) -> Result<TableWriter, RegistryError> {
        let failed = |source| RegistryError::Io { path: path.to_owned(), source };
        let file = DigestedFile { file: File::create(path).map_err(failed)?, hasher: Hasher::default(), bytes: 0 };
        let properties =
            properties(unique).map_err(|source| RegistryError::Parquet { path: path.to_owned(), source })?;
        let schema = SchemaRef::clone(schema);
        let (batches, received) = bounded::<RecordBatch>(QUEUE_BATCHES);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let write = move || {
            let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
            let mut writer = ArrowWriter::try_new(file, schema, Some(properties))?;
            for batch in received {
                writer.write(&batch)?;
            }
            let file = writer.into_inner()?;
            file.file.sync_all()?;
            Ok(TableFile { name, bytes: file.bytes, sha256: file.hasher.finish_hex(), columns })
        };
        let thread = std::thread::Builder::new().name("registry table".to_owned()).spawn(write).map_err(failed)?;
        Ok(TableWriter { path: path.to_owned(), batches: Some(batches), thread: Some(thread) })
    }

    /// Adds rows. Returns false if the thread has ended: `finish` has the reason.
    pub(crate) fn write(&self, batch: RecordBatch) -> bool {
        self.batches.as_ref().is_some_and(|batches| batches.send(batch).is_ok())
    }

    /// Completes the table.
    pub(crate) fn finish(mut self) -> Result<TableFile, RegistryError> {
        self.batches = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Ok(file))) => Ok(file),
            Some(Ok(Err(source))) => Err(RegistryError::Parquet { path: self.path.clone(), source }),
            Some(Err(panic)) => Err(RegistryError::Writer { reason: panic_message(panic.as_ref()) }),
            None => Err(RegistryError::Writer { reason: "it was ended before".to_owned() }),
        }
    }
}

impl Drop for TableWriter {
    /// Waits for the thread: a table that is given up must not be written into the one that replaces it.
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // Its result is of no interest.
            let _ = thread.join();
        }
    }
}

/// A file whose bytes are digested as they are written.
struct DigestedFile {
    file: File,
    hasher: Hasher,
    bytes: u64,
}

impl Write for DigestedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn properties(unique: &[&str]) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("matchflow ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_ROWS));
    for column in unique {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(vec![(*column).to_owned()]), false);
    }
    Ok(builder.build())
}
