//! The newest results of some rows, each with the run that decided it: what people decide by.

use matchflow_model::arrow::array::AsArray;
use matchflow_model::outcome::{self, Decision};

use crate::error::CheckpointError;
use crate::layout::outcome_columns;
use crate::tables::CheckpointTables;

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
        let sql = format!(
            "SELECT {}, run_id, reference_digest, plan_digest FROM latest LEFT JOIN
                (SELECT run_id, reference_digest, plan_digest FROM runs) USING (run_id) WHERE \"key\" IN ({})",
            outcome_columns(),
            keys.join(", ")
        );
        let mut results = Vec::new();
        for batch in self.stream_with(&sql, &[], None)? {
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
