//! `matchflow doctor`: what this machine, and the files of a pipeline, lack for a run, and how to fix it.
//!
//! **Limits.** If DuckDB's library is missing, the command does not start at all, and the system reports that. Limits
//! and memory are only checked on Linux.
//!
//! **Invariants.** Nothing is changed, except that cache folders are created, as in any run. A check is a function that
//! returns findings, listed in `CHECKS`.

mod files;
mod limits;
mod machine;
mod pipeline;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_model::language::{Label, Language};
use serde_json::json;

use crate::args::DoctorArgs;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::Failure;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// No problem.
    Fine,
    /// Runs work, but some are slow or limited.
    Warning,
    /// Runs fail.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Fine => "ok",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    fn word(self) -> Label {
        match self {
            Level::Fine => Label { en: "ok", fr: "ok" },
            Level::Warning => Label { en: "warning", fr: "attention" },
            Level::Error => Label { en: "error", fr: "erreur" },
        }
    }
}

/// The result of a check.
struct CheckFinding {
    /// What was checked; the same in every language.
    check: &'static str,
    level: Level,
    text: String,
    /// How to fix it.
    remedy: Option<String>,
}

impl CheckFinding {
    fn fine(check: &'static str, text: String) -> CheckFinding {
        CheckFinding { check, level: Level::Fine, text, remedy: None }
    }

    fn warning(check: &'static str, text: String, remedy: String) -> CheckFinding {
        CheckFinding { check, level: Level::Warning, text, remedy: Some(remedy) }
    }

    fn error(check: &'static str, text: String, remedy: String) -> CheckFinding {
        CheckFinding { check, level: Level::Error, text, remedy: Some(remedy) }
    }
}

/// A check of the machine.
type Check = fn(Language) -> Vec<CheckFinding>;

const CHECKS: [Check; 7] = [
    machine::duckdb,
    limits::memory,
    limits::threads,
    limits::files,
    files::cache_folder,
    files::temporary_folder,
    machine::terminal,
];

/// Prints the findings; the exit code is 1 if a run would fail.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let language = Language::from_environment(|name| std::env::var(name).ok());
    let mut findings: Vec<CheckFinding> = CHECKS.iter().flat_map(|check| check(language)).collect();
    findings.extend(machine::plugins(language));
    if let Some(pipeline) = &args.pipeline {
        findings.extend(pipeline::pipeline(pipeline, &args.set, language)?);
    }
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine);
    let mut out = console::stdout();
    if args.json {
        writeln!(out, "{:#}", json_report(&findings, worst))?;
    } else {
        writeln!(out, "{}", text_report(&findings, worst, language))?;
    }
    Ok(if worst == Level::Error { ExitReason::Fatal.into() } else { ExitCode::SUCCESS })
}

fn json_report(findings: &[CheckFinding], worst: Level) -> serde_json::Value {
    let finding = |finding: &CheckFinding| {
        json!({
            "check": finding.check, "status": finding.level.name(), "text": finding.text, "remedy": finding.remedy,
        })
    };
    let version = env!("CARGO_PKG_VERSION");
    let findings: Vec<_> = findings.iter().map(finding).collect();
    json!({ "version": version, "status": worst.name(), "findings": findings })
}

fn text_report(findings: &[CheckFinding], worst: Level, language: Language) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(format!("{:<9}  {}", finding.level.word().get(language), finding.text));
        lines.extend(finding.remedy.iter().map(|remedy| format!("{:<9}    {remedy}", "")));
    }
    let conclusion = match worst {
        Level::Fine => Label { en: "Everything is as it should be.", fr: "Tout est en ordre." },
        Level::Warning => Label {
            en: "Runs work; what is said above may slow or limit them.",
            fr: "Les exécutions fonctionnent ; ce qui précède peut les ralentir ou les limiter.",
        },
        Level::Error => Label {
            en: "Runs fail until the errors above are repaired.",
            fr: "Les exécutions échouent tant que les erreurs ci-dessus ne sont pas corrigées.",
        },
    };
    lines.push(String::new());
    lines.push(conclusion.get(language).to_owned());
    lines.join("\n")
}

/// A text in the language, with its `{}` replaced by the values in order.
fn filled(label: Label, language: Language, values: &[&str]) -> String {
    let mut parts = label.get(language).split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (part, value) in parts.zip(values) {
        text.push_str(value);
        text.push_str(part);
    }
    text
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_in_their_order() {
        let label = Label { en: "{} of {}", fr: "{} sur {}" };
        assert_eq!(filled(label, Language::French, &["1", "2"]), "1 sur 2");
        assert_eq!(filled(Label { en: "none", fr: "rien" }, Language::English, &[]), "none");
    }

    #[test]
    fn the_worst_finding_decides() {
        let findings = [
            CheckFinding::fine("a", "A".to_owned()),
            CheckFinding::error("b", "B".to_owned(), "mend B".to_owned()),
            CheckFinding::warning("c", "C".to_owned(), "mend C".to_owned()),
        ];
        let text = text_report(&findings, Level::Error, Language::English);
        assert!(text.contains("error      B") && text.contains("    mend B") && text.ends_with("repaired."), "{text}");
        assert_eq!(json_report(&findings, Level::Error)["findings"][1]["status"], "error");
    }
}
