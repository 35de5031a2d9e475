//! `matchflow plugin test`: pairs from the command line, or a table of cases. For arbiters, see `test_arbiter`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use matchflow_pipeline::{PluginCase, Report, plugin_cases};
use matchflow_plugin_host::{HostError, Limits, Plugin};
use matchflow_text::cleaner;

use super::kind::{LoadedPlugin, load};
use super::repetition::{self, PairToScore, score_batch};
use super::{component, file_failure, test_arbiter};
use crate::args::PluginTestArgs;
use crate::console;
use crate::environment::LocalEnvironment;
use crate::failure::{Failure, FailureContext};
use crate::messages::Notice;
use crate::terminal::report_style;

const CASES_FILE: &str = "cases.yaml";

/// A plug-in's result for a pair.
struct PairScore {
    score: Option<f32>,
    evidence: Option<String>,
}

/// Builds if there are sources, then scores the pairs and runs the cases; exit code 1 if one differs.
pub(crate) fn test(args: &PluginTestArgs) -> Result<ExitCode, Failure> {
    let table = table(args)?;
    let file = component(&args.plugin)?;
    let environment = LocalEnvironment::new().while_doing("starting the plug-in host")?;
    let loaded = load(&environment, &file).while_doing("loading the plug-in")?;
    match (loaded, table) {
        (LoadedPlugin::Scorer(plugin), table) => scorer(&plugin, args, table),
        (LoadedPlugin::Arbiter(arbiter), Some(table)) if args.pairs.is_empty() => test_arbiter::test(&arbiter, &table),
        (LoadedPlugin::Arbiter(arbiter), _) => {
            let name = &arbiter.description().name;
            let text = format!(
                "error: `{name}` is an arbiter, which scores no pairs: give a table of rows with `--cases` or in cases.yaml"
            );
            Err(Failure::Usage(text))
        }
    }
}

fn scorer(plugin: &Plugin, args: &PluginTestArgs, table: Option<CaseTable>) -> Result<ExitCode, Failure> {
    // Mistakes in the table are reported before any score.
    let cases = table.as_ref().map(|table| table.read(plugin_cases)).transpose()?;
    let mut out = console::stdout();
    let mut pairs = Vec::new();
    for pair in &args.pairs {
        let (left, right) = pair.split_once('|').ok_or_else(|| {
            Failure::Usage(format!(
                "error: `--pair {pair}`: expected `left|right`; values of several inputs are separated by `;`"
            ))
        })?;
        let values = |side: &str| side.split(';').map(|value| cleaned(value, args)).collect::<Vec<_>>();
        let (left, right) = (values(left), values(right));
        let result = score(plugin, &args.parameters, &left, &right).while_doing("scoring the pair")?;
        writeln!(out, "{}  {}|{}", score_text(result.score), left.join(";"), right.join(";"))?;
        if let Some(evidence) = result.evidence {
            writeln!(out, "       {evidence}")?;
        }
        pairs.push((left, right));
    }
    if args.clean.is_none() && args.pairs.iter().any(|pair| pair.chars().any(char::is_uppercase)) {
        console::notice(&Notice::UncleanedPairs);
    }
    let given = pairs.iter().map(|(left, right)| PairToScore { parameters: &args.parameters, left, right });
    let of_cases = cases.iter().flatten().map(|case| PairToScore {
        parameters: &case.parameters,
        left: &case.left,
        right: &case.right,
    });
    let difference = repetition::difference(plugin, &given.chain(of_cases).collect::<Vec<_>>());
    let exit_code = match (&table, &cases) {
        (Some(table), Some(cases)) => table.report(cases.iter().map(|case| case_result(plugin, case)), &mut out)?,
        _ => ExitCode::SUCCESS,
    };
    let Some(reason) = difference else { return Ok(exit_code) };
    let error = HostError::NotRepeatable { plugin: plugin.label(), reason };
    writeln!(out, "FAILED {error}")?;
    Ok(ExitCode::FAILURE)
}

/// A value as the plug-in gets it.
fn cleaned(value: &str, args: &PluginTestArgs) -> String {
    match args.clean.as_deref().and_then(cleaner) {
        Some(cleaner) => (cleaner.clean)(value).unwrap_or_default(),
        None => value.to_owned(),
    }
}

/// A case on one line, and the difference between its result and the expected one, if any.
fn case_result(plugin: &Plugin, case: &PluginCase) -> (String, Option<String>) {
    let result = score(plugin, &case.parameters, &case.left, &case.right);
    let difference = result.map_or_else(|error| Some(error.to_string()), |result| difference(case, &result));
    (format!("{} | {}", line(&case.left), line(&case.right)), difference)
}

/// A file with cases.
pub(super) struct CaseTable {
    file: PathBuf,
    text: String,
}

impl CaseTable {
    /// The cases, parsed with `parse`.
    pub(super) fn read<Case>(
        &self,
        parse: impl FnOnce(&str, &Path) -> Result<Vec<Case>, Report>,
    ) -> Result<Vec<Case>, Failure> {
        parse(&self.text, &self.file)
            .map_err(|report| Failure::Usage(format!("{}; nothing was done", report.draw(&report_style()).trim_end())))
    }

    /// Prints each case and its difference from the expectation, if any.
    pub(super) fn report(
        &self,
        cases: impl Iterator<Item = (String, Option<String>)>,
        out: &mut impl Write,
    ) -> Result<ExitCode, Failure> {
        let (mut passed, mut failed) = (0, 0);
        for (case, difference) in cases {
            writeln!(out, "{} {case}", if difference.is_none() { "ok    " } else { "FAILED" })?;
            match difference {
                None => passed += 1,
                Some(difference) => {
                    failed += 1;
                    writeln!(out, "       {difference}")?;
                }
            }
        }
        writeln!(out, "{}: {passed} passed, {failed} failed", self.file.display())?;
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The table of cases, if there is one or one is required.
fn table(args: &PluginTestArgs) -> Result<Option<CaseTable>, Failure> {
    let folder = if args.plugin.is_dir() { Some(args.plugin.as_path()) } else { args.plugin.parent() };
    let default_cases =
        folder.map(|folder| folder.join(CASES_FILE)).filter(|file| file.is_file() && args.pairs.is_empty());
    let Some(file) = args.cases.clone().or(default_cases) else {
        if args.pairs.is_empty() {
            let text = "error: nothing to test: give `--pair 'left|right'`, or a table with `--cases` or in cases.yaml";
            return Err(Failure::Usage(text.to_owned()));
        }
        return Ok(None);
    };
    let text = std::fs::read_to_string(&file).map_err(|error| file_failure(&file, &error))?;
    Ok(Some(CaseTable { file, text }))
}

fn score(plugin: &Plugin, parameters: &str, left: &[String], right: &[String]) -> Result<PairScore, HostError> {
    let mut scorer = plugin.scorer(parameters, Limits::default())?;
    let scores = score_batch(&mut scorer, &[PairToScore { parameters, left, right }], true)?;
    let score = scores.values.first().copied().filter(|_| scores.compared.first() == Some(&true));
    Ok(PairScore { score, evidence: scores.evidence.and_then(|texts| texts.into_iter().next().flatten()) })
}

fn difference(case: &PluginCase, result: &PairScore) -> Option<String> {
    match (case.score, result.score) {
        (None, None) => None,
        (None, Some(found)) => Some(format!("expected not to be compared, found {found:.4}")),
        (Some(_), None) => Some("expected a score, but a side has nothing to compare".to_owned()),
        (Some((low, high)), Some(found)) if (low..=high).contains(&f64::from(found)) => None,
        (Some((low, high)), Some(found)) => {
            Some(format!("expected {:.3} to {:.3}, found {found:.4}", low.max(0.0), high.min(1.0)))
        }
    }
}

fn score_text(score: Option<f32>) -> String {
    score.map_or_else(|| "-     ".to_owned(), |score| format!("{score:.4}"))
}

/// The values of a side on one line, with alternatives and missing values made visible.
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
    fn differences_state_the_expected_value() {
        let case = |score| PluginCase { left: vec![], right: vec![], parameters: String::new(), score };
        let result = |score| PairScore { score, evidence: None };
        let cases = [
            (Some((0.495, 0.505)), Some(0.5), None),
            (None, None, None),
            (Some((0.9, 1.2)), Some(0.5), Some("expected 0.900 to 1.000, found 0.5000")),
            (None, Some(0.5), Some("expected not to be compared, found 0.5000")),
            (Some((0.0, 1.0)), None, Some("expected a score, but a side has nothing to compare")),
        ];
        for (expected, found, message) in cases {
            assert_eq!(difference(&case(expected), &result(found)).as_deref(), message);
        }
        assert_eq!(line(&["a\u{1f}b".to_owned(), String::new()]), "a / b; (missing)");
    }
}
