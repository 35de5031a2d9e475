//! Parquet columns as text: a value has the same text whatever type the file stores it in.
//!
//! Integers keep their digits: `35600000000048.0`, and `35600000000048.00` of a decimal column, become
//! `35600000000048`. Dates and timestamps are ISO 8601, timestamps with a zone in local time; a timestamp at midnight
//! is a date. Bytes are UTF-8, or else Windows-1252 as in CSV files. NaN is an empty cell, since pandas writes it for
//! missing numbers; infinity is a cell that is not a number.
//!
//! **Invariant.** A value without such a text is an error that shows the value in the file, never null.

use std::borrow::Cow;
use std::fmt::Write;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array, StringArray, StringBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use chrono::{NaiveDate, NaiveTime};
use encoding_rs::WINDOWS_1252;

use super::zone::TimeZone;
use crate::block::CellKind;
use crate::column::TextColumn;
use crate::digits::number;

/// A longer cell is an error, like a longer record of a CSV file.
pub(super) const CELL_BYTES_MAX: usize = 1 << 24;
/// Length of a cell shown in an error.
const SHOWN_BYTES_MAX: usize = 200;
const MILLISECONDS_PER_SECOND: i64 = 1_000;

/// What the cells of a type are; `None` for types that have no text: lists, structures, durations.
pub(in crate::table) fn kind(data_type: &DataType) -> Option<CellKind> {
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
pub(in crate::table) fn text(column: &ArrayRef) -> Result<TextColumn, ArrowError> {
    let kind = kind(column.data_type()).unwrap_or(CellKind::Text);
    match column.data_type() {
        DataType::Dictionary(_, values) => text(&cast(column, values)?),
        DataType::Utf8 => Ok(TextColumn::new(kind, column.as_string::<i32>().clone())),
        DataType::Binary => Ok(bytes(column.as_binary::<i32>())),
        DataType::LargeBinary | DataType::BinaryView => text(&cast(column, &DataType::Binary)?),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Ok(TextColumn::new(kind, floats(column)?)),
        decimal if decimal.is_decimal() => {
            let full = cast(column, &DataType::Utf8)?;
            let short = full.as_string::<i32>().iter().map(|value| value.map(without_scale));
            Ok(TextColumn::new(kind, short.collect()))
        }
        DataType::Date32 => Ok(written(&integers(column, &DataType::Int32)?, write_day, "days from 1970-01-01")),
        DataType::Date64 => moments(column, TimeUnit::Millisecond, None),
        DataType::Timestamp(unit, zone) => moments(column, *unit, zone.as_deref()),
        DataType::Time32(unit) => times(&integers(column, &DataType::Int32)?, *unit),
        DataType::Time64(unit) => times(&integers(column, &DataType::Int64)?, *unit),
        _ => Ok(TextColumn::new(kind, cast(column, &DataType::Utf8)?.as_string::<i32>().clone())),
    }
}

/// The numbers that represent a column of dates or times, of type `stored`.
fn integers(column: &ArrayRef, stored: &DataType) -> Result<Int64Array, ArrowError> {
    Ok(cast(&cast(column, stored)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// Formats each number with `write`; one that it refuses is an error, shown as a number of `unit`.
fn written(numbers: &Int64Array, write: impl Fn(i64, &mut String) -> Option<()>, unit: &str) -> TextColumn {
    let mut cells = CellBuilder::new(numbers.len());
    let mut scratch = String::new();
    for value in numbers {
        scratch.clear();
        match value.map(|value| (value, write(value, &mut scratch))) {
            None => cells.values.append_null(),
            Some((_, Some(()))) => cells.values.append_value(&scratch),
            Some((value, None)) => cells.append_error(&format!("{value} {unit}")),
        }
    }
    cells.finish(CellKind::Date)
}

fn write_day(days: i64, out: &mut String) -> Option<()> {
    let date = NaiveDate::from_epoch_days(i32::try_from(days).ok()?)?;
    // Writing to a `String` never fails.
    let _ = write!(out, "{date:?}");
    Some(())
}

fn moments(column: &ArrayRef, unit: TimeUnit, zone: Option<&str>) -> Result<TextColumn, ArrowError> {
    let zone = zone.map(TimeZone::new);
    let (per_second, name) = parts(unit);
    let write = |value: i64, out: &mut String| {
        let nanoseconds = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
        let moment = chrono::DateTime::from_timestamp(value.div_euclid(per_second), nanoseconds as u32)?.naive_utc();
        let offset = zone.as_ref().map(|zone| zone.offset(&moment));
        let local = match offset {
            Some(offset) => moment.checked_add_offset(offset)?,
            None => moment,
        };
        let _ = match (local.time() == NaiveTime::MIN, offset) {
            (true, _) => write!(out, "{:?}", local.date()),
            (false, None) => write!(out, "{local:?}"),
            (false, Some(offset)) if offset.local_minus_utc() == 0 => write!(out, "{local:?}Z"),
            (false, Some(offset)) => write!(out, "{local:?}{offset}"),
        };
        Some(())
    };
    Ok(written(&integers(column, &DataType::Int64)?, write, &format!("{name} from 1970-01-01")))
}

fn times(numbers: &Int64Array, unit: TimeUnit) -> Result<TextColumn, ArrowError> {
    let (per_second, name) = parts(unit);
    let write = |value: i64, out: &mut String| {
        let nanoseconds = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
        let seconds = u32::try_from(value.div_euclid(per_second)).ok()?;
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds as u32)?;
        let _ = write!(out, "{time:?}");
        Some(())
    };
    Ok(written(numbers, write, &format!("{name} from midnight")))
}

/// The number of units per second, and the unit's name.
fn parts(unit: TimeUnit) -> (i64, &'static str) {
    match unit {
        TimeUnit::Second => (1, "seconds"),
        TimeUnit::Millisecond => (MILLISECONDS_PER_SECOND, "milliseconds"),
        TimeUnit::Microsecond => (MILLISECONDS_PER_SECOND.pow(2), "microseconds"),
        TimeUnit::Nanosecond => (MILLISECONDS_PER_SECOND.pow(3), "nanoseconds"),
    }
}

/// Strips trailing zeros as in a column of floats: `1001.500` becomes `1001.5`.
fn without_scale(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Floats without a fraction of zero: Arrow would write `75001.0`.
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
            // pandas writes NaN for a missing number.
            None => builder.append_null(),
        }
    }
    Ok(builder.finish())
}

/// Bytes as text: converted in one step if they are UTF-8, as in nearly all columns.
fn bytes(values: &BinaryArray) -> TextColumn {
    let is_long = |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| bytes.len() > CELL_BYTES_MAX);
    let has_long = values.value_data().len() > CELL_BYTES_MAX && values.iter().any(is_long);
    if !has_long && let Ok(values) = StringArray::try_from_binary(values.clone()) {
        return TextColumn::new(CellKind::Text, values);
    }
    let mut cells = CellBuilder::new(values.len());
    for value in values {
        match value {
            None => cells.values.append_null(),
            Some(bytes) if bytes.len() > CELL_BYTES_MAX => {
                let start = String::from_utf8_lossy(bytes.get(..SHOWN_BYTES_MAX).unwrap_or_default());
                let (length, start) = (bytes.len(), start.trim_end_matches(char::REPLACEMENT_CHARACTER));
                cells.append_error(&format!("a cell of {length} bytes, more than {CELL_BYTES_MAX}: {start}"));
            }
            Some(bytes) => match decoded(bytes) {
                Some(text) => cells.values.append_value(text),
                None => cells.append_error(&hexadecimal(bytes)),
            },
        }
    }
    cells.finish(CellKind::Text)
}

/// UTF-8, or Windows-1252 by the rule of [`crate::table::encoding`] if there are no control characters: those indicate
/// binary data.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (mut multibyte, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        multibyte += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if bad == 0 {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let is_text = bad > multibyte && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    is_text.then_some(text)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = "bytes that are not text: ".to_owned();
    for byte in bytes.iter().take(SHOWN_BYTES_MAX / 2) {
        // Writing to a `String` never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Builds a column of texts and errors.
struct CellBuilder {
    values: StringBuilder,
    errors: Vec<usize>,
}

impl CellBuilder {
    fn new(rows: usize) -> Self {
        CellBuilder { values: StringBuilder::with_capacity(rows, rows * 10), errors: Vec::new() }
    }

    #[cold]
    fn append_error(&mut self, text: &str) {
        self.errors.push(self.values.len());
        self.values.append_value(text);
    }

    fn finish(mut self, kind: CellKind) -> TextColumn {
        let is_error = |row| self.errors.binary_search(&row).is_ok();
        let errors = (!self.errors.is_empty())
            .then(|| BooleanArray::from((0..self.values.len()).map(is_error).collect::<Vec<_>>()));
        TextColumn { kind, values: self.values.finish(), errors }
    }
}
