//! Answers the pipeline check from the disk: tables by `ingest`, plug-ins by `plugin-host`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use matchflow_ingest::IngestError;
use matchflow_model::plan::{Format, ReferenceFormat};
use matchflow_pipeline::{Environment, Fault, Part, PluginFacts, PluginInput};
use matchflow_plugin_host::{Host, HostError, Plugin};

/// The files and plug-ins of this machine. Plug-ins loaded for the check are kept for the run.
pub(crate) struct Machine {
    host: Host,
    plugins: RefCell<HashMap<PathBuf, Plugin>>,
}

impl Machine {
    pub(crate) fn new() -> Result<Machine, HostError> {
        Ok(Machine { host: Host::new(matchflow_plugin_host::HostOptions::default())?, plugins: RefCell::default() })
    }

    /// The plug-in at `path`, loaded once.
    pub(crate) fn load(&self, path: &Path) -> Result<Plugin, HostError> {
        if let Some(plugin) = self.plugins.borrow().get(path) {
            return Ok(plugin.clone());
        }
        let plugin = self.host.load(path)?;
        self.plugins.borrow_mut().insert(path.to_owned(), plugin.clone());
        Ok(plugin)
    }
}

impl Environment for Machine {
    fn source_columns(&self, format: &Format) -> Result<Vec<String>, Fault> {
        let facts = matchflow_ingest::source_columns(format);
        facts.map(|facts| facts.columns).map_err(|error| table_fault(&error, None))
    }

    fn reference_columns(&self, format: &ReferenceFormat) -> Result<Vec<String>, Fault> {
        let establishments = match format {
            ReferenceFormat::Sirene { establishments, .. } => Some(establishments.as_path()),
            ReferenceFormat::Flat(_) => None,
        };
        let facts = matchflow_ingest::reference_columns(format);
        facts.map(|facts| facts.columns).map_err(|error| table_fault(&error, establishments))
    }

    fn plugin(&self, path: &Path, parameters: &str, inputs: usize) -> Result<PluginFacts, Fault> {
        let plugin = self.load(path).map_err(|error| plugin_fault(&error))?;
        plugin.check(parameters, inputs).map_err(|error| plugin_fault(&error))?;
        let description = plugin.description();
        let input =
            |input: &matchflow_plugin_host::Input| PluginInput { name: input.name.clone(), required: input.required };
        Ok(PluginFacts {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: plugin.digest().to_owned(),
            inputs: description.inputs.iter().map(input).collect(),
        })
    }
}

/// `establishments` is the second of the registry's two files, where there are two.
fn table_fault(error: &IngestError, establishments: Option<&Path>) -> Fault {
    let message = error.to_string();
    let part = match (error, establishments) {
        (IngestError::SheetNotFound { .. } | IngestError::NoVisibleSheet { .. }, _) => Part::Sheet,
        (IngestError::NoHeader { .. }, _) => Part::Header,
        (_, Some(second)) if message.contains(&second.display().to_string()) => Part::Establishments,
        (_, Some(_)) => Part::Units,
        _ => Part::Path,
    };
    Fault::new(part, message)
}

fn plugin_fault(error: &HostError) -> Fault {
    let part = match error {
        HostError::Refused { .. } => Part::Parameters,
        HostError::Inputs { .. } => Part::Compare,
        _ => Part::Path,
    };
    Fault::new(part, error.to_string())
}
