//! `matchflow plugin test`: pairs given on the command line, or a table of cases.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use matchflow_model::arrow::array::StringArray;
use matchflow_pipeline::{PluginCase, plugin_cases};
use matchflow_plugin_host::{HostError, Limits, PairBatch, Plugin};

use super::{component, file_failure};
use crate::args::PluginTestArgs;
use crate::environment::Machine;
use crate::failure::Failure;

const CASES_FILE: &str = "cases.yaml";
/// Reports are at most this wide.
const REPORT_COLUMNS: usize = 100;

/// What a plug-in says of a pair.
struct Told {
    score: Option<f32>,
    evidence: Option<String>,
}

/// Scores the pairs and runs the cases; exit code 1 when one differs.
pub(crate) fn test(args: &PluginTestArgs) -> Result<ExitCode, Failure> {
    let cases = cases(args)?;
    let file = component(&args.plugin)?;
    let machine = Machine::new().map_err(|error| Failure::fatal(&error))?;
    let plugin = machine.load(&file).map_err(|error| Failure::fatal(&error))?;
    let mut out = std::io::stdout().lock();
    for pair in &args.pairs {
        let (left, right) = pair.split_once('|').ok_or_else(|| {
            Failure::Usage(format!(
                "error: `--pair {pair}`: expected `left|right`; values of several inputs are separated by `;`"
            ))
        })?;
        let values = |side: &str| side.split(';').map(str::to_owned).collect::<Vec<_>>();
        let told = score(&plugin, &args.parameters, &values(left), &values(right));
        let told = told.map_err(|error| Failure::fatal(&error))?;
        writeln!(out, "{}  {pair}", shown(told.score))?;
        if let Some(evidence) = told.evidence {
            writeln!(out, "       {evidence}")?;
        }
    }
    let Some((cases_file, cases)) = cases else { return Ok(ExitCode::SUCCESS) };
    let mut failed = 0;
    for case in &cases {
        let told = score(&plugin, &case.parameters, &case.left, &case.right);
        let difference = told.map_or_else(|error| Some(error.to_string()), |told| difference(case, &told));
        let pair = format!("{} | {}", line(&case.left), line(&case.right));
        writeln!(out, "{} {pair}", if difference.is_none() { "ok    " } else { "FAILED" })?;
        if let Some(difference) = difference {
            failed += 1;
            writeln!(out, "       {difference}")?;
        }
    }
    writeln!(out, "{}: {} passed, {failed} failed", cases_file.display(), cases.len() - failed)?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The table of cases, if there is one or one is asked for.
fn cases(args: &PluginTestArgs) -> Result<Option<(PathBuf, Vec<PluginCase>)>, Failure> {
    let folder = if args.plugin.is_dir() { Some(args.plugin.as_path()) } else { args.plugin.parent() };
    let beside = folder.map(|folder| folder.join(CASES_FILE)).filter(|file| file.is_file() && args.pairs.is_empty());
    let Some(file) = args.cases.clone().or(beside) else {
        if args.pairs.is_empty() {
            let text = "error: nothing to test: give `--pair 'left|right'`, or a table with `--cases` or in cases.yaml";
            return Err(Failure::Usage(text.to_owned()));
        }
        return Ok(None);
    };
    let text = std::fs::read_to_string(&file).map_err(|error| file_failure(&file, &error))?;
    let cases = plugin_cases(&text, &file).map_err(|report| {
        let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Failure::Usage(format!("{}; nothing was done", report.render(colour, REPORT_COLUMNS).trim_end()))
    })?;
    Ok(Some((file, cases)))
}

fn score(plugin: &Plugin, parameters: &str, left: &[String], right: &[String]) -> Result<Told, HostError> {
    let column = |value: &String| StringArray::from(vec![Some(value.as_str()).filter(|value| !value.is_empty())]);
    let (left, right): (Vec<_>, Vec<_>) = (left.iter().map(column).collect(), right.iter().map(column).collect());
    let batch = PairBatch {
        left: &left.iter().collect::<Vec<_>>(),
        right: &right.iter().collect::<Vec<_>>(),
        left_index: &[0],
        right_index: &[0],
        explain: true,
        ..PairBatch::default()
    };
    let scores = plugin.scorer(parameters, Limits::default())?.score(&batch)?;
    let score = scores.values.first().copied().filter(|_| scores.compared.first() == Some(&true));
    Ok(Told { score, evidence: scores.evidence.and_then(|texts| texts.into_iter().next().flatten()) })
}

fn difference(case: &PluginCase, told: &Told) -> Option<String> {
    match (case.score, told.score) {
        (None, None) => None,
        (None, Some(found)) => Some(format!("expected not to be compared, found {found:.4}")),
        (Some(_), None) => Some("expected a score, but a side has nothing to compare".to_owned()),
        (Some((low, high)), Some(found)) if (low..=high).contains(&f64::from(found)) => None,
        (Some((low, high)), Some(found)) => {
            Some(format!("expected {:.3} to {:.3}, found {found:.4}", low.max(0.0), high.min(1.0)))
        }
    }
}

fn shown(score: Option<f32>) -> String {
    score.map_or_else(|| "-     ".to_owned(), |score| format!("{score:.4}"))
}

/// The values of a side on one line, alternatives and missing values made visible.
fn line(values: &[String]) -> String {
    let value = |value: &String| match value.is_empty() {
        true => "(missing)".to_owned(),
        false => value.replace('\u{1f}', " / "),
    };
    values.iter().map(value).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_say_what_was_expected() {
        let case = |score| PluginCase { left: vec![], right: vec![], parameters: String::new(), score };
        let told = |score| Told { score, evidence: None };
        let cases = [
            (Some((0.495, 0.505)), Some(0.5), None),
            (None, None, None),
            (Some((0.9, 1.2)), Some(0.5), Some("expected 0.900 to 1.000, found 0.5000")),
            (None, Some(0.5), Some("expected not to be compared, found 0.5000")),
            (Some((0.0, 1.0)), None, Some("expected a score, but a side has nothing to compare")),
        ];
        for (expected, found, message) in cases {
            assert_eq!(difference(&case(expected), &told(found)).as_deref(), message);
        }
        assert_eq!(line(&["a\u{1f}b".to_owned(), String::new()]), "a / b; (missing)");
    }
}
