//! Reads, cleans and indexes a registry without a run.
//!
//! **Invariant:** an index has the rows of the file whose digest is in its key. A file that changes while it is read gives no
//! index.

use matchflow_candidates::Index;
use matchflow_flow::{FeedError, index_registry};
use matchflow_ingest::open_reference;
use matchflow_matcher::term_frequency_fields;
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;

use crate::engine::REGISTRY_BATCH_ROWS;
use crate::failure::{Failure, FailureContext};
use crate::input_files::InputTable;

const READING: &str = "reading and indexing the registry";

/// The files of a registry as they were before their digest was taken.
pub(crate) struct RegistryFiles(InputTable);

impl RegistryFiles {
    /// Called before the digest is taken.
    pub(crate) fn stamp(plan: &Plan) -> RegistryFiles {
        RegistryFiles(InputTable::stamp("the registry", &plan.reference.table))
    }

    /// The index of the registry. `on_batch` gets the rows of each batch.
    pub(crate) fn index(
        &self,
        plan: &Plan,
        plugins: &[Vec<Plugin>],
        mut on_batch: impl FnMut(u64) + Send + 'static,
    ) -> Result<Index, Failure> {
        let mut reference = open_reference(&plan.reference, REGISTRY_BATCH_ROWS).while_doing(READING)?;
        let entries = Box::new(move || {
            let batch = reference.next_batch().map_err(|error| Box::new(error) as FeedError)?;
            on_batch(batch.as_ref().map_or(0, |batch| batch.rows.num_rows() as u64));
            Ok(batch.map(|batch| batch.rows))
        });
        let index = index_registry(plan, &term_frequency_fields(plan, plugins), entries).while_doing(READING)?;
        self.0.require_same_stamps().while_doing(READING)?;
        Ok(index)
    }
}
