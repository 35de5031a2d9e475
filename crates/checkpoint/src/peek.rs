//! What resume would skip, told without a run and without changing a file.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::{AccessMode, Connection, params};
use matchflow_model::outcome::{Counts, Outcome};

use crate::adopt::attach;
use crate::error::SinkError;
use crate::mend::check_log;
use crate::open::{check, config, exists};
use crate::tables::Stale;

/// What resume would find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    /// The rows done in both places together, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// How many of them were decided by other plug-ins, parameters or registry.
    pub stale: u64,
    /// What decided those, each set of settings once.
    pub stale_by: Vec<Stale>,
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
    let mut catalogs = Vec::new();
    let places = std::iter::once(path).chain(fallback.filter(|fallback| *fallback != path));
    for (number, place) in places.enumerate() {
        let catalog = format!("place_{number}");
        match look(&memory, place, &catalog, pipeline) {
            Ok(false) => continue,
            Ok(true) => catalogs.push(catalog),
            Err(error) => peek.unreadable.push(error.to_string()),
        }
        found = true;
    }
    if !catalogs.is_empty() {
        let all = |table: &str| {
            let tables = catalogs.iter().map(|catalog| format!("FROM {catalog}.{table}")).collect::<Vec<_>>();
            tables.join(" UNION ALL BY NAME ")
        };
        count(&memory, &all("results"), &all("runs"), config_digest, &mut peek).map_err(failed)?;
    }
    Ok(found.then_some(peek))
}

/// Attaches the place for reading; false where there is none.
fn look(memory: &Connection, place: &Path, catalog: &str, pipeline: &str) -> Result<bool, SinkError> {
    if !exists(place)? {
        return Ok(false);
    }
    check_log(place)?;
    memory.execute_batch(&attach(place, catalog)).map_err(|error| SinkError::opening(place, &error))?;
    check(memory, catalog, place, Some(pipeline)).map(|_| true)
}

fn count(
    memory: &Connection,
    results: &str,
    runs: &str,
    config_digest: &str,
    peek: &mut Peek,
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
            peek.counts.add_rows(outcome, number);
        }
        if digest != config_digest {
            *stale.entry(digest).or_default() += number;
        }
    }
    peek.stale = stale.values().sum();
    // A checkpoint of an older layout does not know.
    let sql = format!("SELECT max(decided_by) FROM ({runs}) WHERE config_digest = ?");
    for (digest, rows) in stale {
        let decided_by = memory.query_row(&sql, params![digest], |row| row.get(0)).unwrap_or_default();
        peek.stale_by.push(Stale { decided_by, rows });
    }
    Ok(())
}
