//! The rows of a report as a temporary table of the checkpoint: the newest result of each, with its amount and which of the
//! supplier's fields have a value. What follows counts in it.

use matchflow_checkpoint::{CheckpointError, CheckpointTables};
use matchflow_model::plan::Plan;

/// The table.
pub(crate) const TABLE: &str = "reported";

/// The column with whether the source field of this number has a value.
pub(crate) fn has_column(number: usize) -> String {
    format!("has_{number}")
}

/// Stores the table.
pub(crate) fn store(tables: CheckpointTables<'_>, plan: &Plan) -> Result<(), CheckpointError> {
    let amount = plan.report.amount.as_deref();
    let amount = amount.map_or_else(|| "NULL".to_owned(), |field| format!("TRY_CAST({} AS DOUBLE)", cell(field)));
    let fields =
        plan.source.fields.iter().enumerate().map(|(number, field)| {
            format!(", coalesce(trim({}), '') <> '' AS {}", cell(&field.name), has_column(number))
        });
    let fields: String = fields.collect();
    let query = format!(
        "SELECT \"key\", \"row\", digest, outcome, score, margin, stage, id, \"group\", level, closed, weight, candidates,
            comparisons, entry, config_digest, run_id, decision, input, retryable,
            contains(reason, '\"code\":\"entry_assigned\"') AS is_conflict, {amount} AS amount{fields} FROM latest"
    );
    tables.store_temporarily(TABLE, &query)
}

/// A supplier field of a result, in SQL.
pub(crate) fn cell(field: &str) -> String {
    let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
    format!("json_extract_string(input, '{}')", pointer.replace('\'', "''"))
}
