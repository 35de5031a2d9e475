//! Which runs of another place belong to a checkpoint: an experiment must not inherit results of other settings.

use std::path::Path;

use duckdb::{Connection, params};

use crate::error::CheckpointError;
use crate::layout::sql_text;
use crate::prepare::PreparedCheckpoint;

/// The first layout whose runs name their checkpoint. All runs of older ones belong to it.
const RUNS_NAME_THEIR_CHECKPOINT: u32 = 7;

/// The runs that belong to a checkpoint: those that name it, and those with the same settings.
#[derive(Debug, Clone)]
pub(crate) struct RunScope {
    /// The checkpoint's name, as returned by [`RunScope::name_of`].
    pub(crate) checkpoint: String,
    pub(crate) config_digest: String,
}

impl RunScope {
    /// The name of the checkpoint at `path` in `runs.checkpoint`.
    pub(crate) fn name_of(path: &Path) -> String {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
    }

    /// The condition on `runs` of a file of layout `found`, in SQL.
    pub(crate) fn condition(&self, found: u32) -> String {
        if found < RUNS_NAME_THEIR_CHECKPOINT {
            return "true".to_owned();
        }
        let RunScope { checkpoint, config_digest } = self;
        format!("(checkpoint IN ('', {}) OR config_digest = {})", sql_text(checkpoint), sql_text(config_digest))
    }

    /// Refuses a fallback with runs of another checkpoint and other settings: this run would resume from them.
    pub(crate) fn check(
        &self,
        place: PreparedCheckpoint,
        fallback: &Path,
    ) -> Result<PreparedCheckpoint, CheckpointError> {
        match self.other_checkpoint(&place.connection) {
            Ok(None) => Ok(place),
            Ok(Some(found)) => Err(CheckpointError::OtherCheckpoint {
                path: fallback.to_owned(),
                found,
                requested: self.checkpoint.clone(),
            }),
            Err(error) => Err(CheckpointError::query(fallback, "be read", &error)),
        }
    }

    fn other_checkpoint(&self, connection: &Connection) -> Result<Option<String>, duckdb::Error> {
        let sql = format!("SELECT max(checkpoint) FROM runs WHERE NOT {}", self.condition(u32::MAX));
        connection.query_row(&sql, params![], |row| row.get(0))
    }
}
