//! Taking over the runs that went to the other place, so that one file holds all that was done.
//!
//! Runs are told apart by `run_id`, which no two share. One transaction takes all that are missing here; the other file
//! is only read. While the other is attached, no process can write it: its runs have all ended.

use std::path::Path;

use duckdb::Connection;

use crate::error::SinkError;
use crate::mend::check_log;
use crate::open::{check, exists, quoted, tables_of};

/// The other file's catalog.
const OTHER: &str = "matchflow_other_place";

/// Takes over the runs of `pipeline` in the checkpoint `other` that `connection` does not have, and tells how many
/// results they brought. 0 where there is no such file.
pub(crate) fn adopt(connection: &Connection, other: &Path, pipeline: &str) -> Result<u64, SinkError> {
    if !exists(other)? {
        return Ok(0);
    }
    check_log(other)?;
    connection.execute_batch(&attach(other, OTHER)).map_err(|error| SinkError::opening(other, &error))?;
    let adopted = check(connection, OTHER, other, Some(pipeline))
        .and_then(|_| copy(connection).map_err(|error| SinkError::query(other, "be taken over", &error)));
    // It stays attached for reading at worst, which nothing here forbids.
    let _ = connection.execute_batch(&format!("DETACH {OTHER}"));
    adopted
}

/// The statement that attaches a file for reading.
pub(crate) fn attach(path: &Path, catalog: &str) -> String {
    format!("ATTACH {} AS {catalog} (READ_ONLY)", quoted(path))
}

fn copy(connection: &Connection) -> Result<u64, duckdb::Error> {
    let transaction = connection.unchecked_transaction()?;
    let missing = format!("run_id IN (SELECT run_id FROM {OTHER}.runs EXCEPT SELECT run_id FROM runs)");
    let mut results = 0;
    for table in tables_of(connection, OTHER)? {
        matchflow_model::fault::point("while taking over");
        let rows = connection
            .execute(&format!("INSERT INTO {table} BY NAME SELECT * FROM {OTHER}.{table} WHERE {missing}"), [])?;
        if table == "results" {
            results = rows as u64;
        }
    }
    transaction.commit()?;
    Ok(results)
}
