//! A plug-in made ready: checked before it runs, compiled once, described by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_model::digest::sha256_hex;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use crate::error::HostError;
use crate::host::Ticker;
use crate::instance::{Guest, Limits, Running};
use crate::interface::Description;
use crate::scorer::ScorerInstance;

/// The interface that a plug-in exports, with its version.
pub const INTERFACE: &str = "matchflow:plugin/scoring@1.0.0";

/// What a plug-in may use to describe itself and to look at parameters.
const DESCRIBE: Limits = Limits { timeout_ms: 1_000, memory_bytes_max: 64 << 20 };
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
    /// Time limits pass for as long as a plug-in is there.
    _ticker: Arc<Ticker>,
}

/// What an instance is made of.
pub(crate) struct Code {
    /// How errors call it: its name and file, or its file before it has told its name.
    pub(crate) label: String,
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) exports: Exports,
}

/// Where the functions of the interface are.
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) configure: ComponentExportIndex,
    pub(crate) score: ComponentExportIndex,
}

impl Plugin {
    pub(crate) fn load(
        engine: &Engine,
        linker: &Linker<Guest>,
        ticker: &Arc<Ticker>,
        path: &Path,
    ) -> Result<Plugin, HostError> {
        let path = path.to_path_buf();
        let bytes = std::fs::read(&path).map_err(|source| HostError::Read { path: path.clone(), source })?;
        check_is_component(&path, &bytes)?;
        let invalid = |error: wasmtime::Error| HostError::Invalid { path: path.clone(), reason: format!("{error:#}") };
        let component = Component::from_binary(engine, &bytes).map_err(invalid)?;
        check_imports(&path, engine, &component)?;
        let exports = find_exports(&path, engine, &component)?;
        let pre = linker.instantiate_pre(&component).map_err(invalid)?;
        let mut code = Code { label: path.display().to_string(), pre, exports };
        let description = code.describe()?;
        code.label = format!("`{}` ({})", description.name, path.display());
        let digest = sha256_hex(&bytes);
        Ok(Plugin { shared: Arc::new(Shared { path, digest, code, description, _ticker: Arc::clone(ticker) }) })
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

    /// Whether it takes these parameters (a JSON object) and that many inputs.
    pub fn check(&self, parameters: &str, inputs_count: usize) -> Result<(), HostError> {
        self.check_inputs(inputs_count)?;
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
        let description: Description = running.call(self, "describe", &self.exports.describe, ())?;
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
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&description.parameters) {
            Ok(_) => Ok(description),
            Err(error) => bad(format!("a description whose parameters are not a JSON Schema: {error}")),
        }
    }
}

/// A message from a plug-in, cut to a length that a log bears.
pub(crate) fn cut(message: String) -> String {
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", message.get(..end).unwrap_or_default()),
        None => message,
    }
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

fn find_exports(path: &Path, engine: &Engine, component: &Component) -> Result<Exports, HostError> {
    let found: Vec<String> = component.component_type().exports(engine).map(|(name, _)| name.to_owned()).collect();
    // The engine takes a compatible version for the one asked for; ours is compared to the letter.
    let instance = match found.iter().any(|name| name == INTERFACE) {
        true => component.get_export_index(None, INTERFACE),
        false => None,
    };
    let Some(instance) = instance else {
        return Err(HostError::Interface { path: path.to_path_buf(), expected: INTERFACE, found });
    };
    let function = |function: &'static str| {
        component.get_export_index(Some(&instance), function).ok_or_else(|| HostError::Signature {
            plugin: path.display().to_string(),
            function,
            expected: INTERFACE,
            reason: "it is missing".to_owned(),
        })
    };
    Ok(Exports { describe: function("describe")?, configure: function("configure")?, score: function("score")? })
}
