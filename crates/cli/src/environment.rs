//! Answers the pipeline check from disk: tables through `ingest`, plug-ins through `plugin-host`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use matchflow_ingest::{IngestError, TableFacts, key_at_fault, table_facts, with_files};
use matchflow_model::plan::{TablePlan, plugin_name};
use matchflow_model::{digest, header};
use matchflow_pipeline::{
    ArbiterFacts, ArbiterNeeds, Environment, Fault, Part, PluginFacts, PluginInput, TableColumns,
};
use matchflow_plugin_host::arbitration::Needs;
use matchflow_plugin_host::{Arbiter, Host, HostError, HostOptions, Plugin};
use serde_json::json;

use crate::file_spelling;
use crate::run_files::MODEL;
use crate::standard_input;

/// The files and plug-ins of this machine. Plug-ins loaded for the check are kept for the run.
pub(crate) struct LocalEnvironment {
    host: Host,
    plugins: RefCell<HashMap<PathBuf, Plugin>>,
    arbiters: RefCell<HashMap<PathBuf, Arbiter>>,
    /// Whether the supplier file is inspected.
    has_source: bool,
}

impl LocalEnvironment {
    pub(crate) fn new() -> Result<LocalEnvironment, HostError> {
        let options = HostOptions { cache: cache_folder("plugins"), ..HostOptions::default() };
        let (plugins, arbiters) = (RefCell::default(), RefCell::default());
        Ok(LocalEnvironment { host: Host::new(options)?, plugins, arbiters, has_source: true })
    }

    /// An environment that needs no supplier file.
    pub(crate) fn without_source() -> Result<LocalEnvironment, HostError> {
        Ok(LocalEnvironment { has_source: false, ..LocalEnvironment::new()? })
    }

    /// The engine alone.
    pub(crate) fn into_host(self) -> Host {
        self.host
    }

    /// The plug-in at `path`, loaded once.
    pub(crate) fn load(&self, path: &Path) -> Result<Plugin, HostError> {
        if let Some(plugin) = self.plugins.borrow().get(path) {
            return Ok(plugin.clone());
        }
        protect_plugin(path);
        let plugin = Plugin::load(&self.host, path)?;
        self.plugins.borrow_mut().insert(path.to_owned(), plugin.clone());
        Ok(plugin)
    }
}

impl LocalEnvironment {
    /// The arbiter at `path`, loaded once.
    pub(crate) fn load_arbiter(&self, path: &Path) -> Result<Arbiter, HostError> {
        if let Some(arbiter) = self.arbiters.borrow().get(path) {
            return Ok(arbiter.clone());
        }
        protect_plugin(path);
        let arbiter = Arbiter::load(&self.host, path)?;
        self.arbiters.borrow_mut().insert(path.to_owned(), arbiter.clone());
        Ok(arbiter)
    }
}

impl Environment for LocalEnvironment {
    fn source_columns(&self, table: &TablePlan) -> Result<Option<TableColumns>, Fault> {
        if !self.has_source {
            return Ok(None);
        }
        self.reference_columns(table).map(Some)
    }

    fn reference_columns(&self, table: &TablePlan) -> Result<TableColumns, Fault> {
        let columns = |facts: TableFacts| TableColumns {
            names: facts.columns,
            unreadable: facts.unreadable,
            sheet: facts.sheet.filter(|_| facts.sheets.len() > 1),
        };
        table_facts(table).map(columns).map_err(|error| table_fault(&error, table))
    }

    fn sheets_with(&self, table: &TablePlan, column: &str) -> Vec<String> {
        let Ok(TableFacts { sheet, mut sheets, .. }) = table_facts(table) else { return Vec::new() };
        sheets.retain(|other| Some(other) != sheet.as_ref());
        let has_column = |name: &String| {
            let mut other = table.clone();
            other.options.insert("sheet".to_owned(), json!({ "name": name }));
            table_facts(&other).is_ok_and(|facts| header::find(&facts.columns, column).is_some())
        };
        sheets.retain(has_column);
        sheets
    }

    fn with_files(&self, mut table: TablePlan, checkpoint: Option<&Path>) -> Result<TablePlan, Fault> {
        if let (true, [(_, path)]) = (self.has_source, table.files.as_mut_slice())
            && standard_input::is_standard_input(path)
        {
            *path = standard_input::copy_next_to(checkpoint)
                .map_err(|error| Fault::new(Part::Path, error.to_string()).with_condition(error.condition()))?;
        }
        Ok(with_files(table))
    }

    fn spelling(&self, path: PathBuf) -> PathBuf {
        if path.exists() { path } else { file_spelling::spelling(&path).unwrap_or(path) }
    }

    fn plugin(&self, path: &Path) -> Result<PluginFacts, Fault> {
        let plugin = self.load(path).map_err(|error| plugin_fault(&error))?;
        let description = plugin.description();
        let input = |input: &matchflow_plugin_host::Input| PluginInput {
            name: input.name.clone(),
            kind: input.kind.clone(),
            required: input.required,
        };
        let schema = serde_json::from_str(&description.parameters);
        Ok(PluginFacts {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: plugin.digest().to_owned(),
            inputs: description.inputs.iter().map(input).collect(),
            parameters: schema.map_err(|error| Fault::new(Part::Path, error.to_string()))?,
        })
    }

    fn configure(&self, path: &Path, parameters: &str) -> Result<(), Fault> {
        let plugin = self.load(path).map_err(|error| plugin_fault(&error))?;
        plugin.check_parameters(parameters).map_err(|error| plugin_fault(&error))
    }

    fn text(&self, path: &Path) -> Result<String, Fault> {
        matchflow_files::protect(path, MODEL);
        std::fs::read_to_string(path)
            .map_err(|error| Fault::new(Part::Path, format!("{} cannot be read: {error}", path.display())))
    }

    fn arbiter(&self, path: &Path) -> Result<ArbiterFacts, Fault> {
        let arbiter = self.load_arbiter(path).map_err(|error| plugin_fault(&error))?;
        let description = arbiter.description();
        let schema = serde_json::from_str(&description.parameters);
        Ok(ArbiterFacts {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: arbiter.digest().to_owned(),
            row_fields: description.row_fields.clone(),
            entry_fields: description.entry_fields.clone(),
            parameters: schema.map_err(|error| Fault::new(Part::Path, error.to_string()))?,
        })
    }

    fn configure_arbiter(&self, path: &Path, parameters: &str) -> Result<ArbiterNeeds, Fault> {
        let arbiter = self.load_arbiter(path).map_err(|error| plugin_fault(&error))?;
        let Needs { hosts, secrets } = arbiter.check(parameters).map_err(|error| plugin_fault(&error))?;
        Ok(ArbiterNeeds { hosts, secrets })
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    fn temporary_checkpoint(&self, checkpoint: &Path) -> PathBuf {
        let absolute = std::path::absolute(checkpoint).unwrap_or_else(|_| checkpoint.to_owned());
        let stem = checkpoint.file_stem().unwrap_or_default().to_string_lossy();
        let digest = digest::exchange(absolute.as_os_str().as_encoded_bytes());
        fallback_folder().join(format!("{stem}-{digest:016x}.duckdb"))
    }
}

/// The folder of `fallback: temp`. Each user has one: nobody else can enter it.
pub(crate) fn fallback_folder() -> PathBuf {
    let user = matchflow_files::user_number().map(|number| format!("-{number}")).unwrap_or_default();
    std::env::temp_dir().join(format!("matchflow{user}"))
}

/// A bundled plug-in has no file.
fn protect_plugin(path: &Path) {
    if plugin_name(path).is_none() {
        matchflow_files::protect(path, "a plug-in");
    }
}

/// A folder for data that can be recreated, such as compiled plug-ins: `name` in `MATCHFLOW_CACHE_DIR`, else in the
/// user's cache folder. With an empty `MATCHFLOW_CACHE_DIR`, nothing is cached.
pub(crate) fn cache_folder(name: &str) -> Option<PathBuf> {
    let folder = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let configured = folder("MATCHFLOW_CACHE_DIR");
    let users = || {
        let absolute = folder("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
        absolute.or_else(|| folder("HOME").map(|home| home.join(".cache"))).map(|folder| folder.join("matchflow"))
    };
    let base = configured.or_else(users)?;
    (!base.as_os_str().is_empty()).then(|| base.join(name))
}

fn table_fault(error: &IngestError, table: &TablePlan) -> Fault {
    let part = key_at_fault(error, table).map_or(Part::Path, Part::Key);
    Fault::new(part, error.to_string()).with_condition(error.condition())
}

fn plugin_fault(error: &HostError) -> Fault {
    let part = match error {
        HostError::Refused { .. } => Part::Parameters,
        _ => Part::Path,
    };
    Fault::new(part, error.to_string())
}
