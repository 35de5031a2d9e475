//! The summary of a run, in English and French. Programs read events and exit codes, never these lines.
//!
//! A line is a value of [`SummaryLine`]; each language has one exhaustive `match` over them, so that a new line is written
//! in both or does not compile. What a run reports before that is a [`Notice`], likewise, and why a command without a pipeline
//! file did nothing a [`GuideError`]; the fixed texts of `explain`, `inspect` and `plan` are in [`result_texts`]. In English
//! only: the stages that `plan` prints in the words of the pipeline file, other errors, `test`, `train`, `evaluate`, and the
//! commands for developers.

mod action_fr;
mod decisions;
mod en;
mod failure_fr;
mod fr;
mod guide;
mod guide_en;
mod guide_fr;
mod ingest_fr;
mod notice;
mod notice_en;
mod notice_fr;
mod registry;
mod registry_error;
mod report;
pub(crate) mod result_texts;
mod review;
mod review_worth;
mod serve;

use matchflow_checkpoint::ReviewBand;
use matchflow_ingest::{IngestError, RowIrregularity, RowTally, TableRole};
use matchflow_labels::Words;
use matchflow_model::cells::CellCounts;
use matchflow_model::language::Language;
use matchflow_model::outcome::{Counts, Outcome};
use matchflow_model::plan::FieldType;
use matchflow_model::printable::excerpt;
use matchflow_profile::ColumnKind;
use serde_json::{Value, json};

use crate::console::Verbosity;
use crate::decision_figures::DecisionFigures;

pub(crate) use decisions::{CellProblem, DecisionText, decision_text};
pub(crate) use guide::{ColumnSettingFault, GuideError, GuideText, GuidedTable};
pub(crate) use notice::{Notice, RequestFigures};
pub(crate) use registry::{RegistryText, registry_text};
pub(crate) use registry_error::registry_error_text;
pub(crate) use report::{ReportText, report_text};
pub(crate) use review::{ReviewText, review_text};
pub(crate) use review_worth::review_worth;
pub(crate) use serve::{ServeText, serve_text};

/// A line of the summary of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SummaryLine {
    /// Rows by outcome, over all runs.
    Outcomes(Counts),
    /// The work of this run.
    Run(RunFigures),
    /// The work of this run of a `dedupe` pipeline.
    DedupeRun { figures: RunFigures, clustering_s: f64 },
    /// What happened to the cells of the supplier file, as a sum that can be checked.
    Cells(CellCounts),
    /// Removed results, and the first keys of their rows.
    RemovedRows { rows: u64, keys: Vec<String> },
    /// What became of the decisions of people.
    Decisions(DecisionFigures),
    /// What the rows in review are worth looking at, by band.
    ReviewWorth(Vec<ReviewBand>),
    /// A count that deserves attention.
    Note(Note),
    /// The edition of the registry that the results are of, and the licence of its data.
    Edition { edition: String, licence: String },
    /// Rows that were scored without a plug-in that failed on them.
    ScoredWithout { stage: String, scorer: String, rows: u64 },
    /// Losses in a field of the supplier file.
    Field { field: String, loss: FieldLoss },
    /// A file, or a table of a database, that was written.
    File { path: String, table: Option<String>, rows: u64 },
    /// A file that was in the way of an output and is not what a run wrote, and the name that it has now.
    EditedOutput { path: String, backup: String },
    /// Rows that failed, and how to retry them.
    Failed(u64),
    /// A figure of the duplicates.
    Duplicates(DuplicatesFigure),
    /// The group of duplicates with the most rows.
    LargestGroup(String),
    /// The group of duplicates with the largest amount.
    MostAtStake { group: String, amount: f64 },
}

/// Losses in a field of the supplier file, with an example.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldLoss {
    /// Cells that cleaning made empty; a warning if there are many.
    Cleaned { cleaners: Vec<String>, cells: u64, lost: u64, example: String, is_warning: bool },
    /// Names without a Latin letter.
    NotLatin { cells: u64, example: String },
    /// Many cells that do not have the declared type.
    Typed { declared: FieldType, cells: u64, rejected: u64, example: String, better: FieldType },
}

impl FieldLoss {
    /// Whether so much is lost that the pipeline is probably wrong.
    fn is_warning(&self) -> bool {
        match self {
            FieldLoss::Cleaned { is_warning, .. } => *is_warning,
            FieldLoss::Typed { .. } => true,
            FieldLoss::NotLatin { .. } => false,
        }
    }
}

/// The work of one run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct RunFigures {
    pub(crate) rows: u64,
    pub(crate) skipped: u64,
    pub(crate) pairs: u64,
    pub(crate) entries: u64,
    pub(crate) epochs: u64,
    pub(crate) seconds: f64,
}

/// A fact about the files that careful readers want to know, with its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    RejectedCells(u64),
    BlankRows(u64),
    UnreadRows(u64),
    SkippedRows(u64),
    DuplicateKeys(u64),
    DroppedTimes(u64),
    MissingKeys(u64),
    NewRowsNotTried(u64),
    EntriesWithoutId(u64),
    EntriesWithoutGroup(u64),
    SharedCompanies {
        rows: u64,
        companies: u64,
    },
    OneToOneConflicts(u64),
    ClosedEntries(u64),
    /// Groups of duplicates with more rows than `max_cluster_size` allows, `rows` in the largest.
    LargeGroups {
        groups: u64,
        rows: u64,
        rows_max: u64,
    },
    CompaniesOnly(u64),
    /// The number of the row in its file.
    TotalsRow(u64),
    RejectedEntryCells(u64),
    /// Rows that do not fit the header of their file.
    IrregularRows {
        table: TableRole,
        kind: RowIrregularity,
        tally: RowTally,
    },
}

impl Note {
    /// The number of rows, cells or entries concerned.
    pub(crate) fn count(self) -> u64 {
        match self {
            Note::RejectedCells(count)
            | Note::BlankRows(count)
            | Note::UnreadRows(count)
            | Note::SkippedRows(count)
            | Note::DuplicateKeys(count)
            | Note::DroppedTimes(count)
            | Note::MissingKeys(count)
            | Note::NewRowsNotTried(count)
            | Note::EntriesWithoutId(count)
            | Note::EntriesWithoutGroup(count)
            | Note::OneToOneConflicts(count)
            | Note::ClosedEntries(count)
            | Note::CompaniesOnly(count)
            | Note::TotalsRow(count)
            | Note::RejectedEntryCells(count)
            | Note::IrregularRows { tally: RowTally { rows: count, .. }, .. }
            | Note::SharedCompanies { rows: count, .. }
            | Note::LargeGroups { groups: count, .. } => count,
        }
    }
}

/// A figure of the duplicates of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DuplicatesFigure {
    SupplierFile(String),
    Rows(u64),
    Groups(u64),
    RowsInGroups(u64),
    RedundantRows(u64),
    AtStake { field: String, amount: f64 },
    PairsToReview(u64),
    PairsCut(u64),
    FailedRows(u64),
}

impl SummaryLine {
    /// The verbosity at which the line is printed.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match self {
            SummaryLine::Outcomes(_)
            | SummaryLine::DedupeRun { .. }
            | SummaryLine::Failed(_)
            | SummaryLine::EditedOutput { .. } => Verbosity::Quiet,
            SummaryLine::Field { loss, .. } if loss.is_warning() => Verbosity::Quiet,
            SummaryLine::Cells(cells) if cells.balances() => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }

    /// The written file, for programs.
    pub(crate) fn file(&self) -> Option<Value> {
        match self {
            SummaryLine::File { path, table: None, rows } => Some(json!({ "path": path, "rows": rows })),
            SummaryLine::File { path, table, rows } => Some(json!({ "path": path, "table": table, "rows": rows })),
            _ => None,
        }
    }
}

/// A sentence in the language `LANGUAGE` with its values, by the rules of [`matchflow_labels::sentence`].
macro_rules! text {
    ($words:literal $(, $value:ident)* $(,)?) => {
        matchflow_labels::sentence(
            LANGUAGE,
            $words,
            &[$((stringify!($value), &$value as &dyn matchflow_labels::MessageValue)),*],
        )
    };
}
use text;

/// A number with its noun, for commands that are only in English.
pub(crate) fn counted(number: u64, one: &str, several: &str) -> String {
    Language::English.count(number, one, several)
}

/// The first keys of some rows: `F1, F2, ...`.
fn first_keys(rows: u64, keys: &[String]) -> String {
    let keys_text: Vec<String> = keys.iter().map(|key| excerpt(key)).collect();
    let more = if rows > keys.len() as u64 { ", ..." } else { "" };
    format!("{}{more}", keys_text.join(", "))
}

/// A share in percent, rounded; a part that would be nothing or everything is `<1` or `>99`.
fn share(part: u64, all: u64) -> String {
    match (part as f64 / all.max(1) as f64 * 100.0).round() as u64 {
        0 if part > 0 => "<1".to_owned(),
        100 if part < all => ">99".to_owned(),
        percent => percent.to_string(),
    }
}

/// The name of a type in pipelines.
fn type_name(data_type: FieldType) -> &'static str {
    match data_type {
        FieldType::Text => "text",
        FieldType::Integer => "integer",
        FieldType::Decimal => "decimal",
        FieldType::Date => "date",
        FieldType::Boolean => "boolean",
    }
}

/// The functions of a language.
struct Wording {
    summary_line: fn(&SummaryLine) -> String,
    figure_label: fn(&DuplicatesFigure) -> String,
    guide_text: fn(&GuideText) -> String,
    kind_label: fn(ColumnKind) -> &'static str,
    notice: fn(&Notice) -> String,
    ingest_error: fn(&IngestError) -> String,
    failure: FailureWords,
}

/// The words for an error that ends a command.
pub(crate) struct FailureWords {
    /// Introduces the report.
    pub(crate) error: &'static str,
    /// Introduces the cause of an error.
    pub(crate) because: &'static str,
    /// Introduces what the command was doing.
    pub(crate) during: &'static str,
    /// The text of an error, without its causes.
    pub(crate) text: fn(&(dyn std::error::Error + 'static)) -> String,
    /// What the command was doing, from its English name.
    pub(crate) action: fn(&str) -> String,
}

/// The words for errors in a language.
pub(crate) fn failure_words(language: Language) -> FailureWords {
    wording(language).failure
}

/// The only place where a language is chosen.
fn wording(language: Language) -> Wording {
    match language {
        Language::English => Wording {
            summary_line: en::summary_line,
            figure_label: en::figure_label,
            guide_text: guide_en::guide_text,
            kind_label: guide_en::kind_label,
            notice: notice_en::notice,
            ingest_error: IngestError::to_string,
            failure: FailureWords {
                error: "error: ",
                because: "because ",
                during: "while ",
                text: |error| error.to_string(),
                action: str::to_owned,
            },
        },
        Language::French => Wording {
            summary_line: fr::summary_line,
            figure_label: fr::figure_label,
            guide_text: guide_fr::guide_text,
            kind_label: guide_fr::kind_label,
            notice: notice_fr::notice,
            ingest_error: ingest_fr::ingest_error,
            failure: FailureWords {
                error: "erreur : ",
                because: "cause : ",
                during: "pendant : ",
                text: failure_fr::error,
                action: action_fr::action,
            },
        },
    }
}

/// A line in a language.
pub(crate) fn summary_line(line: &SummaryLine, language: Language) -> String {
    (wording(language).summary_line)(line)
}

/// The label of a figure, for the summary sheet of the workbook too.
pub(crate) fn figure_label(figure: &DuplicatesFigure, language: Language) -> String {
    (wording(language).figure_label)(figure)
}

/// A text of the commands that need no pipeline file, in a language.
pub(crate) fn guide_text(text: &GuideText, language: Language) -> String {
    (wording(language).guide_text)(text)
}

/// Why a table cannot be read, with the system's message where there is one.
pub(crate) fn ingest_error_text(error: &IngestError, language: Language) -> String {
    let text = (wording(language).ingest_error)(error);
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})"));
    format!("{text}{}", cause.unwrap_or_default())
}

/// What a run reports.
pub(crate) fn notice_text(notice: &Notice, language: Language) -> String {
    (wording(language).notice)(notice)
}

/// The label of a kind of column.
pub(crate) fn kind_label(kind: ColumnKind, language: Language) -> &'static str {
    (wording(language).kind_label)(kind)
}

/// Rows by outcome, in the words that workbooks have too.
pub(crate) fn outcomes(counts: Counts, language: Language) -> String {
    let words = Words::new(language);
    let figure = |outcome| format!("{} {}", words.outcome(outcome), counts.of(outcome));
    Outcome::ALL.map(figure).join(" · ")
}

impl DuplicatesFigure {
    /// Its value as text.
    pub(crate) fn value(&self) -> String {
        match self {
            DuplicatesFigure::SupplierFile(text) => text.clone(),
            DuplicatesFigure::AtStake { amount, .. } => format!("{amount:.2}"),
            DuplicatesFigure::Rows(count)
            | DuplicatesFigure::Groups(count)
            | DuplicatesFigure::RowsInGroups(count)
            | DuplicatesFigure::RedundantRows(count)
            | DuplicatesFigure::PairsToReview(count)
            | DuplicatesFigure::PairsCut(count)
            | DuplicatesFigure::FailedRows(count) => count.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
