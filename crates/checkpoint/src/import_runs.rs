//! Imports the runs written to the other place, so that one file has all results.
//!
//! Runs are identified by their unique `run_id`. One transaction imports all that are missing here; the other file is
//! only read. While it is attached, no process can write to it: all its runs have ended.

use std::path::Path;

use duckdb::Connection;

use crate::copy_tables::copy_statements;
use crate::error::CheckpointError;
use crate::open::{check, exists, place_of, quoted};
use crate::repair::check_log;
use crate::run_scope::RunScope;

/// The other file's catalog.
const OTHER: &str = "matchflow_other_place";

/// Imports the runs of `pipeline` and `scope` in the checkpoint `other` that `connection` does not have, and returns
/// the number of their results: 0 if there is no such file.
pub(crate) fn import_runs(
    connection: &Connection,
    other: &Path,
    pipeline: &str,
    scope: &RunScope,
) -> Result<u64, CheckpointError> {
    let other = &*place_of(other)?;
    if !exists(other)? {
        return Ok(0);
    }
    check_log(other)?;
    connection.execute_batch(&attach(other, OTHER)).map_err(|error| CheckpointError::opening(other, &error))?;
    let imported = check(connection, OTHER, other, Some(pipeline)).and_then(|layout| {
        copy(connection, layout, scope).map_err(|error| CheckpointError::query(other, "be imported", &error))
    });
    // At worst it stays attached for reading, which is harmless.
    let _ = connection.execute_batch(&format!("DETACH {OTHER}"));
    imported
}

/// The statement that attaches a file for reading.
pub(crate) fn attach(path: &Path, catalog: &str) -> String {
    format!("ATTACH {} AS {catalog} (READ_ONLY)", quoted(path))
}

fn copy(connection: &Connection, layout: u32, scope: &RunScope) -> Result<u64, duckdb::Error> {
    let transaction = connection.unchecked_transaction()?;
    let catalog: String = connection.query_row("SELECT current_database()", [], |row| row.get(0))?;
    let missing = format!(
        " WHERE run_id IN (SELECT run_id FROM {OTHER}.runs WHERE {} EXCEPT SELECT run_id FROM \"{catalog}\".runs)",
        scope.condition(layout)
    );
    let mut results = 0;
    for statement in copy_statements(connection, OTHER, layout, &format!("\"{catalog}\""), &missing)? {
        matchflow_model::fault::point("while taking over");
        let rows = connection.execute(&statement.sql, [])?;
        if statement.table == "results" {
            results = rows as u64;
        }
    }
    transaction.commit()?;
    Ok(results)
}
