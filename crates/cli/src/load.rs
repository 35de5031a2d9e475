//! Loads a pipeline file: returns a checked plan with its plug-ins.

use std::num::NonZero;
use std::path::Path;

use matchflow_model::plan::{Plan, ScorerPlan, StageKind, StagePlan};
use matchflow_pipeline::{CheckedPipeline, Environment, Report, ReportedProblem, check, check_without_tests};
use matchflow_plugin_host::{Arbiter, Host, Plugin};
use serde_json::json;

use crate::args::PipelineArgs;
use crate::environment::LocalEnvironment;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext, reason_of_input};
use crate::pipeline_file::read_pipeline;
use crate::system_limits::ensure_threads;
use crate::{console, run_files, terminal};

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

/// Reads and checks the pipeline, reporting all problems together. Problems in its tests are warnings.
pub(crate) fn load(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    load_on(args, local_environment()?, check_without_tests)
}

/// The same, but mistakes in tests are problems.
pub(crate) fn load_with_tests(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    load_on(args, local_environment()?, check)
}

/// The same for a process that does not read the supplier file.
pub(crate) fn load_without_source(args: &PipelineArgs) -> Result<LoadedPipeline, Failure> {
    ensure_compiler_threads()?;
    let environment = LocalEnvironment::without_source().while_doing("starting the plug-in host")?;
    load_on(args, environment, check_without_tests)
}

fn local_environment() -> Result<LocalEnvironment, Failure> {
    ensure_compiler_threads()?;
    LocalEnvironment::new().while_doing("starting the plug-in host")
}

/// The compiler of plug-ins uses a thread per core, and the host one for its clock.
fn ensure_compiler_threads() -> Result<(), Failure> {
    ensure_threads(std::thread::available_parallelism().map_or(1, NonZero::get) + 1)
}

fn load_on(
    args: &PipelineArgs,
    environment: LocalEnvironment,
    check: CheckPipeline,
) -> Result<LoadedPipeline, Failure> {
    let file = &args.pipeline;
    let text = read_pipeline(file)?;
    load_text(&text, file, &args.set, environment, check)
}

/// Checks the text of a pipeline; `file` is its actual or future path.
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
    let checked = check(text, file, set, &environment).map_err(|report| refused(&report))?;
    console::set_language(checked.plan.language);
    run_files::protect_all(&checked.plan)?;
    if let Some(warnings) = &checked.warnings {
        print_report(warnings);
    }
    let plugins = plugins(&checked.plan, &environment)?;
    let arbiters = arbiters(&checked.plan, &environment)?;
    Ok(LoadedPipeline { checked, plugins, arbiters, host: environment.into_host() })
}

/// The failure for a pipeline that does not pass its checks.
fn refused(report: &Report) -> Failure {
    let reason = report.input_condition().map_or(ExitReason::Pipeline, reason_of_input);
    if console::is_json() {
        print_report(report);
        return Failure::Refused(reason, format!("{report}; nothing was done"));
    }
    let rendered = report.draw(&terminal::report_style());
    Failure::Refused(reason, format!("{}; nothing was done", rendered.trim_end()))
}

/// Prints the problems of a pipeline: drawn for people, as an event each for programs.
fn print_report(report: &Report) {
    if !console::is_json() {
        return message!("{}", report.draw(&terminal::report_style()).trim_end());
    }
    for ReportedProblem { file, line, column, is_warning, message, help } in report.problems() {
        let level = if is_warning { "warning" } else { "error" };
        console::event(&json!({
            "event": "problem", "level": level, "file": file, "line": line, "column": column, "text": message, "help": help,
        }));
    }
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
