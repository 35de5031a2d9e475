//! What a finished run hands over: the output files, the last lines, the exit code.

use std::io::Write;
use std::process::ExitCode;

use matchflow_export::{Layout, Summary as ExportSummary, export};
use matchflow_flow::Summary;
use matchflow_model::plan::{Plan, StageKind};
use matchflow_sink::Checkpoint;

use crate::engine::Facts;
use crate::failure::Failure;

/// Rejected cells that the workbook lists.
const REJECTS_LISTED_MAX: u64 = 10_000;
/// The exit code of a run that finished with failed rows.
const WITH_FAILED_ROWS: u8 = 3;

/// Writes the outputs and the last lines.
pub(crate) fn deliver(
    plan: &Plan,
    checkpoint: &Checkpoint,
    summary: &Summary,
    facts: &Facts,
) -> Result<ExitCode, Failure> {
    let tables = checkpoint.tables().map_err(|error| Failure::fatal(&error))?;
    let (rejects, rejects_total) = tables.rejects(REJECTS_LISTED_MAX).map_err(|error| Failure::fatal(&error))?;
    let about =
        ExportSummary { pipeline: plan.name.clone(), facts: run_facts(plan, summary, facts), rejects, rejects_total };
    let latest = checkpoint.latest().map_err(|error| Failure::fatal(&error))?;
    let written = export(&plan.outputs, &layout(plan), latest, &about).map_err(|error| Failure::fatal(&error))?;
    let all = tables.latest_counts().map_err(|error| Failure::fatal(&error))?;
    let mut out = std::io::stdout().lock();
    let (counts, seconds) = (summary.counts, summary.elapsed.as_secs_f64());
    writeln!(
        out,
        "matched {} · review {} · unmatched {} · failed {}",
        all.matched, all.review, all.unmatched, all.failed
    )?;
    writeln!(
        out,
        "this run: {} rows in {seconds:.1} s ({:.0} rows/s), {} pairs scored, {} entries, {} epochs; {} skipped (done before)",
        counts.committed(),
        counts.committed() as f64 / seconds.max(f64::EPSILON),
        summary.pairs,
        summary.entries,
        summary.epochs,
        counts.skipped
    )?;
    let at_end = plan.execution.limit_rows.is_none();
    let gone = if at_end { all.committed().saturating_sub(summary.rows_read) } else { 0 };
    for note in notes(facts, rejects_total, gone) {
        writeln!(out, "note: {note}")?;
    }
    for file in &written {
        writeln!(out, "{} ({} rows)", file.path.display(), file.rows)?;
    }
    if all.failed > 0 {
        writeln!(out, "{} rows failed: `--retry-errors` tries them again", all.failed)?;
        return Ok(ExitCode::from(WITH_FAILED_ROWS));
    }
    Ok(ExitCode::SUCCESS)
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
        id_label: plan.reference.id.clone(),
        group_label: plan.reference.group.clone().unwrap_or_default(),
    }
}

fn run_facts(plan: &Plan, summary: &Summary, facts: &Facts) -> Vec<(String, String)> {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("supplier file", plan.source.format.to_string()),
        fact("cells read", facts.source().cells.to_string()),
        fact("registry entries", summary.entries.to_string()),
        fact("rows done by this run", summary.counts.committed().to_string()),
        fact("rows done before", summary.counts.skipped.to_string()),
        fact("pairs scored", summary.pairs.to_string()),
        fact("seconds", format!("{:.1}", summary.elapsed.as_secs_f64())),
    ]
}

/// What a careful reader wants to know of the files.
fn notes(facts: &Facts, rejects: u64, gone: u64) -> Vec<String> {
    let (source, reference) = (facts.source(), facts.reference());
    let noted = [
        (rejects, "cells that do not fit their type, listed in the results"),
        (source.rows_blank, "blank rows of the supplier file, passed over"),
        (source.keys_duplicate, "rows with the key of an earlier row, kept as `key#2` and so on"),
        (source.keys_missing, "rows with none of the key's columns, kept under their number"),
        (gone, "results of rows that are no longer in the supplier file"),
        (reference.rows_without_id, "registry rows without an id, passed over"),
        (reference.rows_without_group, "registry rows without a group, passed over"),
    ];
    noted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect()
}
