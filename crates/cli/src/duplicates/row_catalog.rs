//! All rows of the supplier file, as clusters, golden records and output files need them.
//!
//! **Limits.** The rows are in memory, as read. Rows are numbered in the order of their keys.

use std::collections::HashMap;

use matchflow_dedupe::LinkValue;
use matchflow_flow::FeedError;
use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch};
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use matchflow_model::{columns, digest};

/// A row's place in the order of comparison; equals are ordered by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowOrder {
    pub(crate) generation: u32,
    pub(crate) hash: u64,
    /// Whether its result of an earlier run is still valid.
    pub(crate) has_result: bool,
}

/// Collects the rows as they are read.
#[derive(Default)]
pub(crate) struct RowCatalogBuilder {
    batches: Vec<RecordBatch>,
    places: Vec<RowOrder>,
    /// By field: the digest of each row's value.
    values: Vec<Vec<Option<u64>>>,
}

impl RowCatalogBuilder {
    /// `cannot_link`: the fields whose different values keep rows in different clusters; their values are in `cleaned`.
    pub(crate) fn add(
        &mut self,
        rows: RecordBatch,
        places: Vec<RowOrder>,
        cannot_link: &[String],
        cleaned: Option<&RecordBatch>,
    ) -> Result<(), FeedError> {
        self.values.resize_with(cannot_link.len(), Vec::new);
        for (field, values) in cannot_link.iter().zip(&mut self.values) {
            let Some(cleaned) = cleaned else { continue };
            let column = columns::text(cleaned, field)?;
            values.extend(column.iter().map(|value| Some(digest::exchange(value?.as_bytes()))));
        }
        self.places.extend(places);
        self.batches.push(rows);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<RowCatalog, FeedError> {
        let mut located: Vec<(u32, u32)> = Vec::with_capacity(self.places.len());
        for (number, batch) in self.batches.iter().enumerate() {
            located.extend((0..batch.num_rows()).map(|row| (number as u32, row as u32)));
        }
        let keys = self.batches.iter().map(|batch| columns::text(batch, columns::KEY).cloned());
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let key = |at: usize| {
            located.get(at).and_then(|(batch, row)| columns::value(keys.get(*batch as usize)?, *row as usize))
        };
        let mut order: Vec<usize> = (0..located.len()).collect();
        order.sort_unstable_by_key(|at| key(*at));
        let mut values = Vec::new();
        for (number, at) in order.iter().enumerate() {
            for (field, of_rows) in self.values.iter().enumerate() {
                let value = of_rows.get(*at).copied().flatten();
                values.extend(value.map(|value| LinkValue { row: number as u32, field: field as u16, value }));
            }
        }
        let numbers = order.iter().enumerate().filter_map(|(number, at)| Some((key(*at)?.to_owned(), number as u32)));
        Ok(RowCatalog {
            numbers: numbers.collect(),
            places: order.iter().filter_map(|at| self.places.get(*at).copied()).collect(),
            located: order.iter().filter_map(|at| located.get(*at).copied()).collect(),
            values,
            batches: self.batches,
        })
    }
}

/// All rows, numbered in the order of their keys.
pub(crate) struct RowCatalog {
    batches: Vec<RecordBatch>,
    located: Vec<(u32, u32)>,
    places: Vec<RowOrder>,
    values: Vec<LinkValue>,
    numbers: HashMap<String, u32>,
}

impl RowCatalog {
    pub(crate) fn len(&self) -> usize {
        self.located.len()
    }

    /// The number of the row of a key.
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    pub(crate) fn key(&self, row: u32) -> &str {
        let found = self.at(row).and_then(|(batch, at)| columns::value(columns::text(batch, columns::KEY).ok()?, at));
        found.unwrap_or_default()
    }

    /// The row's number in its file.
    pub(crate) fn row_in_file(&self, row: u32) -> u64 {
        self.number(row, columns::ROW)
    }

    pub(crate) fn digest(&self, row: u32) -> u64 {
        self.number(row, columns::DIGEST)
    }

    pub(crate) fn place(&self, row: u32) -> Option<RowOrder> {
        self.places.get(row as usize).copied()
    }

    /// Whether a row is before another in the order of comparison.
    pub(crate) fn is_before(&self, row: u32, other: u32) -> bool {
        // Rows are numbered in the order of their keys.
        (self.place(row), row) < (self.place(other), other)
    }

    /// The values of the `cannot_link` fields, by row.
    pub(crate) fn values(&self) -> &[LinkValue] {
        &self.values
    }

    /// A field of a row as text; empty where it has no value.
    pub(crate) fn text(&self, row: u32, field: &str) -> String {
        let found = self.at(row).and_then(|(batch, at)| display_text(batch.column_by_name(field)?, at));
        found.unwrap_or_default()
    }

    /// The value of a number or a date, as a number that has its order.
    pub(crate) fn ordered(&self, row: u32, field: &str) -> Option<f64> {
        use matchflow_model::arrow::array::AsArray;
        use matchflow_model::arrow::datatypes::{Date32Type, Float64Type, Int64Type};
        let (batch, at) = self.at(row)?;
        let column = batch.column_by_name(field)?;
        if column.is_null(at) {
            return None;
        }
        let real = column.as_primitive_opt::<Float64Type>().map(|column| column.value(at));
        let integer = || column.as_primitive_opt::<Int64Type>().map(|column| column.value(at) as f64);
        let date = || column.as_primitive_opt::<Date32Type>().map(|column| f64::from(column.value(at)));
        real.or_else(integer).or_else(date)
    }

    fn number(&self, row: u32, column: &str) -> u64 {
        let found =
            self.at(row).and_then(|(batch, at)| columns::numbers(batch, column).ok()?.values().get(at).copied());
        found.unwrap_or_default()
    }

    fn at(&self, row: u32) -> Option<(&RecordBatch, usize)> {
        let (batch, at) = self.located.get(row as usize)?;
        Some((self.batches.get(*batch as usize)?, *at as usize))
    }
}

/// A cell as text; alternatives are separated by a stroke.
fn display_text(column: &ArrayRef, at: usize) -> Option<String> {
    if column.is_null(at) {
        return None;
    }
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(column.as_ref(), &options).ok()?.value(at).try_to_string().ok()?;
    Some(text.replace(columns::ALTERNATIVE, " | "))
}
