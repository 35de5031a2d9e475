//! What takes typed rows, a batch at a time: Parquet and JSON lines, tables of DuckDB and of PostgreSQL.

mod database_table;
mod json_lines;
mod parquet_file;

use std::path::Path;

use matchflow_database::{DatabaseError, DuckdbTable, PostgresAddress, PostgresTable};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::TableMode;

use crate::error::ExportError;
use crate::staged::{ROLE, StagedOutput};

use database_table::DatabaseTable;
use json_lines::JsonLinesFile;
use parquet_file::ParquetFile;

/// A file or a table in the making.
pub(crate) trait BatchWriter {
    /// The file or the table, as messages have it.
    fn place(&self) -> String;

    /// Adds rows, all of one schema.
    fn write(&mut self, rows: &RecordBatch) -> Result<(), ExportError>;

    /// Completes it, still without its name. `facts` are those of the run, by their names.
    fn complete(self: Box<Self>, facts: &[(String, String)]) -> Result<StagedOutput, ExportError>;
}

/// A Parquet file.
pub(crate) fn parquet_writer(path: &Path) -> Result<Box<dyn BatchWriter>, ExportError> {
    Ok(Box::new(ParquetFile::create(path)?))
}

/// A file of JSON lines.
pub(crate) fn json_lines_writer(path: &Path) -> Result<Box<dyn BatchWriter>, ExportError> {
    Ok(Box::new(JsonLinesFile::create(path)?))
}

/// A table of a DuckDB database.
pub(crate) fn duckdb_writer(path: &Path, table: &str, mode: TableMode) -> Result<Box<dyn BatchWriter>, ExportError> {
    let claimed = matchflow_files::claim(path, ROLE).map_err(std::io::Error::other);
    claimed.map_err(|source| ExportError::Write { path: path.to_owned(), source })?;
    DatabaseTable::create(path.display().to_string(), table, mode, |table| {
        Ok(Box::new(DuckdbTable::open(path, table, mode)?))
    })
}

/// A table of a PostgreSQL database.
pub(crate) fn postgres_writer(url: &str, table: &str, mode: TableMode) -> Result<Box<dyn BatchWriter>, ExportError> {
    let address = PostgresAddress::parse(url);
    // An address that is none may have a password.
    let place = address.as_ref().map_or_else(|_| "PostgreSQL".to_owned(), ToString::to_string);
    DatabaseTable::create(place, table, mode, |table| {
        let address = address.map_err(|error| DatabaseError::Refused(error.to_string()))?;
        Ok(Box::new(PostgresTable::open(&address, table, mode)?))
    })
}
