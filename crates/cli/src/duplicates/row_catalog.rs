//! All rows of the supplier file, with the data needed for clusters, golden records and output files.
//!
//! **Limits.** The rows are in memory, as read. Rows are numbered in the order of their keys.

use std::collections::HashMap;
use std::sync::Arc;

use matchflow_dedupe::LinkValue;
use matchflow_flow::FeedError;
use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch, UInt64Array};
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use matchflow_model::plan::Plan;
use matchflow_model::{columns, digest};

use super::equal_rows::{EqualRowFinder, EqualRows};

/// A row's position in the order of comparison; equals are ordered by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowOrder {
    pub(crate) generation: u32,
    pub(crate) hash: u64,
    /// Whether its result from an earlier run is still valid.
    pub(crate) has_result: bool,
}

impl RowOrder {
    /// The position as a text that sorts by generation, hash and key ([`columns::ORDER`]).
    pub(crate) fn order_text(&self, key: &str) -> String {
        format!("{:08x}{:016x}{key}", self.generation, self.hash)
    }
}

/// Collects the rows as they are read.
pub(crate) struct RowCatalogBuilder {
    batches: Vec<RecordBatch>,
    places: Vec<RowOrder>,
    /// For each field, the digest of each row's value.
    values: Vec<Vec<Option<u64>>>,
    equal: EqualRowFinder,
}

impl RowCatalogBuilder {
    pub(crate) fn new(plan: &Plan) -> RowCatalogBuilder {
        let equal = EqualRowFinder::new(plan);
        RowCatalogBuilder { batches: Vec::new(), places: Vec::new(), values: Vec::new(), equal }
    }

    /// `places` are the positions that rows have if they represent themselves. `cannot_link`: the fields whose
    /// different values keep rows in different clusters; their values are in `cleaned`.
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
        self.equal.add(&rows);
        self.places.extend(places);
        self.batches.push(rows);
        Ok(())
    }

    /// The catalog, and which rows are represented by others. `place` returns the position of a row whose digest
    /// differs from the one it was read with.
    pub(crate) fn finish(self, place: impl Fn(&str, u64) -> RowOrder) -> Result<(RowCatalog, EqualRows), FeedError> {
        let RowCatalogBuilder { mut batches, mut places, values: of_fields, equal } = self;
        let mut located: Vec<(u32, u32)> = Vec::with_capacity(places.len());
        for (number, batch) in batches.iter().enumerate() {
            located.extend((0..batch.num_rows()).map(|row| (number as u32, row as u32)));
        }
        let equal = equal.finish(&batches, &located, &places)?;
        let mut first = 0;
        for batch in &mut batches {
            let rows = first..first + batch.num_rows() as u32;
            first = rows.end;
            *batch = with_equal_digests(batch, rows.start, &equal)?;
            let (keys, digests) = (columns::text(batch, columns::KEY)?, columns::numbers(batch, columns::DIGEST)?);
            for ((position, key), row_digest) in rows.zip(keys).zip(digests.values()) {
                let key = key.unwrap_or_default();
                if let (Some(slot), Some(_)) = (places.get_mut(position as usize), equal.get(position, key)?) {
                    *slot = place(key, *row_digest);
                }
            }
        }
        let keys = batches.iter().map(|batch| columns::text(batch, columns::KEY).cloned());
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let key = |at: usize| {
            located.get(at).and_then(|(batch, row)| columns::value(keys.get(*batch as usize)?, *row as usize))
        };
        let mut order: Vec<usize> = (0..located.len()).collect();
        order.sort_unstable_by_key(|at| key(*at));
        let mut values = Vec::new();
        for (number, at) in order.iter().enumerate() {
            for (field, of_rows) in of_fields.iter().enumerate() {
                let value = of_rows.get(*at).copied().flatten();
                values.extend(value.map(|value| LinkValue { row: number as u32, field: field as u32, value }));
            }
        }
        let numbers = order.iter().enumerate().filter_map(|(number, at)| Some((key(*at)?.to_owned(), number as u32)));
        let numbers: HashMap<String, u32> = numbers.collect();
        let number = |position: u32| numbers.get(key(position as usize)?).copied();
        let represented = equal.positions().filter_map(|(row, by)| Some((number(row)?, number(by)?))).collect();
        let catalog = RowCatalog {
            represented,
            numbers,
            places: order.iter().filter_map(|at| places.get(*at).copied()).collect(),
            located: order.iter().filter_map(|at| located.get(*at).copied()).collect(),
            values,
            batches,
        };
        Ok((catalog, equal))
    }
}

/// A batch of rows starting at position `first`, with the digests of represented rows.
pub(crate) fn with_equal_digests(rows: &RecordBatch, first: u32, equal: &EqualRows) -> Result<RecordBatch, FeedError> {
    let (keys, digests) = (columns::text(rows, columns::KEY)?, columns::numbers(rows, columns::DIGEST)?);
    let mut has_equal = false;
    let mut changed = Vec::with_capacity(rows.num_rows());
    for ((position, key), row_digest) in (first..).zip(keys).zip(digests.values()) {
        let represented = equal.get(position, key.unwrap_or_default())?;
        has_equal |= represented.is_some();
        changed.push(represented.map_or(*row_digest, |represented| represented.digest(*row_digest)));
    }
    if !has_equal {
        return Ok(rows.clone());
    }
    let place = rows.schema().index_of(columns::DIGEST)?;
    let mut arrays = rows.columns().to_vec();
    if let Some(slot) = arrays.get_mut(place) {
        *slot = Arc::new(UInt64Array::from(changed));
    }
    Ok(RecordBatch::try_new(rows.schema(), arrays)?)
}

/// All rows, numbered in the order of their keys.
pub(crate) struct RowCatalog {
    batches: Vec<RecordBatch>,
    located: Vec<(u32, u32)>,
    places: Vec<RowOrder>,
    values: Vec<LinkValue>,
    numbers: HashMap<String, u32>,
    /// The represented rows and their representatives.
    represented: HashMap<u32, u32>,
}

impl RowCatalog {
    pub(crate) fn len(&self) -> usize {
        self.located.len()
    }

    /// The number of the row with a key.
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

    /// The representative of a row that is equal in every compared field; `None` if it represents itself.
    pub(crate) fn represented_by(&self, row: u32) -> Option<u32> {
        self.represented.get(&row).copied()
    }

    /// All rows, in the batches in which they were read.
    pub(crate) fn batches(&self) -> &[RecordBatch] {
        &self.batches
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

    /// The value of a number or a date, as a number with the same order.
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

/// A cell as text; alternatives are separated by a slash.
pub(crate) fn display_text(column: &ArrayRef, at: usize) -> Option<String> {
    if column.is_null(at) {
        return None;
    }
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(column.as_ref(), &options).ok()?.value(at).try_to_string().ok()?;
    Some(text.replace(columns::ALTERNATIVE, " | "))
}
