//! Collects the columns that a reader needs, each selected only once.

use matchflow_model::plan::{Filter, ValueComparison};

use crate::error::IngestError;
use crate::header::Header;
use crate::table::{ColumnFilter, TextCondition};
use crate::trim::cell_text;

/// Collects columns by name.
pub(crate) struct Selector<'a> {
    header: &'a mut Header,
    columns: Vec<usize>,
}

impl<'a> Selector<'a> {
    pub(crate) fn new(header: &'a mut Header) -> Self {
        Selector { header, columns: Vec::new() }
    }

    /// Selects the column that the plan calls `name`; returns its position in the selection.
    pub(crate) fn select(&mut self, name: &str) -> Result<usize, IngestError> {
        let column = self.header.resolve(name)?;
        Ok(self.select_at(column))
    }

    /// Selects a column of the header; returns its position in the selection.
    pub(crate) fn select_at(&mut self, column: usize) -> usize {
        self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }

    /// A filter of the plan, on a column that it does not select.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<ColumnFilter, IngestError> {
        let values = filter.values.iter().map(|value| cell_text(value).into_owned());
        let condition = match filter.comparison {
            ValueComparison::Equal => TextCondition::OneOf(values.collect()),
            ValueComparison::Prefix => TextCondition::StartsWith(values.collect()),
        };
        Ok(ColumnFilter { column: self.header.resolve(&filter.column)?, condition })
    }

    /// The selected columns, as positions in the header.
    pub(crate) fn columns(self) -> Vec<usize> {
        self.columns
    }
}
