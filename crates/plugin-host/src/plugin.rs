//! Scorers: plug-ins that compare rows with registry entries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::component::{LoadedComponent, load, schema_problem, truncate_message};
use crate::error::HostError;
use crate::host::{Host, Ticker};
use crate::instance::GuestInstance;
use crate::interface::{Description, Input, ScorerCode, ScorerExports, VERSIONS, Version};
use crate::limits::{DESCRIBE_LIMITS, Limits};

/// Maximum number of inputs of a plug-in.
const INPUTS_MAX: usize = 32;

/// A compiled plug-in. Clones share it.
#[derive(Clone)]
pub struct Plugin {
    inner: Arc<PluginInner>,
}

struct PluginInner {
    path: PathBuf,
    digest: String,
    code: ScorerCode,
    description: Description,
    is_compiled: bool,
    /// Keeps the clock of time limits running for as long as the plug-in exists.
    _ticker: Arc<Ticker>,
}

impl Plugin {
    /// Reads, checks, compiles and describes the component at `path`; a component in the cache is not compiled again.
    pub fn load(host: &Host, path: impl AsRef<Path>) -> Result<Plugin, HostError> {
        let path = path.as_ref();
        let interfaces = VERSIONS.map(Version::name);
        let LoadedComponent { mut code, digest, description, is_compiled } =
            load(host, path, &interfaces, ScorerExports::find, describe)?;
        code.label = format!("`{}` ({})", description.name, path.display());
        let path = path.to_owned();
        let _ticker = Arc::clone(&host.ticker);
        Ok(Plugin { inner: Arc::new(PluginInner { path, digest, code, description, is_compiled, _ticker }) })
    }

    /// The plug-in's description of itself.
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// SHA-256 of the file, lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.inner.digest
    }

    /// The component's file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Whether it was compiled now; false if its code was in the cache.
    pub fn is_compiled(&self) -> bool {
        self.inner.is_compiled
    }

    /// Checks parameters (a JSON object) and a number of inputs.
    pub fn check(&self, parameters: &str, inputs_count: usize) -> Result<(), HostError> {
        self.check_inputs(inputs_count)?;
        self.check_parameters(parameters)
    }

    /// Checks parameters (a JSON object).
    pub fn check_parameters(&self, parameters: &str) -> Result<(), HostError> {
        self.configured(parameters, DESCRIBE_LIMITS).map(drop)
    }

    /// A new instance with these parameters.
    pub(crate) fn configured(&self, parameters: &str, limits: Limits) -> Result<GuestInstance, HostError> {
        let refused = |message: String| HostError::Refused { plugin: self.label(), subject: "parameters", message };
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(parameters) {
            return Err(refused(format!("not a JSON object: {error}")));
        }
        let code = &self.inner.code;
        let mut instance = GuestInstance::start(code, limits)?;
        let answer: Result<(), String> = instance.call(code, "configure", &code.exports.configure, (parameters,))?;
        answer.map(|()| instance).map_err(|message| refused(truncate_message(message)))
    }

    pub(crate) fn check_inputs(&self, given: usize) -> Result<(), HostError> {
        let inputs = &self.inner.description.inputs;
        let required = inputs.iter().filter(|input| input.required).count();
        if (required..=inputs.len()).contains(&given) && given > 0 {
            return Ok(());
        }
        let name = |input: &Input| match input.required {
            true => format!("`{}`", input.name),
            false => format!("`{}` (optional)", input.name),
        };
        let expected = inputs.iter().map(name).collect::<Vec<_>>().join(", ");
        Err(HostError::Inputs { plugin: self.label(), expected, given })
    }

    /// The name of the plug-in in errors.
    pub fn label(&self) -> String {
        self.inner.code.label.clone()
    }

    pub(crate) fn code(&self) -> &ScorerCode {
        &self.inner.code
    }
}

/// The component's description of itself, checked.
fn describe(code: &ScorerCode) -> Result<Description, HostError> {
    let mut instance = GuestInstance::start(code, DESCRIBE_LIMITS)?;
    let description = code.exports.version.describe(&mut instance, code)?;
    let bad = |reason: String| Err(HostError::BadDescription { plugin: code.label.clone(), reason });
    if description.name.is_empty() || description.name.chars().any(char::is_control) {
        return bad("a description without a valid name".to_owned());
    }
    if description.inputs.is_empty() || description.inputs.len() > INPUTS_MAX {
        let count = description.inputs.len();
        return bad(format!("a description with {count} inputs, where 1 to {INPUTS_MAX} are allowed"));
    }
    if !description.inputs.is_sorted_by_key(|input| !input.required) {
        return bad("a description with a required input after an optional one".to_owned());
    }
    match schema_problem(&description.parameters) {
        None => Ok(description),
        Some(reason) => bad(reason),
    }
}
