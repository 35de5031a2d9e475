//! `matchflow plan`: the wired stages, and what a run would leave out.

use std::io::Write;
use std::process::ExitCode;

use matchflow_pipeline::{RenderFormat, render};
use matchflow_sink::{Peek, peek};

use crate::args::{PlanArgs, PlanFormat};
use crate::failure::Failure;
use crate::load::{config_digest, load};

/// Prints the plan.
pub(crate) fn plan(args: &PlanArgs) -> Result<ExitCode, Failure> {
    let checked = load(&args.pipeline)?.checked;
    let plan = &checked.plan;
    let mut out = std::io::stdout().lock();
    match args.format {
        PlanFormat::Mermaid => write!(out, "{}", render(&checked, RenderFormat::Mermaid))?,
        PlanFormat::Text => {
            write!(out, "{}", render(&checked, RenderFormat::Text))?;
            writeln!(out, "{}", resume_text(found(plan)?.as_ref()))?;
        }
        PlanFormat::Json => {
            let text = render(&checked, RenderFormat::Json);
            let mut json: serde_json::Value = serde_json::from_str(&text).map_err(|error| Failure::fatal(&error))?;
            if let Some(fields) = json.as_object_mut() {
                let resume = found(plan)?.map(|peek| {
                    serde_json::json!({
                        "done": peek.counts.committed(), "counts": peek.counts, "stale": peek.stale,
                        "unreadable": peek.unreadable,
                    })
                });
                fields.insert("resume".to_owned(), resume.into());
            }
            writeln!(out, "{json:#}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn found(plan: &matchflow_model::plan::Plan) -> Result<Option<Peek>, Failure> {
    let digest = matchflow_ingest::reference_digest(&plan.reference.format).map_err(|error| Failure::fatal(&error))?;
    let sink = &plan.sink;
    peek(&sink.checkpoint, sink.fallback.as_deref(), &plan.name, &config_digest(plan, &digest))
        .map_err(|error| Failure::fatal(&error))
}

fn resume_text(peek: Option<&Peek>) -> String {
    let Some(peek) = peek else { return "resume: no checkpoint yet, every row is new".to_owned() };
    let counts = peek.counts;
    let mut text = format!(
        "resume: {} rows are done ({} matched, {} review, {} unmatched, {} failed) and are skipped if unchanged",
        counts.committed(),
        counts.matched,
        counts.review,
        counts.unmatched,
        counts.failed
    );
    if peek.stale > 0 {
        text.push_str(&format!(
            "\n        {} of them were decided by other plug-ins, parameters or registry",
            peek.stale
        ));
    }
    for place in &peek.unreadable {
        text.push_str(&format!("\n        {place}"));
    }
    text
}
