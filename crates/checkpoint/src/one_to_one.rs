//! Where a registry entry may have one supplier at most: the claims on it that do not hold.
//!
//! **Invariants.** What a row came to by itself stays in `results`. Which claims hold is found at the end of a run from
//! the newest results of all rows, so it depends on nothing but those: not on workers, nor on what was done when. It is
//! written whole, in one transaction, where it is another than before; the newest settlement counts, for those results that
//! it was made of.

use std::collections::HashMap;

use duckdb::{Connection, params};
use matchflow_model::fault;
use matchflow_model::one_to_one::{Claim, Lost, lost_claims};

use crate::checkpoint::{Checkpoint, now_us};
use crate::error::SinkError;
use crate::tables::Tables;
use crate::write::WriteFault;

impl Checkpoint {
    /// Finds out which claims hold: all of them where it is not asked for.
    pub fn settle_claims(&mut self, one_to_one: bool) -> Result<(), SinkError> {
        let tables = self.tables()?;
        let claims = if one_to_one { tables.claims()? } else { Vec::new() };
        let runs: HashMap<String, String> =
            claims.iter().map(|(run_id, claim)| (claim.key.clone(), run_id.clone())).collect();
        let lost = lost_claims(claims.into_iter().map(|(_, claim)| claim));
        let rows: Vec<LostRow> = lost
            .into_iter()
            .map(|Lost { key, reason }| LostRow { of_run: runs.get(&key).cloned().unwrap_or_default(), key, reason })
            .collect();
        if rows != tables.lost_claims()? {
            let written = write(self.connection()?, self.run_id(), &rows);
            written.map_err(|WriteFault(reason)| SinkError::Query {
                path: self.place().to_owned(),
                action: "settle who keeps an entry",
                reason,
            })?;
        }
        Ok(())
    }
}

/// A claim that does not hold, and the run whose result makes it.
#[derive(Debug, PartialEq, Eq)]
struct LostRow {
    of_run: String,
    key: String,
    reason: String,
}

fn write(connection: &Connection, run_id: &str, rows: &[LostRow]) -> Result<(), WriteFault> {
    let transaction = connection.unchecked_transaction()?;
    let mut insert = connection.prepare("INSERT INTO lost_claims VALUES (?, ?, ?, ?)")?;
    for LostRow { of_run, key, reason } in rows {
        insert.execute(params![run_id, key, of_run, reason])?;
    }
    let sql = "INSERT INTO settlements VALUES (?, make_timestamp(?), ?)";
    connection.execute(sql, params![run_id, now_us(), rows.len() as u64])?;
    fault::point("before the settlement is committed");
    transaction.commit()?;
    Ok(())
}

impl Tables<'_> {
    /// How many rows have lost their entry to another row.
    pub fn lost(&self) -> Result<u64, SinkError> {
        let found = self.rows("SELECT count(*)::UBIGINT FROM current_lost_claims", &[], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The newest results that are matched with an entry that others are matched with too, each with its run.
    fn claims(&self) -> Result<Vec<(String, Claim)>, SinkError> {
        let sql = "SELECT run_id, id, \"key\", \"row\", score, weight FROM newest WHERE outcome = 'matched' AND id IN \
                   (SELECT id FROM newest WHERE outcome = 'matched' GROUP BY id HAVING count(*) > 1)";
        self.rows(sql, &[], |row| {
            let (id, key) = (row.get(1)?, row.get(2)?);
            Ok((row.get(0)?, Claim { id, key, row: row.get(3)?, score: row.get(4)?, weight: row.get(5)? }))
        })
    }

    /// Those of the newest settlement that do not hold, as they were found.
    fn lost_claims(&self) -> Result<Vec<LostRow>, SinkError> {
        let sql = "SELECT of_run, \"key\", reason FROM current_lost_claims ORDER BY rowid";
        self.rows(sql, &[], |row| Ok(LostRow { of_run: row.get(0)?, key: row.get(1)?, reason: row.get(2)? }))
    }
}
