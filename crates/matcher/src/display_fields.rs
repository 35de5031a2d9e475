//! The original values of a row's fields, for results.

use matchflow_model::arrow::array::{Array, ArrayRef, RecordBatch};
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use matchflow_model::columns::{ALTERNATIVE, RAW_PREFIX};
use serde_json::{Map, Value};

use crate::error::StepError;

/// Separates multiple values of a field.
pub(crate) const ALTERNATIVE_SEPARATOR: &str = " / ";

/// Formats the fields of a batch's rows: the raw text if a clean stage has replaced it.
pub struct DisplayFields<'a> {
    columns: Vec<(&'a str, &'a ArrayRef, ArrayFormatter<'a>)>,
}

impl<'a> DisplayFields<'a> {
    /// The named fields; those missing in the batch are left out.
    ///
    /// # Errors
    ///
    /// A column of a type that Arrow cannot format.
    pub fn new(batch: &'a RecordBatch, names: &'a [String]) -> Result<DisplayFields<'a>, StepError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new();
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let raw = batch.column_by_name(&format!("{RAW_PREFIX}{name}"));
            if let Some(column) = raw.or_else(|| batch.column_by_name(name)) {
                columns.push((name.as_str(), column, ArrayFormatter::try_new(column.as_ref(), &OPTIONS)?));
            }
        }
        Ok(DisplayFields { columns })
    }

    /// The row's non-empty fields, by name.
    pub fn row_values(&self, row: usize) -> Map<String, Value> {
        let filled = self.columns.iter().filter(|(_, column, _)| row < column.len() && column.is_valid(row));
        let values = filled.map(|(name, _, formatter)| {
            let text = formatter.value(row).to_string();
            let text = if text.contains(ALTERNATIVE) { text.replace(ALTERNATIVE, ALTERNATIVE_SEPARATOR) } else { text };
            ((*name).to_owned(), Value::String(text))
        });
        values.collect()
    }
}
