//! A matcher with the whole registry in memory, for commands that match a few rows.

use matchflow_matcher::Matcher;
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;

use crate::failure::{Failure, FailureContext};
use crate::index_cache;
use crate::registry_index::RegistryFiles;

/// Loads the stored index of the registry; without one, reads and indexes the registry. `action` is what the command is
/// doing, for its errors.
pub(crate) fn plan_matcher(plan: &Plan, plugins: &[Vec<Plugin>], action: &str) -> Result<Matcher, Failure> {
    let index = match index_cache::stored(plan, plugins)? {
        Some(index) => index,
        None => RegistryFiles::stamp(plan).index(plan, plugins, |_| {})?,
    };
    Matcher::new(plan, plugins.to_vec(), index).while_doing(action)
}
