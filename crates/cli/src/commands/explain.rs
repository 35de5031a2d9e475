//! `matchflow explain`: why a row came to its result; or which true entries the candidate stages find.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_checkpoint::read_results;
use matchflow_evaluate::Truth;
use serde_json::json;

use crate::args::{ExplainArgs, PipelineArgs};
use crate::commands::explain_result::ResultExplanation;
use crate::commands::survey::{Seen, Wanted, survey};
use crate::failure::Failure;
use crate::load::load;

/// Companies that a broad stage keeps here, at least, so that recall at 50 can be told.
const TOP_MIN: usize = 50;

/// Explains a result, or the recall of the candidate stages.
pub(crate) fn explain(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    match (&args.key, &args.truth) {
        (Some(key), _) => explain_result(&args.file, key, args.json),
        (None, Some(truth)) => explain_recall(args, truth),
        // clap asks for one of them.
        (None, None) => Err(Failure::Usage("error: a key, or --recall --truth FILE".to_owned())),
    }
}

fn explain_result(checkpoint: &Path, key: &str, json: bool) -> Result<ExitCode, Failure> {
    let results = read_results(checkpoint).map_err(|error| Failure::fatal(&error))?;
    let found = results.tables().result(key).map_err(|error| Failure::fatal(&error))?;
    let Some(decision) = found else {
        let message = format!("error: {} has no result with the key `{key}`", checkpoint.display());
        return Err(Failure::Usage(format!("{message}; keys stand in the first column of the results")));
    };
    let mut out = std::io::stdout().lock();
    let explanation = ResultExplanation::new(&decision).map_err(|error| Failure::fatal(&error))?;
    if json {
        writeln!(out, "{:#}", explanation.json())?
    } else {
        write!(out, "{explanation}")?
    }
    Ok(ExitCode::SUCCESS)
}

fn explain_recall(args: &ExplainArgs, truth: &Path) -> Result<ExitCode, Failure> {
    let truth = Truth::open(truth).map_err(|error| Failure::fatal(&error))?;
    let pipeline = PipelineArgs { pipeline: args.file.clone(), set: args.set.clone() };
    let plan = load(&pipeline)?.checked.plan;
    let wanted =
        Wanted { truth: &truth, missed_max: args.missed, rows_max: args.limit.unwrap_or(u64::MAX), top_min: TOP_MIN };
    let seen = survey(&plan, &wanted)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", figures(&seen))?;
    } else {
        write!(out, "{}", seen.recall)?;
        writeln!(out, "\n{}", speed(&seen))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The figures as JSON.
pub(crate) fn figures(seen: &Seen) -> serde_json::Value {
    json!({
        "recall": seen.recall,
        "entries": seen.entries,
        "bytes_per_entry": seen.bytes_per_entry,
        "load_seconds": seen.load_seconds,
        "search_seconds": seen.search_seconds,
        "rows_per_second": seen.recall.rows as f64 / seen.search_seconds,
        "threads": seen.threads,
        "searched_seconds": seen.searched.iter().map(std::time::Duration::as_secs_f64).collect::<Vec<_>>(),
    })
}

/// What the search cost.
pub(crate) fn speed(seen: &Seen) -> String {
    let rows = seen.recall.rows as f64;
    let mut text = format!(
        "{} entries indexed in {:.1} s, {:.0} bytes each; {rows} rows searched by every stage in {:.1} s on {} threads, \
         {:.0} rows/s with reading and cleaning",
        seen.entries,
        seen.load_seconds,
        seen.bytes_per_entry,
        seen.search_seconds,
        seen.threads,
        rows / seen.search_seconds
    );
    for (stage, searched) in seen.recall.stages.iter().zip(&seen.searched) {
        text.push_str(&format!("\n  {:<16} {:>8.0} rows/s a thread", stage.stage, rows / searched.as_secs_f64()));
    }
    text
}
