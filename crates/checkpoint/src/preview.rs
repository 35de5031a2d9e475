//! What a resumed run would skip, without starting one and without changing a file.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::{Counts, Outcome};

use crate::error::CheckpointError;
use crate::import_runs::attach;
use crate::open::{check, config, exists, lock_down, place_of};
use crate::repair::check_log;
use crate::tables::StaleRows;

/// What a resumed run would find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResumePreview {
    /// Rows decided in either place, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// Those decided by other plug-ins, parameters or another registry.
    pub stale: u64,
    /// What decided those, one entry for each set of settings.
    pub stale_by: Vec<StaleRows>,
    /// Errors of places that exist but cannot be read now.
    pub unreadable: Vec<String>,
}

/// Reads the checkpoint and its fallback. `None` where neither exists.
pub fn preview(
    path: &Path,
    fallback: Option<&Path>,
    pipeline: &str,
    config_digest: &str,
) -> Result<Option<ResumePreview>, CheckpointError> {
    let failed = |error: duckdb::Error| CheckpointError::query(path, "be read", &error);
    let memory = config(AccessMode::Automatic).and_then(Connection::open_in_memory_with_flags).map_err(failed)?;
    let mut found = ResumePreview::default();
    let mut exists_any = false;
    let mut catalogs = Vec::new();
    let places = std::iter::once(path).chain(fallback.filter(|fallback| *fallback != path));
    for (number, place) in places.enumerate() {
        let catalog = format!("place_{number}");
        match attach_place(&memory, place, &catalog, pipeline) {
            Ok(false) => continue,
            Ok(true) => catalogs.push(catalog),
            Err(error) => found.unreadable.push(error.to_string()),
        }
        exists_any = true;
    }
    if !catalogs.is_empty() {
        lock_down(&memory, path)?;
        let all = |table: &str| {
            let tables = catalogs.iter().map(|catalog| format!("FROM {catalog}.{table}")).collect::<Vec<_>>();
            tables.join(" UNION ALL BY NAME ")
        };
        count(&memory, &all("results"), &all("runs"), config_digest, &mut found).map_err(failed)?;
    }
    Ok(exists_any.then_some(found))
}

/// Attaches a place for reading; false where there is none.
fn attach_place(memory: &Connection, place: &Path, catalog: &str, pipeline: &str) -> Result<bool, CheckpointError> {
    let place = &*place_of(place)?;
    if !exists(place)? {
        return Ok(false);
    }
    check_log(place)?;
    memory.execute_batch(&attach(place, catalog)).map_err(|error| CheckpointError::opening(place, &error))?;
    check(memory, catalog, place, Some(pipeline)).map(|_| true)
}

fn count(
    memory: &Connection,
    results: &str,
    runs: &str,
    config_digest: &str,
    preview: &mut ResumePreview,
) -> Result<(), duckdb::Error> {
    let sql = format!(
        "SELECT outcome, config_digest, count(*)::UBIGINT FROM (
            SELECT unnest(arg_max({{outcome: outcome, config_digest: config_digest}}, (run_id, epoch)))
            FROM ({results}) GROUP BY \"key\") GROUP BY ALL ORDER BY ALL"
    );
    let mut statement = memory.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut stale: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (word, digest, number): (String, String, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(outcome) = Outcome::from_word(&word) {
            preview.counts.add_rows(outcome, number);
        }
        if digest != config_digest {
            *stale.entry(digest).or_default() += number;
        }
    }
    preview.stale = stale.values().sum();
    // Older layouts lack the column.
    let sql = format!("SELECT max(decided_by) FROM ({runs}) WHERE config_digest = ?");
    for (digest, rows) in stale {
        let decided_by = memory.query_row(&sql, params![digest], |row| row.get(0)).unwrap_or_default();
        preview.stale_by.push(StaleRows { decided_by, rows });
    }
    Ok(())
}
