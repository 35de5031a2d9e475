//! The texts of `match`, `dedupe` and `init` in English.

use matchflow_model::language::Language;
use matchflow_profile::ColumnKind;

use super::{ColumnSettingFault, GuideError, GuideText, GuidedTable};

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
        other => input_error_text(other),
    }
}

/// The same for files that cannot be used.
fn input_error_text(error: &GuideError) -> String {
    match error {
        GuideError::Unreadable { table, error } => {
            let table = match table {
                GuidedTable::Suppliers => "the supplier file",
                GuidedTable::Registry => "the registry",
                GuidedTable::Any => "the file",
                GuidedTable::StandardInput => "standard input",
            };
            format!("error: {error}\n  while reading {table}")
        }
        GuideError::NoRows { file } => {
            format!("error: the supplier file `{file}` has no rows under its header: there is nothing to match")
        }
        GuideError::NoTable => "error: the file has no table".to_owned(),
        GuideError::UnknownExtension { file, known } => {
            let (last, others) = known.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
            format!("error: `{file}` has an unknown extension; expected {} or {last}", others.join(", "))
        }
        GuideError::StandardInputNoTable => {
            "error: standard input is no table: CSV, JSON lines, Parquet or a workbook".to_owned()
        }
        GuideError::ColumnSetting { setting, fault } => {
            let reason = match fault {
                ColumnSettingFault::NamedTwice { word } => {
                    format!("another `--column` has named the column of the kind {word}, and a table has only one")
                }
                ColumnSettingFault::OtherCells { word, example } => {
                    format!("its cells cannot all be read as the kind {word}, for example `{example}`")
                }
                ColumnSettingFault::NoKind => "expected KIND=COLUMN, such as `name=Raison sociale`".to_owned(),
                ColumnSettingFault::UnknownKind { word, known } => {
                    format!("`{word}` is not a kind of column; expected {} or other", known.join(", "))
                }
                ColumnSettingFault::UnknownColumn { column, columns } => {
                    format!("there is no column `{column}`; there are: {}", columns.join(", "))
                }
            };
            format!("error: `--column {setting}`: {reason}; nothing was done")
        }
        GuideError::NoFreeName { file } => format!("error: there is no free name for results next to `{file}`"),
        GuideError::ForeignOutput { output, checkpoint } => format!(
            "error: `{output}` already exists and is not a result of matchflow (or its checkpoint `{checkpoint}` is missing): \
             choose another `--output`, or move the file; nothing was done"
        ),
        GuideError::PipelineExists { path } => {
            format!("error: `{path}` already exists: give the pipeline another name; nothing was done")
        }
        GuideError::PipelineUnwritable { path, error } => {
            format!("error: the pipeline `{path}` cannot be written: {error}")
        }
        GuideError::FolderUnreadable { folder, error } => {
            format!("error: the folder `{folder}` cannot be read: {error}")
        }
        _ => String::new(),
    }
}

/// Where to get the registry.
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
