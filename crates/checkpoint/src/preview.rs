//! What a resumed run would skip, without starting one and without changing any file.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::{Counts, Outcome};

use crate::error::CheckpointError;
use crate::import_runs::attach;
use crate::open::{check, config, exists, lock_down, place_of};
use crate::repair::check_log;
use crate::run_scope::RunScope;
use crate::tables::StaleRows;

/// What a resumed run would find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResumePreview {
    /// Rows decided in either place, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// Those decided by other plug-ins, parameters or another registry.
    pub stale: u64,
    /// The settings that decided those, one entry per set.
    pub stale_by: Vec<StaleRows>,
    /// Errors of places that exist but are currently unreadable.
    pub unreadable: Vec<String>,
}

/// Reads the checkpoint and its fallback. `None` if neither exists.
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
    let scope = RunScope {
        checkpoint: RunScope::name_of(&place_of(path).unwrap_or_else(|_| path.to_owned())),
        config_digest: config_digest.to_owned(),
    };
    let mut catalogs = Vec::new();
    let places = std::iter::once(path).chain(fallback.filter(|fallback| *fallback != path));
    for (number, place) in places.enumerate() {
        let catalog = format!("place_{number}");
        match attach_place(&memory, place, &catalog, pipeline) {
            Ok(None) => continue,
            Ok(Some(layout)) => {
                let condition = if number == 0 { "true".to_owned() } else { scope.condition(layout) };
                catalogs.push((catalog, condition));
            }
            Err(error) => found.unreadable.push(error.to_string()),
        }
        exists_any = true;
    }
    if !catalogs.is_empty() {
        lock_down(&memory, path)?;
        let all = |table: &str| {
            let tables = catalogs.iter().map(|(catalog, condition)| {
                format!("FROM {catalog}.{table} WHERE run_id IN (SELECT run_id FROM {catalog}.runs WHERE {condition})")
            });
            tables.collect::<Vec<_>>().join(" UNION ALL BY NAME ")
        };
        let has_removed = |catalog: &str| has_table(&memory, catalog, "removed_rows");
        let with_removed = catalogs.iter().filter(|(catalog, _)| has_removed(catalog));
        let removed: Vec<String> =
            with_removed.map(|(catalog, _)| format!("SELECT \"key\", run_id FROM {catalog}.removed_rows")).collect();
        let removed = if removed.is_empty() { NO_KEYS.to_owned() } else { removed.join(" UNION ALL ") };
        let tables = AllTables { results: all("results"), runs: all("runs"), removed };
        count(&memory, &tables, config_digest, &mut found).map_err(failed)?;
    }
    Ok(exists_any.then_some(found))
}

/// The tables of all places, in SQL.
struct AllTables {
    results: String,
    runs: String,
    removed: String,
}

/// An empty `removed_rows`.
const NO_KEYS: &str = "SELECT '' AS \"key\", '' AS run_id WHERE false";

fn has_table(memory: &Connection, catalog: &str, table: &str) -> bool {
    let sql = "SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?";
    memory.query_row(sql, params![catalog, table], |row| row.get(0)).unwrap_or_default()
}

/// Attaches a place for reading, and returns its layout; `None` if there is no file.
fn attach_place(
    memory: &Connection,
    place: &Path,
    catalog: &str,
    pipeline: &str,
) -> Result<Option<u32>, CheckpointError> {
    let place = &*place_of(place)?;
    if !exists(place)? {
        return Ok(None);
    }
    check_log(place)?;
    memory.execute_batch(&attach(place, catalog)).map_err(|error| CheckpointError::opening(place, &error))?;
    check(memory, catalog, place, Some(pipeline)).map(Some)
}

fn count(
    memory: &Connection,
    tables: &AllTables,
    config_digest: &str,
    preview: &mut ResumePreview,
) -> Result<(), duckdb::Error> {
    let AllTables { results, runs, removed } = tables;
    let sql = format!(
        "WITH newest AS (SELECT \"key\", max(run_id) AS run_id,
                unnest(arg_max({{outcome: outcome, config_digest: config_digest}}, (run_id, epoch)))
            FROM ({results}) GROUP BY \"key\")
        SELECT outcome, config_digest, count(*)::UBIGINT FROM newest
        ANTI JOIN ({removed}) AS removed ON removed.\"key\" = newest.\"key\" AND removed.run_id > newest.run_id
        GROUP BY ALL ORDER BY ALL"
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
