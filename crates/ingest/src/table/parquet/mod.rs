//! Parquet: only the selected columns are decoded, and rows that filters drop never leave the reader.
//!
//! Row groups whose statistics exclude every value of a filter are not read at all. Every row is a record; the first is
//! row 2, as under a header. [`schema`] chooses the types to decode columns as, [`text`] converts them to text.
//!
//! **Limits.** A page has at most 1 GiB ([`pages`]), a cell 16 MiB, like records of CSV files; a batch has fewer rows
//! if rows are long. Page checksums are verified if the file has them.

mod pages;
mod schema;
mod text;
mod zone;

use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::error::ArrowError;
use matchflow_model::plan::TablePlan;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicate, ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter,
};

use self::pages::BoundedPages;
use self::schema::{FileSchema, ROW_NUMBER};
pub(super) use self::text::{kind, text};
use self::zone::TimeZone;
use super::{ColumnFilter, Selection, Table, TextCondition};
use crate::block::Block;
use crate::column::{ColumnBlock, TextColumn};
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::format::{FormatKey, FormatReader, PATH_KEY, TableFormat, TableRole, main_file};
use crate::header::{AddressForm, Header, HeaderColumn, columns};
use crate::trim::{cell_text, visible_column};

/// Rows above the first record in addresses: the header that a spreadsheet would have.
const HEADER_ROWS: u64 = 1;
/// A batch has fewer rows if they would exceed this size.
const BATCH_BYTES_MAX: u64 = 1 << 26;

/// Parquet files.
#[derive(Debug)]
pub(crate) struct Parquet;

static KEYS: [FormatKey; 1] = [PATH_KEY];

impl TableFormat for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "Parquet: a file, or the files of a folder or a pattern.",
            TableRole::Reference => "Parquet, an entry a row: a file, or the files of a folder or a pattern.",
        })
    }

    fn summary(&self) -> &'static str {
        "Parquet: a file, or the files of a folder or a pattern. Folders such as `dept=75` are columns."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }

    fn row_columns(&self, _table: &TablePlan) -> &'static [&'static str] {
        &[]
    }
}

impl FormatReader for Parquet {
    fn takes(&self, contents: &FileContents) -> bool {
        *contents == FileContents::Parquet
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(ParquetTable::open(main_file(table)?)?))
    }
}

pub(super) struct ParquetTable {
    header: Header,
    pages: BoundedPages,
    schema: FileSchema,
    reader: Option<ParquetRecordBatchReader>,
    /// The position of each selected column in the reader's batches.
    order: Vec<usize>,
}

impl ParquetTable {
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = file::name(path);
        let pages = BoundedPages(file::open(path)?);
        let schema = file::guard(&file, || FileSchema::load(&pages).map_err(|error| failed(&file, &error)))?;
        let rows = u64::try_from(schema.declared.metadata().file_metadata().num_rows()).unwrap_or(0);
        let names: Vec<&str> = schema.fields().map(|field| field.name().as_str()).collect();
        let width = names.len();
        let columns = columns(names.into_iter().enumerate());
        let notes = schema.fields().filter_map(|field| unknown_zone(field)).collect();
        let header = Header { rows_hint: Some(rows), width, notes, ..Header::new(file, AddressForm::Names, columns) };
        Ok(ParquetTable { header, pages, schema, reader: None, order: Vec::new() })
    }

    /// The position in the file of a column of the header, if it can be read.
    fn position(&self, column: usize) -> Result<usize, IngestError> {
        let position = self.header.columns.get(column).and_then(HeaderColumn::position).unwrap_or(usize::MAX);
        let Some(field) = self.schema.declared.schema().fields().get(position) else { return Ok(position) };
        let (file, column) = (self.header.file.clone(), field.name().clone());
        if kind(field.data_type()).is_none() {
            return Err(IngestError::ColumnType { file, column, data_type: field.data_type().to_string() });
        }
        match self.schema.unreadable_compression(position) {
            None => Ok(position),
            Some(compression) => Err(IngestError::ColumnCompression { file, compression }),
        }
    }

    fn predicate(&self, filter: &ColumnFilter) -> Result<Box<dyn ArrowPredicate>, IngestError> {
        let mask = ProjectionMask::roots(self.schema.decoded.parquet_schema(), [self.position(filter.column)?]);
        let condition = filter.condition.clone();
        Ok(Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
            let column = batch.columns().first().ok_or_else(|| ArrowError::ComputeError("no column".to_owned()))?;
            let text = text(column)?;
            let passes = |value: Option<&str>| Some(value.is_some_and(|value| condition.holds(&cell_text(value))));
            Ok(text.readable().map(passes).collect())
        })))
    }

    /// The row groups that may have rows which pass the filters.
    fn row_groups(&self, filters: &[ColumnFilter]) -> Result<Vec<usize>, IngestError> {
        let mut retained: Vec<usize> = (0..self.schema.declared.metadata().num_row_groups()).collect();
        for filter in filters {
            let position = self.position(filter.column)?;
            let Some(field) = self.schema.declared.schema().fields().get(position) else { continue };
            if !matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
                continue;
            }
            // Statistics that cannot be read exclude nothing.
            if let Ok(possible) = self.possible(field, &filter.condition) {
                retained.retain(|group| possible.get(*group).copied().unwrap_or(true));
            }
        }
        Ok(retained)
    }

    fn possible(&self, field: &Field, condition: &TextCondition) -> Result<Vec<bool>, parquet::errors::ParquetError> {
        let declared = &self.schema.declared;
        let schema = Schema::new(self.schema.fields().cloned().collect::<Vec<_>>());
        let converter = StatisticsConverter::try_new(field.name(), &schema, declared.parquet_schema())?;
        let groups = declared.metadata().row_groups();
        let (least, greatest) = (converter.row_group_mins(groups)?, converter.row_group_maxes(groups)?);
        let (least, greatest) = (text(&least)?.values, text(&greatest)?.values);
        let within = |(least, greatest): (Option<&str>, Option<&str>)| match (least, greatest) {
            (Some(least), Some(greatest)) => condition.may_hold(least, greatest),
            _ => true,
        };
        Ok(least.iter().zip(greatest.iter()).map(within).collect())
    }

    fn block(&self, batch: &RecordBatch) -> Result<Block, IngestError> {
        let numbers = batch.column_by_name(ROW_NUMBER).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let numbers = numbers.map(|numbers| numbers.values().iter().map(|index| row_number(*index)).collect());
        let cast = |index: &usize| {
            let column = batch.columns().get(*index).ok_or_else(|| self.fault("a column is missing"))?;
            let column = text(column).map_err(|error| self.fault(&error.to_string()))?;
            Ok(TextColumn { values: visible_column(column.values), ..column })
        };
        let columns = self.order.iter().map(cast).collect::<Result<_, IngestError>>()?;
        let numbers = numbers.ok_or_else(|| self.fault("it has no row numbers"))?;
        Ok(Block::Columns(ColumnBlock::new(columns, numbers)))
    }

    fn fault(&self, reason: &str) -> IngestError {
        IngestError::Parquet { file: self.header.file.clone(), reason: reason.to_owned() }
    }
}

impl Table for ParquetTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn applies_filters(&self) -> bool {
        true
    }

    fn check(&self, column: usize) -> Result<(), IngestError> {
        self.position(column).map(|_| ())
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        let positions: Vec<usize> =
            selection.columns.iter().map(|column| self.position(*column)).collect::<Result<_, _>>()?;
        let mut sorted = positions.clone();
        sorted.sort_unstable();
        sorted.dedup();
        self.order = positions.iter().map(|position| sorted.binary_search(position).unwrap_or(usize::MAX)).collect();
        let predicates = selection.filters.iter().map(|filter| self.predicate(filter)).collect::<Result<_, _>>()?;
        let row_groups = self.row_groups(&selection.filters)?;
        let file = &self.header.file;
        let handle = self.pages.0.try_clone();
        let handle = handle.map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
        let fitting = BATCH_BYTES_MAX / self.schema.row_bytes_max(&sorted).max(1);
        let rows_max = selection.block_rows().min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1);
        let mask = ProjectionMask::roots(self.schema.decoded.parquet_schema(), sorted);
        let decoded = self.schema.decoded.clone();
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(BoundedPages(handle), decoded)
            .with_batch_size(rows_max)
            .with_projection(mask)
            .with_row_groups(row_groups)
            .with_row_filter(RowFilter::new(predicates));
        self.reader = Some(file::guard(file, || builder.build().map_err(|error| failed(file, &error)))?);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let file = &self.header.file;
        let next = file::guard(file, || reader.next().transpose().map_err(|error| failed(file, &error)));
        match next {
            Ok(Some(batch)) => self.block(&batch).map(Some),
            Ok(None) => {
                self.reader = None;
                Ok(None)
            }
            Err(error) => {
                self.reader = None;
                Err(error)
            }
        }
    }
}

fn failed(file: &str, error: &dyn std::fmt::Display) -> IngestError {
    let text = error.to_string();
    let reason = if text.contains("CRC checksum mismatch") {
        "the checksum of a page does not match its bytes: the file is damaged; copy or export it again".to_owned()
    } else {
        let prefixes = ["Parquet argument error: ", "Parquet error: ", "External: ", "External error: "];
        prefixes.iter().fold(text.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text)).to_owned()
    };
    IngestError::Parquet { file: file.to_owned(), reason }
}

/// A note on a column with an unknown time zone.
fn unknown_zone(field: &Field) -> Option<String> {
    let DataType::Timestamp(_, Some(zone)) = field.data_type() else { return None };
    let name = field.name();
    TimeZone::find(zone)
        .is_none()
        .then(|| format!("the time zone `{zone}` of `{name}` is unknown: its days are those of UTC"))
}

fn row_number(index: i64) -> u64 {
    u64::try_from(index).unwrap_or(0) + HEADER_ROWS + 1
}
