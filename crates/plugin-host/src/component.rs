//! From a file to a component that can be instantiated: read, checked, compiled or loaded from the cache, described.

use std::borrow::Cow;
use std::path::Path;

use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::plugin_name;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use crate::component_file;
use crate::error::HostError;
use crate::host::Host;
use crate::limits::GuestLimiter;
use crate::precompiled;
use crate::shipped::shipped_plugin;

/// Maximum number of characters reported of a plug-in's message.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// Code from which instances are made. `Exports` are the functions of its interface.
pub(crate) struct ComponentCode<Exports> {
    /// The plug-in in errors: its name and file, or only its file before it is described.
    pub(crate) label: String,
    /// The interface, with its version.
    pub(crate) interface: &'static str,
    pub(crate) pre: InstancePre<GuestLimiter>,
    pub(crate) exports: Exports,
}

/// A component that has been read, checked, compiled and described.
pub(crate) struct LoadedComponent<Exports, Description> {
    pub(crate) code: ComponentCode<Exports>,
    /// SHA-256 of the file.
    pub(crate) digest: String,
    pub(crate) description: Description,
    /// Whether it was compiled now; false if it was in the cache.
    pub(crate) is_compiled: bool,
}

/// Loads the component at `path`, which must export one of `interfaces`. `find_exports` looks up the functions of the
/// interface, `describe` calls the component for its description. A component in the cache is neither compiled nor called.
pub(crate) fn load<Exports, Description: Serialize + DeserializeOwned>(
    host: &Host,
    path: &Path,
    interfaces: &[&'static str],
    find_exports: impl FnOnce(&ExportedInterface<'_>) -> Result<Exports, HostError>,
    describe: impl FnOnce(&ComponentCode<Exports>) -> Result<Description, HostError>,
) -> Result<LoadedComponent<Exports, Description>, HostError> {
    let bytes = plugin_bytes(path)?;
    component_file::check_is_component(path, &bytes)?;
    let digest = sha256_hex(&bytes);
    let (component, cached_description) = cached_or_compiled(host, path, &bytes, &digest)?;
    let interface = ExportedInterface::find(path, &host.engine, &component, interfaces)?;
    let exports = find_exports(&interface)?;
    let pre = host.linker.instantiate_pre(&component).map_err(|error| invalid(path, &error))?;
    let code = ComponentCode { label: path.display().to_string(), interface: interface.name, pre, exports };
    let is_compiled = cached_description.is_none();
    let description = match cached_description {
        Some(description) => description,
        None => describe(&code)?,
    };
    if let (true, Some(cache)) = (is_compiled, &host.cache)
        && let Ok(serialized) = component.serialize()
    {
        cache.write(&digest, &description, &serialized);
    }
    Ok(LoadedComponent { code, digest, description, is_compiled })
}

/// The component of the plug-in at `path`, which may be the name of a bundled one.
pub fn plugin_bytes(path: &Path) -> Result<Cow<'static, [u8]>, HostError> {
    match (shipped_plugin(path), plugin_name(path)) {
        (Some(plugin), _) => Ok(Cow::Borrowed(plugin.component)),
        (None, Some(name)) => Err(HostError::UnknownName { name: name.to_owned() }),
        (None, None) => component_file::read(path).map(Cow::Owned),
    }
}

/// A message from a plug-in, truncated for logs and results.
pub(crate) fn truncate_message(message: String) -> String {
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", message.get(..end).unwrap_or_default()),
        None => message,
    }
}

/// The component and its description from the cache, or compiled now.
fn cached_or_compiled<Description: DeserializeOwned>(
    host: &Host,
    path: &Path,
    bytes: &[u8],
    digest: &str,
) -> Result<(Component, Option<Description>), HostError> {
    let entry = host.cache.as_ref().and_then(|cache| cache.read(digest));
    if let Some((description, code)) = entry
        && let Some(component) = precompiled::component(&host.engine, &code)
    {
        return Ok((component, Some(description)));
    }
    component_file::check_functions(path, bytes)?;
    let component = Component::from_binary(&host.engine, bytes).map_err(|error| invalid(path, &error))?;
    check_imports(path, &host.engine, &component)?;
    Ok((component, None))
}

fn invalid(path: &Path, error: &wasmtime::Error) -> HostError {
    HostError::Invalid { path: path.to_path_buf(), reason: format!("{error:#}") }
}

/// Refuses imports of anything but types, which do nothing.
fn check_imports(path: &Path, engine: &Engine, component: &Component) -> Result<(), HostError> {
    let kind = component.component_type();
    let runs = |item: &ComponentItem| !matches!(item, ComponentItem::Type(_));
    let refused = |item: &ComponentItem| match item {
        ComponentItem::ComponentInstance(instance) => instance.exports(engine).any(|(_, item)| runs(&item.ty)),
        item => runs(item),
    };
    let imports: Vec<String> =
        kind.imports(engine).filter(|(_, item)| refused(&item.ty)).map(|(name, _)| name.to_owned()).collect();
    if imports.is_empty() { Ok(()) } else { Err(HostError::Imports { path: path.to_path_buf(), imports }) }
}

/// The interface that a component exports.
pub(crate) struct ExportedInterface<'a> {
    path: &'a Path,
    component: &'a Component,
    /// Its name with its version.
    pub(crate) name: &'static str,
    instance: ComponentExportIndex,
}

impl<'a> ExportedInterface<'a> {
    fn find(
        path: &'a Path,
        engine: &Engine,
        component: &'a Component,
        interfaces: &[&'static str],
    ) -> Result<ExportedInterface<'a>, HostError> {
        let found: Vec<String> = component.component_type().exports(engine).map(|(name, _)| name.to_owned()).collect();
        // The engine would accept a compatible version; here the version must be the same.
        let interface = interfaces.iter().find(|interface| found.iter().any(|name| name == *interface)).copied();
        let instance = interface.and_then(|name| Some((name, component.get_export_index(None, name)?)));
        match instance {
            Some((name, instance)) => Ok(ExportedInterface { path, component, name, instance }),
            None => {
                let supported = interfaces.join(" or ");
                let found = relevant_exports(interfaces, found);
                Err(HostError::Interface { path: path.to_owned(), supported, found })
            }
        }
    }

    /// A function of the interface.
    pub(crate) fn function(&self, function: &'static str) -> Result<ComponentExportIndex, HostError> {
        self.component.get_export_index(Some(&self.instance), function).ok_or_else(|| HostError::Signature {
            plugin: self.path.display().to_string(),
            function,
            expected: self.name,
            reason: "it is missing".to_owned(),
        })
    }
}

/// The exports to name in an error: other versions of the interfaces if there are any, else all.
fn relevant_exports(interfaces: &[&str], exports: Vec<String>) -> Vec<String> {
    let without_version = |name: &str| name.split_once('@').map(|(name, _)| name.to_owned());
    let is_other_version =
        |name: &&String| interfaces.iter().any(|interface| without_version(interface) == without_version(name));
    let other_versions: Vec<String> = exports.iter().filter(is_other_version).cloned().collect();
    if other_versions.is_empty() { exports } else { other_versions }
}

/// The problem with the JSON Schema of a description's parameters, if any.
pub(crate) fn schema_problem(parameters: &str) -> Option<String> {
    let problem =
        |error: &dyn std::fmt::Display| Some(format!("a description whose parameters are not a JSON Schema: {error}"));
    match serde_json::from_str::<serde_json::Value>(parameters) {
        Ok(object @ serde_json::Value::Object(_)) => {
            jsonschema::options().offline().build(&object).err().and_then(|error| problem(&error))
        }
        Ok(_) => problem(&"it is not an object"),
        Err(error) => problem(&error),
    }
}
