//! The newest results of some rows, each with the run that decided it: what people decide by.

use duckdb::ToSql;
use matchflow_model::arrow::array::AsArray;
use matchflow_model::outcome::{self, Decision};

use crate::error::CheckpointError;
use crate::layout::outcome_columns;
use crate::tables::CheckpointTables;
use crate::views::REVIEWED_RESULT;

/// A result, and what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewableResult {
    /// The result.
    pub decision: Decision,
    /// The run.
    pub run_id: String,
    /// The digest of its registry.
    pub reference_digest: String,
    /// The digest of its plan.
    pub plan_digest: String,
}

impl CheckpointTables<'_> {
    /// The newest results of these keys, of rows that are in the supplier file; a key without one is left out.
    pub fn reviewable(&self, keys: &[&str]) -> Result<Vec<ReviewableResult>, CheckpointError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = keys.iter().map(|key| format!("'{}'", key.replace('\'', "''"))).collect();
        self.reviewable_of(&format!("latest WHERE \"key\" IN ({})", keys.join(", ")), &[])
    }

    /// The result at a place that [`review_rows`](CheckpointTables::review_rows) has listed; `None` where it is no longer
    /// there.
    pub fn reviewable_at(&self, row: u64, place: i64) -> Result<Option<ReviewableResult>, CheckpointError> {
        let found = self.reviewable_of(&format!("({REVIEWED_RESULT}) AS reviewed"), &[&row, &place])?;
        Ok(found.into_iter().next())
    }

    fn reviewable_of(&self, from: &str, values: &[&dyn ToSql]) -> Result<Vec<ReviewableResult>, CheckpointError> {
        let sql = format!(
            "SELECT {}, run_id, reference_digest, plan_digest FROM (FROM {from}) AS one LEFT JOIN
                (SELECT run_id, reference_digest, plan_digest FROM runs) USING (run_id)",
            outcome_columns(),
        );
        let mut results = Vec::new();
        for batch in self.stream_with(&sql, values, None)? {
            let batch = batch?;
            let decisions = outcome::from_batch(&batch).map_err(|_| self.unreadable("be read"))?;
            let text = |name: &str, row: usize| {
                let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
                column.and_then(|column| matchflow_model::columns::value(column, row)).unwrap_or_default().to_owned()
            };
            results.extend(decisions.into_iter().enumerate().map(|(row, decision)| ReviewableResult {
                decision,
                run_id: text("run_id", row),
                reference_digest: text("reference_digest", row),
                plan_digest: text("plan_digest", row),
            }));
        }
        Ok(results)
    }
}
