//! The texts of `match`, `dedupe` and `init` in English.

use matchflow_model::language::Language;
use matchflow_profile::ColumnKind;

use super::{GuideError, GuideText};

pub(super) fn guide_text(text: &GuideText) -> String {
    match text {
        GuideText::Table { file, sheet, header, rows, has_totals } => {
            let sheet = sheet.as_ref().map_or(String::new(), |sheet| format!(", sheet `{sheet}`"));
            let header = header.map_or(String::new(), |row| format!(", header in row {row}"));
            let totals = if *has_totals { " (the last one looks like totals and is left out)" } else { "" };
            format!("{file}{sheet}{header}, {}{totals}", Language::English.count(*rows, "row", "rows"))
        }
        GuideText::Titles => "column|taken for|sure|for example".to_owned(),
        GuideText::Unused { columns } => format!("  not used: {}", columns.join(", ")),
        GuideText::Registry { files, columns: None } => format!("{files}: INSEE's SIRENE registry"),
        GuideText::Registry { files, columns: Some(columns) } => {
            format!("{files}: a list of companies, {}", columns.join(", "))
        }
        GuideText::WhichSheet => "Which sheet has the suppliers?".to_owned(),
        GuideText::WhichColumn { kind } => format!("Which column has the {}?", kind_label(*kind)),
        GuideText::YourChoice => "Your choice".to_owned(),
        GuideText::NotAChoice { last } => format!("a number from 0 to {last}"),
        GuideText::NoneOfThem => "none of them".to_owned(),
        GuideText::OpenQuestion { question, guess: Some(guess), flag } => {
            format!("{} Probably `{guess}`; `{flag}` says so.", guide_text(question))
        }
        GuideText::OpenQuestion { question, guess: None, flag } => {
            format!("{} `{flag}` answers it.", guide_text(question))
        }
        GuideText::PipelineWritten { path } => {
            format!("{path} is written and has no problems\nnext: matchflow run {path} --limit 200")
        }
        GuideText::NextStep { output, checkpoint, pipeline, is_dedupe } => {
            let mut lines = Vec::new();
            if let Some(output) = output {
                lines.push(format!("next: open {output}"));
            }
            if !is_dedupe {
                lines.push(format!("      matchflow explain {checkpoint} KEY: why a row has its result"));
            }
            lines.push(match pipeline {
                Some(pipeline) => format!("      change {pipeline}, then: matchflow run {pipeline}"),
                None => "      `--write-pipeline my.yaml` keeps the settings, to change them".to_owned(),
            });
            lines.join("\n")
        }
        GuideText::Error(error) => error_text(error),
    }
}

/// Why nothing was done.
fn error_text(error: &GuideError) -> String {
    match error {
        GuideError::OpenQuestions { questions } => format!(
            "error: not everything is clear, and there is no terminal to ask on:\n  {}\n`--yes` takes the best guesses; nothing \
             was done",
            questions.join("\n  ")
        ),
        GuideError::NoNameColumn { columns } => format!(
            "error: no column looks like the names of companies, and none like their identifiers. The columns: {}. \
             `--column name=COLUMN` names one; nothing was done",
            columns.join(", ")
        ),
        GuideError::OtherSireneFile { file, is_units: true } => format!(
            "error: `{file}` has INSEE's establishments without the names of their companies. Put `StockUniteLegale` next \
             to it, or give both: `--registry UNITS ESTABLISHMENTS`. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::OtherSireneFile { file, is_units: false } => format!(
            "error: `{file}` has INSEE's legal units without addresses. Put `StockEtablissement` next to it, or give \
             both: `--registry UNITS ESTABLISHMENTS`. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::WhichRegistry { files } if files.is_empty() => format!(
            "error: there is no registry: `--registry` is a file, a folder with INSEE's two files, or these two. {}",
            WHERE_SIRENE_IS
        ),
        GuideError::WhichRegistry { files } => {
            format!("error: several files could be the registry, name one: {}; nothing was done", files.join(", "))
        }
        GuideError::RegistryWithoutId { file, columns } => format!(
            "error: no column of the registry `{file}` has a value of its own in each row, by which results could name it. \
             The columns: {}",
            columns.join(", ")
        ),
        GuideError::RegistryWithoutName { file, columns } => format!(
            "error: no column of the registry `{file}` looks like the names of companies. The columns: {}. Name them in a \
             pipeline: `matchflow init` writes one for another registry to start from",
            columns.join(", ")
        ),
    }
}

/// Where the registry can be had.
const WHERE_SIRENE_IS: &str = "INSEE publishes both every month on data.gouv.fr, under `Base Sirene des entreprises et de \
                               leurs établissements`";

pub(super) fn kind_label(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Name => "company name",
        ColumnKind::Address => "address",
        ColumnKind::Postcode => "postcode",
        ColumnKind::Town => "town",
        ColumnKind::Place => "postcode and town",
        ColumnKind::Region => "region",
        ColumnKind::Country => "country",
        ColumnKind::Siret => "SIRET",
        ColumnKind::Siren => "SIREN",
        ColumnKind::Vat => "VAT number",
        ColumnKind::CompanyNumber => "company number",
        ColumnKind::Iban => "IBAN",
        ColumnKind::Bic => "BIC",
        ColumnKind::Email => "e-mail address",
        ColumnKind::Phone => "telephone number",
        ColumnKind::Website => "website",
        ColumnKind::Activity => "activity code",
        ColumnKind::Amount => "amount",
        ColumnKind::Date => "date",
        ColumnKind::Key => "key of the row",
        ColumnKind::Person => "person",
        _ => "anything else",
    }
}
