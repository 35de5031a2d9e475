//! What resume would skip, told without a run and without changing a file.

use std::path::Path;

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::{Counts, Outcome};

use crate::adopt::attach;
use crate::error::SinkError;
use crate::open::{check, config, exists};

/// What resume would find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    /// The rows done in both places together, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// How many of them were decided by other plug-ins, parameters or registry.
    pub stale: u64,
    /// Places that exist but cannot be read now, and why.
    pub unreadable: Vec<String>,
}

/// Looks at the checkpoint and its fallback. `None` where neither exists.
pub fn peek(
    path: &Path,
    fallback: Option<&Path>,
    pipeline: &str,
    config_digest: &str,
) -> Result<Option<Peek>, SinkError> {
    let failed = |error: duckdb::Error| SinkError::query(path, "be read", &error);
    let memory = config(AccessMode::Automatic).and_then(Connection::open_in_memory_with_flags).map_err(failed)?;
    let mut peek = Peek::default();
    let mut found = false;
    let mut tables = Vec::new();
    let places = std::iter::once(path).chain(fallback.filter(|fallback| *fallback != path));
    for (number, place) in places.enumerate() {
        let catalog = format!("place_{number}");
        match look(&memory, place, &catalog, pipeline) {
            Ok(false) => continue,
            Ok(true) => tables.push(format!("SELECT * FROM {catalog}.results")),
            Err(error) => peek.unreadable.push(error.to_string()),
        }
        found = true;
    }
    if !tables.is_empty() {
        let all = tables.join(" UNION ALL ");
        count(&memory, &all, config_digest, &mut peek).map_err(failed)?;
    }
    Ok(found.then_some(peek))
}

/// Attaches the place for reading; false where there is none.
fn look(memory: &Connection, place: &Path, catalog: &str, pipeline: &str) -> Result<bool, SinkError> {
    if !exists(place)? {
        return Ok(false);
    }
    memory.execute_batch(&attach(place, catalog)).map_err(|error| SinkError::opening(place, &error))?;
    check(memory, catalog, place, Some(pipeline)).map(|()| true)
}

fn count(memory: &Connection, all: &str, config_digest: &str, peek: &mut Peek) -> Result<(), duckdb::Error> {
    let sql = format!(
        "SELECT outcome, count(*)::UBIGINT, count(*) FILTER (config_digest <> ?)::UBIGINT FROM (
            SELECT unnest(arg_max({{outcome: outcome, config_digest: config_digest}}, (run_id, epoch)))
            FROM ({all}) GROUP BY \"key\") GROUP BY outcome"
    );
    let mut statement = memory.prepare(&sql)?;
    let mut rows = statement.query(params![config_digest])?;
    while let Some(row) = rows.next()? {
        let (word, number, stale): (String, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        peek.stale += stale;
        if let Some(outcome) = Outcome::from_word(&word) {
            peek.counts.add_rows(outcome, number);
        }
    }
    Ok(())
}
