//! Parquet: only the columns asked for are decoded, and rows that the filters drop never leave the reader.
//!
//! Row groups whose statistics rule every wanted value out are not read at all. Columns of any plain type become text:
//! whole numbers keep their digits whatever their type (`35600000000048.0` is `35600000000048`), dates are ISO 8601. NaN
//! is no cell, for pandas writes it where a number is missing; infinity is one, which is no number.
//! Every row is a record; the first is row 2, as under a header.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use arrow::error::ArrowError;
use matchflow_model::plan::TablePlan;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicate, ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::arrow::{ProjectionMask, RowNumber};

use super::{ColumnFilter, Selection, Table, rows_max};
use crate::block::{Block, CellKind};
use crate::column::ColumnBlock;
use crate::digits::{number, without_midnight};
use crate::error::IngestError;
use crate::file;
use crate::format::{FormatKey, FormatReader, KeyType, TableFormat, TableRole, main_file};
use crate::header::{AddressForm, Header, HeaderColumn, columns};
use crate::trim::{cell_text, visible_column};

/// Rows above the first record, as addresses count them: the header that a spreadsheet would have.
const HEADER_ROWS: u64 = 1;
const ROW_NUMBER: &str = "_matchflow_row_number";

/// Parquet files.
#[derive(Debug)]
pub(crate) struct Parquet;

static KEYS: [FormatKey; 1] = [FormatKey {
    name: "path",
    about: "The file, relative to the pipeline file.",
    is_required: true,
    value: KeyType::File,
}];

impl TableFormat for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "A Parquet file.",
            TableRole::Reference => "A Parquet file, an entry a row.",
        })
    }

    fn summary(&self) -> &'static str {
        "A Parquet file."
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
    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(ParquetTable::open(main_file(table)?)?))
    }
}

pub(super) struct ParquetTable {
    header: Header,
    handle: File,
    metadata: ArrowReaderMetadata,
    reader: Option<ParquetRecordBatchReader>,
    /// For each column selected, where it stands in the reader's batches.
    order: Vec<usize>,
}

impl ParquetTable {
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = file::name(path);
        let handle = file::open(path)?;
        let metadata = file::guard(&file, || {
            let row_number = Arc::new(Field::new(ROW_NUMBER, DataType::Int64, false).with_extension_type(RowNumber));
            let options = ArrowReaderOptions::new().with_virtual_columns(vec![row_number]);
            options
                .and_then(|options| ArrowReaderMetadata::load(&handle, options))
                .map_err(|error| failed(&file, &error))
        })?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        let fields = metadata.schema().fields().iter().map(|field| field.name().as_str());
        let names: Vec<&str> = fields.filter(|name| *name != ROW_NUMBER).collect();
        let width = names.len();
        let columns = columns(names.into_iter().enumerate());
        let header = Header { rows_hint: Some(rows), width, ..Header::new(file, AddressForm::Names, columns) };
        Ok(ParquetTable { header, handle, metadata, reader: None, order: Vec::new() })
    }

    /// The position in the file of a column of the header, once its type is one of those that become text.
    fn position(&self, column: usize) -> Result<usize, IngestError> {
        let position = self.header.columns.get(column).and_then(HeaderColumn::position).unwrap_or(usize::MAX);
        let Some(field) = self.metadata.schema().fields().get(position) else { return Ok(position) };
        if kind(field.data_type()).is_some() {
            return Ok(position);
        }
        Err(IngestError::ColumnType {
            file: self.header.file.clone(),
            column: field.name().clone(),
            data_type: field.data_type().to_string(),
        })
    }

    fn predicate(&self, filter: &ColumnFilter) -> Result<Box<dyn ArrowPredicate>, IngestError> {
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), [self.position(filter.column)?]);
        let values = filter.values.clone();
        Ok(Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
            let column = batch.columns().first().ok_or_else(|| ArrowError::ComputeError("no column".to_owned()))?;
            let text = text(column)?;
            Ok(text
                .iter()
                .map(|value| Some(value.is_some_and(|value| values.contains(cell_text(value).as_ref()))))
                .collect())
        })))
    }

    /// The row groups that may have rows which pass the filters.
    fn row_groups(&self, filters: &[ColumnFilter]) -> Result<Vec<usize>, IngestError> {
        let mut retained: Vec<usize> = (0..self.metadata.metadata().num_row_groups()).collect();
        for filter in filters {
            let position = self.position(filter.column)?;
            let Some(field) = self.metadata.schema().fields().get(position) else { continue };
            if !matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
                continue;
            }
            // Statistics that cannot be read rule nothing out.
            if let Ok(possible) = self.possible(field, &filter.values) {
                retained.retain(|group| possible.get(*group).copied().unwrap_or(true));
            }
        }
        Ok(retained)
    }

    fn possible(&self, field: &Field, values: &HashSet<String>) -> Result<Vec<bool>, parquet::errors::ParquetError> {
        let file_schema: Vec<_> =
            self.metadata.schema().fields().iter().filter(|field| field.name() != ROW_NUMBER).cloned().collect();
        let schema = Schema::new(file_schema);
        let converter = StatisticsConverter::try_new(field.name(), &schema, self.metadata.parquet_schema())?;
        let groups = self.metadata.metadata().row_groups();
        let (least, greatest) = (converter.row_group_mins(groups)?, converter.row_group_maxes(groups)?);
        let (least, greatest) = (text(&least)?, text(&greatest)?);
        let within = |(least, greatest): (Option<&str>, Option<&str>)| match (least, greatest) {
            (Some(least), Some(greatest)) => values.iter().any(|value| may_hold(least, greatest, value)),
            _ => true,
        };
        Ok(least.iter().zip(greatest.iter()).map(within).collect())
    }

    fn block(&self, batch: &RecordBatch) -> Result<Block, IngestError> {
        let numbers = batch.column_by_name(ROW_NUMBER).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let numbers = numbers.map(|numbers| numbers.values().iter().map(|index| row_number(*index)).collect());
        let cast = |index: &usize| {
            let column = batch.columns().get(*index).ok_or_else(|| self.fault("a column is missing"))?;
            let kind = kind(column.data_type()).unwrap_or(CellKind::Text);
            text(column).map(|values| (kind, visible_column(values))).map_err(|error| self.fault(&error.to_string()))
        };
        let columns = self.order.iter().map(cast).collect::<Result<_, IngestError>>()?;
        let numbers = numbers.ok_or_else(|| self.fault("it has no row numbers"))?;
        Ok(Block::Columns(ColumnBlock { columns, numbers }))
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
        let handle = self.handle.try_clone();
        let handle = handle.map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), sorted);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, self.metadata.clone())
            .with_batch_size(rows_max(&selection))
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

/// Whether a cell between `least` and `greatest` may say `value` once its surrounding whitespace is gone.
fn may_hold(least: &str, greatest: &str, value: &str) -> bool {
    // Leading whitespace: ASCII's sorts before any value, the rest of Unicode's begins at U+0085.
    let padded = least.chars().next().is_none_or(|first| first <= ' ') || greatest.chars().next() >= Some('\u{7f}');
    // Trailing whitespace: what lies between `value` and its padded form begins with `value`.
    padded || (value <= greatest && (least <= value || least.starts_with(value)))
}

fn failed(file: &str, error: &dyn std::fmt::Display) -> IngestError {
    IngestError::Parquet { file: file.to_owned(), reason: error.to_string() }
}

fn row_number(index: i64) -> u64 {
    u64::try_from(index).unwrap_or(0) + HEADER_ROWS + 1
}

/// What cells of a type are; `None` for types that have no text (lists, structures, maps).
fn kind(data_type: &DataType) -> Option<CellKind> {
    match data_type {
        DataType::Boolean => Some(CellKind::Boolean),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(CellKind::Text),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::Null => Some(CellKind::Text),
        DataType::Dictionary(_, values) => kind(values),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_) => {
            Some(CellKind::Date)
        }
        numeric if numeric.is_numeric() => Some(CellKind::Number),
        _ => None,
    }
}

/// The cells of a column as text.
fn text(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    match column.data_type() {
        DataType::Utf8 => Ok(column.as_string::<i32>().clone()),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => floats(column),
        DataType::Dictionary(_, values) if values.is_floating() => floats(column),
        DataType::Timestamp(..) | DataType::Date64 => {
            let full = cast(column, &DataType::Utf8)?;
            Ok(full.as_string::<i32>().iter().map(|value| value.map(without_midnight)).collect())
        }
        _ => Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone()),
    }
}

/// Arrow would write `75001.0`.
fn floats(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let values = cast(column, &DataType::Float64)?;
    let mut builder = StringBuilder::new();
    let mut scratch = String::new();
    for value in values.as_primitive::<Float64Type>() {
        match value.filter(|value| !value.is_nan()) {
            Some(value) => {
                scratch.clear();
                number(value, &mut scratch);
                builder.append_value(&scratch);
            }
            // What pandas writes for a missing number.
            None => builder.append_null(),
        }
    }
    Ok(builder.finish())
}

/// Keeps the rows of `block` where `mask` is true.
pub(super) fn retain(block: ColumnBlock, mask: &BooleanArray) -> Result<ColumnBlock, ArrowError> {
    let columns = block.columns.into_iter().map(|(kind, values)| {
        let retained = arrow::compute::filter(&values, mask)?;
        Ok((kind, retained.as_string::<i32>().clone()))
    });
    let columns = columns.collect::<Result<_, ArrowError>>()?;
    let numbers = block.numbers.iter().zip(mask.iter()).filter(|(_, mask)| *mask == Some(true));
    Ok(ColumnBlock { columns, numbers: numbers.map(|(number, _)| *number).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_group_is_skipped_only_where_it_cannot_hold_the_value() {
        for (least, greatest, value, expected) in [
            ("A", "F", "A", true),
            ("A", "F", "C", true),
            ("A", "F", "G", false),
            ("B", "F", "A", false),
            ("A ", "A ", "A", true),
            ("AB", "F", "A", true),
            (" F", " F", "F", true),
            ("", "A", "F", true),
            ("A", "\u{a0}F", "F", true),
        ] {
            assert_eq!(may_hold(least, greatest, value), expected, "{least:?} {greatest:?} {value:?}");
        }
    }
}
