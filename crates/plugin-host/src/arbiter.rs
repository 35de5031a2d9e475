//! Arbiters: plug-ins that say what to ask a remote end and what its answers mean. They ask nobody themselves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lower};

use crate::arbitration::{Description, Exchange, Needs, Request, Row, Step, Verdict};
use crate::error::HostError;
use crate::host::{Host, Ticker};
use crate::instance::{Limits, Running};
use crate::plugin::{Code, DESCRIBE, Exported, Ready, cut, ready, schema_fault};

/// The interface that an arbiter exports, with its version.
pub const ARBITER_INTERFACE: &str = "matchflow:plugin/arbitration@1.0.0";

/// Requests that one step may ask for, for each of its rows.
const REQUESTS_PER_ROW_MAX: usize = 8;
/// Bytes of all requests of one step.
const REQUEST_BYTES_MAX: usize = 16 << 20;
/// Names that a description or needs may list.
const NAMES_MAX: usize = 64;

/// A compiled arbiter. Cloning shares it.
#[derive(Clone)]
pub struct Arbiter {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    digest: String,
    code: Code<Functions>,
    description: Description,
    /// Time limits pass for as long as a plug-in is there.
    _ticker: Arc<Ticker>,
}

/// Where the functions of the interface are.
struct Functions {
    describe: ComponentExportIndex,
    configure: ComponentExportIndex,
    plan: ComponentExportIndex,
    fold: ComponentExportIndex,
}

impl Arbiter {
    pub(crate) fn load(host: &Host, path: &Path) -> Result<Arbiter, HostError> {
        let functions = |exported: &Exported<'_>| {
            let function = |name| exported.function(name);
            Ok(Functions {
                describe: function("describe")?,
                configure: function("configure")?,
                plan: function("plan")?,
                fold: function("fold")?,
            })
        };
        let Ready { mut code, digest, description, .. } = ready(host, path, &[ARBITER_INTERFACE], functions, describe)?;
        code.label = format!("`{}` ({})", description.name, path.display());
        let (path, _ticker) = (path.to_owned(), Arc::clone(&host.ticker));
        Ok(Arbiter { shared: Arc::new(Shared { path, digest, code, description, _ticker }) })
    }

    /// What it says it is.
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

    /// Whether it takes these parameters (a JSON object), and what it needs then.
    pub fn check(&self, parameters: &str) -> Result<Needs, HostError> {
        self.configured(parameters, DESCRIBE).map(|(_, needs)| needs)
    }

    /// An instance for one thread. Its parameters are looked at now, its memory is its own.
    pub fn instance(&self, parameters: &str, limits: Limits) -> Result<ArbiterInstance, HostError> {
        let (running, _) = self.configured(parameters, limits)?;
        let (arbiter, parameters) = (self.clone(), parameters.to_owned());
        Ok(ArbiterInstance { arbiter, parameters, limits, running: Some(running) })
    }

    fn configured(&self, parameters: &str, limits: Limits) -> Result<(Running, Needs), HostError> {
        let refused = |message: String| HostError::Refused { plugin: self.label(), subject: "parameters", message };
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(parameters) {
            return Err(refused(format!("they must be a JSON object: {error}")));
        }
        let code = &self.shared.code;
        let mut running = Running::start(code, limits)?;
        let answer: Result<Needs, String> = running.call(code, "configure", &code.exports.configure, (parameters,))?;
        let needs = answer.map_err(|message| refused(cut(message)))?;
        if needs.hosts.len() > NAMES_MAX || needs.secrets.len() > NAMES_MAX {
            let reason = format!("more than {NAMES_MAX} hosts or secrets that it needs");
            return Err(HostError::BadOutput { plugin: self.label(), reason });
        }
        Ok((running, needs))
    }

    fn label(&self) -> String {
        self.shared.code.label.clone()
    }
}

/// A configured instance of an arbiter. Goes from thread to thread, and is used by one at a time.
pub struct ArbiterInstance {
    arbiter: Arbiter,
    parameters: String,
    limits: Limits,
    /// `None` after a failure, until the next call.
    running: Option<Running>,
}

impl ArbiterInstance {
    /// What to ask about these rows. After an error the next call starts with a fresh instance.
    pub fn plan(&mut self, rows: &[Row]) -> Result<Step, HostError> {
        self.step("plan", |functions| &functions.plan, rows, (rows,))
    }

    /// What the answers so far say. After an error the next call starts with a fresh instance.
    pub fn fold(&mut self, rows: &[Row], exchanges: &[Exchange]) -> Result<Step, HostError> {
        self.step("fold", |functions| &functions.fold, rows, (rows, exchanges))
    }

    fn step<Arguments: ComponentNamedList + Lower>(
        &mut self,
        name: &'static str,
        function: impl Fn(&Functions) -> &ComponentExportIndex,
        rows: &[Row],
        arguments: Arguments,
    ) -> Result<Step, HostError> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.arbiter.configured(&self.parameters, self.limits)?.0,
        };
        let plugin = || self.arbiter.label();
        let code = &self.arbiter.shared.code;
        let answer: Result<Step, String> = running.call(code, name, function(&code.exports), arguments)?;
        let refused = |message| HostError::Refused { plugin: plugin(), subject: "rows", message: cut(message) };
        let mut step = answer.map_err(refused)?;
        if let Some(reason) = step_fault(&step, rows) {
            return Err(HostError::BadOutput { plugin: plugin(), reason });
        }
        for decision in &mut step.decisions {
            decision.reason = cut(std::mem::take(&mut decision.reason));
        }
        self.running = Some(running);
        Ok(step)
    }
}

fn describe(code: &Code<Functions>) -> Result<Description, HostError> {
    let mut running = Running::start(code, DESCRIBE)?;
    let description: Description = running.call(code, "describe", &code.exports.describe, ())?;
    match fault(&description) {
        None => Ok(description),
        Some(reason) => Err(HostError::BadOutput { plugin: code.label.clone(), reason }),
    }
}

fn fault(description: &Description) -> Option<String> {
    let name = &description.name;
    if name.is_empty() || name.chars().any(char::is_control) {
        return Some("a description without a proper name".to_owned());
    }
    let lists = [&description.row_fields, &description.entry_fields, &description.hosts];
    if lists.iter().any(|list| list.len() > NAMES_MAX) {
        return Some(format!("a description with more than {NAMES_MAX} fields or hosts"));
    }
    schema_fault(&description.parameters)
}

fn request_bytes(request: &Request) -> usize {
    let headers = request.headers.iter().map(|header| header.name.len() + header.value.len());
    request.method.len() + request.url.len() + request.body.len() + headers.sum::<usize>()
}

/// What is wrong with a step, if anything is.
fn step_fault(step: &Step, rows: &[Row]) -> Option<String> {
    let mut decided = vec![false; rows.len()];
    for decision in &step.decisions {
        let place = decision.row as usize;
        let (Some(row), Some(decided)) = (rows.get(place), decided.get_mut(place)) else {
            return Some(format!("a decision on row {place} of {}", rows.len()));
        };
        if std::mem::replace(decided, true) {
            return Some(format!("two decisions on row {place}"));
        }
        if let Verdict::Candidate(chosen) = decision.verdict
            && chosen as usize >= row.candidates.len()
        {
            return Some(format!("candidate {chosen} of row {place}, which has {}", row.candidates.len()));
        }
        if !(0.0..=1.0).contains(&decision.confidence) {
            return Some(format!("{} as a confidence, which must be between 0 and 1", decision.confidence));
        }
    }
    if step.requests.len() > REQUESTS_PER_ROW_MAX * rows.len() {
        let count = step.requests.len();
        return Some(format!("{count} requests for {} rows; at most {REQUESTS_PER_ROW_MAX} a row", rows.len()));
    }
    let bytes: usize = step.requests.iter().map(request_bytes).sum();
    if bytes > REQUEST_BYTES_MAX {
        return Some(format!("requests of {bytes} bytes; at most {REQUEST_BYTES_MAX}"));
    }
    for request in &step.requests {
        if request.rows.is_empty() {
            return Some("a request about no row".to_owned());
        }
        if let Some(row) = request.rows.iter().find(|row| **row as usize >= rows.len()) {
            return Some(format!("a request about row {row} of {}", rows.len()));
        }
        if let Some(row) = request.rows.iter().find(|row| decided.get(**row as usize) == Some(&true)) {
            return Some(format!("a decision on row {row} and a request about it"));
        }
    }
    None
}
