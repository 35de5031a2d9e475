//! Copies a checkpoint of an older layout into the current one. The old file is kept under another name.
//!
//! **Invariant:** the path has a complete checkpoint at every moment, the old one or the new one; a kill in the middle
//! leaves the old one there, to be copied again.

use std::path::{Path, PathBuf};

use duckdb::AccessMode;

use crate::copy_tables::copy_statements;
use crate::error::CheckpointError;
use crate::open::{connect, fill, quoted, staging_path, unusable};
use crate::quarantine::{free_name, link};

/// The catalog of the new file while it is filled.
const NEW: &str = "matchflow_new_layout";

/// Copies the checkpoint at `path`, of layout `found`, and returns the new name of the old file.
pub(crate) fn upgrade(path: &Path, pipeline: &str, found: u32) -> Result<PathBuf, CheckpointError> {
    let staging = staging_path(path);
    let copied = fill(&staging, pipeline).and_then(|()| copy(path, &staging, found));
    let moved = copied.and_then(|()| {
        let backup = free_name(path, &format!("layout-{found}"));
        link(path, &backup)?;
        std::fs::rename(&staging, path).map_err(|error| unusable(path, &error))?;
        Ok(backup)
    });
    if moved.is_err() {
        let _ = std::fs::remove_file(&staging);
    }
    moved
}

fn copy(old: &Path, new: &Path, found: u32) -> Result<(), CheckpointError> {
    let connection = connect(old, AccessMode::ReadWrite)?;
    let copied = || -> Result<(), duckdb::Error> {
        // With its log folded in, the old checkpoint is a single file.
        connection.execute_batch("CHECKPOINT")?;
        connection.execute_batch(&format!("ATTACH {} AS {NEW}", quoted(new)))?;
        let transaction = connection.unchecked_transaction()?;
        let catalog: String = connection.query_row("SELECT current_database()", [], |row| row.get(0))?;
        for statement in copy_statements(&connection, &catalog, found, NEW, "")? {
            matchflow_model::fault::point("while copying a layout");
            connection.execute(&statement.sql, [])?;
        }
        transaction.commit()?;
        connection.execute_batch(&format!("CHECKPOINT {NEW}; DETACH {NEW}"))
    };
    copied().map_err(|error| CheckpointError::query(old, "be copied into this version's layout", &error))
}
