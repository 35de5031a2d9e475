//! Writes the registry as Parquet: one flat file, or the two that INSEE publishes.
//!
//! Row groups of 100,000 rows, zstd, dictionaries for repeated values. Memory: per file, one row group being encoded
//! and one batch being built, whatever the size of the registry.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_files::StagedFile;
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::change_files::ChangeFiles;
use crate::columns::{COLUMNS, ColumnOrigin, RegistryColumn};
use crate::establishment::{Establishment, Registry};
use crate::layout::BLOCK;
use crate::next_edition::ChangedUnit;
use crate::unit::Unit;
use crate::{
    FLAT_REGISTRY, GenerateError, GeneratedPart, GenerationProgress, RegistryEdition, RegistryLayout,
    SIRENE_ESTABLISHMENTS, SIRENE_UNITS, create, publish,
};

const ROW_GROUP_ROWS: usize = 100_000;
const BATCH_ROWS: usize = 8_192;

/// The columns of INSEE's files.
const UNIT_FILE: fn(ColumnOrigin) -> bool =
    |of| matches!(of, ColumnOrigin::Unit | ColumnOrigin::Both | ColumnOrigin::UnitOnly);
const ESTABLISHMENT_FILE: fn(ColumnOrigin) -> bool =
    |of| matches!(of, ColumnOrigin::Establishment | ColumnOrigin::Both | ColumnOrigin::EstablishmentOnly);

/// Writes an edition of the registry into `folder`; returns the files.
pub(crate) fn write(
    registry: &Registry,
    layout: RegistryLayout,
    edition: RegistryEdition,
    folder: &Path,
    progress: &mut dyn FnMut(GenerationProgress),
) -> Result<RegistryFiles, GenerateError> {
    let mut tables = match layout {
        RegistryLayout::Flat => {
            let is_flat = |of| matches!(of, ColumnOrigin::Unit | ColumnOrigin::Establishment | ColumnOrigin::Both);
            vec![Table::create(folder.join(FLAT_REGISTRY), is_flat, false)?]
        }
        RegistryLayout::Sirene => vec![
            Table::create(folder.join(SIRENE_UNITS), UNIT_FILE, true)?,
            Table::create(folder.join(SIRENE_ESTABLISHMENTS), ESTABLISHMENT_FILE, false)?,
        ],
    };
    let mut changes = match edition {
        RegistryEdition::First => None,
        RegistryEdition::Next => Some(ChangeFiles::create(layout, folder)?),
    };
    for first in (0..registry.total).step_by(BLOCK as usize) {
        for span in registry.block(first) {
            let mut unit = registry.unit(&span);
            let establishment = |ordinal| registry.establishment(&unit, &span, ordinal);
            let mut establishments: Vec<Establishment> = (0..span.size).map(establishment).collect();
            if let Some(changes) = &mut changes {
                let changed = ChangedUnit::of(registry.seed, &span, unit, establishments, changes.successor());
                changes.add(&changed)?;
                (unit, establishments) = (changed.unit, changed.establishments);
            }
            for (ordinal, establishment) in establishments.iter().enumerate() {
                for table in tables.iter_mut().filter(|table| ordinal == 0 || !table.row_is_unit) {
                    table.push(&unit, establishment)?;
                }
            }
        }
        progress(GenerationProgress {
            part: GeneratedPart::Registry,
            done: (first + BLOCK).min(registry.total),
            total: registry.total,
        });
    }
    let mut files = tables.into_iter().map(Table::finish).collect::<Result<Vec<PathBuf>, _>>()?;
    let changes = changes.map(|changes| changes.finish(&mut files)).transpose()?;
    Ok(RegistryFiles { files, changes })
}

/// The files of an edition.
pub(crate) struct RegistryFiles {
    pub(crate) files: Vec<PathBuf>,
    /// What changed since the edition before.
    pub(crate) changes: Option<PathBuf>,
}

/// A Parquet file being written.
struct Table {
    path: PathBuf,
    staged: StagedFile,
    row_is_unit: bool,
    columns: Vec<(&'static RegistryColumn, StringBuilder)>,
    rows: usize,
    schema: Arc<Schema>,
    writer: ArrowWriter<File>,
    cell: String,
}

impl Table {
    fn create(path: PathBuf, has: fn(ColumnOrigin) -> bool, row_is_unit: bool) -> Result<Self, GenerateError> {
        let columns: Vec<&RegistryColumn> = COLUMNS.iter().filter(|column| has(column.origin)).collect();
        let fields: Vec<Field> = columns.iter().map(|column| Field::new(column.name, DataType::Utf8, true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let (staged, file) = create(&path)?;
        let writer = properties(&columns)
            .and_then(|properties| ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)))
            .map_err(|source| GenerateError::Parquet { path: path.clone(), source })?;
        let columns = columns.into_iter().map(|column| (column, StringBuilder::new())).collect();
        Ok(Self { path, staged, row_is_unit, columns, rows: 0, schema, writer, cell: String::new() })
    }

    fn push(&mut self, unit: &Unit, establishment: &Establishment) -> Result<(), GenerateError> {
        for (column, values) in &mut self.columns {
            self.cell.clear();
            (column.write)(unit, establishment, &mut self.cell);
            values.append_option(Some(&self.cell).filter(|cell| !cell.is_empty()));
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), GenerateError> {
        self.rows = 0;
        let arrays = self.columns.iter_mut().map(|(_, values)| Arc::new(values.finish()) as ArrayRef).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(ParquetError::from)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|source| GenerateError::Parquet { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<PathBuf, GenerateError> {
        self.flush()?;
        let path = self.path;
        self.writer.close().map_err(|source| GenerateError::Parquet { path: path.clone(), source })?;
        publish(self.staged)
    }
}

fn properties(columns: &[&RegistryColumn]) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by("matchflow generate".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for column in columns.iter().filter(|column| !column.repeats) {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
    }
    Ok(builder.build())
}
