//! From a pipeline file to a checked plan with its plug-ins.

use std::io::IsTerminal;

use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::{Plan, ScorerPlan, StageKind};
use matchflow_pipeline::{Checked, check};
use matchflow_plugin_host::Plugin;

use crate::args::PipelineArgs;
use crate::environment::Machine;
use crate::failure::Failure;

/// Reports are at most this wide.
const REPORT_COLUMNS: usize = 100;

/// Counts up when the cleaning rules or the searches change, so that rows decided by older ones are told apart.
const CLEANING_VERSION: u32 = 1;

/// A pipeline that is right.
pub(crate) struct Loaded {
    pub(crate) checked: Checked,
    /// For each stage of the plan, the plug-ins of its scorers.
    pub(crate) plugins: Vec<Vec<Plugin>>,
}

/// Reads and checks the pipeline; every problem is reported at once.
pub(crate) fn load(args: &PipelineArgs) -> Result<Loaded, Failure> {
    let file = &args.pipeline;
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("error: `{}` cannot be read: {error}", file.display())))?;
    let machine = Machine::new().map_err(|error| Failure::fatal(&error))?;
    let checked = check(&text, file, &args.set, &machine).map_err(|report| {
        let shown = report.render(std::io::stderr().is_terminal(), REPORT_COLUMNS);
        Failure::Usage(format!("{}; nothing was done", shown.trim_end()))
    })?;
    let plugins = plugins(&checked.plan, &machine)?;
    Ok(Loaded { checked, plugins })
}

fn plugins(plan: &Plan, machine: &Machine) -> Result<Vec<Vec<Plugin>>, Failure> {
    let of_stage = |kind: &StageKind| -> Result<Vec<Plugin>, Failure> {
        let StageKind::Score(plan) = kind else { return Ok(Vec::new()) };
        let load = |scorer: &ScorerPlan| machine.load(&scorer.plugin).map_err(|error| Failure::fatal(&error));
        plan.scorers.iter().map(load).collect()
    };
    plan.stages.iter().map(|stage| of_stage(&stage.kind)).collect()
}

/// Digest of what decides a row besides the row itself: stages, plug-ins, parameters, registry. Where the plug-ins and
/// the registry lie does not count.
pub(crate) fn config_digest(plan: &Plan, reference_digest: &str) -> String {
    let mut decides = serde_json::json!([plan.stages, plan.reference, reference_digest, CLEANING_VERSION]);
    drop_paths(&mut decides);
    sha256_hex(decides.to_string().as_bytes())
}

fn drop_paths(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_paths),
        serde_json::Value::Object(fields) => {
            for path in ["plugin", "path", "units", "establishments"] {
                fields.remove(path);
            }
            fields.values_mut().for_each(drop_paths);
        }
        _ => {}
    }
}
