//! The stored index of a registry: its file, its key, and how a run uses it.
//!
//! A pipeline names the file with `reference.index`; then the first run writes it. Otherwise it is next to the
//! registry, where `matchflow index` puts it, and runs use it as long as it exists. An index that does not fit, or is
//! damaged, is rebuilt and overwritten; it never affects a run's results, only its duration.

use std::path::PathBuf;
use std::time::Instant;

use matchflow_candidates::{Index, IndexFileError};
use matchflow_flow::{IndexOptions, StoreIndex};
use matchflow_matcher::{index_definition, term_frequency_fields};
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;
use serde_json::json;

use crate::console;
use crate::failure::Failure;
use crate::messages::Notice;
use crate::registry_digest::registry_digest;
use crate::settings::{digest, reference_json};

/// The file of a plan's index, and its required key.
pub(crate) struct IndexCache {
    pub(crate) path: PathBuf,
    pub(crate) key: String,
    /// Whether the pipeline names the file: then runs create it.
    is_configured: bool,
}

impl IndexCache {
    /// `None` if the registry is not a file.
    pub(crate) fn of(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<Option<IndexCache>, Failure> {
        let Some(path) = plan.reference.index_path.clone().or_else(|| default_path(plan)) else { return Ok(None) };
        let registry = registry_digest(plan)?;
        let made_of = json!({
            // From the sources of all code that reads, cleans and indexes: its behaviour may change with each version.
            "version": env!("MATCHFLOW_INDEX_VERSION"),
            "registry": registry,
            "reference": reference_json(plan),
            "definition": index_definition(plan, &term_frequency_fields(plan, plugins)),
        });
        let key = digest(&made_of);
        Ok(Some(IndexCache { path, key, is_configured: plan.reference.index_path.is_some() }))
    }

    /// Writes the index.
    pub(crate) fn save(&self, index: &Index, goes_on: &dyn Fn() -> bool) -> Result<(), IndexFileError> {
        index.save(&self.path, &self.key, goes_on)
    }
}

/// The index for one of several processes: none, since each process indexes its own part of the registry.
pub(crate) fn unused_by_processes(plan: &Plan) -> IndexOptions {
    if let Some(path) = default_path(plan).filter(|path| path.is_file()) {
        console::notice(&Notice::IndexNotForProcesses { file: path.display().to_string() });
    }
    IndexOptions::default()
}

/// The plan's index, where a stored one is there and fits: for commands that write none.
pub(crate) fn stored(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<Option<Index>, Failure> {
    let path = plan.reference.index_path.clone().or_else(|| default_path(plan));
    if plan.dedupe.is_some() || !path.is_some_and(|path| path.is_file()) {
        return Ok(None);
    }
    let cache = IndexCache::of(plan, plugins)?;
    Ok(cache.and_then(|cache| Index::load(&cache.path, &cache.key).ok()))
}

/// Loads the plan's index or arranges for the run to write it, and prints which.
pub(crate) fn prepare(plan: &Plan, plugins: &[Vec<Plugin>]) -> Result<IndexOptions, Failure> {
    let is_there = default_path(plan).is_some_and(|path| path.is_file());
    if plan.dedupe.is_some() || (plan.reference.index_path.is_none() && !is_there) {
        return Ok(IndexOptions::default());
    }
    let Some(cache) = IndexCache::of(plan, plugins)? else { return Ok(IndexOptions::default()) };
    let (file, began) = (cache.path.display().to_string(), Instant::now());
    let why = match Index::load(&cache.path, &cache.key) {
        Ok(index) => {
            let (entries, ms) = (index.entries(), began.elapsed().as_millis() as u64);
            console::notice(&Notice::IndexLoaded { file, entries, ms });
            return Ok(IndexOptions { loaded: Some(index), store: None });
        }
        Err(IndexFileError::Missing) if !cache.is_configured => return Ok(IndexOptions::default()),
        Err(IndexFileError::Missing) => None,
        Err(error) => Some(error.to_string()),
    };
    console::notice(&Notice::IndexBuilt { file: file.clone(), why });
    let store: StoreIndex = Box::new(move |index, goes_on| match cache.save(&index, goes_on) {
        Err(error) if goes_on() => {
            console::notice(&Notice::IndexNotWritten { file: file.clone(), detail: error.to_string() });
        }
        _ => {}
    });
    Ok(IndexOptions { loaded: None, store: Some(store) })
}

/// `registry.parquet.suppliers.index`: pipelines with the same registry have separate indexes.
fn default_path(plan: &Plan) -> Option<PathBuf> {
    let registry = plan.reference.table.main_file()?;
    let plain = |character: char| if character.is_alphanumeric() { character } else { '-' };
    let pipeline: String = plan.name.chars().map(plain).collect();
    let mut name = registry.file_name()?.to_os_string();
    name.push(format!(".{pipeline}.index"));
    Some(registry.with_file_name(name))
}
