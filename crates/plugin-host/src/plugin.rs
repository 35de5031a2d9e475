//! A plug-in made ready: checked before it runs, compiled once, described by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_model::digest::sha256_hex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use crate::error::HostError;
use crate::host::{Host, Ticker};
use crate::instance::{Guest, Limits, Running};
use crate::interface::{Description, VERSIONS, Version};
use crate::precompiled;
use crate::scorer::ScorerInstance;

/// What a plug-in may use to describe itself and to look at parameters. Scripting languages start their engine in that
/// time, and the machine may be busy.
pub(crate) const DESCRIBE: Limits =
    Limits { timeout_ms: 5_000, memory_bytes_max: 64 << 20, output_bytes_max: 256 << 10 };
/// Characters kept of a message from a plug-in.
const MESSAGE_CHARS_MAX: usize = 1_000;
/// Inputs that a plug-in may ask for.
const INPUTS_MAX: usize = 32;

/// A compiled plug-in. Cloning shares it.
#[derive(Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    digest: String,
    code: Code,
    description: Description,
    is_compiled: bool,
    /// Time limits pass for as long as a plug-in is there.
    _ticker: Arc<Ticker>,
}

/// What an instance is made of. `Functions` are those of its interface.
pub(crate) struct Code<Functions = Exports> {
    /// How errors call it: its name and file, or its file before it has told its name.
    pub(crate) label: String,
    /// The interface, with its version.
    pub(crate) interface: &'static str,
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) exports: Functions,
}

/// Where the functions of a scorer are.
pub(crate) struct Exports {
    pub(crate) version: Version,
    pub(crate) describe: ComponentExportIndex,
    pub(crate) configure: ComponentExportIndex,
    pub(crate) score: ComponentExportIndex,
}

impl Plugin {
    pub(crate) fn load(host: &Host, path: &Path) -> Result<Plugin, HostError> {
        let functions = |exported: &Exported<'_>| {
            let function = |name| exported.function(name);
            let (describe, configure, score) = (function("describe")?, function("configure")?, function("score")?);
            // The interface is the name of one of them.
            let version = VERSIONS.into_iter().find(|version| version.name() == exported.interface);
            Ok(Exports { version: version.unwrap_or(Version::V1_0), describe, configure, score })
        };
        let interfaces = VERSIONS.map(Version::name);
        let Ready { mut code, digest, description, is_compiled } =
            ready(host, path, &interfaces, functions, Code::describe)?;
        code.label = format!("`{}` ({})", description.name, path.display());
        let (path, _ticker) = (path.to_path_buf(), Arc::clone(&host.ticker));
        Ok(Plugin { shared: Arc::new(Shared { path, digest, code, description, is_compiled, _ticker }) })
    }

    /// What the plug-in says it is.
    pub fn description(&self) -> &Description {
        &self.shared.description
    }

    /// SHA-256 of the file, lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.shared.digest
    }

    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Whether it had to be compiled; false where its code came from the cache.
    pub fn is_compiled(&self) -> bool {
        self.shared.is_compiled
    }

    /// Whether it takes these parameters (a JSON object) and that many inputs.
    pub fn check(&self, parameters: &str, inputs_count: usize) -> Result<(), HostError> {
        self.check_inputs(inputs_count)?;
        self.check_parameters(parameters)
    }

    /// Whether it takes these parameters (a JSON object).
    pub fn check_parameters(&self, parameters: &str) -> Result<(), HostError> {
        self.configured(parameters, DESCRIBE).map(drop)
    }

    /// An instance for one thread. Its parameters are looked at now, its memory is its own.
    pub fn scorer(&self, parameters: &str, limits: Limits) -> Result<ScorerInstance, HostError> {
        ScorerInstance::new(self.clone(), parameters, limits)
    }

    /// A fresh instance with these parameters.
    pub(crate) fn configured(&self, parameters: &str, limits: Limits) -> Result<Running, HostError> {
        let refused = |message: String| HostError::Refused { plugin: self.label(), subject: "parameters", message };
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(parameters) {
            return Err(refused(format!("they must be a JSON object: {error}")));
        }
        let code = &self.shared.code;
        let mut running = Running::start(code, limits)?;
        let answer: Result<(), String> = running.call(code, "configure", &code.exports.configure, (parameters,))?;
        answer.map(|()| running).map_err(|message| refused(cut(message)))
    }

    pub(crate) fn check_inputs(&self, given: usize) -> Result<(), HostError> {
        let inputs = &self.shared.description.inputs;
        let required = inputs.iter().filter(|input| input.required).count();
        if (required..=inputs.len()).contains(&given) && given > 0 {
            return Ok(());
        }
        let name = |input: &crate::Input| match input.required {
            true => format!("`{}`", input.name),
            false => format!("`{}` (optional)", input.name),
        };
        let wanted = inputs.iter().map(name).collect::<Vec<_>>().join(", ");
        Err(HostError::Inputs { plugin: self.label(), wanted, given })
    }

    /// How errors call it.
    pub(crate) fn label(&self) -> String {
        self.shared.code.label.clone()
    }

    pub(crate) fn code(&self) -> &Code {
        &self.shared.code
    }
}

impl Code {
    fn describe(&self) -> Result<Description, HostError> {
        let mut running = Running::start(self, DESCRIBE)?;
        let description = self.exports.version.describe(&mut running, self)?;
        let bad = |reason: String| Err(HostError::BadOutput { plugin: self.label.clone(), reason });
        if description.name.is_empty() || description.name.chars().any(char::is_control) {
            return bad("a description without a proper name".to_owned());
        }
        if description.inputs.is_empty() || description.inputs.len() > INPUTS_MAX {
            let count = description.inputs.len();
            return bad(format!("a description with {count} inputs, where 1 to {INPUTS_MAX} are allowed"));
        }
        if !description.inputs.is_sorted_by_key(|input| !input.required) {
            return bad("a description with a required input after an optional one".to_owned());
        }
        match schema_fault(&description.parameters) {
            None => Ok(description),
            Some(reason) => bad(reason),
        }
    }
}

/// What is wrong with the JSON Schema of a description's parameters, if anything is.
pub(crate) fn schema_fault(parameters: &str) -> Option<String> {
    let fault =
        |error: &dyn std::fmt::Display| Some(format!("a description whose parameters are not a JSON Schema: {error}"));
    match serde_json::from_str::<serde_json::Value>(parameters) {
        Ok(object @ serde_json::Value::Object(_)) => {
            jsonschema::options().offline().build(&object).err().and_then(|error| fault(&error))
        }
        Ok(_) => fault(&"it is no object"),
        Err(error) => fault(&error),
    }
}

/// A plug-in read, checked, compiled and described.
pub(crate) struct Ready<Functions, Described> {
    pub(crate) code: Code<Functions>,
    /// SHA-256 of the file.
    pub(crate) digest: String,
    pub(crate) description: Described,
    /// Whether it had to be compiled.
    pub(crate) is_compiled: bool,
}

/// Makes the component at `path` ready, which must export one of `interfaces`. `functions` finds those of the interface,
/// `describe` asks for the description; what the cache has is neither compiled nor asked.
pub(crate) fn ready<Functions, Described: Serialize + DeserializeOwned>(
    host: &Host,
    path: &Path,
    interfaces: &[&'static str],
    functions: impl FnOnce(&Exported<'_>) -> Result<Functions, HostError>,
    describe: impl FnOnce(&Code<Functions>) -> Result<Described, HostError>,
) -> Result<Ready<Functions, Described>, HostError> {
    let bytes = std::fs::read(path).map_err(|source| HostError::Read { path: path.to_owned(), source })?;
    check_is_component(path, &bytes)?;
    let digest = sha256_hex(&bytes);
    let (component, known) = component(host, path, &bytes, &digest)?;
    let exported = Exported::find(path, &host.engine, &component, interfaces)?;
    let (interface, exports) = (exported.interface, functions(&exported)?);
    let pre = host.linker.instantiate_pre(&component).map_err(|error| invalid(path, &error))?;
    let code = Code { label: path.display().to_string(), interface, pre, exports };
    let is_compiled = known.is_none();
    let description = match known {
        Some(description) => description,
        None => describe(&code)?,
    };
    if let (true, Some(cache)) = (is_compiled, &host.cache)
        && let Ok(serialized) = component.serialize()
    {
        cache.write(&digest, &description, &serialized);
    }
    Ok(Ready { code, digest, description, is_compiled })
}

/// A message from a plug-in, cut to a length that a log bears.
pub(crate) fn cut(message: String) -> String {
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", message.get(..end).unwrap_or_default()),
        None => message,
    }
}

/// The component's code: of the cache with the description kept there, or compiled.
fn component<Described: DeserializeOwned>(
    host: &Host,
    path: &Path,
    bytes: &[u8],
    digest: &str,
) -> Result<(Component, Option<Described>), HostError> {
    let kept = host.cache.as_ref().and_then(|cache| cache.read(digest));
    if let Some((description, code)) = kept
        && let Some(component) = precompiled::component(&host.engine, &code)
    {
        return Ok((component, Some(description)));
    }
    let component = Component::from_binary(&host.engine, bytes).map_err(|error| invalid(path, &error))?;
    check_imports(path, &host.engine, &component)?;
    Ok((component, None))
}

fn invalid(path: &Path, error: &wasmtime::Error) -> HostError {
    HostError::Invalid { path: path.to_path_buf(), reason: format!("{error:#}") }
}

/// A component begins with `\0asm`, version 13, layer 1; a core module with version 1, layer 0.
fn check_is_component(path: &Path, bytes: &[u8]) -> Result<(), HostError> {
    let found = match bytes {
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => return Ok(()),
        [] => "an empty file",
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => "a core WebAssembly module",
        [0, b'a', b's', b'm', ..] => "a WebAssembly file of an unknown kind",
        _ if bytes.iter().take(1024).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()) => {
            "a text file"
        }
        _ => "a file of another kind",
    };
    Err(HostError::NotAComponent { path: path.to_path_buf(), found })
}

/// Types may be imported, they do nothing; anything that runs may not.
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
pub(crate) struct Exported<'a> {
    path: &'a Path,
    component: &'a Component,
    interface: &'static str,
    instance: ComponentExportIndex,
}

impl<'a> Exported<'a> {
    fn find(
        path: &'a Path,
        engine: &Engine,
        component: &'a Component,
        interfaces: &[&'static str],
    ) -> Result<Exported<'a>, HostError> {
        let found: Vec<String> = component.component_type().exports(engine).map(|(name, _)| name.to_owned()).collect();
        // The engine takes a compatible version for the one asked for; ours are compared to the letter.
        let interface = interfaces.iter().find(|interface| found.iter().any(|name| name == *interface)).copied();
        let instance = interface.and_then(|name| Some((name, component.get_export_index(None, name)?)));
        match instance {
            Some((interface, instance)) => Ok(Exported { path, component, interface, instance }),
            None => {
                let (supported, found) = (interfaces.join(" or "), spoken(interfaces, found));
                Err(HostError::Interface { path: path.to_owned(), supported, found })
            }
        }
    }

    /// A function of the interface.
    pub(crate) fn function(&self, function: &'static str) -> Result<ComponentExportIndex, HostError> {
        self.component.get_export_index(Some(&self.instance), function).ok_or_else(|| HostError::Signature {
            plugin: self.path.display().to_string(),
            function,
            expected: self.interface,
            reason: "it is missing".to_owned(),
        })
    }
}

/// Of the exports those that are versions of the interface, where there are any: they say what is the matter.
fn spoken(interfaces: &[&str], found: Vec<String>) -> Vec<String> {
    let same = |name: &&String| {
        interfaces
            .iter()
            .any(|interface| name.split_once('@').map(|name| name.0) == interface.split_once('@').map(|one| one.0))
    };
    let ours: Vec<String> = found.iter().filter(same).cloned().collect();
    if ours.is_empty() { found } else { ours }
}
