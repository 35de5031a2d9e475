//! The suppliers of a checkpoint whose entry is known, by the entry.

use std::collections::HashMap;

use matchflow_checkpoint::CheckpointTables;
use matchflow_model::outcome::{self, Outcome};
use serde_json::{Map, Value};

use super::READING;
use crate::failure::{Failure, FailureContext};

/// A supplier row that was matched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WatchedSupplier {
    pub(super) key: String,
    /// Its name in the supplier file; empty if it has no field `name`.
    pub(super) name: String,
    /// The amount of money with it.
    pub(super) amount: Option<f64>,
}

/// The suppliers, by the entry or, where only the company is known, by that.
pub(super) struct WatchedSuppliers {
    by_entry: HashMap<String, Vec<WatchedSupplier>>,
    by_group: HashMap<String, Vec<WatchedSupplier>>,
    pub(super) rows: u64,
}

impl WatchedSuppliers {
    /// Reads the newest results. `amount` is the field with the amount of money.
    pub(super) fn read(tables: CheckpointTables<'_>, amount: Option<&str>) -> Result<WatchedSuppliers, Failure> {
        let mut watched = WatchedSuppliers { by_entry: HashMap::new(), by_group: HashMap::new(), rows: 0 };
        for batch in tables.latest().while_doing(READING)? {
            let decisions = outcome::from_batch(&batch.while_doing(READING)?).while_doing(READING)?;
            for decision in decisions.into_iter().filter(|decision| decision.outcome == Outcome::Matched) {
                let input: Map<String, Value> = serde_json::from_str(&decision.input).unwrap_or_default();
                let supplier = WatchedSupplier {
                    key: decision.key,
                    name: input.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    amount: amount.and_then(|field| number(input.get(field)?)),
                };
                match (decision.id, decision.group) {
                    (Some(id), _) => watched.by_entry.entry(id).or_default().push(supplier),
                    (None, Some(group)) => watched.by_group.entry(group).or_default().push(supplier),
                    (None, None) => continue,
                }
                watched.rows += 1;
            }
        }
        Ok(watched)
    }

    /// The suppliers with this entry.
    pub(super) fn of_entry(&self, id: &str) -> &[WatchedSupplier] {
        self.by_entry.get(id).map_or(&[], Vec::as_slice)
    }

    /// The suppliers of which only the company is known.
    pub(super) fn of_group(&self, group: &str) -> &[WatchedSupplier] {
        self.by_group.get(group).map_or(&[], Vec::as_slice)
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
