//! Checks the columns of a publisher's file: new ones are fine, a missing or retyped one is named.

use std::fmt;
use std::fs::File;
use std::path::Path;

use matchflow_ingest::{format_of_contents, guess_format, refuse_foreign, table_facts};
use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::plan::TablePlan;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::descriptor::{ColumnType, SourceDescriptor};
use crate::error::RegistryError;

/// A column that is not as the descriptor has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnProblem {
    /// It is not there.
    Missing {
        /// The column.
        column: String,
        /// The type that is expected.
        expected: &'static str,
    },
    /// It has another type.
    Retyped {
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The type that is expected.
        expected: &'static str,
    },
}

impl fmt::Display for ColumnProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnProblem::Missing { column, expected } => {
                write!(out, "the column `{column}` ({expected}) is missing")
            }
            ColumnProblem::Retyped { column, found, expected } => {
                write!(out, "the column `{column}` is {found}, where {expected} is expected")
            }
        }
    }
}

/// A file with the columns that are read from it.
#[derive(Debug, Clone)]
pub(crate) struct CheckedFile {
    pub(crate) plan: TablePlan,
    /// The columns of the descriptor that the file has, in the descriptor's order.
    pub(crate) columns: Vec<String>,
    /// Columns that the descriptor does not have.
    pub(crate) unread_columns: Vec<String>,
}

/// Finds the format of a file, and checks its columns.
pub(crate) fn check(path: &Path, source: &SourceDescriptor) -> Result<CheckedFile, RegistryError> {
    refuse_foreign_table(path)?;
    let by_contents = format_of_contents(path)?;
    let format = by_contents.or_else(|| guess_format(path)).map_or("csv", |format| format.name());
    let plan = TablePlan::new(format, path.to_owned());
    let facts = table_facts(&plan)?;
    let types = if format == "parquet" { parquet_types(path)? } else { Vec::new() };
    let (mut columns, mut problems) = (Vec::new(), Vec::new());
    for column in &source.columns {
        let expected = column.column_type.name();
        let found = facts.columns.iter().find(|name| **name == column.name);
        let Some(found) = found else {
            if !column.optional {
                problems.push(ColumnProblem::Missing { column: column.name.clone(), expected });
            }
            continue;
        };
        let other = types.iter().find(|(name, data_type)| name == found && !fits(data_type, column.column_type));
        if let Some((_, data_type)) = other {
            let found = data_type.to_string();
            problems.push(ColumnProblem::Retyped { column: column.name.clone(), found, expected });
        }
        columns.push(found.clone());
    }
    if !problems.is_empty() {
        return Err(RegistryError::Columns { file: path.display().to_string(), problems });
    }
    let unread_columns = facts.columns.into_iter().filter(|name| !columns.contains(name)).collect();
    Ok(CheckedFile { plan, columns, unread_columns })
}

/// Refuses a page or another document; archives are opened.
fn refuse_foreign_table(path: &Path) -> Result<(), RegistryError> {
    match format_of_contents(path)? {
        None => Ok(refuse_foreign(path)?),
        Some(_) => Ok(()),
    }
}

fn parquet_types(path: &Path) -> Result<Vec<(String, DataType)>, RegistryError> {
    let file = File::open(path).map_err(|source| RegistryError::Io { path: path.to_owned(), source })?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file);
    let reader = reader.map_err(|source| RegistryError::Parquet { path: path.to_owned(), source })?;
    Ok(reader.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect())
}

fn fits(found: &DataType, expected: ColumnType) -> bool {
    let found = match found {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary => true,
        DataType::BinaryView | DataType::Null => true,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => expected == ColumnType::Date,
        DataType::Boolean => expected == ColumnType::Boolean,
        _ => false,
    }
}
