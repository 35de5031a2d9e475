//! An entry of the registry with the pipeline's fields, as the registry has them.

use matchflow_matcher::{DisplayFields, MatchError};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::columns;
use serde_json::{Map, Value, json};

use crate::problem::{Problem, ProblemKind};
use crate::served_pipeline::ServedPipeline;

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryEntry {
    /// Its id.
    pub id: String,
    /// Present if the registry has groups.
    pub group: Option<String>,
    /// Present if the registry has open and closed entries.
    pub is_closed: Option<bool>,
    /// Its fields, those that are not empty.
    pub fields: Map<String, Value>,
}

impl RegistryEntry {
    /// The entry with this id.
    ///
    /// # Errors
    ///
    /// A bug in the engine.
    pub fn find(pipeline: &ServedPipeline, id: &str) -> Result<Option<RegistryEntry>, Problem> {
        RegistryEntry::of_found(pipeline, pipeline.matcher().find_entry(id))
    }

    /// The entry with this id, or else the first of the group with this id.
    ///
    /// # Errors
    ///
    /// A bug in the engine.
    pub fn find_any(pipeline: &ServedPipeline, id: &str) -> Result<Option<RegistryEntry>, Problem> {
        match RegistryEntry::find(pipeline, id)? {
            Some(entry) => Ok(Some(entry)),
            None => RegistryEntry::of_found(pipeline, pipeline.matcher().find_group(id)),
        }
    }

    fn of_found(
        pipeline: &ServedPipeline,
        found: Result<Option<RecordBatch>, MatchError>,
    ) -> Result<Option<RegistryEntry>, Problem> {
        let found = found.map_err(|error| failed(&error))?;
        found.map(|rows| Ok(RegistryEntry::of_rows(pipeline, &rows)?.remove(0))).transpose()
    }

    /// The entries in a batch of registry rows.
    ///
    /// # Errors
    ///
    /// A bug in the engine.
    pub(crate) fn of_rows(pipeline: &ServedPipeline, rows: &RecordBatch) -> Result<Vec<RegistryEntry>, Problem> {
        let names: Vec<String> = pipeline.entry_fields().map(str::to_owned).collect();
        let fields = DisplayFields::new(rows, &names).map_err(|error| failed(&error))?;
        let ids = columns::text(rows, columns::ID).map_err(|error| failed(&error))?;
        let groups = columns::text(rows, columns::GROUP).map_err(|error| failed(&error))?;
        let open = columns::flags(rows, columns::OPEN).map_err(|error| failed(&error))?;
        let reference = &pipeline.plan().reference;
        let entry = |row: usize| RegistryEntry {
            id: columns::value(ids, row).unwrap_or_default().to_owned(),
            group: columns::value(groups, row).filter(|_| reference.group.is_some()).map(str::to_owned),
            is_closed: reference.status.as_ref().map(|_| !open.value(row)),
            fields: fields.row_values(row),
        };
        Ok((0..rows.num_rows()).map(entry).collect())
    }

    /// The entry as it appears in an answer.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "id": self.id, "group": self.group, "closed": self.is_closed, "fields": self.fields })
    }
}

fn failed(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}
