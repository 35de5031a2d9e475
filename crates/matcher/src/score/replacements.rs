//! Plug-ins that replace others during a run: from the next chunk of rows, on every thread.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use matchflow_plugin_host::Plugin;
use parking_lot::RwLock;

/// The plug-ins that replace the original ones of a run, by file. Cloning shares it.
#[derive(Clone, Default)]
pub struct PluginReplacements(Arc<RwLock<HashMap<PathBuf, Plugin>>>);

impl PluginReplacements {
    /// Uses this plug-in wherever one from the same file has been used so far. The caller has checked that it accepts
    /// the parameters and inputs of those scorers.
    pub fn replace(&self, plugin: Plugin) {
        let mut current = self.0.write();
        current.insert(plugin.path().to_owned(), plugin);
    }

    /// The current replacement of this plug-in.
    pub(crate) fn current(&self, plugin: &Plugin) -> Plugin {
        let current = self.0.read();
        current.get(plugin.path()).unwrap_or(plugin).clone()
    }
}
