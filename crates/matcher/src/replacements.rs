//! Plug-ins that take over from others while a run goes on: from the next chunk of rows, on every thread.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use matchflow_plugin_host::Plugin;
use parking_lot::RwLock;

/// What took over from the plug-ins that a run began with, by their files. Cloning shares it.
#[derive(Clone, Default)]
pub struct Replacements(Arc<RwLock<HashMap<PathBuf, Plugin>>>);

impl Replacements {
    /// Lets this plug-in score wherever one of the same file has so far. Whoever calls this has seen that it takes the
    /// parameters and inputs of those scorers.
    pub fn replace(&self, plugin: Plugin) {
        let mut current = self.0.write();
        current.insert(plugin.path().to_owned(), plugin);
    }

    /// The plug-in that scores now where this one did at the beginning.
    pub(crate) fn current(&self, plugin: &Plugin) -> Plugin {
        let current = self.0.read();
        current.get(plugin.path()).unwrap_or(plugin).clone()
    }
}
