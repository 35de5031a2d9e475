//! The columns that a reader needs, each selected once whatever the number of its uses.

use matchflow_model::plan::Filter;

use crate::error::IngestError;
use crate::header::Header;
use crate::table::ColumnFilter;

/// Gathers columns by name.
pub(crate) struct Selector<'a> {
    header: &'a Header,
    columns: Vec<usize>,
}

impl<'a> Selector<'a> {
    pub(crate) fn new(header: &'a Header) -> Self {
        Selector { header, columns: Vec::new() }
    }

    /// Selects the column that the plan calls `name`: its index in the header, and its place in the selection.
    pub(crate) fn select(&mut self, name: &str) -> Result<(usize, usize), IngestError> {
        let column = self.header.find(name)?;
        let slot = self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        });
        Ok((column, slot))
    }

    /// A filter of the plan on a column of the table, which is not selected for that.
    pub(crate) fn filter(&self, filter: &Filter) -> Result<ColumnFilter, IngestError> {
        let values = filter.values.iter().map(|value| value.trim().to_owned()).collect();
        Ok(ColumnFilter { column: self.header.find(&filter.column)?, values })
    }

    /// The columns selected.
    pub(crate) fn columns(self) -> Vec<usize> {
        self.columns
    }
}
