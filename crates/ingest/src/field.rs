//! Fields: cells joined, cast to their declared type, and turned into Arrow columns; what does not fit is a reject.
//!
//! A typed field (anything but text) of several columns has the first value that is not empty.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, NullBufferBuilder, StringArray,
    StringBuilder, StringViewBuilder,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type};
use arrow::error::ArrowError;
use matchflow_model::columns::{ALTERNATIVE, alternatives};
use matchflow_model::expectation::Expectation;
use matchflow_model::plan::{FieldPlan, FieldType, Join};
use matchflow_model::reject::Reject;
use unicode_normalization::UnicodeNormalization;

use crate::block::{Block, CellKind, TextCell};
use crate::column::BlockColumn;
use crate::counts::CellFates;
use crate::digits;
use crate::error::IngestError;
use crate::faults::RAW_CHARACTERS_MAX;
use crate::header::Header;
use crate::select::Selector;
use crate::trim::cut;
use crate::typed_fields::TypedFieldFacts;
use crate::value;
use crate::views::ViewBuffers;

/// The representation of text columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// `Utf8`, one buffer: the engine's representation.
    Plain,
    /// `Utf8View` over the shared strings and the block's text.
    View,
}

/// The rows of a block that become rows of a batch.
pub(crate) struct BlockRows<'a> {
    pub(crate) header: &'a Header,
    pub(crate) block: &'a Block,
    /// The columns of the selection, as positions in the header.
    pub(crate) columns: &'a [usize],
    /// The rows, as positions in the block.
    pub(crate) indices: &'a [usize],
    /// Their keys, or the ids of entries.
    pub(crate) keys: &'a StringArray,
    /// The buffers of views, if needed.
    pub(crate) buffers: Option<ViewBuffers>,
}

/// Rejects, each with its row in the block.
pub(crate) type Rejects = Vec<(usize, Reject)>;

impl<'a> BlockRows<'a> {
    /// A reject of a cell in the block's row `row`; `slot` is a position in the selection.
    pub(crate) fn reject(
        &self,
        row: usize,
        key: &str,
        slot: Option<usize>,
        rejected: RejectedCell<'_>,
    ) -> (usize, Reject) {
        self.reject_at(row, self.block.number(row), key, slot, rejected)
    }

    /// The same for a cell of the file's row `number`, which is not the record's row.
    pub(crate) fn reject_at(
        &self,
        row: usize,
        number: u64,
        key: &str,
        slot: Option<usize>,
        rejected: RejectedCell<'_>,
    ) -> (usize, Reject) {
        let column = slot.and_then(|slot| self.columns.get(slot)).copied();
        let number = number.saturating_sub(self.header.rows_before);
        let reject = Reject {
            file: self.header.file.clone(),
            sheet: self.header.sheet.clone(),
            cell: self.header.address(column, number),
            row: number,
            key: key.to_owned(),
            field: rejected.field.to_owned(),
            raw: cut(rejected.raw, RAW_CHARACTERS_MAX).to_owned(),
            expected: rejected.expected.clone(),
        };
        (row, reject)
    }

    /// Each row: its position in the batch, and its position in the block.
    fn iter(&self) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.indices.iter().copied().enumerate()
    }

    fn key(&self, at: usize) -> &str {
        if at < self.keys.len() { self.keys.value(at) } else { "" }
    }
}

/// A cell as described in a reject.
#[derive(Clone, Copy)]
pub(crate) struct RejectedCell<'a> {
    pub(crate) field: &'a str,
    pub(crate) raw: &'a str,
    pub(crate) expected: &'a Expectation,
}

/// A field, and the positions of its columns in the selection.
pub(crate) struct FieldColumns {
    name: String,
    join: Join,
    slots: Vec<usize>,
    data_type: FieldType,
    form: TextForm,
}

impl FieldColumns {
    /// The fields of `plans`; their columns are added to the selection.
    pub(crate) fn all(
        plans: &[FieldPlan],
        selector: &mut Selector<'_>,
        form: TextForm,
    ) -> Result<Vec<Self>, IngestError> {
        let field = |plan: &FieldPlan| {
            Ok(FieldColumns {
                name: plan.name.clone(),
                join: plan.join,
                slots: plan.columns.iter().map(|name| selector.select(name)).collect::<Result<_, IngestError>>()?,
                data_type: plan.data_type,
                form,
            })
        };
        plans.iter().map(field).collect()
    }

    /// The field's column in a batch's schema.
    pub(crate) fn schema_field(&self) -> Field {
        let data_type = match (self.data_type, self.form) {
            (FieldType::Text, TextForm::Plain) => DataType::Utf8,
            (FieldType::Text, TextForm::View) => DataType::Utf8View,
            (FieldType::Integer, _) => DataType::Int64,
            (FieldType::Decimal, _) => DataType::Float64,
            (FieldType::Date, _) => DataType::Date32,
            (FieldType::Boolean, _) => DataType::Boolean,
        };
        Field::new(&self.name, data_type, true)
    }

    /// The field's values in `rows`.
    pub(crate) fn column(
        &self,
        rows: &BlockRows<'_>,
        fates: &mut CellFates,
        rejects: &mut Rejects,
    ) -> Result<ArrayRef, ArrowError> {
        Ok(match self.data_type {
            FieldType::Text => return self.text(rows, fates, rejects),
            FieldType::Integer => {
                let (values, nulls) = self.typed(rows, fates, rejects, value::integer);
                Arc::new(Int64Array::try_new(values.into(), nulls)?)
            }
            FieldType::Decimal => {
                let (values, nulls) = self.typed(rows, fates, rejects, value::decimal);
                Arc::new(Float64Array::try_new(values.into(), nulls)?)
            }
            FieldType::Date => {
                let times = std::cell::Cell::new(0);
                let date = |cell: TextCell<'_>| {
                    let day = value::date(cell)?;
                    times.set(times.get() + u64::from(value::has_time(cell.text)));
                    Some(day)
                };
                let (values, nulls) = self.typed(rows, fates, rejects, date);
                fates.times_dropped += times.get();
                Arc::new(Date32Array::try_new(values.into(), nulls)?)
            }
            FieldType::Boolean => {
                let (values, nulls) = self.typed(rows, fates, rejects, value::boolean);
                Arc::new(BooleanArray::new(values.into(), nulls))
            }
        })
    }

    /// The values of all rows, and which of them are null.
    fn typed<T: Default>(
        &self,
        rows: &BlockRows<'_>,
        fates: &mut CellFates,
        rejects: &mut Rejects,
        value: impl Fn(TextCell<'_>) -> Option<T>,
    ) -> (Vec<T>, Option<NullBuffer>) {
        let columns: Vec<(usize, BlockColumn<'_>)> =
            self.slots.iter().map(|slot| (*slot, rows.block.column(*slot))).collect();
        let mut values = Vec::with_capacity(rows.indices.len());
        let mut nulls = NullBufferBuilder::new(rows.indices.len());
        let mut facts = TypedFieldFacts::new(&self.name, self.data_type);
        for (at, row) in rows.iter() {
            let mut found = None;
            for (slot, column) in &columns {
                let cell = column.get(row);
                found = match cell.kind {
                    CellKind::Empty => continue,
                    CellKind::Error => None,
                    _ => value(cell).or_else(|| value_of_usual_form(cell, &value)),
                };
                facts.cells += 1;
                if found.is_some() {
                    fates.take(*slot, row);
                    break;
                }
                facts.reject(cell);
                self.reject(rows, (at, row), *slot, cell, fates, rejects);
                if cell.kind != CellKind::Error {
                    break;
                }
            }
            nulls.append(found.is_some());
            values.push(found.unwrap_or_default());
        }
        fates.typed_fields.push(facts);
        (values, nulls.finish())
    }

    fn text(&self, rows: &BlockRows<'_>, fates: &mut CellFates, rejects: &mut Rejects) -> Result<ArrayRef, ArrowError> {
        if let [slot] = *self.slots.as_slice() {
            return self.text_of_one(slot, rows, fates, rejects);
        }
        let mut joined: Vec<Option<String>> = Vec::with_capacity(rows.indices.len());
        for (at, row) in rows.iter() {
            let mut text = None;
            for slot in &self.slots {
                let cell = rows.block.cell(row, *slot);
                match cell.kind {
                    CellKind::Empty => {}
                    CellKind::Error => self.reject(rows, (at, row), *slot, cell, fates, rejects),
                    _ => {
                        add(text.get_or_insert_default(), self.join, cell.text);
                        fates.take(*slot, row);
                    }
                }
            }
            joined.push(text);
        }
        Ok(match self.form {
            TextForm::Plain => Arc::new(StringArray::from_iter(joined)),
            TextForm::View => {
                let mut builder = StringViewBuilder::with_capacity(joined.len());
                joined.iter().for_each(|text| builder.append_option(text.as_deref()));
                Arc::new(builder.finish())
            }
        })
    }

    fn text_of_one(
        &self,
        slot: usize,
        rows: &BlockRows<'_>,
        fates: &mut CellFates,
        rejects: &mut Rejects,
    ) -> Result<ArrayRef, ArrowError> {
        let column = rows.block.column(slot);
        fates.take_all(slot);
        if column.has_errors() {
            for (at, row) in rows.iter().filter(|(_, row)| column.kind(*row) == CellKind::Error) {
                self.reject(rows, (at, row), slot, column.get(row), fates, rejects);
            }
        }
        if let (BlockColumn::Slots { slots, block }, Some(buffers)) = (column, &rows.buffers) {
            return Ok(buffers.array(block, slots, rows.indices.len()));
        }
        let says =
            |row: usize| Some(column.get(row)).filter(|cell| !matches!(cell.kind, CellKind::Empty | CellKind::Error));
        Ok(match self.form {
            TextForm::Plain => {
                let mut builder = StringBuilder::with_capacity(rows.indices.len(), rows.indices.len() * 16);
                rows.iter().for_each(|(_, row)| builder.append_option(says(row).map(|cell| cell.text)));
                Arc::new(builder.finish())
            }
            TextForm::View => {
                let mut builder = StringViewBuilder::with_capacity(rows.indices.len());
                rows.iter().for_each(|(_, row)| builder.append_option(says(row).map(|cell| cell.text)));
                Arc::new(builder.finish())
            }
        })
    }

    fn reject(
        &self,
        rows: &BlockRows<'_>,
        (at, row): (usize, usize),
        slot: usize,
        cell: TextCell<'_>,
        fates: &mut CellFates,
        rejects: &mut Rejects,
    ) {
        fates.reject(slot, row);
        let expected = Expectation::from(self.data_type);
        rejects.push(rows.reject(
            row,
            rows.key(at),
            Some(slot),
            RejectedCell { field: &self.name, raw: cell.text, expected: &expected },
        ));
    }
}

/// Parses a text with its characters converted to their usual forms, such as full-width digits to ASCII.
#[cold]
fn value_of_usual_form<T>(cell: TextCell<'_>, value: impl Fn(TextCell<'_>) -> Option<T>) -> Option<T> {
    if cell.text.is_ascii() {
        return None;
    }
    let usual: String = cell.text.nfkc().collect();
    value(TextCell { text: usual.trim(), ..cell })
}

#[inline]
fn add(text: &mut String, join: Join, cell: &str) {
    if text.is_empty() {
        text.push_str(cell);
        return;
    }
    match join {
        Join::Space => {
            text.push(' ');
            text.push_str(cell);
        }
        Join::Alternatives if alternatives(text).any(|known| known == cell) => {}
        Join::Alternatives => {
            text.push(ALTERNATIVE);
            text.push_str(cell);
        }
    }
}

/// Appends the value at `row` of a field's column as text, in a single canonical form per value. Returns false if it is
/// null.
pub(crate) fn write_value(column: &dyn Array, row: usize, out: &mut String) -> bool {
    if row >= column.len() || column.is_null(row) {
        return false;
    }
    // Columns have one of these types.
    match column.data_type() {
        DataType::Utf8 => out.push_str(column.as_string::<i32>().value(row)),
        DataType::Utf8View => out.push_str(column.as_string_view().value(row)),
        DataType::Int64 => {
            let value = column.as_primitive::<Int64Type>().value(row);
            if value < 0 {
                out.push('-');
            }
            digits::write_integer(value.unsigned_abs(), out);
        }
        DataType::Float64 => digits::shortest(column.as_primitive::<Float64Type>().value(row), out),
        DataType::Date32 => value::write_iso(column.as_primitive::<Date32Type>().value(row), out),
        _ => out.push_str(if column.as_boolean().value(row) { "true" } else { "false" }),
    }
    true
}
