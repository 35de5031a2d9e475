//! Arbiters: plug-ins that write requests to a remote service and interpret its answers. They have no network access
//! themselves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_model::plugin_output::OutputProblem;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lower};

use crate::arbitration::{ArbiterRow, ArbiterStep, Description, Exchange, Needs, Request, Verdict};
use crate::component::{ComponentCode, ExportedInterface, LoadedComponent, load, schema_problem, truncate_message};
use crate::error::HostError;
use crate::host::{Host, Ticker};
use crate::instance::GuestInstance;
use crate::limits::{DESCRIBE_LIMITS, Limits};

/// The interface that an arbiter exports, with its version.
pub const ARBITER_INTERFACE: &str = "matchflow:plugin/arbitration@1.0.0";

/// Maximum number of requests per row in one step.
const REQUESTS_PER_ROW_MAX: usize = 8;
/// Maximum total size of the requests of one step, in bytes.
const REQUEST_BYTES_MAX: usize = 16 << 20;
/// Maximum number of names in a description or in needs.
const NAMES_MAX: usize = 64;

/// A compiled arbiter. Clones share it.
#[derive(Clone)]
pub struct Arbiter {
    inner: Arc<ArbiterInner>,
}

struct ArbiterInner {
    path: PathBuf,
    digest: String,
    code: ComponentCode<ArbiterExports>,
    description: Description,
    /// Time limits need the clock for as long as the plug-in exists.
    _ticker: Arc<Ticker>,
}

/// The functions of the interface.
struct ArbiterExports {
    describe: ComponentExportIndex,
    configure: ComponentExportIndex,
    plan: ComponentExportIndex,
    fold: ComponentExportIndex,
}

impl ArbiterExports {
    fn find(interface: &ExportedInterface<'_>) -> Result<ArbiterExports, HostError> {
        Ok(ArbiterExports {
            describe: interface.function("describe")?,
            configure: interface.function("configure")?,
            plan: interface.function("plan")?,
            fold: interface.function("fold")?,
        })
    }
}

impl Arbiter {
    /// Reads, checks, compiles and describes the component at `path`; a component in the cache is not compiled again.
    pub fn load(host: &Host, path: impl AsRef<Path>) -> Result<Arbiter, HostError> {
        let path = path.as_ref();
        let LoadedComponent { mut code, digest, description, .. } =
            load(host, path, &[ARBITER_INTERFACE], ArbiterExports::find, describe)?;
        code.label = format!("`{}` ({})", description.name, path.display());
        let path = path.to_owned();
        let _ticker = Arc::clone(&host.ticker);
        Ok(Arbiter { inner: Arc::new(ArbiterInner { path, digest, code, description, _ticker }) })
    }

    /// The arbiter's description of itself.
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

    /// Checks parameters (a JSON object); returns the hosts and secrets that the arbiter needs with them.
    pub fn check(&self, parameters: &str) -> Result<Needs, HostError> {
        self.configured(parameters, DESCRIBE_LIMITS).map(|(_, needs)| needs)
    }

    /// Creates an instance for one thread, with its own memory, and checks the parameters.
    pub fn instance(&self, parameters: &str, limits: Limits) -> Result<ArbiterInstance, HostError> {
        let (instance, _) = self.configured(parameters, limits)?;
        Ok(ArbiterInstance {
            arbiter: self.clone(),
            parameters: parameters.to_owned(),
            limits,
            instance: Some(instance),
        })
    }

    fn configured(&self, parameters: &str, limits: Limits) -> Result<(GuestInstance, Needs), HostError> {
        let refused = |message: String| HostError::Refused { plugin: self.label(), subject: "parameters", message };
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(parameters) {
            return Err(refused(format!("not a JSON object: {error}")));
        }
        let code = &self.inner.code;
        let mut instance = GuestInstance::start(code, limits)?;
        let answer: Result<Needs, String> = instance.call(code, "configure", &code.exports.configure, (parameters,))?;
        let needs = answer.map_err(|message| refused(truncate_message(message)))?;
        if needs.hosts.len() > NAMES_MAX || needs.secrets.len() > NAMES_MAX {
            let problem = OutputProblem::NeedsCount { max: NAMES_MAX as u64 };
            return Err(HostError::BadOutput { plugin: self.label(), problem });
        }
        Ok((instance, needs))
    }

    fn label(&self) -> String {
        self.inner.code.label.clone()
    }
}

/// A configured instance of an arbiter. May move between threads; one thread uses it at a time.
pub struct ArbiterInstance {
    arbiter: Arbiter,
    parameters: String,
    limits: Limits,
    /// `None` after a failure, until the next call.
    instance: Option<GuestInstance>,
}

impl ArbiterInstance {
    /// The requests to send about these rows. After an error, the next call starts a new instance.
    pub fn plan(&mut self, rows: &[ArbiterRow]) -> Result<ArbiterStep, HostError> {
        self.step("plan", |exports| &exports.plan, rows, (rows,))
    }

    /// Interprets the answers so far. After an error, the next call starts a new instance.
    pub fn fold(&mut self, rows: &[ArbiterRow], exchanges: &[Exchange]) -> Result<ArbiterStep, HostError> {
        self.step("fold", |exports| &exports.fold, rows, (rows, exchanges))
    }

    fn step<Arguments: ComponentNamedList + Lower>(
        &mut self,
        name: &'static str,
        function: impl Fn(&ArbiterExports) -> &ComponentExportIndex,
        rows: &[ArbiterRow],
        arguments: Arguments,
    ) -> Result<ArbiterStep, HostError> {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.arbiter.configured(&self.parameters, self.limits)?.0,
        };
        let plugin = || self.arbiter.label();
        let code = &self.arbiter.inner.code;
        let answer: Result<ArbiterStep, String> = instance.call(code, name, function(&code.exports), arguments)?;
        let refused =
            |message| HostError::Refused { plugin: plugin(), subject: "rows", message: truncate_message(message) };
        let mut step = answer.map_err(refused)?;
        if let Some(problem) = step_problem(&step, rows) {
            return Err(HostError::BadOutput { plugin: plugin(), problem });
        }
        for decision in &mut step.decisions {
            decision.reason = truncate_message(std::mem::take(&mut decision.reason));
        }
        self.instance = Some(instance);
        Ok(step)
    }
}

fn describe(code: &ComponentCode<ArbiterExports>) -> Result<Description, HostError> {
    let mut instance = GuestInstance::start(code, DESCRIBE_LIMITS)?;
    let description: Description = instance.call(code, "describe", &code.exports.describe, ())?;
    match description_problem(&description) {
        None => Ok(description),
        Some(reason) => Err(HostError::BadDescription { plugin: code.label.clone(), reason }),
    }
}

fn description_problem(description: &Description) -> Option<String> {
    let name = &description.name;
    if name.is_empty() || name.chars().any(char::is_control) {
        return Some("a description without a valid name".to_owned());
    }
    let lists = [&description.row_fields, &description.entry_fields, &description.hosts];
    if lists.iter().any(|list| list.len() > NAMES_MAX) {
        return Some(format!("a description with more than {NAMES_MAX} fields or hosts"));
    }
    schema_problem(&description.parameters)
}

fn request_bytes(request: &Request) -> usize {
    let headers = request.headers.iter().map(|header| header.name.len() + header.value.len());
    request.method.len() + request.url.len() + request.body.len() + headers.sum::<usize>()
}

/// The problem with a step, if any.
fn step_problem(step: &ArbiterStep, rows: &[ArbiterRow]) -> Option<OutputProblem> {
    let rows_count = rows.len() as u64;
    let mut decided = vec![false; rows.len()];
    for decision in &step.decisions {
        let position = decision.row as usize;
        let (Some(row), Some(decided)) = (rows.get(position), decided.get_mut(position)) else {
            return Some(OutputProblem::DecisionRow { row: position as u64, rows: rows_count });
        };
        if std::mem::replace(decided, true) {
            return Some(OutputProblem::DecisionTwice { row: position as u64 });
        }
        if let Verdict::Candidate(chosen) = decision.verdict
            && chosen as usize >= row.candidates.len()
        {
            return Some(OutputProblem::DecisionCandidate {
                candidate: u64::from(chosen),
                row: position as u64,
                candidates: row.candidates.len() as u64,
            });
        }
        if !(0.0..=1.0).contains(&decision.confidence) {
            return Some(OutputProblem::ConfidenceRange { confidence: decision.confidence.to_string() });
        }
    }
    if step.requests.len() > REQUESTS_PER_ROW_MAX * rows.len() {
        let (requests, max) = (step.requests.len() as u64, REQUESTS_PER_ROW_MAX as u64);
        return Some(OutputProblem::RequestCount { requests, rows: rows_count, max });
    }
    let bytes: usize = step.requests.iter().map(request_bytes).sum();
    if bytes > REQUEST_BYTES_MAX {
        return Some(OutputProblem::RequestSize { bytes: bytes as u64, bytes_max: REQUEST_BYTES_MAX as u64 });
    }
    for request in &step.requests {
        if request.rows.is_empty() {
            return Some(OutputProblem::RequestWithoutRows);
        }
        if let Some(row) = request.rows.iter().find(|row| **row as usize >= rows.len()) {
            return Some(OutputProblem::RequestRow { row: u64::from(*row), rows: rows_count });
        }
        if let Some(row) = request.rows.iter().find(|row| decided.get(**row as usize) == Some(&true)) {
            return Some(OutputProblem::RequestDecided { row: u64::from(*row) });
        }
    }
    None
}
