//! The messages of `report`, in English and French.

use matchflow_model::language::Language;
use matchflow_report::{ConditionError, ExpectedTerm, FIGURES, LENGTH_MAX};

/// A text of `report`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReportText {
    Written {
        file: String,
    },
    NotWritten {
        file: String,
        why: String,
    },
    /// Neither a file nor a condition was given.
    NothingToDo,
    /// The pipeline has not been run.
    NoResults {
        file: String,
    },
    IsDedupe {
        file: String,
    },
    UnknownLanguage {
        language: String,
    },
    InvalidCondition {
        error: ConditionError,
    },
    /// The report does not have a figure of a condition.
    NoFigure {
        condition: String,
        figure: &'static str,
    },
    /// A condition is met: the figures that it names.
    ConditionMet {
        condition: String,
        figures: Vec<(&'static str, Option<f64>)>,
    },
}

/// The text in a language.
pub(crate) fn report_text(text: &ReportText, language: Language) -> String {
    match language {
        Language::English => english(text),
        Language::French => french(text),
    }
}

fn english(text: &ReportText) -> String {
    match text {
        ReportText::Written { file } => format!("[report] {file}"),
        ReportText::NotWritten { file, why } => format!("the report `{file}` cannot be written: {why}"),
        ReportText::NothingToDo => {
            "error: nothing to do: `--html FILE`, `--json FILE` or `--fail-if CONDITION` is required".to_owned()
        }
        ReportText::NoResults { file } => {
            format!(
                "error: there are no results to report: `{file}` does not exist. Run the pipeline first; nothing was done"
            )
        }
        ReportText::IsDedupe { file } => format!(
            "error: `{file}` compares rows with each other (`dedupe`), and a report is on rows and a registry; nothing was done"
        ),
        ReportText::UnknownLanguage { language } => {
            format!("error: the language must be `en` or `fr`, and is `{language}`; nothing was done")
        }
        ReportText::InvalidCondition { error } => {
            let found = error.found.as_ref().map_or("it ends".to_owned(), |found| format!("there is `{found}`"));
            let expected = match error.expected {
                ExpectedTerm::Value => format!("expected is a number, `(` or one of the figures {}", figure_names()),
                ExpectedTerm::Comparison => {
                    "expected is a comparison: `<`, `<=`, `>`, `>=`, `=` or `!=` between figures or numbers".to_owned()
                }
                ExpectedTerm::Parenthesis => "expected is `)`".to_owned(),
                ExpectedTerm::End => {
                    "expected is the end, `and`, `or`, `+ - * /`, or a comparison: `<`, `<=`, `>`, `>=`, `=`, `!=`"
                        .to_owned()
                }
                ExpectedTerm::Shorter => format!("a condition has at most {LENGTH_MAX} characters"),
            };
            format!(
                "error: `--fail-if`: `{}` is no condition: at character {} {found}; {expected}; nothing was done",
                error.text, error.position
            )
        }
        ReportText::NoFigure { condition, figure } => format!(
            "error: `--fail-if`: `{condition}` cannot be checked: this report has no `{figure}`{}",
            match reason_without(figure) {
                MissingBecause::Truth => ": it needs `--truth FILE` or decisions",
                MissingBecause::Amount => ": it needs `source.amount` in the pipeline",
                MissingBecause::FirstRun => ": it needs a run before the last one",
                MissingBecause::Other => "",
            }
        ),
        ReportText::ConditionMet { condition, figures } => {
            format!("[report] met: `{condition}` ({})", values(figures))
        }
    }
}

fn french(text: &ReportText) -> String {
    match text {
        ReportText::Written { file } => format!("[report] {file}"),
        ReportText::NotWritten { file, why } => format!("le rapport `{file}` ne peut pas être écrit : {why}"),
        ReportText::NothingToDo => {
            "error: rien à faire : il faut `--html FICHIER`, `--json FICHIER` ou `--fail-if CONDITION`".to_owned()
        }
        ReportText::NoResults { file } => {
            format!("error: aucun résultat : `{file}` n'existe pas. Exécutez d'abord le pipeline ; rien n'a été fait")
        }
        ReportText::IsDedupe { file } => format!(
            "error: `{file}` compare des lignes entre elles (`dedupe`), et un rapport porte sur des lignes et un registre ; rien n'a \
             été fait"
        ),
        ReportText::UnknownLanguage { language } => {
            format!("error: la langue doit être `en` ou `fr`, et est `{language}` ; rien n'a été fait")
        }
        ReportText::InvalidCondition { error } => {
            let found = error.found.as_ref().map_or("la fin".to_owned(), |found| format!("`{found}`"));
            let expected = match error.expected {
                ExpectedTerm::Value => format!("il faut un nombre, `(` ou l'un des chiffres {}", figure_names()),
                ExpectedTerm::Comparison => {
                    "il faut une comparaison : `<`, `<=`, `>`, `>=`, `=` ou `!=` entre chiffres ou nombres".to_owned()
                }
                ExpectedTerm::Parenthesis => "il faut `)`".to_owned(),
                ExpectedTerm::End => {
                    "il faut la fin, `and`, `or`, `+ - * /`, ou une comparaison : `<`, `<=`, `>`, `>=`, `=`, `!=`"
                        .to_owned()
                }
                ExpectedTerm::Shorter => format!("une condition a au plus {LENGTH_MAX} caractères"),
            };
            format!(
                "error: `--fail-if` : `{}` n'est pas une condition : au caractère {}, {found} ; {expected} ; rien n'a été fait",
                error.text, error.position
            )
        }
        ReportText::NoFigure { condition, figure } => format!(
            "error: `--fail-if` : `{condition}` ne peut pas être vérifiée : ce rapport n'a pas `{figure}`{}",
            match reason_without(figure) {
                MissingBecause::Truth => " : il faut `--truth FICHIER` ou des décisions",
                MissingBecause::Amount => " : il faut `source.amount` dans le pipeline",
                MissingBecause::FirstRun => " : il faut une exécution avant la dernière",
                MissingBecause::Other => "",
            }
        ),
        ReportText::ConditionMet { condition, figures } => {
            format!("[report] vérifiée : `{condition}` ({})", values(figures))
        }
    }
}

/// What a report lacks that does not have a figure.
enum MissingBecause {
    Truth,
    Amount,
    FirstRun,
    Other,
}

fn reason_without(figure: &str) -> MissingBecause {
    match figure {
        "precision" | "recall" | "f1" | "judged" => MissingBecause::Truth,
        "closed_with_money" => MissingBecause::Amount,
        name if name.contains("amount") => MissingBecause::Amount,
        "changed" | "lost" | "gained" | "other_company" | "newly_closed" | "new_rows" | "removed_rows" => {
            MissingBecause::FirstRun
        }
        name if name.starts_with("changed_by_") || name.starts_with("matched_share_") => MissingBecause::FirstRun,
        _ => MissingBecause::Other,
    }
}

fn figure_names() -> String {
    FIGURES.iter().map(|figure| format!("`{}`", figure.name)).collect::<Vec<_>>().join(", ")
}

fn values(figures: &[(&'static str, Option<f64>)]) -> String {
    let value = |(name, value): &(&str, Option<f64>)| format!("{name} = {}", value.unwrap_or(f64::NAN));
    figures.iter().map(value).collect::<Vec<_>>().join(", ")
}
