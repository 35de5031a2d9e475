//! Cleaning of multi-valued cells, and of whole columns.

use std::collections::HashMap;

use matchflow_model::arrow::array::{Array, StringArray, StringBuilder};
use matchflow_model::columns::{ALTERNATIVE, alternatives};
use matchflow_model::plan::CleanerId;

use crate::cleaner::cleaner;
use crate::cleaner_info::CleanerInfo;

/// A plan names a cleaner that is not in the table: a bug in the program, not in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCleaner(pub CleanerId);

impl std::fmt::Display for UnknownCleaner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "there is no cleaner `{}`", self.0.name())
    }
}

impl std::error::Error for UnknownCleaner {}

impl CleanerInfo {
    /// Its id in plans.
    pub fn id(&self) -> CleanerId {
        CleanerId::new(self.name)
    }

    /// Cleans each alternative of a cell. Those that become empty, or equal to an earlier one, are dropped; the order
    /// is kept. A company name may become several: the other names that the company may have.
    pub fn cell(&self, cell: &str) -> Option<String> {
        if let Some(clean_cell) = self.clean_cell {
            return clean_cell(cell);
        }
        if !cell.contains(ALTERNATIVE) {
            return (self.clean)(cell);
        }
        let mut cleaned: Vec<String> = Vec::new();
        for value in alternatives(cell).filter_map(self.clean) {
            if !cleaned.contains(&value) {
                cleaned.push(value);
            }
        }
        (!cleaned.is_empty()).then(|| cleaned.join("\u{1f}"))
    }

    /// Cleans a column cell by cell: `Utf8` to `Utf8` of the same length. Null stays null, and a cell with nothing left
    /// becomes null.
    pub fn column(&self, column: &StringArray) -> StringArray {
        let mut cleaned = StringBuilder::with_capacity(column.len(), column.value_data().len());
        if !self.is_repetitive {
            column.iter().for_each(|cell| cleaned.append_option(cell.and_then(|cell| self.cell(cell))));
            return cleaned.finish();
        }
        let mut known: HashMap<&str, Option<String>> = HashMap::new();
        for cell in column {
            let value = cell.and_then(|cell| known.entry(cell).or_insert_with(|| self.cell(cell)).as_deref());
            cleaned.append_option(value);
        }
        cleaned.finish()
    }
}

/// Cleans a column with the cleaner named in a plan, see [`CleanerInfo::column`].
pub fn clean_column(id: CleanerId, column: &StringArray) -> Result<StringArray, UnknownCleaner> {
    cleaner(id.name()).map(|cleaner| cleaner.column(column)).ok_or(UnknownCleaner(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_cleaned_one_by_one() {
        let cell = "SARL Dupont\u{1f}DUPONT\u{1f}[ND]\u{1f}\u{1f}Chez Léa";
        let company_name = cleaner("company_name").unwrap();
        assert_eq!(company_name.cell(cell).as_deref(), Some("dupont\u{1f}chez lea"));
        assert_eq!(company_name.cell("nan\u{1f}-"), None);
        assert_eq!(cleaner("postcode").unwrap().cell("6000\u{1f}06000").as_deref(), Some("06000"));
    }

    #[test]
    fn a_column_keeps_its_length_and_its_nulls() {
        let column = StringArray::from(vec![Some("6000"), None, Some("nan"), Some("75 001")]);
        let expected = StringArray::from(vec![Some("06000"), None, None, Some("75001")]);
        assert_eq!(clean_column(CleanerId::new("postcode"), &column), Ok(expected));
        let unknown = CleanerId::new("zip");
        assert_eq!(clean_column(unknown, &column), Err(UnknownCleaner(unknown)));
        assert_eq!(crate::cleaner_info::ALTERNATIVE, ALTERNATIVE);
    }
}
