//! Fields: cells joined, cast to their declared type, and gathered into Arrow columns; what does not fit is a reject.
//!
//! A typed field (anything but text) of several columns is the first of them that is not empty.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use matchflow_model::columns::{ALTERNATIVE, alternatives};
use matchflow_model::plan::{FieldPlan, FieldType, Join};
use matchflow_model::reject::Reject;

use crate::block::{Block, Cell, Kind};
use crate::error::IngestError;
use crate::header::Header;
use crate::select::Selector;
use crate::value;

/// Where the cells of a row are, and how a reject names it.
pub(crate) struct Row<'a> {
    pub(crate) header: &'a Header,
    pub(crate) block: &'a Block,
    /// The row in its block.
    pub(crate) index: usize,
    /// The record's key or the entry's id.
    pub(crate) key: &'a str,
}

impl Row<'_> {
    /// A reject of a cell of this row; `column` is an index in the header.
    pub(crate) fn reject(&self, column: Option<usize>, field: &str, raw: &str, wanted: &str) -> Reject {
        let row = self.block.number(self.index);
        Reject {
            file: self.header.file.clone(),
            sheet: self.header.sheet.clone(),
            cell: self.header.address(column.unwrap_or(usize::MAX), row),
            row,
            key: self.key.to_owned(),
            field: field.to_owned(),
            raw: raw.to_owned(),
            wanted: wanted.to_owned(),
        }
    }
}

/// One field being gathered.
pub(crate) struct FieldBuilder {
    name: String,
    join: Join,
    columns: Vec<Source>,
    values: Values,
    /// The value of the row pushed last, as text; one form for each value, whatever the cell's own.
    text: String,
    present: bool,
}

struct Source {
    /// In the header.
    column: usize,
    /// In the selection.
    slot: usize,
}

enum Values {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Date(Date32Builder),
    Boolean(BooleanBuilder),
}

impl FieldBuilder {
    /// A builder for each of `plans`, their columns added to the selection.
    pub(crate) fn all(plans: &[FieldPlan], selector: &mut Selector<'_>) -> Result<Vec<Self>, IngestError> {
        plans.iter().map(|plan| FieldBuilder::new(plan, selector)).collect()
    }

    fn new(plan: &FieldPlan, selector: &mut Selector<'_>) -> Result<Self, IngestError> {
        let source = |name: &String| {
            let (column, slot) = selector.select(name)?;
            Ok(Source { column, slot })
        };
        let values = match plan.data_type {
            FieldType::Text => Values::Text(StringBuilder::new()),
            FieldType::Integer => Values::Integer(Int64Builder::new()),
            FieldType::Decimal => Values::Decimal(Float64Builder::new()),
            FieldType::Date => Values::Date(Date32Builder::new()),
            FieldType::Boolean => Values::Boolean(BooleanBuilder::new()),
        };
        Ok(FieldBuilder {
            name: plan.name.clone(),
            join: plan.join,
            columns: plan.columns.iter().map(source).collect::<Result<_, IngestError>>()?,
            values,
            text: String::new(),
            present: false,
        })
    }

    /// The field's column in a batch's schema.
    pub(crate) fn schema_field(&self) -> Field {
        let data_type = match self.values {
            Values::Text(_) => DataType::Utf8,
            Values::Integer(_) => DataType::Int64,
            Values::Decimal(_) => DataType::Float64,
            Values::Date(_) => DataType::Date32,
            Values::Boolean(_) => DataType::Boolean,
        };
        Field::new(&self.name, data_type, true)
    }

    /// The value of the row pushed last, as text.
    #[inline]
    pub(crate) fn value_text(&self) -> Option<&str> {
        self.present.then_some(self.text.as_str())
    }

    /// Adds the field's value in `row`.
    #[inline]
    pub(crate) fn push(&mut self, row: &Row<'_>, rejects: &mut Vec<Reject>) {
        self.text.clear();
        self.present = false;
        for source in &self.columns {
            let cell = row.block.cell(row.index, source.slot);
            match cell.kind {
                Kind::Empty => continue,
                Kind::Error => {
                    rejects.push(row.reject(Some(source.column), &self.name, cell.text, self.values.wanted()));
                    continue;
                }
                _ => {}
            }
            if matches!(self.values, Values::Text(_)) {
                add(&mut self.text, self.join, cell.text);
                self.present = true;
                continue;
            }
            self.present = self.values.push(cell, &mut self.text);
            if !self.present {
                rejects.push(row.reject(Some(source.column), &self.name, cell.text, self.values.wanted()));
                self.values.push_null();
            }
            return;
        }
        match &mut self.values {
            Values::Text(builder) if self.present => builder.append_value(&self.text),
            values => values.push_null(),
        }
    }

    /// The column gathered; the builder is empty afterwards.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(builder) => Arc::new(builder.finish()),
            Values::Integer(builder) => Arc::new(builder.finish()),
            Values::Decimal(builder) => Arc::new(builder.finish()),
            Values::Date(builder) => Arc::new(builder.finish()),
            Values::Boolean(builder) => Arc::new(builder.finish()),
        }
    }
}

impl Values {
    /// Adds the cell's value and writes it to `text`; false, and nothing done, where it does not fit.
    fn push(&mut self, cell: Cell<'_>, text: &mut String) -> bool {
        // Writing to a `String` never fails.
        let _ = match self {
            Values::Text(_) => return false,
            Values::Integer(builder) => {
                let Some(value) = value::integer(cell) else { return false };
                builder.append_value(value);
                write!(text, "{value}")
            }
            Values::Decimal(builder) => {
                let Some(value) = value::decimal(cell) else { return false };
                builder.append_value(value);
                write!(text, "{value}")
            }
            Values::Date(builder) => {
                let Some(value) = value::date(cell) else { return false };
                builder.append_value(value);
                text.write_str(&value::iso(value))
            }
            Values::Boolean(builder) => {
                let Some(value) = value::boolean(cell) else { return false };
                builder.append_value(value);
                write!(text, "{value}")
            }
        };
        true
    }

    fn push_null(&mut self) {
        match self {
            Values::Text(builder) => builder.append_null(),
            Values::Integer(builder) => builder.append_null(),
            Values::Decimal(builder) => builder.append_null(),
            Values::Date(builder) => builder.append_null(),
            Values::Boolean(builder) => builder.append_null(),
        }
    }

    fn wanted(&self) -> &'static str {
        match self {
            Values::Text(_) => "text",
            Values::Integer(_) => "a whole number",
            Values::Decimal(_) => "a number",
            Values::Date(_) => "a date",
            Values::Boolean(_) => "yes or no",
        }
    }
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
