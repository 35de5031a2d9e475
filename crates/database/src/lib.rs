//! Tables of databases: read from DuckDB, written to DuckDB and to PostgreSQL. A batch of Arrow goes in, or comes out.
//!
//! **Limits.** One table at a time. DuckDB has 1 GB of memory and one thread: the same database gives the same
//! rows in the same order.
//!
//! **Invariants.**
//! - What is read is opened read-only. No query reaches another file, an extension or the network.
//! - A table is written in one transaction: until [`TableWriter::commit`], and after any error, it is as it was. Other tables are
//!   not touched, and a table that matchflow did not write, by its comment, is not replaced.
//! - The password of a server exists in the connection that is being made and nowhere else.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod copy_text;
pub mod duckdb_message;
mod duckdb_source;
mod duckdb_table;
mod error;
mod json_value;
mod password_file;
mod postgres_address;
mod postgres_table;
mod table_name;

use std::path::{Path, PathBuf};

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::SchemaRef;
use matchflow_model::plan::TableMode;

pub use duckdb_source::{DuckdbSource, Relation};
pub use duckdb_table::DuckdbTable;
pub use error::DatabaseError;
pub use json_value::json_value;
pub use postgres_address::{AddressError, PostgresAddress};
pub use postgres_table::PostgresTable;
pub use table_name::TableName;

/// What DuckDB may have in memory; a larger sort goes to a temporary folder.
const MEMORY_LIMIT: &str = "1GB";
/// How the comment of a table begins that matchflow wrote.
const COMMENT: &str = "Written by matchflow";

/// A table in the making.
pub trait TableWriter {
    /// Adds rows, all of one schema.
    fn write(&mut self, rows: &RecordBatch) -> Result<(), DatabaseError>;

    /// Makes the rows visible to others.
    fn commit(self: Box<Self>) -> Result<(), DatabaseError>;
}

/// The path in a form that DuckDB takes for a file: `:memory:` is none to it.
pub fn database_file(path: &Path) -> PathBuf {
    if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() }
}

/// The comment of a table.
fn comment(mode: TableMode) -> String {
    match mode {
        TableMode::Replace => format!("{COMMENT}; each run replaces it"),
        TableMode::Append => format!("{COMMENT}; each run adds its rows"),
    }
}

/// Compares the columns of a table, each as its name and type, with those of the rows.
fn check_columns(found: &[String], expected: &[String]) -> Result<(), DatabaseError> {
    if found == expected {
        return Ok(());
    }
    let only_in = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|column| !other.contains(column)).cloned().collect()
    };
    Err(DatabaseError::OtherColumns { missing: only_in(expected, found), others: only_in(found, expected) })
}

/// The columns of a table that is made for rows of this schema, each as its name and type.
fn column_definitions(
    schema: &SchemaRef,
    sql_type: impl Fn(&matchflow_model::arrow::datatypes::DataType) -> String,
) -> Vec<String> {
    schema
        .fields()
        .iter()
        .map(|field| format!("{} {}", table_name::quoted(field.name()), sql_type(field.data_type())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_any_name() {
        assert_eq!(database_file(Path::new(":memory:")).to_string_lossy(), "./:memory:");
        assert_eq!(database_file(Path::new("/data/:memory:")).to_string_lossy(), "/data/:memory:");
    }
}
