//! The version of the loaded DuckDB library.

use duckdb::Connection;

/// The version, queried from an in-memory database: an error if the library does not work.
pub fn duckdb_version() -> Result<String, duckdb::Error> {
    let connection = Connection::open_in_memory()?;
    connection.query_row("SELECT version()", [], |row| row.get(0))
}
