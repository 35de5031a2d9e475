//! `matchflow report`: the results of a pipeline as a page, as JSON, and conditions on its figures.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_checkpoint::read_results;
use matchflow_labels::Words;
use matchflow_model::language::Language;
use matchflow_report::{DisplayedRows, FailCondition, ReportOptions, ResultReport};

use crate::args::ReportArgs;
use crate::commands::evaluate::evaluate_checkpoint;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::load_without_source;
use crate::messages::{ReportText, report_text};
use crate::report::words;
use crate::run_decisions::read_decisions;

/// The file name that is standard output.
const STANDARD_OUTPUT: &str = "-";

/// Writes a report; fails if a condition is met.
pub(crate) fn report(args: &ReportArgs) -> Result<ExitCode, Failure> {
    if args.html.is_none() && args.json.is_none() && args.fail_if.is_empty() {
        return Err(Failure::Usage(text(&ReportText::NothingToDo)));
    }
    let language = args.language.as_deref().map(language_of).transpose()?;
    let conditions = args.fail_if.iter().map(|condition| {
        FailCondition::parse(condition).map_err(|error| Failure::Usage(text(&ReportText::InvalidCondition { error })))
    });
    let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
    let loaded = load_without_source(&args.pipeline)?;
    let plan = loaded.checked.plan;
    let file = args.pipeline.pipeline.display().to_string();
    if plan.dedupe.is_some() {
        return Err(Failure::Refused(ExitReason::Pipeline, text(&ReportText::IsDedupe { file })));
    }
    let checkpoint = &plan.sink.checkpoint;
    if !checkpoint.exists() {
        let file = checkpoint.display().to_string();
        return Err(Failure::Refused(ExitReason::InputMissing, text(&ReportText::NoResults { file })));
    }
    let evaluation = args.truth.as_deref().map(|truth| evaluate_checkpoint(checkpoint, truth, 0)).transpose()?;
    let results = read_results(checkpoint).while_doing("opening the checkpoint")?;
    let options = ReportOptions {
        plan: &plan,
        decisions: &*read_decisions(&plan)?,
        evaluation: evaluation.as_ref(),
        rows: if args.no_rows { DisplayedRows::None } else { DisplayedRows::Some },
    };
    let report = ResultReport::read(results.tables(), &options).while_doing("making the report")?;
    write_report(args, &report, &Words { language: language.unwrap_or(plan.language), ..words(&plan) })?;
    check(&conditions, &report)
}

fn write_report(args: &ReportArgs, report: &ResultReport, words: &Words) -> Result<(), Failure> {
    if let Some(path) = &args.html {
        write(path, &report.to_html(words).while_doing("making the report")?)?;
        message!("{}", text(&ReportText::Written { file: path.display().to_string() }));
    }
    if let Some(path) = &args.json {
        let json = report.to_json().while_doing("making the report")? + "\n";
        if path.as_os_str() == STANDARD_OUTPUT {
            std::io::stdout().write_all(json.as_bytes())?;
        } else {
            write(path, &json)?;
            message!("{}", text(&ReportText::Written { file: path.display().to_string() }));
        }
    }
    Ok(())
}

fn write(path: &Path, content: &str) -> Result<(), Failure> {
    let written = matchflow_files::create(path, "the report").and_then(|mut file| file.write_all(content.as_bytes()));
    written.map_err(|error| {
        let file = path.display().to_string();
        Failure::Fatal(text(&ReportText::NotWritten { file, why: error.to_string() }))
    })
}

/// Reports every condition that is met; one that names a figure which the report does not have is an error.
fn check(conditions: &[FailCondition], report: &ResultReport) -> Result<ExitCode, Failure> {
    let mut is_met = false;
    for condition in conditions {
        let met = condition.is_met(&report.figures).map_err(|figure| {
            let condition = condition.to_string();
            Failure::Usage(text(&ReportText::NoFigure { condition, figure: figure.name }))
        })?;
        if met {
            let figures = condition.figures(&report.figures);
            message!("{}", text(&ReportText::ConditionMet { condition: condition.to_string(), figures }));
            is_met = true;
        }
    }
    Ok(if is_met { ExitReason::ConditionMet.into() } else { ExitCode::SUCCESS })
}

fn text(text: &ReportText) -> String {
    report_text(text, console::language())
}

fn language_of(word: &str) -> Result<Language, Failure> {
    let found = Language::ALL.into_iter().find(|language| language.code() == word);
    found.ok_or_else(|| Failure::Usage(text(&ReportText::UnknownLanguage { language: word.to_owned() })))
}
