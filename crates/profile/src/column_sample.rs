//! The first rows of a table, column by column, as text.

use std::collections::HashSet;

use matchflow_ingest::{IngestError, open_fields};
use matchflow_model::arrow::array::{Array, StringViewArray};
use matchflow_model::plan::{FieldPlan, FieldType, Join, TablePlan};

/// Number of rows in a sample.
pub const SAMPLE_ROWS: usize = 1_000;
const BATCH_ROWS: usize = 1_000;

/// The cells of a column in the first rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnSample {
    /// The column's name, unique in the table.
    pub name: String,
    /// The number of rows sampled.
    pub rows: usize,
    /// The non-empty cells, in order.
    pub values: Vec<String>,
}

impl ColumnSample {
    /// The share of rows with a value.
    pub fn fill(&self) -> f64 {
        self.values.len() as f64 / self.rows.max(1) as f64
    }

    /// The share of values for which `fits` is true; 0 without values.
    pub(crate) fn share(&self, fits: impl Fn(&str) -> bool) -> f64 {
        let fitting = self.values.iter().filter(|value| fits(value)).count();
        fitting as f64 / self.values.len().max(1) as f64
    }

    /// The share of distinct values.
    pub fn distinct(&self) -> f64 {
        let distinct: HashSet<&str> = self.values.iter().map(String::as_str).collect();
        distinct.len() as f64 / self.values.len().max(1) as f64
    }

    /// Whether there are at least five values, but at most two distinct ones.
    pub(crate) fn is_constant(&self) -> bool {
        let distinct: HashSet<&str> = self.values.iter().map(String::as_str).collect();
        self.values.len() >= 5 && distinct.len() <= 2
    }

    /// Whether every row has a value and all values are distinct.
    pub fn is_key(&self) -> bool {
        self.rows > 0 && self.values.len() == self.rows && self.distinct() >= 1.0
    }
}

/// Samples the first rows of these columns.
pub fn sample(table: &TablePlan, columns: &[String]) -> Result<Vec<ColumnSample>, IngestError> {
    let field = |(place, name): (usize, &String)| FieldPlan {
        name: format!("c{place}"),
        columns: vec![name.clone()],
        join: Join::Space,
        data_type: FieldType::Text,
    };
    let fields: Vec<FieldPlan> = columns.iter().enumerate().map(field).collect();
    let sample = |name: &String| ColumnSample { name: name.clone(), ..ColumnSample::default() };
    let mut samples: Vec<ColumnSample> = columns.iter().map(sample).collect();
    let mut reader = open_fields(table, &fields, BATCH_ROWS)?;
    let mut rows = 0;
    while let Some(batch) = reader.next_batch()? {
        let batch = batch.rows;
        rows += batch.num_rows();
        for (field, sample) in fields.iter().zip(&mut samples) {
            let column = batch.column_by_name(&field.name);
            let Some(texts) = column.and_then(|column| column.as_any().downcast_ref::<StringViewArray>()) else {
                continue;
            };
            sample.rows += texts.len();
            let values = texts.iter().flatten().filter(|value| !value.trim().is_empty());
            sample.values.extend(values.map(str::to_owned));
        }
        if rows >= SAMPLE_ROWS {
            break;
        }
    }
    Ok(samples)
}
