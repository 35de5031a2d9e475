//! Chooses the types that the columns of a Parquet file are decoded as, without loss.
//!
//! What the library chooses by itself loses values: INT96 as nanoseconds wraps beyond the year 2262, a text that is not
//! UTF-8 ends the reading of the file, and the time zone of a column of seconds, which Parquet stores as milliseconds, is
//! dropped. So INT96 is decoded as microseconds, texts as bytes ([`super::text`] makes texts of them), columns of
//! dictionaries as their values, and moments in the zone that the writer's own schema names.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use arrow::ipc::convert::try_schema_from_ipc_buffer;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, RowNumber};
use parquet::basic::{Compression, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, ParquetMetaData};
use parquet::file::reader::ChunkReader;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

/// The column that the reader adds: the row's position in the file, from 0.
pub(super) const ROW_NUMBER: &str = "_matchflow_row_number";

/// A file's metadata.
pub(super) struct FileSchema {
    /// The types declared in the file.
    pub(super) declared: ArrowReaderMetadata,
    /// The types that its columns are decoded as.
    pub(super) decoded: ArrowReaderMetadata,
}

impl FileSchema {
    /// Reads the metadata of a file.
    pub(super) fn load(file: &impl ChunkReader) -> Result<FileSchema, ParquetError> {
        let declared = ArrowReaderMetadata::load(file, options()?)?;
        let columns = fields(&declared).zip(declared.parquet_schema().root_schema().get_fields());
        let writers = writers_schema(&declared);
        let decoded = |(field, stored): (&FieldRef, &TypePtr)| {
            let (decoded, stored) = decoded_field(field, stored);
            (in_writers_zone(decoded, writers.as_ref()), stored)
        };
        let (decoded_fields, types): (Vec<Field>, Vec<TypePtr>) = columns.map(decoded).unzip();
        let metadata = with_types(declared.metadata(), types)?;
        let options = options()?.with_schema(Arc::new(Schema::new(decoded_fields)));
        // The library accepts no schema for some nested types; such files are read with their own.
        let decoded = ArrowReaderMetadata::try_new(Arc::new(metadata), options).unwrap_or_else(|_| declared.clone());
        Ok(FileSchema { declared, decoded })
    }

    /// The declared columns.
    pub(super) fn fields(&self) -> impl Iterator<Item = &FieldRef> {
        fields(&self.declared)
    }

    /// The compression of the column at `position` in some row group that this build cannot read, if any.
    pub(super) fn unreadable_compression(&self, position: usize) -> Option<&'static str> {
        let metadata = self.declared.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let leaves: Vec<usize> =
            (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == position).collect();
        let chunks =
            metadata.row_groups().iter().flat_map(|group| leaves.iter().filter_map(|leaf| group.columns().get(*leaf)));
        chunks.map(|chunk| chunk.compression()).find_map(unreadable_name)
    }

    /// The bytes per row of the columns at `positions`, in the row group with the longest rows.
    pub(super) fn row_bytes_max(&self, positions: &[usize]) -> u64 {
        let metadata = self.declared.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let is_selected = |leaf: &usize| positions.contains(&schema.get_column_root_idx(*leaf));
        let leaves: Vec<usize> = (0..schema.num_columns()).filter(is_selected).collect();
        let row_bytes = metadata.row_groups().iter().map(|group| {
            let chunks = leaves.iter().filter_map(|leaf| group.columns().get(*leaf));
            let bytes = chunks.map(|chunk| {
                // A dictionary holds a value once, the batch once per occurrence.
                chunk.uncompressed_size().max(chunk.unencoded_byte_array_data_bytes().unwrap_or(0))
            });
            u64::try_from(bytes.sum::<i64>()).unwrap_or(0) / u64::try_from(group.num_rows()).unwrap_or(1).max(1)
        });
        row_bytes.max().unwrap_or(0)
    }
}

fn options() -> Result<ArrowReaderOptions, ParquetError> {
    let row_number = Field::new(ROW_NUMBER, DataType::Int64, false).with_extension_type(RowNumber);
    ArrowReaderOptions::new().with_virtual_columns(vec![Arc::new(row_number)])
}

fn fields(metadata: &ArrowReaderMetadata) -> impl Iterator<Item = &FieldRef> {
    metadata.schema().fields().iter().filter(|field| field.name() != ROW_NUMBER)
}

/// The type that a column is decoded as; the declared type by default.
fn decoded_field(field: &FieldRef, stored: &TypePtr) -> (Field, TypePtr) {
    let decoded = decoded_type(field.data_type());
    let physical = stored.is_primitive().then(|| stored.get_physical_type());
    match (physical, decoded) {
        (Some(PhysicalType::INT96), _) => {
            let moment = DataType::Timestamp(TimeUnit::Microsecond, None);
            (field.as_ref().clone().with_data_type(moment), Arc::clone(stored))
        }
        (Some(PhysicalType::BYTE_ARRAY), DataType::Binary) => {
            (field.as_ref().clone().with_data_type(DataType::Binary), bytes_type(stored))
        }
        (_, decoded) => (field.as_ref().clone().with_data_type(decoded), Arc::clone(stored)),
    }
}

/// The Arrow schema that the writer left in the file; `None` without one.
fn writers_schema(metadata: &ArrowReaderMetadata) -> Option<Schema> {
    let entries = metadata.metadata().file_metadata().key_value_metadata()?;
    let encoded = entries.iter().find(|entry| entry.key == ARROW_SCHEMA_META_KEY)?.value.as_ref()?;
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    try_schema_from_ipc_buffer(&bytes).ok()
}

/// A column of moments in the time zone of the writer's schema. The library takes the zone only where both have one unit.
fn in_writers_zone(field: Field, writers: Option<&Schema>) -> Field {
    let written = writers.and_then(|schema| schema.field_with_name(field.name()).ok());
    match (field.data_type(), written.map(Field::data_type)) {
        (DataType::Timestamp(unit, Some(_)), Some(DataType::Timestamp(_, zone @ Some(_)))) => {
            let moment = DataType::Timestamp(*unit, zone.clone());
            field.with_data_type(moment)
        }
        _ => field,
    }
}

fn decoded_type(declared: &DataType) -> DataType {
    match declared {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Binary,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => decoded_type(values),
        other => other.clone(),
    }
}

/// The type without the text annotation, which would make the library validate UTF-8.
fn bytes_type(stored: &TypePtr) -> TypePtr {
    let info = stored.get_basic_info();
    let builder = Type::primitive_type_builder(stored.name(), PhysicalType::BYTE_ARRAY)
        .with_repetition(info.repetition())
        .with_id(info.has_id().then(|| info.id()));
    builder.build().map_or_else(|_| Arc::clone(stored), Arc::new)
}

fn with_types(metadata: &ParquetMetaData, types: Vec<TypePtr>) -> Result<ParquetMetaData, ParquetError> {
    let file = metadata.file_metadata();
    let root = Type::group_type_builder(file.schema().name()).with_fields(types).build()?;
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        file.key_value_metadata().cloned(),
        Arc::new(SchemaDescriptor::new(Arc::new(root))),
        file.column_orders().cloned(),
    );
    Ok(ParquetMetaData::new(file, metadata.row_groups().to_vec()))
}

fn unreadable_name(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_) => None,
        Compression::BROTLI(_) => Some("Brotli"),
        Compression::LZ4 | Compression::LZ4_RAW => Some("LZ4"),
        Compression::LZO => Some("LZO"),
    }
}
