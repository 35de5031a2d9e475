//! Plug-ins that replace others while a run goes on: from the next chunk of rows, on every thread.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use matchflow_plugin_host::Plugin;
use parking_lot::RwLock;

/// The plug-ins that have replaced those that a run began with, by their files. Cloning shares it.
#[derive(Clone, Default)]
pub struct PluginReplacements(Arc<RwLock<HashMap<PathBuf, Plugin>>>);

impl PluginReplacements {
    /// Scores with this plug-in wherever one of the same file has scored so far. The caller has checked that it takes the
    /// parameters and inputs of those scorers.
    pub fn replace(&self, plugin: Plugin) {
        let mut current = self.0.write();
        current.insert(plugin.path().to_owned(), plugin);
    }

    /// The plug-in that scores now in place of this one.
    pub(crate) fn current(&self, plugin: &Plugin) -> Plugin {
        let current = self.0.read();
        current.get(plugin.path()).unwrap_or(plugin).clone()
    }
}
