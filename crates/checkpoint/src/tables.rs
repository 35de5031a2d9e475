//! Questions to a checkpoint's tables. Results stream: a batch is made when it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use duckdb::{Connection, Statement, ToSql};
use matchflow_model::arrow::array::{AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::{SchemaRef, UInt64Type};
use matchflow_model::outcome::{self, Counts, Decision, Outcome};
use matchflow_model::reject::Reject;
use matchflow_model::store::{Done, DoneRow};

use crate::error::SinkError;
use crate::layout::outcome_columns;
use crate::open::open_read_only;

/// What resume starts from.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The rows done, by key, those that failed included.
    pub done: Done,
    /// What they count, by outcome (`skipped` stays 0).
    pub counts: Counts,
    /// How many were decided by other plug-ins, parameters or registry. They count as done.
    pub stale: u64,
    /// What decided those, each set of settings once.
    pub stale_by: Vec<Stale>,
    /// The runs that clustered the rows, in order.
    pub clusterings: Vec<String>,
}

/// Rows decided by other settings than those of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// What decided them: see [`crate::RunInfo::decided_by`].
    pub decided_by: String,
    /// How many rows.
    pub rows: u64,
}

/// How many rows came to an outcome through a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageCount {
    /// The stage; `None` where no stage found an entry.
    pub stage: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The rows.
    pub rows: u64,
}

/// A checkpoint opened for reading.
pub struct Results {
    path: PathBuf,
    connection: Connection,
}

/// Opens a checkpoint of any pipeline for reading. Never makes or changes a file.
pub fn read_results(path: &Path) -> Result<Results, SinkError> {
    Ok(Results { path: path.to_owned(), connection: open_read_only(path)? })
}

impl Results {
    /// All that can be asked of the file.
    pub fn tables(&self) -> Tables<'_> {
        Tables::new(&self.connection, &self.path)
    }
}

/// The tables of an open checkpoint.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(connection: &'a Connection, path: &'a Path) -> Tables<'a> {
        Tables { connection, path }
    }

    /// The pipeline that the checkpoint belongs to.
    pub fn pipeline(&self) -> Result<String, SinkError> {
        let found = self.connection.query_row("SELECT pipeline FROM meta", [], |row| row.get(0));
        found.map_err(|error| SinkError::query(self.path, "say whose it is", &error))
    }

    /// The newest result of each key, ordered by row, then key: batches of [`outcome::schema`], made as asked for.
    pub fn latest(&self) -> Result<Batches<'a>, SinkError> {
        let sql = format!("SELECT {} FROM latest ORDER BY \"row\", \"key\"", outcome_columns());
        self.stream(&sql, Some(outcome::schema()))
    }

    /// The newest result of a key.
    pub fn result(&self, key: &str) -> Result<Option<Decision>, SinkError> {
        let sql = format!("SELECT {} FROM latest WHERE \"key\" = ?", outcome_columns());
        let Some(batch) = self.stream_with(&sql, &[&key], Some(outcome::schema()))?.next().transpose()? else {
            return Ok(None);
        };
        let decisions = outcome::from_batch(&batch).map_err(|_| self.unreadable("be read"))?;
        Ok(decisions.into_iter().next())
    }

    /// The newest result of each key in short. `config_digest` tells which of them are stale.
    pub fn done(&self, config_digest: &str) -> Result<Resume, SinkError> {
        let sql = "SELECT \"key\", digest, outcome, retryable, config_digest, run_id FROM latest";
        let mut resume = Resume { clusterings: self.clusterings()?, ..Resume::default() };
        let (mut stale, gone) = (BTreeMap::new(), self.gone()?);
        for batch in self.stream(sql, None)? {
            matchflow_model::fault::point("while resuming");
            self.add_done(&mut resume, &mut stale, &batch?, (config_digest, &gone))
                .ok_or_else(|| self.unreadable("list what is done"))?;
        }
        resume.stale = stale.values().sum();
        for (digest, rows) in stale {
            let sql = "SELECT decided_by FROM runs WHERE config_digest = ? ORDER BY run_id DESC LIMIT 1";
            let found: Vec<String> = self.rows(sql, &[&digest], |row| row.get(0))?;
            resume.stale_by.push(Stale { decided_by: found.into_iter().next().unwrap_or_default(), rows });
        }
        Ok(resume)
    }

    /// The newest results, by outcome (`skipped` stays 0).
    pub fn latest_counts(&self) -> Result<Counts, SinkError> {
        let mut counts = Counts::default();
        for count in self.stages()? {
            counts.add_rows(count.outcome, count.rows);
        }
        Ok(counts)
    }

    /// The newest results, by stage and outcome, in the order of the stages' names.
    pub fn stages(&self) -> Result<Vec<StageCount>, SinkError> {
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

    /// Companies (or entries without a company) that several rows were matched with, and how many rows those are:
    /// likely duplicate suppliers.
    pub fn shared(&self) -> Result<(u64, u64), SinkError> {
        let sql = "SELECT count(*)::UBIGINT, coalesce(sum(rows), 0)::UBIGINT FROM (
            SELECT count(*) AS rows FROM latest WHERE outcome = 'matched' GROUP BY coalesce(\"group\", id)
            HAVING count(*) > 1)";
        let found: Vec<(u64, u64)> = self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// How many rows were matched with a closed entry.
    pub fn closed(&self) -> Result<u64, SinkError> {
        let sql =
            "SELECT count(*)::UBIGINT FROM latest WHERE outcome = 'matched' AND contains(entry, '\"_closed\":true')";
        let found: Vec<u64> = self.rows(sql, &[], |row| row.get(0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// What a run committed, by outcome. Its results and its epochs must say the same.
    pub fn run_counts(&self, run_id: &str) -> Result<Counts, SinkError> {
        let sql = "SELECT outcome, count(*)::UBIGINT FROM results WHERE run_id = ? GROUP BY outcome";
        let found: Vec<(String, u64)> = self.rows(sql, &[&run_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut counts = Counts::default();
        for (word, rows) in found {
            let outcome = Outcome::from_word(&word).ok_or_else(|| self.unreadable("name an outcome"))?;
            counts.add_rows(outcome, rows);
        }
        let sql = "SELECT coalesce(sum(matched), 0)::UBIGINT, coalesce(sum(review), 0)::UBIGINT, \
                   coalesce(sum(unmatched), 0)::UBIGINT, coalesce(sum(failed), 0)::UBIGINT FROM epochs WHERE run_id = ?";
        let said: Vec<Counts> = self.rows(sql, &[&run_id], |row| {
            let (matched, review) = (row.get(0)?, row.get(1)?);
            Ok(Counts { matched, review, unmatched: row.get(2)?, failed: row.get(3)?, skipped: 0 })
        })?;
        let epochs = said.into_iter().next().unwrap_or_default();
        if epochs != counts {
            return Err(SinkError::Inconsistent {
                path: self.path.to_owned(),
                run_id: run_id.to_owned(),
                results: counts.committed(),
                epochs: epochs.committed(),
            });
        }
        Ok(counts)
    }

    /// The rejected cells of the newest results, in the order of rows, `rows_max` at most, and how many there are.
    pub fn rejects(&self, rows_max: u64) -> Result<(Vec<Reject>, u64), SinkError> {
        let of_latest = "FROM rejects SEMI JOIN latest USING (run_id, \"key\")";
        let total = self.rows(&format!("SELECT count(*)::UBIGINT {of_latest}"), &[], |row| row.get(0))?;
        let sql = format!(
            "SELECT file, sheet, cell, \"row\", \"key\", field, raw, wanted {of_latest} ORDER BY \"row\", cell, \"key\" \
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
                wanted: row.get(7)?,
            })
        })?;
        Ok((rejects, total.into_iter().next().unwrap_or_default()))
    }

    fn add_done(
        &self,
        resume: &mut Resume,
        stale_rows: &mut BTreeMap<String, u64>,
        batch: &RecordBatch,
        (config_digest, gone): (&str, &HashMap<String, String>),
    ) -> Option<()> {
        let keys = batch.column_by_name("key")?.as_string_opt::<i32>()?;
        let digests = batch.column_by_name("digest")?.as_primitive_opt::<UInt64Type>()?;
        let outcomes = batch.column_by_name("outcome")?.as_string_opt::<i32>()?;
        let retryable = batch.column_by_name("retryable")?.as_boolean_opt()?;
        let configs = batch.column_by_name("config_digest")?.as_string_opt::<i32>()?;
        let runs = batch.column_by_name("run_id")?.as_string_opt::<i32>()?;
        for row in 0..batch.num_rows() {
            // It was compared with a file that it was in, and there was another file since.
            if gone.get(keys.value(row)).is_some_and(|run| run.as_str() > runs.value(row)) {
                continue;
            }
            let outcome = Outcome::from_word(outcomes.value(row))?;
            resume.counts.add(outcome);
            let (failed, stale) = (outcome == Outcome::Failed, configs.value(row) != config_digest);
            if stale {
                *stale_rows.entry(configs.value(row).to_owned()).or_default() += 1;
            }
            let unasked = outcome == Outcome::Review && retryable.value(row);
            let generation = resume.clusterings.partition_point(|run| run.as_str() < runs.value(row)) as u32;
            let done = DoneRow { digest: digests.value(row), failed, unasked, stale, generation };
            resume.done.insert(keys.value(row).to_owned(), done);
        }
        Some(())
    }

    fn stream(&self, sql: &str, schema: Option<SchemaRef>) -> Result<Batches<'a>, SinkError> {
        self.stream_with(sql, &[], schema)
    }

    pub(crate) fn stream_with(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        schema: Option<SchemaRef>,
    ) -> Result<Batches<'a>, SinkError> {
        let failed = |error: duckdb::Error| SinkError::query(self.path, "be read", &error);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        // DuckDB's own iterator panics on a fault in mid-stream; `step` below returns it.
        drop(statement.stream_arrow(values).map_err(failed)?);
        Ok(Batches { statement, path: self.path.to_owned(), schema })
    }

    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&duckdb::Row<'_>) -> Result<T, duckdb::Error>,
    ) -> Result<Vec<T>, SinkError> {
        let ask = || -> Result<Vec<T>, duckdb::Error> {
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(values, read)?.collect()
        };
        ask().map_err(|error| SinkError::query(self.path, "be read", &error))
    }

    pub(crate) fn unreadable(&self, action: &'static str) -> SinkError {
        let reason = "a column is not as this version writes it".to_owned();
        SinkError::Query { path: self.path.to_owned(), action, reason }
    }
}

#[cfg(test)]
impl Tables<'_> {
    pub(crate) fn rows_for_tests(&self, sql: &str) -> Vec<(u64, u64, u64)> {
        self.rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    }

    pub(crate) fn statuses_for_tests(&self) -> Vec<String> {
        self.rows("SELECT status FROM runs ORDER BY run_id", &[], |row| row.get(0)).unwrap()
    }
}

/// Record batches from a running query.
pub struct Batches<'a> {
    statement: Statement<'a>,
    path: PathBuf,
    /// What the batches must look like; DuckDB declares every column nullable.
    schema: Option<SchemaRef>,
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, SinkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.statement.step() {
            Ok(None) => return None,
            Ok(Some(rows)) => RecordBatch::from(&rows),
            Err(error) => return Some(Err(SinkError::query(&self.path, "be read", &error))),
        };
        let Some(schema) = &self.schema else { return Some(Ok(batch)) };
        let shaped = RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
        Some(shaped.map_err(|error| SinkError::Query {
            path: self.path.clone(),
            action: "be read",
            reason: error.to_string(),
        }))
    }
}
