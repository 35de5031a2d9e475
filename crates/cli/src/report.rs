//! What a finished run hands over: the output files, the last lines, the exit code.

use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::{Checkpoint, CheckpointError};
use matchflow_export::{Layout, Summary as ExportSummary, export};
use matchflow_flow::{Progress, Summary};
use matchflow_model::cells::CellCounts;
use matchflow_model::outcome::Counts;
use matchflow_model::plan::{Plan, StageKind};

use crate::console;
use crate::failure::{Failure, FailureContext};
use crate::ingest_counts::IngestCounts;
use crate::stop::STOPPED;

/// Rejected cells that the workbook lists.
const REJECTS_LISTED_MAX: u64 = 10_000;
/// The exit code of a run that finished with failed rows.
pub(crate) const WITH_FAILED_ROWS: u8 = 3;

/// Why the results could not be read to their end.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Sink(CheckpointError),
    #[error("stopped")]
    Stopped,
}

/// Writes the outputs and the last lines.
pub(crate) fn write_report(
    plan: &Plan,
    checkpoint: &Checkpoint,
    summary: &Summary,
    facts: &IngestCounts,
    progress: &Progress,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().while_doing("reading the results from the checkpoint")?;
    let (rejects, rejects_total) =
        tables.rejects(REJECTS_LISTED_MAX).while_doing("reading the results from the checkpoint")?;
    let about =
        ExportSummary { pipeline: plan.name.clone(), facts: run_facts(plan, summary, facts), rejects, rejects_total };
    let latest = checkpoint.latest().while_doing("reading the results from the checkpoint")?;
    let latest = latest.map(|batch| match progress.is_stopped() {
        true => Err(ReadError::Stopped),
        false => batch.map_err(ReadError::Sink),
    });
    let written = match export(&plan.outputs, &layout(plan), latest, &about) {
        Err(_) if progress.is_stopped() => {
            message!("[pipeline] stopped: every row is committed; the next run writes the results");
            return Ok(ExitCode::from(STOPPED));
        }
        written => written.while_doing("writing the results")?,
    };
    let all = tables.latest_counts().while_doing("reading the results from the checkpoint")?;
    let at_end = plan.execution.limit_rows.is_none() && progress.left() == 0;
    let gone = if at_end { all.committed().saturating_sub(summary.rows_read) } else { 0 };
    let mut lines = last_lines(summary, &all);
    lines.push(cells_line(&facts.source().cells));
    lines.extend(notes(facts, rejects_total, gone, progress.left()).into_iter().map(|note| format!("note: {note}")));
    let (companies, rows) = tables.shared_groups().while_doing("reading the results from the checkpoint")?;
    if companies > 0 {
        lines.push(format!("note: rows that share their company with another row: {rows}, {companies} companies"));
    }
    let lost = tables.conflict_count().while_doing("reading the results from the checkpoint")?;
    if lost > 0 {
        lines.push(format!("note: rows sent to review since another row keeps their entry (one-to-one): {lost}"));
    }
    let closed = tables.closed_count().while_doing("reading the results from the checkpoint")?;
    if closed > 0 {
        lines.push(format!(
            "note: rows matched with an entry that is closed: {closed}; their reasons say what there is instead"
        ));
    }
    lines.extend(summary.without.iter().map(|((stage, scorer), rows)| {
        format!("note: rows that {stage} scored without `{scorer}`, which failed on them: {rows}")
    }));
    lines.extend(written.iter().map(|file| format!("{} ({} rows)", file.path.display(), file.rows)));
    if all.failed > 0 {
        lines.push(format!("{} rows failed: `--retry-errors` tries them again", all.failed));
    }
    let text = lines.join("\n");
    console::log(&text);
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(if all.failed > 0 { ExitCode::from(WITH_FAILED_ROWS) } else { ExitCode::SUCCESS })
}

fn last_lines(summary: &Summary, all: &Counts) -> Vec<String> {
    let (counts, seconds) = (summary.counts, summary.elapsed.as_secs_f64());
    vec![
        format!(
            "matched {} · review {} · unmatched {} · failed {}",
            all.matched, all.review, all.unmatched, all.failed
        ),
        format!(
            "this run: {} rows in {seconds:.1} s ({:.0} rows/s), {} pairs scored, {} entries, {} epochs; {} skipped \
             (done before)",
            counts.committed(),
            counts.committed() as f64 / seconds.max(f64::EPSILON),
            summary.pairs,
            summary.entries,
            summary.epochs,
            counts.skipped
        ),
    ]
}

/// Where the cells of the supplier file went, as a sum that the reader can check.
pub(crate) fn cells_line(cells: &CellCounts) -> String {
    let filled = if cells.filled > 0 { format!(" + {} filled in", cells.filled) } else { String::new() };
    let CellCounts { read, emitted, rejected, outside, .. } = cells;
    let line = format!("cells: {read} read{filled} = {emitted} in rows + {rejected} rejected + {outside} elsewhere");
    if cells.balances() { line } else { format!("{line}; these do not add up: please report the file") }
}

fn layout(plan: &Plan) -> Layout {
    let names = |fields: &[matchflow_model::plan::FieldPlan]| fields.iter().map(|field| field.name.clone()).collect();
    let mut scorers: Vec<String> = Vec::new();
    for stage in &plan.stages {
        if let StageKind::Score(score) = &stage.kind {
            for scorer in &score.scorers {
                if !scorers.contains(&scorer.name) {
                    scorers.push(scorer.name.clone());
                }
            }
        }
    }
    Layout {
        input_fields: names(&plan.source.fields),
        entry_fields: names(&plan.reference.fields),
        scorers,
        is_weighed: plan.stages.iter().any(|stage| match &stage.kind {
            StageKind::Score(score) => score.model.is_some(),
            _ => false,
        }),
        language: plan.language,
        id_label: plan.reference.id.clone(),
        group_label: plan.reference.group.clone().unwrap_or_default(),
    }
}

fn run_facts(plan: &Plan, summary: &Summary, facts: &IngestCounts) -> Vec<(String, String)> {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("supplier file", plan.source.format.to_string()),
        fact("cells read", facts.source().cells.read.to_string()),
        fact("cells in rows", facts.source().cells.emitted.to_string()),
        fact("cells rejected", facts.source().cells.rejected.to_string()),
        fact("cells elsewhere", facts.source().cells.outside.to_string()),
        fact("registry entries", summary.entries.to_string()),
        fact("rows done by this run", summary.counts.committed().to_string()),
        fact("rows done before", summary.counts.skipped.to_string()),
        fact("pairs scored", summary.pairs.to_string()),
        fact("seconds", format!("{:.1}", summary.elapsed.as_secs_f64())),
    ]
}

/// What a careful reader wants to know of the files.
pub(crate) fn notes(facts: &IngestCounts, rejects: u64, gone: u64, left: u64) -> Vec<String> {
    let (source, reference) = (facts.source(), facts.reference());
    let noted = [
        (rejects, "cells that do not fit their type, listed in the results"),
        (source.rows_blank, "blank rows of the supplier file, passed over"),
        (source.rows_left_out, "rows of the supplier file left out as asked: hidden, or totals"),
        (source.keys_duplicate, "rows with the key of an earlier row, kept as `key#2` and so on"),
        (source.times_dropped, "dates whose time of day was dropped, as a field of type date does"),
        (source.keys_missing, "rows with none of the key's columns, kept under their number"),
        (gone, "results of rows that are no longer in the supplier file"),
        (left, "new rows left to a run without `--retry-errors`"),
        (reference.rows_without_id, "registry rows without an id, passed over"),
        (reference.rows_without_group, "registry rows without a group, passed over"),
    ];
    noted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect()
}
