//! From a pipeline file to a checked plan with its plug-ins.

use std::io::IsTerminal;
use std::path::Path;

use matchflow_model::plan::{Plan, ScorerPlan, StageKind, StagePlan};
use matchflow_pipeline::{CheckedPipeline, Environment, Report, check, check_without_tests};
use matchflow_plugin_host::{Arbiter, Host, Plugin};

use crate::args::PipelineArgs;
use crate::environment::LocalEnvironment;
use crate::failure::{Failure, FailureContext};
use crate::run_files;

/// The maximum width of reports.
const REPORT_COLUMNS: usize = 100;

/// A pipeline that passed its checks.
pub(crate) struct LoadedPipeline {
    pub(crate) checked: CheckedPipeline,
    /// For each stage of the plan, the plug-ins of its scorers.
    pub(crate) plugins: Vec<Vec<Plugin>>,
    /// The plug-ins of its `arbitrate` stages, in order.
    pub(crate) arbiters: Vec<Arbiter>,
    /// The host that loaded them.
    pub(crate) host: Host,
}

/// How a pipeline is checked: [`check`], or [`check_without_tests`].
type CheckPipeline = fn(&str, &Path, &[String], &dyn Environment) -> Result<CheckedPipeline, Report>;

/// Reads and checks the pipeline; every problem is reported at once. What is wrong with its tests is a warning.
pub(crate) fn load(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    load_on(args, local_environment()?, check_without_tests)
}

/// The same where mistakes in tests are problems.
pub(crate) fn load_with_tests(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    load_on(args, local_environment()?, check)
}

/// The same for a process that does not read the supplier file.
pub(crate) fn load_without_source(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    let environment = LocalEnvironment::without_source().while_doing("starting the plug-in host")?;
    load_on(args, environment, check_without_tests)
}

fn local_environment() -> Result<LocalEnvironment, Failure> {
    LocalEnvironment::new().while_doing("starting the plug-in host")
}

fn load_on(
    args: &PipelineArgs,
    environment: LocalEnvironment,
    check: CheckPipeline,
) -> Result<LoadedPipeline, Failure> {
    let file = &args.pipeline;
    matchflow_files::protect(file, "the pipeline");
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("error: `{}` cannot be read: {error}", file.display())))?;
    load_text(&text, file, &args.set, environment, check)
}

/// Checks the text of a pipeline; `file` is where it is, or where it would be.
pub(crate) fn load_written(text: &str, file: &Path) -> Result<LoadedPipeline, Failure> {
    load_text(text, file, &[], local_environment()?, check_without_tests)
}

fn load_text(
    text: &str,
    file: &Path,
    set: &[String],
    environment: LocalEnvironment,
    check: CheckPipeline,
) -> Result<LoadedPipeline, Failure> {
    let checked = check(text, file, set, &environment).map_err(|report| {
        let rendered = report.render(std::io::stderr().is_terminal(), REPORT_COLUMNS);
        Failure::Usage(format!("{}; nothing was done", rendered.trim_end()))
    })?;
    run_files::protect_all(&checked.plan)?;
    if let Some(warnings) = &checked.warnings {
        message!("{}", warnings.render(std::io::stderr().is_terminal(), REPORT_COLUMNS).trim_end());
    }
    let plugins = plugins(&checked.plan, &environment)?;
    let arbiters = arbiters(&checked.plan, &environment)?;
    Ok(LoadedPipeline { checked, plugins, arbiters, host: environment.into_host() })
}

fn arbiters(plan: &Plan, environment: &LocalEnvironment) -> Result<Vec<Arbiter>, Failure> {
    let of_stage = |stage: &StagePlan| match &stage.kind {
        StageKind::Arbitrate(plan) => Some(environment.load_arbiter(&plan.plugin).while_doing("loading the plug-in")),
        _ => None,
    };
    plan.stages.iter().filter_map(of_stage).collect()
}

fn plugins(plan: &Plan, environment: &LocalEnvironment) -> Result<Vec<Vec<Plugin>>, Failure> {
    let of_stage = |kind: &StageKind| -> Result<Vec<Plugin>, Failure> {
        let StageKind::Score(plan) = kind else { return Ok(Vec::new()) };
        let load = |scorer: &ScorerPlan| environment.load(&scorer.plugin).while_doing("loading the plug-in");
        plan.scorers.iter().map(load).collect()
    };
    plan.stages.iter().map(|stage| of_stage(&stage.kind)).collect()
}
