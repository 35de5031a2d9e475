//! The digest of a table's file, or of the files that are its parts.

use matchflow_model::digest::Hasher;
use matchflow_model::plan::TablePlan;

use crate::error::IngestError;
use crate::file_set;
use crate::format;

/// SHA-256 of a table's files (or of the cells of an inline table), in lower-case hexadecimal.
pub fn digest(table: &TablePlan) -> Result<String, IngestError> {
    let mut hasher = Hasher::default();
    match file_set::has_parts(table) {
        true => file_set::digest_parts(table, &mut hasher)?,
        false => format::reader(table)?.digest(table, &mut hasher)?,
    }
    Ok(hasher.finish_hex())
}
