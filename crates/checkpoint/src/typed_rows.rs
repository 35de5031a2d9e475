//! Queries of other crates over the tables of a checkpoint, with typed answers: what a report counts is counted by DuckDB
//! where it is.
//!
//! **Limits.** An answer is in memory as a whole: queries aggregate, or have a limit. Temporary tables are of the connection
//! and are never in the file.

use serde::de::DeserializeOwned;

use crate::error::CheckpointError;
use crate::tables::CheckpointTables;
use crate::views::newest_before;

impl CheckpointTables<'_> {
    /// The rows of a query, each as a `T`, whose fields have the names of its columns.
    pub fn typed_rows<T: DeserializeOwned>(&self, query: &str) -> Result<Vec<T>, CheckpointError> {
        let rows: Vec<String> =
            self.rows(&format!("SELECT to_json(answer)::VARCHAR FROM ({query}) AS answer"), &[], |row| row.get(0))?;
        let typed = |row: &String| serde_json::from_str(row).map_err(|error| self.mistyped(&error));
        rows.iter().map(typed).collect()
    }

    /// The only row of a query.
    pub fn typed_row<T: DeserializeOwned>(&self, query: &str) -> Result<T, CheckpointError> {
        let row = self.typed_rows(query)?.into_iter().next();
        row.ok_or_else(|| self.unreadable("be counted"))
    }

    /// Stores the answer of a query for the queries that follow.
    pub fn store_temporarily(&self, name: &str, query: &str) -> Result<(), CheckpointError> {
        self.execute(&format!("CREATE OR REPLACE TEMP TABLE {name} AS {query}"), "be counted")
    }

    /// Stores, as `former_results`, the result that each row had when a run ended, as one-to-one assignment had it then.
    pub fn store_former_results(&self, last_run: &str) -> Result<(), CheckpointError> {
        self.store_temporarily("former_results", &newest_before(last_run))
    }

    fn mistyped(&self, error: &serde_json::Error) -> CheckpointError {
        CheckpointError::Query { path: self.path().to_owned(), action: "be counted", reason: error.to_string() }
    }
}
