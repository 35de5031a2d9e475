//! Names of the columns that the engine adds to the user's fields, and typed access to columns.
//!
//! A field's name never starts with `_`: the pipeline check refuses it, so these names are free.

use arrow::array::{Array, AsArray, BooleanArray, ListArray, PrimitiveArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{ArrowPrimitiveType, Float32Type, Float64Type, UInt32Type, UInt64Type};

/// Supplier rows: the record's key. `Utf8`, not null, unique in a run (`key`, `key#2`).
pub const KEY: &str = "_key";
/// Supplier rows: the row's number in its file, as in a spreadsheet (the header is 1). `UInt64`, not null.
pub const ROW: &str = "_row";
/// Supplier rows: [`crate::digest::row`] over the declared fields. `UInt64`, not null.
pub const DIGEST: &str = "_digest";
/// Rows compared with each other: the row's position in the order of comparison. A search for a row with this column
/// only finds entries whose [`GROUP`] is before it, so that each pair is found once, by the later row. `Utf8`, not
/// null: a generation of 8 hexadecimal digits, a hash of 16, then the key.
pub const ORDER: &str = "_order";
/// Rows compared with each other: the [`GROUP`] of the row that is equal in every compared field and represents this
/// one. A search for such a row finds only its representative. `Utf8`, null for rows that represent themselves.
pub const EQUAL_TO: &str = "_equal_to";
/// Supplier rows: what people decided about the row, as [`crate::review_verdict::RowVerdict::to_json`] writes it. `Utf8`, null
/// for rows that nobody decided. A batch without any has no such column.
pub const VERDICT: &str = "_verdict";
/// Registry rows: the entry's own identifier (SIRET). `Utf8`, not null.
pub const ID: &str = "_id";
/// Registry rows: the group of the entry (SIREN); the id itself if the pipeline names no group. `Utf8`, not null.
pub const GROUP: &str = "_group";
/// Registry rows: whether the entry is open. `Boolean`, not null.
pub const OPEN: &str = "_open";
/// Candidates: the number of open entries of the group in the registry. `UInt32`, not null.
pub const OPEN_ENTRIES: &str = "_open_entries";
/// Candidates: whether the entry is the head office of its group. `Boolean`, not null.
pub const HEAD_OFFICE: &str = "_head_office";
/// Prefix of the name of a field's raw text once a cleaning stage has replaced it.
pub const RAW_PREFIX: &str = "_raw_";
/// Separates the values of a multi-valued field (U+001F, the ASCII unit separator).
pub const ALTERNATIVE: char = '\u{1f}';

/// A column that a stage needs and a batch does not have with that type: a bug in the engine, never in the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the batch has no column `{column}` of type {expected}")]
pub struct MissingColumn {
    /// The column.
    pub column: String,
    /// The Arrow type expected.
    pub expected: &'static str,
}

fn missing(column: &str, expected: &'static str) -> MissingColumn {
    MissingColumn { column: column.to_owned(), expected }
}

/// The `Utf8` column called `name`.
pub fn text<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, MissingColumn> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).ok_or_else(|| missing(name, "Utf8"))
}

/// The `UInt64` column called `name`.
pub fn numbers<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a UInt64Array, MissingColumn> {
    primitive::<UInt64Type>(batch, name)
}

/// The column called `name` of the primitive type `T`.
pub fn primitive<'a, T: PrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<T>, MissingColumn> {
    let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>());
    column.ok_or_else(|| missing(name, T::NAME))
}

/// A primitive type of batches, with its name for messages.
pub trait PrimitiveType: ArrowPrimitiveType {
    /// Arrow's name of the type.
    const NAME: &'static str;
}

impl PrimitiveType for UInt32Type {
    const NAME: &'static str = "UInt32";
}

impl PrimitiveType for UInt64Type {
    const NAME: &'static str = "UInt64";
}

impl PrimitiveType for Float32Type {
    const NAME: &'static str = "Float32";
}

impl PrimitiveType for Float64Type {
    const NAME: &'static str = "Float64";
}

/// The `Boolean` column called `name`.
pub fn flags<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a BooleanArray, MissingColumn> {
    batch.column_by_name(name).and_then(|column| column.as_boolean_opt()).ok_or_else(|| missing(name, "Boolean"))
}

/// The column of lists called `name`.
pub fn lists<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ListArray, MissingColumn> {
    batch.column_by_name(name).and_then(|column| column.as_list_opt()).ok_or_else(|| missing(name, "List"))
}

/// The value at `row`, or `None` where it is null.
pub fn value(column: &StringArray, row: usize) -> Option<&str> {
    (row < column.len() && column.is_valid(row)).then(|| column.value(row))
}

/// The values of one cell: usually one, several if the field has alternatives.
pub fn alternatives(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(ALTERNATIVE).filter(|value| !value.is_empty())
}
