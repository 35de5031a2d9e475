//! `matchflow match`, `dedupe` and `init`: create a pipeline from files alone, asking about anything unclear. The
//! pipeline is written as YAML and processed like any other file.

mod choices;
mod description;
mod pipeline_text;
mod questions;
mod registry;
mod result_paths;
mod supplier_file;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use matchflow_ingest::IngestError;
use matchflow_model::language::Language;
use matchflow_model::plan::EvidenceScope;
use matchflow_model::printable::printable;

use crate::args::{
    DedupeArgs, InitArgs, MatchArgs, PipelineArgs, ProcessArgs, ProgressMode, ResultArgs, ResumePolicy, RunArgs,
    SupplierFileArgs,
};
use crate::commands::run::run_loaded;
use crate::console::{self, Verbosity};
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, reason_of_input};
use crate::load::load_written;
use crate::messages::{GuideError, GuideText, GuidedTable, guide_text, ingest_error_text};
use crate::standard_input::{copy_next_to, is_standard_input};

use pipeline_text::{PipelineDraft, pipeline_text};
use registry::{RegistryChoice, choose_registry};
use result_paths::{ResultPaths, result_base, result_paths};
use supplier_file::{SupplierFile, read_supplier_file};

pub(crate) use supplier_file::format_of;

/// The preset of stages for duplicates.
const DUPLICATES: &str = "duplicates";

/// Matches a supplier file with a registry.
pub(crate) fn match_file(args: &MatchArgs) -> Result<ExitCode, Failure> {
    console::configure(args.results.progress == ProgressMode::Json, Verbosity::Normal, None);
    let language = language();
    let registry = choose_registry(&args.registry, language)?;
    let table = table_file(&args.supplier_file, args.results.output.as_deref(), false)?;
    let file = read_supplier_file(&args.supplier_file, &table, registry.fields(), language)?;
    description::print(&file, Some(&registry), language);
    finish(&args.supplier_file, &args.results, &file, Some(&registry), language)
}

/// Finds the duplicates of a supplier file.
pub(crate) fn dedupe(args: &DedupeArgs) -> Result<ExitCode, Failure> {
    console::configure(args.results.progress == ProgressMode::Json, Verbosity::Normal, None);
    let language = language();
    let table = table_file(&args.supplier_file, args.results.output.as_deref(), true)?;
    let file = read_supplier_file(&args.supplier_file, &table, choices::FRENCH_FIELDS, language)?;
    description::print(&file, None, language);
    finish(&args.supplier_file, &args.results, &file, None, language)
}

/// Writes a pipeline for a supplier file.
pub(crate) fn init(args: &InitArgs) -> Result<ExitCode, Failure> {
    let language = language();
    let registry = match args.registry.is_empty() {
        true => None,
        false => Some(choose_registry(&args.registry, language)?),
    };
    let fields = registry.as_ref().map_or(choices::FRENCH_FIELDS, RegistryChoice::fields);
    let table = table_file(&args.supplier_file, None, registry.is_none())?;
    let file = read_supplier_file(&args.supplier_file, &table, fields, language)?;
    description::print(&file, registry.as_ref(), language);
    let path = args.output.clone().unwrap_or_else(|| yaml_path(&args.supplier_file.file));
    let paths = result_paths(&args.supplier_file.file, None, registry.is_none())?;
    let text = pipeline_text(&PipelineDraft::new(&file, registry.as_ref(), &paths, &path, language));
    write_pipeline(&path, &text)?;
    load_written(&text, &path)?;
    message!("{}", guide_text(&GuideText::PipelineWritten { path: path.display().to_string() }, language));
    Ok(ExitCode::SUCCESS)
}

/// The file to read: the copy of standard input, if that is the table.
fn table_file(args: &SupplierFileArgs, output: Option<&Path>, is_dedupe: bool) -> Result<PathBuf, Failure> {
    if !is_standard_input(&args.file) {
        return Ok(args.file.clone());
    }
    let checkpoint = result_paths(&args.file, output, is_dedupe)?.checkpoint;
    copy_next_to(Some(&checkpoint)).map_err(|error| Failure::fatal(&error, "reading the supplier file"))
}

/// The path of the pipeline, next to the supplier file.
fn yaml_path(file: &Path) -> PathBuf {
    result_base(file).with_extension("yaml")
}

/// Writes the pipeline if requested, runs it, and prints the next steps.
fn finish(
    file_args: &SupplierFileArgs,
    args: &ResultArgs,
    file: &SupplierFile,
    registry: Option<&RegistryChoice>,
    language: Language,
) -> Result<ExitCode, Failure> {
    let paths = result_paths(&file_args.file, args.output.as_deref(), registry.is_none())?;
    // The path that the pipeline would have: relative paths start there.
    let path = args.write_pipeline.clone().unwrap_or_else(|| yaml_path(&file_args.file));
    let text = pipeline_text(&PipelineDraft::new(file, registry, &paths, &path, language));
    if let Some(path) = &args.write_pipeline {
        write_pipeline(path, &text)?;
    }
    let mut loaded = load_written(&text, &path)?;
    // There is no pipeline file from which `explain` could recompute it.
    loaded.checked.plan.keep_evidence(EvidenceScope::All);
    let code = run_loaded(&run_args(path, args), loaded)?;
    if args.progress != ProgressMode::None && code == ExitCode::SUCCESS {
        message!("{}", next_step(registry.is_none(), &paths, args, language));
    }
    Ok(code)
}

fn next_step(is_dedupe: bool, paths: &ResultPaths, args: &ResultArgs, language: Language) -> String {
    let output = (!matchflow_files::is_stdout(&paths.output)).then(|| paths.output.display().to_string());
    let text = GuideText::NextStep {
        output,
        checkpoint: paths.checkpoint.display().to_string(),
        pipeline: args.write_pipeline.as_ref().map(|path| path.display().to_string()),
        is_dedupe,
    };
    guide_text(&text, language)
}

/// The arguments of a complete run. Rows that an earlier run decided with another registry or other columns are matched
/// again.
fn run_args(path: PathBuf, args: &ResultArgs) -> RunArgs {
    RunArgs {
        pipeline: PipelineArgs { pipeline: path, set: Vec::new() },
        limit: args.limit,
        retry_errors: false,
        resume: ResumePolicy::Redo,
        // The registry is named on the command line.
        allow_older_edition: true,
        workers: None,
        watch_plugins: false,
        wait: None,
        progress: args.progress,
        quiet: false,
        verbose: false,
        log: None,
        trace: None,
        process_args: ProcessArgs::default(),
    }
}

/// Writes a new file: an existing one may be a user's work.
fn write_pipeline(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            if std::fs::read(path).is_ok_and(|known| known == text.as_bytes()) {
                return None;
            }
            Some(refusal(GuideError::PipelineExists { path: path.display().to_string() }))
        }
        _ => {
            Some(refusal(GuideError::PipelineUnwritable { path: path.display().to_string(), error: error.to_string() }))
        }
    };
    let written =
        std::fs::File::create_new(path).and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.or_else(|error| failed(error).map_or(Ok(()), Err))
}

/// Why nothing was done, in the user's language.
fn refusal(error: GuideError) -> Failure {
    let reason = match error {
        GuideError::NoRows { .. } => ExitReason::InputEmpty,
        _ => ExitReason::CommandLine,
    };
    Failure::Refused(reason, guide_text(&GuideText::Error(error), language()))
}

/// A table that cannot be read, in the user's language.
pub(crate) fn unreadable(error: &IngestError, table: GuidedTable) -> Failure {
    let language = language();
    let reason = error.condition().map_or(ExitReason::Fatal, reason_of_input);
    let error = printable(&ingest_error_text(error, language)).into_owned();
    Failure::Refused(reason, guide_text(&GuideText::Error(GuideError::Unreadable { table, error }), language))
}

fn language() -> Language {
    Language::from_environment(|name| std::env::var(name).ok())
}
