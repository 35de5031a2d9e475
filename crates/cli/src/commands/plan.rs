//! `matchflow plan`: the wired stages, and what a run would leave out.

use std::io::Write;
use std::process::ExitCode;

use matchflow_checkpoint::{ResumePreview, preview};
use matchflow_evaluate::Truth;
use matchflow_pipeline::{RenderFormat, render};

use crate::args::{PlanArgs, PlanFormat};
use crate::commands::explain::{figures, speed};
use crate::commands::survey::{Seen, Wanted, survey};
use crate::failure::Failure;
use crate::load::load;
use crate::settings::Settings;

/// Prints the plan.
pub(crate) fn plan(args: &PlanArgs) -> Result<ExitCode, Failure> {
    let checked = load(&args.pipeline)?.checked;
    let plan = &checked.plan;
    let seen = counted(plan, args)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        PlanFormat::Mermaid => write!(out, "{}", render(&checked, RenderFormat::Mermaid))?,
        PlanFormat::Text => {
            write!(out, "{}", render(&checked, RenderFormat::Text))?;
            writeln!(out, "{}", resume_text(found(plan)?))?;
            if let Some(seen) = &seen {
                let judged = if args.truth.is_some() { format!("\n{}", seen.recall) } else { String::new() };
                write!(out, "{}{judged}", pairs_text(seen))?;
            }
        }
        PlanFormat::Json => {
            let text = render(&checked, RenderFormat::Json);
            let mut json: serde_json::Value = serde_json::from_str(&text).map_err(|error| Failure::fatal(&error))?;
            if let Some(fields) = json.as_object_mut() {
                let resume = found(plan)?.map(|(preview, changed)| {
                    serde_json::json!({
                        "done": preview.counts.committed(), "counts": preview.counts, "stale": preview.stale,
                        "changed": changed, "unreadable": preview.unreadable,
                    })
                });
                fields.insert("resume".to_owned(), resume.into());
                if let Some(seen) = &seen {
                    fields.insert("candidates".to_owned(), figures(seen));
                }
            }
            writeln!(out, "{json:#}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The pairs of each candidate stage, where they are asked for.
fn counted(plan: &matchflow_model::plan::Plan, args: &PlanArgs) -> Result<Option<Seen>, Failure> {
    let Some(rows_max) = args.count else { return Ok(None) };
    let open = |file: &std::path::PathBuf| Truth::open(file).map_err(|error| Failure::fatal(&error));
    let truth = args.truth.as_ref().map(open).transpose()?.unwrap_or_default();
    survey(plan, &Wanted { truth: &truth, missed_max: 0, rows_max, top_min: 0 }).map(Some)
}

fn pairs_text(seen: &Seen) -> String {
    let mut text = format!("candidates: {}\n", speed(seen));
    let rows = seen.recall.rows.max(1) as f64;
    for (stage, counts) in seen.recall.stages.iter().zip(&seen.counts) {
        let each = stage.pairs as f64 / rows;
        let found = stage.rows_found as f64 / rows * 100.0;
        text.push_str(&format!(
            "  {:<16} {:>10} pairs, {each:.1} a row; {found:.1} % of the rows have one",
            stage.stage, stage.pairs
        ));
        for (count, what) in [
            (counts.entries_cut, "entries beyond the limit for a row"),
            (counts.words_common, "words too common to bring in names"),
            (counts.near_words_cut, "near words beyond the limit for a word"),
        ] {
            if count > 0 {
                text.push_str(&format!("; left out: {count} {what}"));
            }
        }
        text.push('\n');
    }
    text
}

/// What resume would find, and for each set of older settings what changed since.
fn found(plan: &matchflow_model::plan::Plan) -> Result<Option<(ResumePreview, Vec<String>)>, Failure> {
    let digest = matchflow_ingest::reference_digest(&plan.reference.format).map_err(|error| Failure::fatal(&error))?;
    let (settings, sink) = (Settings::of(plan, &digest), &plan.sink);
    let preview = preview(&sink.checkpoint, sink.fallback.as_deref(), &plan.name, &settings.digest())
        .map_err(|error| Failure::fatal(&error))?;
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
        text.push_str(&format!("\n        {} of them were decided before this changed: {changed}", stale.rows));
    }
    for place in &preview.unreadable {
        text.push_str(&format!("\n        {place}"));
    }
    text
}
