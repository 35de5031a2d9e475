//! A matcher with the whole registry in memory, for commands that match a few rows.

use matchflow_ingest::open_reference;
use matchflow_matcher::{Matcher, index_entries, term_frequency_fields};
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;

use crate::engine::REGISTRY_BATCH_ROWS;
use crate::failure::{Failure, FailureContext};
use crate::index_cache;
use crate::input_files::InputTable;

/// Loads the stored index of the registry; without one, reads and indexes the registry. `action` is what the command is doing, for its errors.
pub(crate) fn plan_matcher(plan: &Plan, plugins: &[Vec<Plugin>], action: &str) -> Result<Matcher, Failure> {
    if let Some(index) = index_cache::stored(plan, plugins)? {
        return Matcher::new(plan, plugins.to_vec(), index).while_doing(action);
    }
    let files = InputTable::stamp("the registry", &plan.reference.table);
    let mut reference =
        open_reference(&plan.reference, REGISTRY_BATCH_ROWS).while_doing("opening the files of the pipeline")?;
    let counted = term_frequency_fields(plan, plugins);
    let index = index_entries(plan, &counted, || Ok(reference.next_batch()?.map(|batch| batch.rows)));
    let index = index.while_doing(action)?;
    files.require_same_stamps().while_doing(action)?;
    Matcher::new(plan, plugins.to_vec(), index).while_doing(action)
}
