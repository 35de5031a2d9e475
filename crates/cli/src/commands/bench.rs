//! `matchflow bench` and `matchflow generate`: what `matchflow-bench` needs from this command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use matchflow_bench::{
    BenchArgs, BenchError, BenchHost, GenerateArgs, LoadedPlan, OutcomeTarget, PreparedRun, SearchFigures,
};
use matchflow_evaluate::Truth;
use matchflow_flow::Observer;
use matchflow_model::plan::{Plan, StageKind};
use matchflow_model::store::{CommitError, DoneRows, Epoch, EpochStore};
use matchflow_plugin_host::Plugin;

use crate::args::PipelineArgs;
use crate::checkpoint::open_checkpoint;
use crate::commands::survey::{SurveyOptions, survey};
use crate::engine::Engine;
use crate::environment::cache_folder;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::{LoadedPipeline, load};
use crate::pipeline_file::read_pipeline;
use crate::registry_digest::registry_digest;
use crate::run_files;

/// Runs a benchmark and prints its figures.
pub(crate) fn bench(args: &BenchArgs) -> Result<ExitCode, Failure> {
    if let Some((pipeline, rounds)) = args.pipeline_and_rounds()
        && rounds.point.is_none()
    {
        // Checked before any data is generated.
        if !pipeline.exists() {
            let file = pipeline.display();
            let text =
                format!("error: there is no pipeline `{file}`: name one with `--pipeline FILE`; nothing was done");
            return Err(Failure::Refused(ExitReason::Pipeline, text));
        }
        read_pipeline(pipeline)?;
    }
    protect_files(args)?;
    Ok(matchflow_bench::bench(args, &CommandHost)?)
}

/// Refuses to overwrite a file of the pipeline with figures, before anything is measured.
fn protect_files(args: &BenchArgs) -> Result<(), Failure> {
    let Some((pipeline, rounds)) = args.pipeline_and_rounds() else { return Ok(()) };
    let json = rounds.json.iter().map(|path| (path, matchflow_bench::FIGURES));
    let plot = rounds.plot.iter().map(|path| (path, matchflow_bench::PLOT));
    let figures = json.chain(plot).filter(|(path, _)| !matchflow_files::is_stdout(path));
    if rounds.point.is_some() || figures.clone().next().is_none() {
        return Ok(());
    }
    matchflow_files::protect(pipeline, "the pipeline");
    // A pipeline that cannot be loaded reports its error when it is measured.
    let _ = load(&PipelineArgs { pipeline: pipeline.to_owned(), set: Vec::new() });
    for (path, role) in figures {
        run_files::claim_argument(path, role)?;
    }
    Ok(())
}

/// Generates files and prints their paths.
pub(crate) fn generate(args: &GenerateArgs) -> Result<ExitCode, Failure> {
    Ok(matchflow_bench::generate(args)?)
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Failure {
        match error {
            BenchError::Usage(text) => Failure::Usage(format!("error: {text}")),
            BenchError::Failed(text) => Failure::Fatal(text),
            BenchError::Output(error) => Failure::Output(error),
        }
    }
}

impl From<Failure> for BenchError {
    fn from(failure: Failure) -> BenchError {
        match failure {
            Failure::Usage(text) | Failure::Refused(_, text) => {
                BenchError::Usage(text.strip_prefix("error: ").unwrap_or(&text).to_owned())
            }
            Failure::Fatal(text) | Failure::Ended(_, text) => BenchError::Failed(text),
            Failure::Output(error) => BenchError::Output(error),
        }
    }
}

/// This command, as the benchmarks use it.
struct CommandHost;

/// A store that discards outcomes.
struct DiscardingStore;

impl EpochStore for DiscardingStore {
    fn commit(&mut self, _epoch: &Epoch) -> Result<(), CommitError> {
        Ok(())
    }
}

impl BenchHost for CommandHost {
    fn load(&self, pipeline: &Path, settings: Vec<String>) -> Result<LoadedPlan, BenchError> {
        let args = PipelineArgs { pipeline: pipeline.to_owned(), set: settings };
        let LoadedPipeline { checked, plugins, .. } = load(&args)?;
        Ok(LoadedPlan { plan: checked.plan, plugins })
    }

    fn prepare_run(
        &self,
        plan: &Arc<Plan>,
        plugins: &[Vec<Plugin>],
        target: OutcomeTarget,
        observer: Box<dyn Observer>,
    ) -> Result<PreparedRun, BenchError> {
        let store: Box<dyn EpochStore> = match target {
            OutcomeTarget::Checkpoint => {
                Box::new(open_checkpoint(plan, plugins, &[], registry_digest(plan)?, None)?.store)
            }
            OutcomeTarget::Discard => Box::new(DiscardingStore),
        };
        let engine = Engine::open(plan, plugins.to_vec()).while_doing("opening the files of the pipeline")?;
        let progress = engine.progress();
        let start = move || {
            let ran = engine.run(store, Arc::new(DoneRows::new()), observer);
            ran.map_err(|error| Failure::fatal(error.as_ref(), "running the pipeline").into())
        };
        Ok(PreparedRun { progress, start: Box::new(start) })
    }

    fn search(&self, plan: &Plan, rows: u64) -> Result<SearchFigures, BenchError> {
        let truth = Truth::default();
        let report = survey(plan, &SurveyOptions { truth: &truth, missed_max: 0, rows_max: rows, top_min: 0 })?;
        let labels = plan.stages.iter().filter(|stage| matches!(stage.kind, StageKind::Candidates(_)));
        Ok(SearchFigures {
            entries: report.entries,
            bytes_per_entry: report.bytes_per_entry,
            load_seconds: report.load_seconds,
            search_seconds: report.search_seconds,
            stages: labels.map(|stage| stage.label.clone()).zip(report.search_times).collect(),
        })
    }

    fn data_folder(&self) -> Option<PathBuf> {
        cache_folder("bench")
    }

    fn message(&self, text: &str) {
        message!("{text}");
    }
}
