//! Puts the rows of a file into the order of a column, on disk: publishers promise no order.
//!
//! Chunks of [`CHUNK_ROWS`] rows are sorted in memory and written as runs, which are then merged as they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use matchflow_model::arrow::compute::{concat_batches, interleave, sort_to_indices, take};
use matchflow_model::arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::RegistryError;
use crate::stream::{BatchStream, arrow_failed, texts, value};

/// Rows that are sorted in memory.
pub(crate) const CHUNK_ROWS: usize = 1_000_000;
/// Rows of a run that are in memory while it is merged, and rows of a merged batch.
const MERGE_ROWS: usize = 8_192;

/// Rows in the order of a column. Rows without a value in it come first.
pub(crate) struct SortedRows {
    name: String,
    schema: SchemaRef,
    key: usize,
    runs: Vec<Run>,
    /// The next row of each run that has one: its key, and the run.
    next: BinaryHeap<Reverse<(Option<String>, usize)>>,
}

/// A sorted part of the rows.
struct Run {
    reader: ParquetRecordBatchReader,
    path: PathBuf,
    batch: Option<RecordBatch>,
    keys: StringArray,
    row: usize,
}

impl SortedRows {
    /// Reads all rows of a stream, and writes them sorted into `folder`.
    pub(crate) fn sort(
        stream: &mut dyn BatchStream,
        key: usize,
        folder: &Path,
        chunk_rows: usize,
    ) -> Result<SortedRows, RegistryError> {
        let (schema, name) = (stream.schema(), stream.name().to_owned());
        let mut runs = Vec::new();
        let (mut chunk, mut rows) = (Vec::new(), 0);
        loop {
            let batch = stream.next_batch()?;
            let is_end = batch.is_none();
            if let Some(batch) = batch {
                rows += batch.num_rows();
                chunk.push(batch);
            }
            if rows >= chunk_rows || (is_end && rows > 0) {
                let path = folder.join(format!("run-{key}-{}.parquet", runs.len()));
                write_run(&schema, &chunk, key, &path, &name)?;
                runs.push(Run::open(path)?);
                chunk.clear();
                rows = 0;
            }
            if is_end {
                break;
            }
        }
        let mut sorted = SortedRows { name, schema, key, runs, next: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    /// Notes the next row of a run, whose batch is read if need be.
    fn advance(&mut self, number: usize) -> Result<(), RegistryError> {
        let key = self.key;
        let Some(run) = self.runs.get_mut(number) else { return Ok(()) };
        if run.batch.as_ref().is_none_or(|batch| run.row >= batch.num_rows()) {
            run.row = 0;
            run.batch = run.reader.next().transpose().map_err(|source| arrow_failed(&self.name, source))?;
            run.keys = run.batch.as_ref().map_or_else(|| StringArray::new_null(0), |batch| texts(batch, key));
        }
        if run.batch.is_some() {
            let key = value(&run.keys, run.row).map(str::to_owned);
            self.next.push(Reverse((key, number)));
        }
        Ok(())
    }

    /// The rows with these positions: a batch, and a row in it.
    fn gather(&self, batches: &[RecordBatch], rows: &[(usize, usize)]) -> Result<RecordBatch, RegistryError> {
        let column = |at: usize| -> Result<ArrayRef, _> {
            let arrays: Vec<&dyn Array> =
                batches.iter().filter_map(|batch| batch.columns().get(at)).map(AsRef::as_ref).collect();
            interleave(&arrays, rows)
        };
        let columns = (0..self.schema.fields().len()).map(column).collect::<Result<Vec<_>, _>>();
        let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        batch.map_err(|source| arrow_failed(&self.name, source))
    }
}

impl BatchStream for SortedRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, RegistryError> {
        // A run may use several batches for one merged batch.
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut places: Vec<Option<usize>> = vec![None; self.runs.len()];
        let mut rows: Vec<(usize, usize)> = Vec::new();
        while rows.len() < MERGE_ROWS {
            let Some(Reverse((_, number))) = self.next.pop() else { break };
            let Some(run) = self.runs.get_mut(number) else { continue };
            let (Some(batch), Some(place)) = (&run.batch, places.get_mut(number)) else { continue };
            let at = *place.get_or_insert_with(|| {
                batches.push(batch.clone());
                batches.len() - 1
            });
            rows.push((at, run.row));
            run.row += 1;
            if run.row >= batch.num_rows() {
                *place = None;
            }
            self.advance(number)?;
        }
        if rows.is_empty() { Ok(None) } else { self.gather(&batches, &rows).map(Some) }
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Run {
    fn open(path: PathBuf) -> Result<Run, RegistryError> {
        let file = File::open(&path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(MERGE_ROWS).build())
            .map_err(|source| RegistryError::Parquet { path: path.clone(), source })?;
        Ok(Run { reader, path, batch: None, keys: StringArray::new_null(0), row: 0 })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What is left is removed with its folder.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Writes a chunk in the order of its keys.
fn write_run(
    schema: &SchemaRef,
    chunk: &[RecordBatch],
    key: usize,
    path: &Path,
    name: &str,
) -> Result<(), RegistryError> {
    let sorted = concat_batches(schema, chunk).and_then(|all| {
        let order = sort_to_indices(&texts(&all, key), None, None)?;
        let columns = all.columns().iter().map(|column| take(column, &order, None)).collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(Arc::clone(schema), columns)
    });
    let sorted = sorted.map_err(|source| arrow_failed(name, source))?;
    let file = File::create(path).map_err(|source| RegistryError::Io { path: path.to_owned(), source })?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let written = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties)).and_then(|mut writer| {
        writer.write(&sorted)?;
        writer.close()
    });
    written.map(|_| ()).map_err(|source| RegistryError::Parquet { path: path.to_owned(), source })
}
