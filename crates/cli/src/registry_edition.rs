//! The edition of the registry that a pipeline reads, from the manifest beside its table.
//!
//! A registry that `registry fetch` did not make has none; nothing is compared or refused then.

use std::fmt;

use matchflow_checkpoint::CheckpointTables;
use matchflow_model::plan::Plan;
use matchflow_registry::{Edition, descriptor, manifest_beside};

use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::messages::{RegistryText, registry_text};

/// The edition of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryEdition {
    /// The registry: `sirene`.
    name: String,
    edition: Edition,
    licence: String,
}

impl RegistryEdition {
    /// That of the pipeline's registry.
    pub(crate) fn of(plan: &Plan) -> Option<RegistryEdition> {
        let manifest = manifest_beside(plan.reference.table.main_file()?)?;
        Some(RegistryEdition { name: manifest.registry, edition: manifest.edition, licence: manifest.licence })
    }

    /// As checkpoints store it: `sirene 2026-10-31`.
    pub(crate) fn stored(&self) -> String {
        format!("{} {}", self.name, self.edition)
    }

    /// The licence of its data.
    pub(crate) fn licence(&self) -> &str {
        &self.licence
    }

    /// Whether it is an older edition of the same registry than a stored one.
    fn is_before(&self, stored: &str) -> bool {
        let last = stored.split_once(' ').filter(|(name, _)| *name == self.name);
        last.and_then(|(_, edition)| edition.parse::<Edition>().ok()).is_some_and(|last| self.edition < last)
    }
}

impl fmt::Display for RegistryEdition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&displayed(&self.stored()))
    }
}

/// A stored edition with the name that people have for the registry: `SIRENE 2026-10-31`.
pub(crate) fn displayed(stored: &str) -> String {
    let named = stored.split_once(' ').and_then(|(name, edition)| Some((&descriptor(name)?.title, edition)));
    named.map_or_else(|| stored.to_owned(), |(title, edition)| format!("{title} {edition}"))
}

/// Refuses an older edition than that of the last run.
pub(crate) fn refuse_older(plan: &Plan, tables: CheckpointTables<'_>) -> Result<(), Failure> {
    let Some(found) = RegistryEdition::of(plan) else { return Ok(()) };
    let last = tables.last_edition().while_doing("reading the runs from the checkpoint")?;
    let Some(last) = last.filter(|last| found.is_before(last)) else { return Ok(()) };
    let table = plan.reference.table.to_string();
    let text = RegistryText::OlderEdition { table, found: found.to_string(), last: displayed(&last) };
    Err(Failure::Refused(ExitReason::OlderEdition, format!("error: {}", registry_text(&text, plan.language))))
}
