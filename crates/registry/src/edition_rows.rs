//! The rows of an edition, one after the other in the order of their ids. They are decoded on a thread of their own.

use std::fs::File;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, bounded};
use matchflow_model::arrow::array::{Array, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use crate::error::RegistryError;
use crate::folder::StoredEdition;
use crate::stream::texts;

const BATCH_ROWS: usize = 16_384;
/// Batches between the two threads.
const QUEUE_BATCHES: usize = 4;

/// The rows of an edition.
pub(crate) struct EditionRows {
    path: PathBuf,
    batches: Receiver<Result<RecordBatch, ParquetError>>,
    /// The position of each requested column in the batches, which have the order of the file.
    positions: Vec<usize>,
    columns: Vec<StringArray>,
    rows: usize,
    row: usize,
}

impl EditionRows {
    /// Opens the table of an edition for these columns.
    pub(crate) fn open(edition: &StoredEdition, names: &[String]) -> Result<EditionRows, RegistryError> {
        let path = edition.table();
        let (reader, positions) = open(&path, names)?;
        let (sender, batches) = bounded(QUEUE_BATCHES);
        let send = move || {
            for batch in reader {
                let batch = batch.map_err(ParquetError::from);
                let is_last = batch.is_err();
                if sender.send(batch).is_err() || is_last {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("registry edition".to_owned()).spawn(send);
        thread.map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        Ok(EditionRows { path, batches, positions, columns: Vec::new(), rows: 0, row: 0 })
    }

    /// Goes to the next row. False if there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, RegistryError> {
        self.row += 1;
        while self.row >= self.rows {
            let Ok(batch) = self.batches.recv() else { return Ok(false) };
            let batch = batch.map_err(|source| RegistryError::Parquet { path: self.path.clone(), source })?;
            self.columns = self.positions.iter().map(|column| texts(&batch, *column)).collect();
            (self.rows, self.row) = (batch.num_rows(), 0);
        }
        Ok(true)
    }

    /// The value of a requested column in this row; empty for null.
    pub(crate) fn value(&self, column: usize) -> &str {
        match self.columns.get(column) {
            Some(values) if self.row < values.len() && values.is_valid(self.row) => values.value(self.row),
            _ => "",
        }
    }
}

fn open(path: &PathBuf, names: &[String]) -> Result<(ParquetRecordBatchReader, Vec<usize>), RegistryError> {
    let file = File::open(path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
    let failed = |source| RegistryError::Parquet { path: path.clone(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let fields = builder.schema().fields();
    let read: Vec<usize> =
        (0..fields.len()).filter(|at| fields.get(*at).is_some_and(|field| names.contains(field.name()))).collect();
    let positions = names.iter().map(|name| {
        let at = read.iter().position(|at| fields.get(*at).is_some_and(|field| field.name() == name));
        at.ok_or_else(|| ParquetError::General(format!("it has no column `{name}`")))
    });
    let positions = positions.collect::<Result<Vec<usize>, ParquetError>>().map_err(failed)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), read);
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
    Ok((reader, positions))
}
