//! `matchflow explain`: the reasons for the result of a row, or the recall of the candidate stages.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use matchflow_checkpoint::read_results;
use matchflow_evaluate::Truth;
use matchflow_files::open_regular;
use matchflow_labels::Words;
use matchflow_model::language::{Label, Language};
use matchflow_model::plan::SinkPlan;
use matchflow_model::printable::printable;
use serde_json::json;

use crate::args::{ExplainArgs, PipelineArgs};
use crate::commands::evidence_again::{EvidenceOrigin, is_evidence_cut, make_again};
use crate::commands::explain_result::ResultExplanation;
use crate::commands::survey::{SurveyOptions, SurveyReport, survey};
use crate::failure::{Failure, FailureContext};
use crate::load::load;
use crate::messages::result_texts::{self as texts, decimal, fill_label};
use crate::registry_edition::displayed;

/// The position of the magic bytes `DUCK` in a DuckDB database.
const DUCKDB_MARK: std::ops::Range<usize> = 8..12;
/// The row's result is stored, but in no output.
const REMOVED: Label = Label {
    en: "this row is no longer in the supplier file: its last result is left out of outputs",
    fr: "cette ligne n'est plus dans le fichier fournisseurs : son dernier résultat est écarté des sorties",
};
/// The edition of the registry that the result is of.
const EDITION: Label = Label { en: "registry: {edition}", fr: "registre : {edition}" };
/// Minimum number of companies that a token stage returns here, so that recall at 50 can be measured.
const TOP_MIN: usize = 50;

/// Explains a result, or the recall of the candidate stages.
pub(crate) fn explain(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    match (&args.key, &args.truth) {
        (Some(key), _) => explain_result(args, key),
        (None, Some(truth)) => explain_recall(args, truth),
        // clap requires one of them.
        (None, None) => Err(Failure::Usage("error: give a key, or --recall with --truth FILE".to_owned())),
    }
}

/// Explains a stored result: `args.file` is the checkpoint, or the pipeline, which names it and the language.
fn explain_result(args: &ExplainArgs, key: &str) -> Result<ExitCode, Failure> {
    let loaded = match FileKind::detect(&args.file)? {
        FileKind::Checkpoint => None,
        FileKind::Pipeline => Some(load(&PipelineArgs { pipeline: args.file.clone(), set: args.set.clone() })?),
    };
    let plan = loaded.as_ref().map(|loaded| &loaded.checked.plan);
    let checkpoint = plan.map_or_else(|| args.file.clone(), |plan| latest_checkpoint(&plan.sink));
    let from_environment = || Language::from_environment(|name| std::env::var(name).ok());
    let language = plan.map_or_else(from_environment, |plan| plan.language);
    let results = read_results(&checkpoint).while_doing("opening the checkpoint")?;
    let found = results.tables().result(key).while_doing("reading the results from the checkpoint")?;
    let Some(mut decision) = found else {
        let message = format!("error: {} has no result with the key `{key}`", checkpoint.display());
        return Err(Failure::Usage(format!("{message}; keys are in the first column of the results")));
    };
    let is_removed = results.tables().is_removed(key).while_doing("reading the results from the checkpoint")?;
    let edition = results.tables().edition_of(key).while_doing("reading the runs from the checkpoint")?;
    let edition = edition.map(|edition| displayed(&edition));
    let origin = match (is_evidence_cut(&decision), &loaded) {
        (false, _) => EvidenceOrigin::Kept,
        (true, None) => EvidenceOrigin::NotKept,
        (true, Some(loaded)) => make_again(loaded, &mut decision)?,
    };
    let mut out = crate::console::stdout();
    let words = Words::new(language);
    let explanation = ResultExplanation::new(&decision, &words).while_doing("reading the result")?;
    if args.json {
        let mut json = explanation.json().while_doing("writing the result as JSON")?;
        if let Some(fields) = json.as_object_mut() {
            fields.insert("removed".to_owned(), is_removed.into());
            fields.insert("edition".to_owned(), edition.into());
            fields.insert("evidence_origin".to_owned(), origin.code().into());
        }
        writeln!(std::io::stdout(), "{json:#}")?
    } else {
        if is_removed {
            writeln!(out, "{}", REMOVED.get(language))?;
        }
        write!(out, "{}", printable(&explanation.to_string()))?;
        if let Some(edition) = edition {
            writeln!(out, "\n{}", fill_label!(EDITION, language, "edition": edition))?;
        }
        if let Some(note) = origin.note() {
            writeln!(out, "\n{}", note.get(language))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The location of a pipeline's results: its checkpoint, or the fallback of a run that could not use it.
pub(crate) fn latest_checkpoint(sink: &SinkPlan) -> PathBuf {
    let fallback = sink.fallback.as_ref().filter(|fallback| fallback.exists());
    match fallback {
        Some(fallback) if !sink.checkpoint.exists() => fallback.clone(),
        _ => sink.checkpoint.clone(),
    }
}

/// The kinds of files from which `explain` can read a result.
enum FileKind {
    Checkpoint,
    Pipeline,
}

impl FileKind {
    /// A DuckDB database is recognised by its content, a pipeline by its extension.
    fn detect(path: &Path) -> Result<FileKind, Failure> {
        let mut start = Vec::new();
        let read = open_regular(path).and_then(|file| file.take(DUCKDB_MARK.end as u64).read_to_end(&mut start));
        read.while_doing(&format!("opening {}", path.display()))?;
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        if start.get(DUCKDB_MARK) == Some(b"DUCK") {
            Ok(FileKind::Checkpoint)
        } else if extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
            Ok(FileKind::Pipeline)
        } else {
            Err(Failure::Usage(format!(
                "error: {} is neither a checkpoint nor a pipeline (.yaml): results are explained from the checkpoint, which \
                 the pipeline names under `sink.checkpoint`",
                path.display()
            )))
        }
    }
}

fn explain_recall(args: &ExplainArgs, truth: &Path) -> Result<ExitCode, Failure> {
    let truth = Truth::open(truth).while_doing("reading the truth")?;
    let pipeline = PipelineArgs { pipeline: args.file.clone(), set: args.set.clone() };
    let plan = load(&pipeline)?.checked.plan;
    let options = SurveyOptions {
        truth: &truth,
        missed_max: args.missed,
        rows_max: args.limit.unwrap_or(u64::MAX),
        top_min: TOP_MIN,
    };
    let report = survey(&plan, &options)?;
    let mut out = crate::console::stdout();
    if args.json {
        writeln!(std::io::stdout(), "{:#}", figures(&report))?;
    } else {
        write!(out, "{}", report.recall)?;
        writeln!(out, "\n{}", speed(&report, plan.language))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The figures as JSON.
pub(crate) fn figures(report: &SurveyReport) -> serde_json::Value {
    json!({
        "recall": report.recall,
        "entries": report.entries,
        "bytes_per_entry": report.bytes_per_entry,
        "load_seconds": report.load_seconds,
        "search_seconds": report.search_seconds,
        "rows_per_second": report.recall.rows as f64 / report.search_seconds,
        "threads": report.threads,
        "searched_seconds": report.search_times.iter().map(std::time::Duration::as_secs_f64).collect::<Vec<_>>(),
    })
}

/// The cost of the search.
pub(crate) fn speed(report: &SurveyReport, language: Language) -> String {
    let rows = report.recall.rows as f64;
    let number = |number: f64, decimals| decimal(number, decimals, language);
    let mut text = fill_label!(texts::SEARCH_COST, language, "entries": report.entries,
        "load": number(report.load_seconds, 1), "bytes": number(report.bytes_per_entry, 0), "rows": report.recall.rows,
        "seconds": number(report.search_seconds, 1), "threads": report.threads,
        "rate": number(rows / report.search_seconds, 0));
    for (stage, searched) in report.recall.stages.iter().zip(&report.search_times) {
        let rate = format!("{:>8.0}", rows / searched.as_secs_f64());
        let rate = fill_label!(texts::STAGE_RATE, language, "rate": rate);
        text.push_str(&format!("\n  {:<16} {rate}", stage.stage));
    }
    text
}
