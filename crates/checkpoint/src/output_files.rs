//! The output files written by runs, used to recognize files modified since.

use std::path::Path;

use duckdb::params;

use crate::checkpoint::Checkpoint;
use crate::error::CheckpointError;

impl Checkpoint {
    /// Whether a run of this checkpoint has written a file with this digest.
    pub fn has_written_output(&self, digest: &str) -> Result<bool, CheckpointError> {
        let sql = "SELECT count(*) > 0 FROM output_files WHERE digest = ?";
        let found = self.connection()?.query_row(sql, params![digest], |row| row.get(0));
        found.map_err(|error| CheckpointError::query(self.place(), "be read", &error))
    }

    /// Records an output file of this run.
    pub fn record_output(&self, path: &Path, digest: &str) -> Result<(), CheckpointError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let row = params![self.run_id(), path.to_string_lossy(), digest];
        let inserted = self.connection()?.execute("INSERT INTO output_files VALUES (?, ?, ?)", row);
        inserted.map(drop).map_err(|error| CheckpointError::query(self.place(), "record an output file", &error))
    }
}
