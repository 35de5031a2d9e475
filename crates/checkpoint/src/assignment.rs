//! One-to-one assignment, where a registry entry belongs to at most one supplier: the results whose entry goes to
//! another row.
//!
//! **Invariants.** The individual result of a row stays in `results`. Conflicts are computed at the end of a run from
//! the newest results of all rows, so they depend on nothing else: neither on workers nor on the order of runs. They
//! are written completely, in one transaction, if they differ from the previous ones; the newest assignment applies to
//! the results that it was made from.

use std::collections::HashMap;

use duckdb::{Connection, params};
use matchflow_model::fault;
use matchflow_model::one_to_one::{Claim, ClaimConflict, find_conflicts};

use crate::checkpoint::Checkpoint;
use crate::clock::now_us;
use crate::error::CheckpointError;
use crate::tables::CheckpointTables;
use crate::write_epoch::WriteFault;

impl Checkpoint {
    /// Assigns each entry to at most one row; without `one_to_one`, every row keeps the entry that it matched.
    pub fn assign_entries(&mut self, one_to_one: bool) -> Result<(), CheckpointError> {
        let tables = self.tables()?;
        let claims = if one_to_one { tables.claims()? } else { Vec::new() };
        let runs: HashMap<String, String> =
            claims.iter().map(|(run_id, claim)| (claim.key.clone(), run_id.clone())).collect();
        let conflicts = find_conflicts(claims.into_iter().map(|(_, claim)| claim));
        let rows: Vec<ConflictRow> = conflicts
            .into_iter()
            .map(|ClaimConflict { key, reason }| {
                let result_run_id = runs.get(&key).cloned().unwrap_or_default();
                ConflictRow { result_run_id, key, reason: reason.to_json() }
            })
            .collect();
        if rows != tables.conflicts()? {
            let written = write(self.connection()?, self.run_id(), &rows);
            written.map_err(|WriteFault(reason)| CheckpointError::Query {
                path: self.place().to_owned(),
                action: "assign entries one to one",
                reason,
            })?;
        }
        Ok(())
    }
}

/// A result whose entry goes to another row, and the run that decided it.
#[derive(Debug, PartialEq, Eq)]
struct ConflictRow {
    result_run_id: String,
    key: String,
    /// The reason as JSON.
    reason: String,
}

fn write(connection: &Connection, run_id: &str, rows: &[ConflictRow]) -> Result<(), WriteFault> {
    let transaction = connection.unchecked_transaction()?;
    let mut insert = connection.prepare("INSERT INTO assignment_conflicts VALUES (?, ?, ?, ?)")?;
    for ConflictRow { result_run_id, key, reason } in rows {
        insert.execute(params![run_id, key, result_run_id, reason])?;
    }
    let sql = "INSERT INTO assignments VALUES (?, make_timestamp(?), ?)";
    connection.execute(sql, params![run_id, now_us(), rows.len() as u64])?;
    fault::point("before the settlement is committed");
    transaction.commit()?;
    Ok(())
}

impl CheckpointTables<'_> {
    /// Rows whose entry is assigned to another row.
    pub fn conflict_count(&self) -> Result<u64, CheckpointError> {
        let found = self.rows("SELECT count(*)::UBIGINT FROM current_conflicts", &[], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The newest results that share their matched entry with other rows, each with its run.
    fn claims(&self) -> Result<Vec<(String, Claim)>, CheckpointError> {
        let sql = "WITH present AS (SELECT newest.* FROM newest LEFT JOIN missing_rows AS missing
                ON missing.\"key\" = newest.\"key\" AND missing.run_id > newest.run_id
                WHERE missing.\"key\" IS NULL AND outcome = 'matched')
            SELECT run_id, id, \"key\", \"row\", score, weight,
                coalesce(contains(decision, '\"state\":\"applied\"'), false) FROM present
            WHERE id IN (SELECT id FROM present GROUP BY id HAVING count(*) > 1)";
        self.rows(sql, &[], |row| {
            let run_id = row.get(0)?;
            let claim = Claim {
                id: row.get(1)?,
                key: row.get(2)?,
                row: row.get(3)?,
                score: row.get(4)?,
                weight: row.get(5)?,
                is_by_person: row.get(6)?,
            };
            Ok((run_id, claim))
        })
    }

    /// The conflicts of the newest assignment, in order.
    fn conflicts(&self) -> Result<Vec<ConflictRow>, CheckpointError> {
        let sql = "SELECT result_run_id, \"key\", reason FROM current_conflicts ORDER BY rowid";
        self.rows(sql, &[], |row| Ok(ConflictRow { result_run_id: row.get(0)?, key: row.get(1)?, reason: row.get(2)? }))
    }
}
