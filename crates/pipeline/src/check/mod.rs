//! Checks the file and builds the plan: names exist, numbers are consistent, the order of stages makes sense.
//!
//! Every check reports and continues. Whatever depends on a problem already reported is not checked: one mistake gives
//! one message.

mod arbitrate;
mod cases;
mod clean;
mod csv_output;
mod dedupe;
mod fields;
mod id_widths;
mod input;
mod match_model;
mod model_levels;
mod parameters;
mod preset;
mod run;
mod scope;
mod scorer;
mod search;
mod stages;
mod table;
mod table_output;

pub use arbitrate::CheckedArbiter;
use preset::{PresetPlaces, add_presets};

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use matchflow_model::language::Language;
use matchflow_model::plan::{EvidenceScope, Plan, plugin_name};
use serde::Serialize;

use crate::cases::PipelineTest;
use crate::decode::{self, ShortOrLong, Spanned};
use crate::environment::{Environment, Fault, PluginFacts};
use crate::error::{Place, Problems, Report, Source};
use crate::raw::{KeyFile, Model, Pipeline, rename_keys};
use crate::tree::{Node, apply, parse, substitute};

/// Standard input as a path of a table, standard output as one of an output.
const STANDARD_STREAM: &str = "-";

/// A pipeline that passed every check.
#[derive(Debug, Clone)]
pub struct CheckedPipeline {
    /// What the engine runs.
    pub plan: Plan,
    /// The cases of the `tests:` block.
    pub tests: Vec<PipelineTest>,
    /// The plug-ins of the plan's scorers, in the order of stages and scorers.
    pub plugins: Vec<CheckedPlugin>,
    /// The plug-ins of the plan's `arbitrate` stages, in order.
    pub arbiters: Vec<CheckedArbiter>,
    /// Likely mistakes that do not prevent the pipeline from running.
    pub warnings: Option<Report>,
}

/// The plug-in behind a scorer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedPlugin {
    /// The label of the score stage.
    pub stage: String,
    /// The scorer's name.
    pub scorer: String,
    /// The plug-in's description.
    #[serde(flatten)]
    pub facts: PluginFacts,
}

/// Reads and checks a pipeline.
///
/// `text` is the content of `file`; `file` is shown in messages, and relative paths start in its folder. `overrides`
/// are the arguments of `--set` (`path.to.key=value`), applied in order before any check.
pub fn check(
    text: &str,
    file: &Path,
    overrides: &[String],
    environment: &dyn Environment,
) -> Result<CheckedPipeline, Report> {
    check_with(text, file, overrides, environment, TestProblems::Errors)
}

/// The same for a command that does not run the cases under `tests`: problems with them are warnings.
pub fn check_without_tests(
    text: &str,
    file: &Path,
    overrides: &[String],
    environment: &dyn Environment,
) -> Result<CheckedPipeline, Report> {
    check_with(text, file, overrides, environment, TestProblems::Warnings)
}

/// How problems under `tests` are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TestProblems {
    Errors,
    Warnings,
}

fn check_with(
    text: &str,
    file: &Path,
    overrides: &[String],
    environment: &dyn Environment,
    test_problems: TestProblems,
) -> Result<CheckedPipeline, Report> {
    let mut sources = vec![Source { name: file.display().to_string(), text: text.to_owned() }];
    sources.extend(overrides.iter().map(|argument| Source { name: "--set".into(), text: argument.clone() }));
    let mut problems = Problems::default();
    let places = PresetPlaces { first_source: sources.len() };
    let mut tests = None;
    let checked = read(text, overrides, environment, &mut problems, &mut tests).and_then(|mut raw| {
        add_presets(&mut raw.value, &mut sources, &mut problems);
        let folder = file.parent().unwrap_or(Path::new(""));
        let model = raw.value.model.as_ref();
        let is_own_model = model.is_some_and(|model| matches!(model.value, ShortOrLong::Long(_)));
        let model = model
            .and_then(|model| match_model::read_model(model, folder, environment, sources.len(), &mut problems))
            .and_then(|(source, model)| {
                sources.push(source);
                model
            });
        let (plugins, configured) = (HashMap::new(), HashMap::new());
        let prior = raw.value.dedupe.as_ref().map(|dedupe| dedupe::prior(&dedupe.value));
        let mut check = Check {
            folder,
            environment,
            problems: &mut problems,
            places,
            model,
            is_own_model,
            checkpoint: None,
            prior,
            plugins,
            configured,
        };
        check.pipeline(&raw.value)
    });
    if let (TestProblems::Warnings, Some(tests)) = (test_problems, tests) {
        problems.soften(tests);
    }
    let (mut checked, warnings) = problems.verdict(checked, sources)?;
    checked.warnings = warnings;
    Ok(checked)
}

fn read(
    text: &str,
    overrides: &[String],
    environment: &dyn Environment,
    problems: &mut Problems,
    tests: &mut Option<Place>,
) -> Option<Spanned<Pipeline>> {
    let mut root = parse(text, 0, problems)?;
    *tests = root.entry("tests").map(Node::extent);
    rename_keys(&mut root, KeyFile::Pipeline, problems);
    for (index, argument) in overrides.iter().enumerate() {
        apply(&mut root, argument, index + 1, problems);
        rename_keys(&mut root, KeyFile::Pipeline, problems);
    }
    substitute(&mut root, &|name| environment.variable(name), problems);
    decode::spanned(&root, problems)
}

/// The context of every check.
struct Check<'a> {
    folder: &'a Path,
    environment: &'a dyn Environment,
    problems: &'a mut Problems,
    places: PresetPlaces,
    /// The match model, if the pipeline has one.
    model: Option<Model>,
    /// Whether the model is a file that belongs to the pipeline.
    is_own_model: bool,
    /// The checkpoint, where the pipeline names one.
    checkpoint: Option<PathBuf>,
    /// With `dedupe`: the prior of a pair.
    prior: Option<f64>,
    /// Descriptions of plug-ins: an alias may repeat one, and loading one compiles it.
    plugins: HashMap<PathBuf, Result<PluginFacts, Fault>>,
    /// Keyed by path and parameters.
    configured: HashMap<(PathBuf, String), Result<(), Fault>>,
}

impl Check<'_> {
    fn pipeline(&mut self, raw: &Pipeline) -> Option<CheckedPipeline> {
        let checkpoint = raw.sink.as_ref().and_then(|sink| sink.value.checkpoint.as_ref());
        self.checkpoint = checkpoint.map(|checkpoint| self.path(checkpoint));
        let source = raw.source.as_ref().and_then(|source| self.source(source));
        let reference = match &raw.dedupe {
            Some(_) => source.as_ref().map(|(plan, columns)| (dedupe::source_as_reference(plan), columns.clone())),
            None => raw.reference.as_ref().and_then(|reference| self.reference(reference)),
        };
        let plans = (source.as_ref().map(|(plan, _)| plan), reference.as_ref().map(|(plan, _)| plan));
        let mut sides = scope::Sides::new(raw, plans.0, plans.1);
        let stages = raw.stages.clone().map(|stages| self.fitting_stages(stages, raw, &sides, plans.1));
        let mut chain = stages.as_ref().map(|stages| self.stages(stages, &mut sides));
        let dedupe = raw.dedupe.as_ref().map(|dedupe| self.dedupe(&dedupe.value, plans.0, &sides));
        let (dedupe, decide) = dedupe.unzip();
        if let (Some(decide), Some(chain)) = (decide, &mut chain) {
            chain.stages.push(decide);
        }
        let sink = raw.sink.as_ref().and_then(|sink| self.sink(&sink.value));
        let report = self.report(raw, plans.0);
        let execution = self.execution(raw.execution.as_ref().map(|execution| &execution.value));
        let stages = chain.as_ref().map_or(&[][..], |chain| &chain.stages);
        let outputs = self.outputs(raw, plans, stages);
        let tests = self.cases(raw, source.as_ref(), reference.as_ref(), stages);
        let (source, mut reference, chain) = (source?, reference?, chain?);
        if dedupe.is_none() {
            reference.0.id_widths = id_widths::id_widths(&chain.stages);
        }
        let name = raw.name.as_ref()?.value.clone();
        let language = raw.language.as_ref().map(|language| language.value);
        let language = language.unwrap_or_else(|| Language::from_environment(|name| self.environment.variable(name)));
        let mut plan = Plan {
            name,
            language,
            evidence: EvidenceScope::default(),
            source: source.0,
            reference: reference.0,
            dedupe,
            stages: chain.stages,
            one_to_one: chain.one_to_one,
            sink: sink?,
            outputs,
            report,
            execution,
        };
        plan.keep_evidence(raw.evidence.as_ref().map(|evidence| evidence.value).unwrap_or_default());
        Some(CheckedPipeline { plan, tests, plugins: chain.plugins, arbiters: chain.arbiters, warnings: None })
    }

    fn plugin(&mut self, path: &Path) -> Result<PluginFacts, Fault> {
        self.plugins.entry(path.to_owned()).or_insert_with(|| self.environment.plugin(path)).clone()
    }

    fn configure(&mut self, path: &Path, parameters: &str) -> Result<(), Fault> {
        let answer = || self.environment.configure(path, parameters);
        self.configured.entry((path.to_owned(), parameters.to_owned())).or_insert_with(answer).clone()
    }

    /// The file of a plug-in, or the name of a bundled one.
    fn plugin_path(&self, path: &Spanned<decode::FilePath>) -> PathBuf {
        match plugin_name(Path::new(&path.value.0)) {
            Some(name) => PathBuf::from(name),
            None => self.path(path),
        }
    }

    /// The same, but `-` is standard input or output.
    fn path_or_stream(&self, path: &Spanned<decode::FilePath>) -> PathBuf {
        if path.value.0 == STANDARD_STREAM { PathBuf::from(STANDARD_STREAM) } else { self.path(path) }
    }

    /// The file that a path in the pipeline refers to.
    fn path(&self, path: &Spanned<decode::FilePath>) -> PathBuf {
        // A path given with `--set` is relative to the current folder.
        let is_of_file = path.place.source == 0;
        let path = if is_of_file { self.folder.join(&path.value.0) } else { PathBuf::from(&path.value.0) };
        self.environment.spelling(path)
    }
}
