//! The registry entries that an earlier run matched the rows with.

use std::collections::HashMap;
use std::path::Path;

use matchflow_model::outcome::{Outcome, from_batch};
use serde_json::Value;

use crate::failure::{Failure, FailureContext};

/// The entry that a row matched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RegistryMatch {
    /// Its id (SIRET), if one was named.
    pub(crate) id: Option<String>,
    /// Its group (SIREN).
    pub(crate) group: Option<String>,
    /// Its fields: a JSON object.
    pub(crate) entry: Option<String>,
}

impl RegistryMatch {
    /// A field of the entry, as text.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let fields: Value = serde_json::from_str(self.entry.as_deref()?).ok()?;
        match fields.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }
}

/// The matched rows of a checkpoint, by key.
pub(crate) fn read_matches(path: &Path) -> Result<HashMap<String, RegistryMatch>, Failure> {
    let results = matchflow_checkpoint::read_results(path).while_doing("opening the checkpoint")?;
    let mut matches = HashMap::new();
    for batch in results.tables().latest().while_doing("reading the results from the checkpoint")? {
        let batch = batch.while_doing("reading the results from the checkpoint")?;
        let decisions = from_batch(&batch).while_doing("reading the results from the checkpoint")?;
        for decision in decisions.into_iter().filter(|decision| decision.outcome == Outcome::Matched) {
            let found = RegistryMatch { id: decision.id, group: decision.group, entry: decision.entry };
            matches.insert(decision.key, found);
        }
    }
    Ok(matches)
}
