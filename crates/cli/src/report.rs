//! The end of a run: the output files, the summary on standard output, the exit code.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_checkpoint::{Checkpoint, CheckpointError, CheckpointTables};
use matchflow_decisions::Decisions;
use matchflow_export::{ExportedFile, Fact, FieldColumn, Layout, Summary as ExportSummary, export_recorded};
use matchflow_flow::{Progress, Summary};
use matchflow_ingest::{IrregularRows, RowIrregularity, RowTally, TableRole};
use matchflow_labels::{Words, texts};
use matchflow_model::language::Label;
use matchflow_model::plan::{EvidenceScope, FieldPlan, IdColumn, Plan, StageKind, TablePlan, scorer_names};
use matchflow_model::printable::printable;
use serde_json::json;

use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::field_losses::field_lines;
use crate::ingest_counts::IngestCounts;
use crate::messages::{Note, Notice, RunFigures, SummaryLine, summary_line};
use crate::registry_edition::RegistryEdition;
use crate::run_decisions::decision_lines;
use crate::run_files::results_on_stdout;
use crate::terminal;
use crate::written_outputs::WrittenOutputs;

/// Maximum number of rejected cells listed in the workbook.
const REJECTS_LISTED_MAX: u64 = 10_000;
/// Maximum number of keys of removed rows in the summary.
const REMOVED_LISTED_MAX: usize = 3;
/// The action of reading the results, for error messages.
const READING: &str = "reading the results from the checkpoint";

/// Why the results could not be read to their end.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Checkpoint(CheckpointError),
    #[error("stopped")]
    Stopped,
}

/// Writes the outputs and prints the summary.
pub(crate) fn write_report(
    plan: &Plan,
    checkpoint: &Checkpoint,
    decisions: &Decisions,
    summary: &Summary,
    counts: &IngestCounts,
    progress: &Progress,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().while_doing(READING)?;
    let (rejects, rejects_total) = tables.rejects(REJECTS_LISTED_MAX).while_doing(READING)?;
    let facts = run_facts(plan, summary, counts);
    let about = ExportSummary { pipeline: plan.name.clone(), subtitle: subtitle(plan), facts, rejects, rejects_total };
    let decision_lines = decision_lines(decisions, tables)?;
    let has_decisions = !decision_lines.is_empty();
    let latest = checkpoint.latest().while_doing(READING)?;
    // A stop during the export ends it at the next batch.
    let latest = latest.map(|batch| match progress.is_stopped() {
        true => Err(ReadError::Stopped),
        false => batch.map_err(ReadError::Checkpoint),
    });
    let files = match export_recorded(
        &plan.outputs,
        &layout(plan, has_decisions),
        latest,
        &about,
        &mut WrittenOutputs(checkpoint),
    ) {
        Err(_) if progress.is_stopped() => {
            console::notice(&Notice::StoppedBeforeResults);
            return Ok(ExitReason::Interrupted.into());
        }
        files => files.while_doing("writing the results")?,
    };
    let outcomes = tables.latest_counts().while_doing(READING)?;
    let mut lines = vec![SummaryLine::Outcomes(outcomes), SummaryLine::Run(run_figures(summary))];
    let worth = tables.review_worth().while_doing(READING)?;
    lines.extend((!worth.is_empty()).then_some(SummaryLine::ReviewWorth(worth)));
    lines.extend(edition_line(plan));
    lines.extend(decision_lines);
    lines.push(SummaryLine::Cells(counts.source().cells));
    let (rows, keys) = tables.removed(REMOVED_LISTED_MAX).while_doing(READING)?;
    if rows > 0 {
        lines.push(SummaryLine::RemovedRows { rows, keys });
    }
    lines.extend(field_lines(counts, progress));
    let mut notes = file_notes(counts);
    notes.push(Note::RejectedCells(rejects_total));
    notes.extend(result_notes(&tables, progress)?);
    lines.extend(note_lines(notes));
    lines.extend(summary.scored_without.iter().map(|((stage, scorer), rows)| SummaryLine::ScoredWithout {
        stage: stage.clone(),
        scorer: scorer.clone(),
        rows: *rows,
    }));
    lines.extend(file_lines(&files));
    print_summary(&lines, plan, outcomes.failed)
}

/// The edition of the registry, if it is known.
fn edition_line(plan: &Plan) -> Option<SummaryLine> {
    let edition = RegistryEdition::of(plan)?;
    Some(SummaryLine::Edition { edition: edition.to_string(), licence: edition.licence().to_owned() })
}

/// Prints the summary; the exit code shows whether rows failed.
pub(crate) fn print_summary(lines: &[SummaryLine], plan: &Plan, failed: u64) -> Result<ExitCode, Failure> {
    let language = plan.language;
    let failed_line = (failed > 0).then_some(SummaryLine::Failed(failed));
    let lines: Vec<&SummaryLine> = lines.iter().chain(&failed_line).collect();
    let text = |is_printed: &dyn Fn(&SummaryLine) -> bool| {
        let printed = lines.iter().filter(|line| is_printed(line));
        printed.map(|line| summary_line(line, language)).collect::<Vec<_>>().join("\n")
    };
    let verbosity = console::verbosity();
    let printed = text(&|line| line.verbosity() <= verbosity);
    console::event(&json!({
        "event": "summary",
        "lines": lines.iter().map(|line| summary_line(line, language)).collect::<Vec<_>>(),
        "files": lines.iter().filter_map(|line| line.file()).collect::<Vec<_>>(),
    }));
    if results_on_stdout(plan) {
        message!("{printed}");
    } else {
        console::log(&text(&|_| true));
        writeln!(std::io::stdout().lock(), "{}", terminal::for_stdout(&printable(&printed)))?;
    }
    Ok(if failed > 0 { ExitReason::FailedRows.into() } else { ExitCode::SUCCESS })
}

/// The figures of a run for its summary.
pub(crate) fn run_figures(summary: &Summary) -> RunFigures {
    RunFigures {
        rows: summary.counts.committed(),
        skipped: summary.counts.skipped,
        pairs: summary.pairs,
        entries: summary.entries,
        epochs: summary.epochs,
        seconds: summary.elapsed.as_secs_f64(),
    }
}

/// Notes on how the supplier file and the registry were read.
pub(crate) fn file_notes(counts: &IngestCounts) -> Vec<Note> {
    let source = counts.source();
    let reference = counts.reference();
    let notes = vec![
        Note::BlankRows(source.rows_blank),
        Note::UnreadRows(source.rows_unread),
        Note::SkippedRows(source.rows_left_out),
        Note::TotalsRow(source.totals_row),
        Note::DuplicateKeys(source.keys_duplicate),
        Note::DroppedTimes(source.times_dropped),
        Note::MissingKeys(source.keys_missing),
        Note::EntriesWithoutId(reference.rows_without_id),
        Note::EntriesWithoutGroup(reference.rows_without_group),
        Note::RejectedEntryCells(reference.rejects),
    ];
    let irregular =
        irregular_rows(counts).into_iter().map(|(table, kind, tally)| Note::IrregularRows { table, kind, tally });
    notes.into_iter().chain(irregular).collect()
}

/// The rows of both files that do not fit their header.
fn irregular_rows(counts: &IngestCounts) -> Vec<(TableRole, RowIrregularity, RowTally)> {
    let of = |table: TableRole, rows: IrregularRows| rows.kinds().map(move |(kind, tally)| (table, kind, tally));
    let source = of(TableRole::Source, counts.source().irregular);
    source.chain(of(TableRole::Reference, counts.reference().irregular)).collect()
}

/// The same for programs.
pub(crate) fn print_irregular_rows(counts: &IngestCounts) {
    for (table, kind, tally) in irregular_rows(counts) {
        let table = match table {
            TableRole::Source => "source",
            TableRole::Reference => "reference",
        };
        console::event(&serde_json::json!({
            "event": "irregular_rows", "table": table, "kind": kind.name(), "rows": tally.rows, "first_row": tally.first,
        }));
    }
}

/// Notes on the results.
fn result_notes(tables: &CheckpointTables<'_>, progress: &Progress) -> Result<Vec<Note>, Failure> {
    let (companies, rows) = tables.shared_groups().while_doing(READING)?;
    Ok(vec![
        Note::NewRowsNotTried(progress.left()),
        Note::SharedCompanies { rows, companies },
        Note::OneToOneConflicts(tables.conflict_count().while_doing(READING)?),
        Note::ClosedEntries(tables.closed_count().while_doing(READING)?),
        Note::CompaniesOnly(tables.company_count().while_doing(READING)?),
    ])
}

/// The notes with a count other than zero.
pub(crate) fn note_lines(notes: Vec<Note>) -> impl Iterator<Item = SummaryLine> {
    notes.into_iter().filter(|note| note.count() > 0).map(SummaryLine::Note)
}

pub(crate) fn file_lines(files: &[ExportedFile]) -> impl Iterator<Item = SummaryLine> {
    let display = |path: &Path| path.display().to_string();
    files.iter().flat_map(move |file| {
        let (path, rows) = (display(&file.path), file.rows);
        let backup = file
            .backup
            .as_deref()
            .map(|backup| SummaryLine::EditedOutput { path: path.clone(), backup: display(backup) });
        [Some(SummaryLine::File { path, table: file.table.clone(), rows }), backup].into_iter().flatten()
    })
}

/// The texts of a pipeline's results.
pub(crate) fn words(plan: &Plan) -> Words {
    Words {
        language: plan.language,
        id: plan.reference.id.clone(),
        group: plan.reference.group.clone().unwrap_or_default(),
    }
}

fn layout(plan: &Plan, has_decisions: bool) -> Layout {
    let columns = |fields: &[FieldPlan]| fields.iter().map(field_column).collect();
    Layout {
        input_fields: columns(&plan.source.fields),
        entry_fields: columns(&plan.reference.fields),
        key_header: key_header(&plan.source.id),
        amount: plan.report.amount.clone(),
        page: plan.report.page.clone(),
        has_groups: plan.reference.group.is_some(),
        has_status: plan.reference.status.is_some(),
        has_decisions,
        scorers: scorer_names(&plan.stages).into_iter().map(str::to_owned).collect(),
        is_weighed: plan.stages.iter().any(|stage| match &stage.kind {
            StageKind::Score(score) => score.model.is_some(),
            _ => false,
        }),
        is_evidence_whole: plan.evidence == EvidenceScope::All,
        words: words(plan),
    }
}

/// A field with the headers of its columns.
fn field_column(field: &FieldPlan) -> FieldColumn {
    FieldColumn { name: field.name.clone(), header: field.columns.join(" + "), data_type: field.data_type }
}

/// The headers of the columns that a record's key comes from.
fn key_header(id: &[IdColumn]) -> String {
    let header = |column: &IdColumn| match column {
        IdColumn::Column(header) => Some(header.clone()),
        IdColumn::Index => None,
    };
    id.iter().filter_map(header).collect::<Vec<_>>().join(" / ")
}

/// The time and the source of the results.
fn subtitle(plan: &Plan) -> String {
    let now = chrono::Local::now().format(texts::TIME_FORMAT.get(plan.language));
    let name = |table: &TablePlan| {
        table.main_file().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned())
    };
    let files = [name(&plan.source.table), name(&plan.reference.table)].into_iter().flatten().collect::<Vec<_>>();
    std::iter::once(now.to_string()).chain(files).collect::<Vec<_>>().join("  ·  ")
}

/// The facts of the run on the summary sheet of the workbook.
fn run_facts(plan: &Plan, summary: &Summary, counts: &IngestCounts) -> Vec<(Label, Fact)> {
    let cells = counts.source().cells;
    let edition = RegistryEdition::of(plan).map(|edition| (texts::REGISTRY_EDITION, Fact::Text(edition.to_string())));
    let mut facts = vec![
        (texts::SUPPLIER_FILE, Fact::Text(plan.source.table.to_string())),
        (texts::REGISTRY, Fact::Text(plan.reference.table.to_string())),
        (texts::REGISTRY_ENTRIES, Fact::Count(summary.entries)),
        (texts::ROWS_OF_RUN, Fact::Count(summary.counts.committed())),
        (texts::ROWS_DONE_BEFORE, Fact::Count(summary.counts.skipped)),
        (texts::PAIRS_SCORED, Fact::Count(summary.pairs)),
        (texts::SECONDS, Fact::Decimal(summary.elapsed.as_secs_f64())),
        (texts::CELLS_READ, Fact::Count(cells.read)),
        (texts::CELLS_USED, Fact::Count(cells.emitted)),
        (texts::CELLS_OUTSIDE, Fact::Count(cells.outside)),
        (texts::VERSION, Fact::Text(env!("CARGO_PKG_VERSION").to_owned())),
    ];
    facts.extend(edition);
    facts
}
