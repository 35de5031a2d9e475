//! Queries of a checkpoint's tables. Results are streamed: batches are made on request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use duckdb::{Connection, Statement, ToSql};
use matchflow_model::arrow::array::{AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::{SchemaRef, UInt64Type};
use matchflow_model::expectation::Expectation;
use matchflow_model::outcome::{self, Counts, Decision, Outcome};
use matchflow_model::reject::Reject;
use matchflow_model::review_verdict::ReviewDecision;
use matchflow_model::store::{DoneRow, DoneRows};

use crate::error::CheckpointError;
use crate::latest_results::LatestResults;
use crate::layout::outcome_columns;
use crate::open::open_read_only;

/// The state that a resumed run starts from.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ResumeState {
    /// The rows decided, by key, including those that failed.
    pub done: DoneRows,
    /// Their number by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// Those decided by other plug-ins, parameters or another registry. They count as decided.
    pub stale: u64,
    /// The settings that decided those, one entry per set.
    pub stale_by: Vec<StaleRows>,
    /// The runs that clustered the rows, in order.
    pub clusterings: Vec<String>,
}

/// Rows decided by other settings than the current ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleRows {
    /// The settings: see [`crate::RunInfo::decided_by`].
    pub decided_by: String,
    /// The number of rows.
    pub rows: u64,
}

/// The rows of one stage and outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageCount {
    /// The stage; `None` if no stage found an entry.
    pub stage: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The rows.
    pub rows: u64,
}

/// A checkpoint opened for reading.
pub struct CheckpointReader {
    path: PathBuf,
    connection: Connection,
}

/// Opens a checkpoint of any pipeline for reading. Never creates or changes a file.
pub fn read_results(path: &Path) -> Result<CheckpointReader, CheckpointError> {
    Ok(CheckpointReader { path: path.to_owned(), connection: open_read_only(path)? })
}

impl CheckpointReader {
    /// The tables of the file, for queries.
    pub fn tables(&self) -> CheckpointTables<'_> {
        CheckpointTables::new(&self.connection, &self.path)
    }
}

/// The tables of an open checkpoint.
#[derive(Clone, Copy)]
pub struct CheckpointTables<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl<'a> CheckpointTables<'a> {
    pub(crate) fn new(connection: &'a Connection, path: &'a Path) -> CheckpointTables<'a> {
        CheckpointTables { connection, path }
    }

    /// The pipeline that the checkpoint belongs to.
    pub fn pipeline(&self) -> Result<String, CheckpointError> {
        let found = self.connection.query_row("SELECT pipeline FROM meta", [], |row| row.get(0));
        found.map_err(|error| CheckpointError::query(self.path, "name its pipeline", &error))
    }

    /// The supplier file of the last run, as its pipeline named it; `None` before the first.
    pub fn supplier_file(&self) -> Result<Option<String>, CheckpointError> {
        let found = self.rows("SELECT source FROM runs ORDER BY run_id DESC LIMIT 1", &[], |row| row.get(0))?;
        Ok(found.into_iter().next())
    }

    /// The edition of the registry that the last run with one had: `sirene 2026-10-31`.
    pub fn last_edition(&self) -> Result<Option<String>, CheckpointError> {
        let sql =
            "SELECT edition FROM runs WHERE edition IS NOT NULL AND status <> 'running' ORDER BY run_id DESC LIMIT 1";
        let found = self.rows(sql, &[], |row| row.get(0))?;
        Ok(found.into_iter().next())
    }

    /// The edition that the newest result of a key is of.
    pub fn edition_of(&self, key: &str) -> Result<Option<String>, CheckpointError> {
        let sql = "SELECT edition FROM runs WHERE run_id = (SELECT run_id FROM all_latest WHERE \"key\" = ?)";
        let found: Vec<Option<String>> = self.rows(sql, &[&key], |row| row.get(0))?;
        Ok(found.into_iter().next().flatten())
    }

    /// Whether an earlier run has read this registry and did not fail.
    pub fn has_read_registry(&self, reference_digest: &str) -> Result<bool, CheckpointError> {
        let sql = "SELECT count(*) > 0 FROM runs WHERE reference_digest = ? AND status NOT IN ('running', 'failed', 'killed')";
        let found = self.rows(sql, &[&reference_digest], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Whether the row of a key is no longer in the supplier file.
    pub fn is_removed(&self, key: &str) -> Result<bool, CheckpointError> {
        let found = self.rows("SELECT count(*) > 0 FROM removed WHERE \"key\" = ?", &[&key], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The number of results for rows that are no longer in the supplier file, and their first `keys_max` keys.
    pub fn removed(&self, keys_max: usize) -> Result<(u64, Vec<String>), CheckpointError> {
        let count = self.rows("SELECT count(*)::UBIGINT FROM removed", &[], |row| row.get(0))?;
        let sql = format!("SELECT \"key\" FROM removed ORDER BY \"row\", \"key\" LIMIT {keys_max}");
        Ok((count.into_iter().next().unwrap_or_default(), self.rows(&sql, &[], |row| row.get(0))?))
    }

    /// The newest result of each row of the supplier file, ordered by row, then key: batches of [`outcome::schema`],
    /// made on request.
    pub fn latest(&self) -> Result<LatestResults<'a>, CheckpointError> {
        LatestResults::open(*self)
    }

    /// The newest result of a key, also of a row that is no longer in the supplier file.
    pub fn result(&self, key: &str) -> Result<Option<Decision>, CheckpointError> {
        let sql = format!("SELECT {} FROM all_latest WHERE \"key\" = ?", outcome_columns());
        let Some(batch) = self.stream_with(&sql, &[&key], Some(outcome::schema()))?.next().transpose()? else {
            return Ok(None);
        };
        let decisions = outcome::from_batch(&batch).map_err(|_| self.unreadable("be read"))?;
        Ok(decisions.into_iter().next())
    }

    /// The newest result of each row in short; a row that was removed is matched again if it comes back. Results with
    /// another `config_digest` are stale.
    pub fn done(&self, config_digest: &str) -> Result<ResumeState, CheckpointError> {
        let sql = "SELECT \"key\", digest, outcome, retryable, config_digest, run_id FROM latest";
        let mut resume = ResumeState { clusterings: self.clusterings()?, ..ResumeState::default() };
        let mut stale = BTreeMap::new();
        for batch in self.stream(sql, None)? {
            matchflow_model::fault::point("while resuming");
            self.add_done(&mut resume, &mut stale, &batch?, config_digest)
                .ok_or_else(|| self.unreadable("list its results"))?;
        }
        resume.stale = stale.values().sum();
        for (digest, rows) in stale {
            let sql = "SELECT decided_by FROM runs WHERE config_digest = ? ORDER BY run_id DESC LIMIT 1";
            let found: Vec<String> = self.rows(sql, &[&digest], |row| row.get(0))?;
            resume.stale_by.push(StaleRows { decided_by: found.into_iter().next().unwrap_or_default(), rows });
        }
        Ok(resume)
    }

    /// The newest results, by outcome (`skipped` stays 0).
    pub fn latest_counts(&self) -> Result<Counts, CheckpointError> {
        let mut counts = Counts::default();
        for count in self.stages()? {
            counts.add_rows(count.outcome, count.rows);
        }
        Ok(counts)
    }

    /// The newest results, by stage and outcome, in the order of the stages' names.
    pub fn stages(&self) -> Result<Vec<StageCount>, CheckpointError> {
        let sql = "SELECT stage, outcome, count(*)::UBIGINT FROM latest GROUP BY ALL ORDER BY ALL";
        let rows: Vec<(Option<String>, String, u64)> =
            self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.into_iter()
            .map(|(stage, word, rows)| {
                let outcome = Outcome::from_word(&word).ok_or_else(|| self.unreadable("name an outcome"))?;
                Ok(StageCount { stage, outcome, rows })
            })
            .collect()
    }

    /// The number of groups (or entries without a group) matched by several rows, and the number of those rows: likely
    /// duplicate suppliers.
    pub fn shared_groups(&self) -> Result<(u64, u64), CheckpointError> {
        let sql = "SELECT count(*)::UBIGINT, coalesce(sum(rows), 0)::UBIGINT FROM (
            SELECT count(*) AS rows FROM latest WHERE outcome = 'matched' GROUP BY coalesce(\"group\", id)
            HAVING count(*) > 1)";
        let found: Vec<(u64, u64)> = self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Rows matched with a closed entry.
    pub fn closed_count(&self) -> Result<u64, CheckpointError> {
        let sql = "SELECT count(*)::UBIGINT FROM latest WHERE outcome = 'matched' AND closed";
        let found: Vec<u64> = self.rows(sql, &[], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Rows matched with a group without naming any of its entries.
    pub fn company_count(&self) -> Result<u64, CheckpointError> {
        let sql = "SELECT count(*)::UBIGINT FROM latest WHERE outcome = 'matched' AND level = 'company'";
        let found: Vec<u64> = self.rows(sql, &[], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// What became of the decisions of people, by the key of their row: those of the newest results.
    pub fn review_decisions(&self) -> Result<Vec<(String, ReviewDecision)>, CheckpointError> {
        let sql = "SELECT \"key\", decision FROM latest WHERE decision IS NOT NULL ORDER BY \"row\", \"key\"";
        let found: Vec<(String, String)> = self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let decision = |(key, json): (String, String)| Some((key, ReviewDecision::from_json(&json)?));
        found.into_iter().map(|one| decision(one).ok_or_else(|| self.unreadable("list its decisions"))).collect()
    }

    /// What a run committed, by outcome. Its results and its epochs must agree.
    pub fn run_counts(&self, run_id: &str) -> Result<Counts, CheckpointError> {
        let sql = "SELECT outcome, count(*)::UBIGINT FROM results WHERE run_id = ? GROUP BY outcome";
        let found: Vec<(String, u64)> = self.rows(sql, &[&run_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut counts = Counts::default();
        for (word, rows) in found {
            let outcome = Outcome::from_word(&word).ok_or_else(|| self.unreadable("name an outcome"))?;
            counts.add_rows(outcome, rows);
        }
        let sql = "SELECT coalesce(sum(matched), 0)::UBIGINT, coalesce(sum(review), 0)::UBIGINT, \
                   coalesce(sum(unmatched), 0)::UBIGINT, coalesce(sum(failed), 0)::UBIGINT FROM epochs WHERE run_id = ?";
        let epochs: Vec<Counts> = self.rows(sql, &[&run_id], |row| {
            let (matched, review) = (row.get(0)?, row.get(1)?);
            Ok(Counts { matched, review, unmatched: row.get(2)?, failed: row.get(3)?, skipped: 0 })
        })?;
        let epochs = epochs.into_iter().next().unwrap_or_default();
        if epochs != counts {
            return Err(CheckpointError::Inconsistent {
                path: self.path.to_owned(),
                run_id: run_id.to_owned(),
                results: counts.committed(),
                epochs: epochs.committed(),
            });
        }
        Ok(counts)
    }

    /// The rejected cells of the newest results, by row, at most `rows_max`, and their total number.
    pub fn rejects(&self, rows_max: u64) -> Result<(Vec<Reject>, u64), CheckpointError> {
        let of_latest = "FROM rejects SEMI JOIN latest USING (run_id, \"key\")";
        let total = self.rows(&format!("SELECT count(*)::UBIGINT {of_latest}"), &[], |row| row.get(0))?;
        let sql = format!(
            "SELECT file, sheet, cell, \"row\", \"key\", field, raw, expected {of_latest} ORDER BY \"row\", cell, \"key\" \
             LIMIT {rows_max}"
        );
        let rejects = self.rows(&sql, &[], |row| {
            Ok(Reject {
                file: row.get(0)?,
                sheet: row.get(1)?,
                cell: row.get(2)?,
                row: row.get(3)?,
                key: row.get(4)?,
                field: row.get(5)?,
                raw: row.get(6)?,
                expected: Expectation::from_json(&row.get::<_, String>(7)?),
            })
        })?;
        Ok((rejects, total.into_iter().next().unwrap_or_default()))
    }

    fn add_done(
        &self,
        resume: &mut ResumeState,
        stale_rows: &mut BTreeMap<String, u64>,
        batch: &RecordBatch,
        config_digest: &str,
    ) -> Option<()> {
        let keys = batch.column_by_name("key")?.as_string_opt::<i32>()?;
        let digests = batch.column_by_name("digest")?.as_primitive_opt::<UInt64Type>()?;
        let outcomes = batch.column_by_name("outcome")?.as_string_opt::<i32>()?;
        let retryable = batch.column_by_name("retryable")?.as_boolean_opt()?;
        let configs = batch.column_by_name("config_digest")?.as_string_opt::<i32>()?;
        let runs = batch.column_by_name("run_id")?.as_string_opt::<i32>()?;
        for row in 0..batch.num_rows() {
            let outcome = Outcome::from_word(outcomes.value(row))?;
            resume.counts.add(outcome);
            let failed = outcome == Outcome::Failed;
            let stale = configs.value(row) != config_digest;
            if stale {
                *stale_rows.entry(configs.value(row).to_owned()).or_default() += 1;
            }
            let unasked = outcome == Outcome::Review && retryable.value(row);
            let generation = resume.clusterings.partition_point(|run| run.as_str() < runs.value(row)) as u32;
            let done = DoneRow { digest: digests.value(row), failed, unasked, stale, reopened: false, generation };
            resume.done.insert(keys.value(row).to_owned(), done);
        }
        Some(())
    }

    fn stream(&self, sql: &str, schema: Option<SchemaRef>) -> Result<ResultBatches<'a>, CheckpointError> {
        self.stream_with(sql, &[], schema)
    }

    pub(crate) fn stream_with(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        schema: Option<SchemaRef>,
    ) -> Result<ResultBatches<'a>, CheckpointError> {
        let failed = |error: duckdb::Error| CheckpointError::query(self.path, "be read", &error);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        // DuckDB's iterator panics on an error in mid-stream; `step` below returns it.
        drop(statement.stream_arrow(values).map_err(failed)?);
        Ok(ResultBatches { statement, path: self.path.to_owned(), schema })
    }

    pub(crate) fn execute(&self, sql: &str, action: &'static str) -> Result<(), CheckpointError> {
        self.connection.execute_batch(sql).map_err(|error| CheckpointError::query(self.path, action, &error))
    }

    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&duckdb::Row<'_>) -> Result<T, duckdb::Error>,
    ) -> Result<Vec<T>, CheckpointError> {
        let query = || -> Result<Vec<T>, duckdb::Error> {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(values, read)?.collect()
        };
        query().map_err(|error| CheckpointError::query(self.path, "be read", &error))
    }

    pub(crate) fn path(&self) -> &Path {
        self.path
    }

    pub(crate) fn unreadable(&self, action: &'static str) -> CheckpointError {
        let reason = "a column is not in the format of this version".to_owned();
        CheckpointError::Query { path: self.path.to_owned(), action, reason }
    }
}

#[cfg(test)]
impl CheckpointTables<'_> {
    pub(crate) fn rows_for_tests(&self, sql: &str) -> Vec<(u64, u64, u64)> {
        self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    }

    pub(crate) fn statuses_for_tests(&self) -> Vec<String> {
        self.rows("SELECT status FROM runs ORDER BY run_id", &[], |row| row.get(0)).unwrap()
    }
}

/// Record batches from a running query.
pub struct ResultBatches<'a> {
    statement: Statement<'a>,
    path: PathBuf,
    /// The schema of the batches; DuckDB declares every column nullable.
    schema: Option<SchemaRef>,
}

impl Iterator for ResultBatches<'_> {
    type Item = Result<RecordBatch, CheckpointError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.statement.step() {
            Ok(None) => return None,
            Ok(Some(rows)) => RecordBatch::from(&rows),
            Err(error) => return Some(Err(CheckpointError::query(&self.path, "be read", &error))),
        };
        let Some(schema) = &self.schema else { return Some(Ok(batch)) };
        let shaped = RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
        Some(shaped.map_err(|error| CheckpointError::Query {
            path: self.path.clone(),
            action: "be read",
            reason: error.to_string(),
        }))
    }
}
