//! `matchflow plan`: the stages, and the rows that a run would skip.

use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::{ResumePreview, preview};
use matchflow_evaluate::Truth;
use matchflow_ingest::open_source;
use matchflow_matcher::{FieldFills, count_fills};
use matchflow_pipeline::{RenderFormat, render};

use crate::args::{PlanArgs, PlanFormat};
use crate::checkpoint::trusted_fallback;
use crate::commands::explain::{figures, speed};
use crate::commands::survey::{SurveyOptions, SurveyReport, survey};
use crate::failure::{Failure, FailureContext};
use crate::load::load;
use crate::registry_digest::registry_digest;
use crate::settings::Settings;
use crate::terminal::fold_for_stdout;

/// Prints the plan.
pub(crate) fn plan(args: &PlanArgs) -> Result<ExitCode, Failure> {
    let checked = load(&args.pipeline)?.checked;
    let plan = &checked.plan;
    let report = count_pairs(plan, args)?;
    let fills = field_fills(plan)?;
    let mut out = crate::console::stdout();
    match args.format {
        PlanFormat::Mermaid => write!(out, "{}", render(&checked, RenderFormat::Mermaid))?,
        PlanFormat::Text => {
            write!(out, "{}", fold_for_stdout(&render(&checked, RenderFormat::Text)))?;
            write!(out, "{}", fold_for_stdout(&fills_text(&fills)))?;
            writeln!(out, "{}", fold_for_stdout(&resume_text(resume_preview(plan)?)))?;
            if let Some(report) = &report {
                let recall = if args.truth.is_some() { format!("\n{}", report.recall) } else { String::new() };
                write!(out, "{}{recall}", pairs_text(report))?;
            }
        }
        PlanFormat::Json => {
            let text = render(&checked, RenderFormat::Json);
            let mut json: serde_json::Value = serde_json::from_str(&text).while_doing("writing JSON")?;
            if let Some(fields) = json.as_object_mut() {
                let resume = resume_preview(plan)?.map(|(preview, changed)| {
                    serde_json::json!({
                        "done": preview.counts.committed(), "counts": preview.counts, "stale": preview.stale,
                        "changed": changed, "unreadable": preview.unreadable,
                    })
                });
                fields.insert("resume".to_owned(), resume.into());
                fields.insert("cleaned_fields".to_owned(), fills_json(&fills));
                if let Some(report) = &report {
                    fields.insert("candidates".to_owned(), figures(report));
                }
            }
            writeln!(std::io::stdout(), "{json:#}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The pairs of each candidate stage, with `--count`.
fn count_pairs(plan: &matchflow_model::plan::Plan, args: &PlanArgs) -> Result<Option<SurveyReport>, Failure> {
    let Some(rows_max) = args.count else { return Ok(None) };
    let open = |file: &std::path::PathBuf| Truth::open(file).while_doing("reading the truth");
    let truth = args.truth.as_ref().map(open).transpose()?.unwrap_or_default();
    survey(plan, &SurveyOptions { truth: &truth, missed_max: 0, rows_max, top_min: 0 }).map(Some)
}

/// What cleaning leaves of the fields of the first rows, by clean stage.
fn field_fills(plan: &matchflow_model::plan::Plan) -> Result<Vec<(String, FieldFills)>, Failure> {
    const ROWS_MAX: u64 = 10_000;
    const BATCH_ROWS: usize = 1_000;
    let reading = "reading the supplier file";
    let mut source = open_source(&plan.source, BATCH_ROWS).while_doing(reading)?;
    let mut fills = Vec::new();
    while source.facts().rows < ROWS_MAX {
        let Some(batch) = source.next_batch().while_doing(reading)? else { break };
        count_fills(plan, batch.rows, &mut fills).while_doing("cleaning the supplier file")?;
    }
    Ok(fills)
}

fn fills_text(fills: &[(String, FieldFills)]) -> String {
    let mut text = String::new();
    for (stage, fills) in fills {
        text.push_str(&format!("{stage} of the first rows:\n"));
        for (field, fill) in &fills.0 {
            let left = fill.cells - fill.lost;
            let percent = left as f64 / fill.cells.max(1) as f64 * 100.0;
            let example = match &fill.lost_example {
                Some((row, value)) => format!("; nothing of `{value}` (row {row})"),
                None => String::new(),
            };
            text.push_str(&format!(
                "  {field:<16} {:>7} cells, {left:>7} after cleaning ({percent:.0} %){example}\n",
                fill.cells
            ));
        }
    }
    text
}

fn fills_json(fills: &[(String, FieldFills)]) -> serde_json::Value {
    let stage = |(stage, fills): &(String, FieldFills)| serde_json::json!({ "stage": stage, "fields": fills });
    fills.iter().map(stage).collect()
}

fn pairs_text(report: &SurveyReport) -> String {
    let mut text = format!("candidates: {}\n", speed(report));
    let rows = report.recall.rows.max(1) as f64;
    for (stage, counts) in report.recall.stages.iter().zip(&report.counts) {
        let each = stage.pairs as f64 / rows;
        let found = stage.rows_found as f64 / rows * 100.0;
        text.push_str(&format!(
            "  {:<16} {:>10} pairs, {each:.1} per row; {found:.1} % of the rows have one",
            stage.stage, stage.pairs
        ));
        for (count, what) in [
            (counts.entries_cut, "entries over the limit per row"),
            (counts.words_common, "words too common to search by"),
            (counts.near_words_cut, "similar words over the limit per word"),
        ] {
            if count > 0 {
                text.push_str(&format!("; not searched: {count} {what}"));
            }
        }
        text.push('\n');
    }
    text
}

/// The results that a run would resume from, and for each set of older settings what changed since.
fn resume_preview(plan: &matchflow_model::plan::Plan) -> Result<Option<(ResumePreview, Vec<String>)>, Failure> {
    let digest = registry_digest(plan)?;
    let (settings, sink) = (Settings::of(plan, &digest), &plan.sink);
    let preview = preview(&sink.checkpoint, trusted_fallback(plan), &plan.name, &settings.digest())
        .while_doing("reading the checkpoint")?;
    Ok(preview.map(|preview| {
        let changed = preview.stale_by.iter().map(|stale| settings.changed_since(&stale.decided_by)).collect();
        (preview, changed)
    }))
}

fn resume_text(found: Option<(ResumePreview, Vec<String>)>) -> String {
    let Some((preview, changed)) = found else { return "resume: no checkpoint yet, every row is new".to_owned() };
    let counts = preview.counts;
    let mut text = format!(
        "resume: {} rows are done ({} matched, {} review, {} unmatched, {} failed) and are skipped if unchanged",
        counts.committed(),
        counts.matched,
        counts.review,
        counts.unmatched,
        counts.failed
    );
    for (stale, changed) in preview.stale_by.iter().zip(changed) {
        text.push_str(&format!("\n        {} of them were decided before these changed: {changed}", stale.rows));
    }
    for place in &preview.unreadable {
        text.push_str(&format!("\n        {place}"));
    }
    text
}
