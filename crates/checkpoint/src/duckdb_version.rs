//! The version of DuckDB's library that is loaded.

use duckdb::Connection;

/// The version, from a database in memory: an error if the library does not work.
pub fn duckdb_version() -> Result<String, duckdb::Error> {
    let connection = Connection::open_in_memory()?;
    connection.query_row("SELECT version()", [], |row| row.get(0))
}
