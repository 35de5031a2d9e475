//! `matchflow plan`: the stages, and the rows that a run would skip.

use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::{ResumePreview, ReviewBand, preview, read_results};
use matchflow_evaluate::Truth;
use matchflow_ingest::open_source;
use matchflow_matcher::{FieldFills, count_fills};
use matchflow_model::language::Language;
use matchflow_pipeline::{RenderFormat, render};

use crate::args::{PlanArgs, PlanFormat};
use crate::checkpoint::trusted_fallback;
use crate::commands::explain::{figures, speed};
use crate::commands::survey::{SurveyOptions, SurveyReport, survey};
use crate::failure::{Failure, FailureContext};
use crate::load::load;
use crate::messages::result_texts::{self as texts, decimal, fill_label};
use crate::messages::{outcomes, review_worth};
use crate::registry_digest::registry_digest;
use crate::settings::Settings;
use crate::terminal::fold_for_stdout;

/// Prints the plan.
pub(crate) fn plan(args: &PlanArgs) -> Result<ExitCode, Failure> {
    let checked = load(&args.pipeline)?.checked;
    let (plan, language) = (&checked.plan, checked.plan.language);
    let report = count_pairs(plan, args)?;
    let fills = field_fills(plan)?;
    let mut out = crate::console::stdout();
    match args.format {
        PlanFormat::Mermaid => write!(out, "{}", render(&checked, RenderFormat::Mermaid))?,
        PlanFormat::Text => {
            write!(out, "{}", fold_for_stdout(&render(&checked, RenderFormat::Text)))?;
            write!(out, "{}", fold_for_stdout(&fills_text(&fills, language)))?;
            writeln!(out, "{}", fold_for_stdout(&resume_text(resume_preview(plan)?, language)))?;
            if let Some(worth) = stored_worth(plan)?.filter(|worth| !worth.is_empty()) {
                writeln!(out, "{}", fold_for_stdout(&review_worth(&worth, language)))?;
            }
            if let Some(report) = &report {
                let recall = if args.truth.is_some() { format!("\n{}", report.recall) } else { String::new() };
                write!(out, "{}{recall}", pairs_text(report, language))?;
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
                let worth = stored_worth(plan)?.map(|bands| bands.iter().map(band_json).collect::<Vec<_>>());
                fields.insert("review".to_owned(), worth.into());
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

/// The number of values in the fields of the first rows after cleaning, by clean stage.
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

fn fills_text(fills: &[(String, FieldFills)], language: Language) -> String {
    let mut text = String::new();
    for (stage, fills) in fills {
        text.push_str(&format!("{}\n", fill_label!(texts::FIRST_ROWS, language, "stage": *stage)));
        for (field, fill) in &fills.0 {
            let left = fill.cells - fill.lost;
            let percent = left as f64 / fill.cells.max(1) as f64 * 100.0;
            let example = fill.lost_example.as_ref();
            let example =
                example.map(|(row, value)| fill_label!(texts::LOST_EXAMPLE, language, "row": *row, "value": *value));
            let line = fill_label!(texts::CLEANED_CELLS, language, "cells": format!("{:>7}", fill.cells),
                "left": format!("{left:>7}"), "percent": format!("{percent:.0}"), "example": example);
            text.push_str(&format!("  {field:<16} {line}\n"));
        }
    }
    text
}

fn fills_json(fills: &[(String, FieldFills)]) -> serde_json::Value {
    let stage = |(stage, fills): &(String, FieldFills)| serde_json::json!({ "stage": stage, "fields": fills });
    fills.iter().map(stage).collect()
}

fn pairs_text(report: &SurveyReport, language: Language) -> String {
    let mut text = format!("{}\n", speed(report, language));
    let rows = report.recall.rows.max(1) as f64;
    for (stage, counts) in report.recall.stages.iter().zip(&report.counts) {
        let each = stage.pairs as f64 / rows;
        let found = stage.rows_found as f64 / rows * 100.0;
        let line = fill_label!(texts::STAGE_PAIRS, language, "pairs": format!("{:>10}", stage.pairs),
            "each": decimal(each, 1, language), "found": decimal(found, 1, language));
        text.push_str(&format!("  {:<16} {line}", stage.stage));
        for (count, what) in [
            (counts.entries_cut, texts::ENTRIES_CUT),
            (counts.words_common, texts::COMMON_WORDS),
            (counts.near_words_cut, texts::NEAR_WORDS_CUT),
        ] {
            if count > 0 {
                text.push_str(&fill_label!(what, language, "count": count));
            }
        }
        text.push('\n');
    }
    text
}

/// What the rows in review are worth, of the results that are stored.
fn stored_worth(plan: &matchflow_model::plan::Plan) -> Result<Option<Vec<ReviewBand>>, Failure> {
    let path = &plan.sink.checkpoint;
    if plan.dedupe.is_some() || !path.exists() {
        return Ok(None);
    }
    // What cannot be read is reported with what a run would resume from.
    let Ok(results) = read_results(path) else { return Ok(None) };
    results.tables().review_worth().while_doing("reading the checkpoint").map(Some)
}

fn band_json(band: &ReviewBand) -> serde_json::Value {
    let ReviewBand { from, to, rows, expected } = band;
    serde_json::json!({ "from": from, "to": to, "rows": rows, "expected": expected })
}

/// The results that a run would resume from, and what has changed since each set of older settings.
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

fn resume_text(found: Option<(ResumePreview, Vec<String>)>, language: Language) -> String {
    let Some((preview, changed)) = found else { return texts::NO_CHECKPOINT.get(language).to_owned() };
    let counts = preview.counts;
    let mut text =
        fill_label!(texts::RESUME, language, "rows": counts.committed(), "counts": outcomes(counts, language));
    for (stale, changed) in preview.stale_by.iter().zip(changed) {
        let line = fill_label!(texts::STALE, language, "rows": stale.rows, "changed": changed);
        text.push_str(&format!("\n        {line}"));
    }
    for place in &preview.unreadable {
        text.push_str(&format!("\n        {place}"));
    }
    text
}
