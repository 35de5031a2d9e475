//! `matchflow evaluate`.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use matchflow_checkpoint::{CheckpointError, read_results};
use matchflow_evaluate::{
    ClusterTruth, Evaluation, Evaluator, Floor, Measure, ResultRow, Shortfall, Truth, evaluate_clusters, evaluate_file,
};
use serde::Serialize;

use crate::args::EvaluateArgs;
use crate::failure::{Failure, FailureContext};

/// Prints the quality of results; fails if a figure is below its floor.
pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<ExitCode, Failure> {
    // Results may be a table of a database, too.
    let is_table = || matches!(read_results(&args.results), Err(CheckpointError::NotACheckpoint { .. }));
    let is_checkpoint = args.results.extension().is_some_and(|extension| extension == "duckdb") && !is_table();
    if let Some(truth) = ClusterTruth::open(&args.truth).while_doing("reading the truth")?
        && let Some(members) = members(args, is_checkpoint)?
    {
        return evaluate_members(args, members, &truth);
    }
    let evaluation = if is_checkpoint {
        evaluate_checkpoint(&args.results, &args.truth, args.worst)?
    } else {
        evaluate_file(&args.results, &args.truth, args.worst).while_doing("reading the results and the truth")?
    };
    let report = evaluation.report(args.sections());
    print_evaluation(args, &evaluation, report, |measure, floor| evaluation.shortfall(measure, &floor))
}

/// Prints an evaluation, as JSON or as a report; fails if a figure is below its floor.
fn print_evaluation(
    args: &EvaluateArgs,
    evaluation: &impl Serialize,
    report: impl Display,
    shortfall: impl Fn(Measure, Floor) -> Option<Shortfall>,
) -> Result<ExitCode, Failure> {
    let mut out = crate::console::stdout();
    if args.json {
        let json = serde_json::to_string_pretty(evaluation).while_doing("writing JSON")?;
        writeln!(std::io::stdout(), "{json}")?;
    } else {
        write!(out, "{report}")?;
    }
    let shortfalls = args.floors().filter_map(|(measure, floor)| shortfall(measure, floor));
    let shortfalls: Vec<String> = shortfalls.map(|shortfall| shortfall.to_string()).collect();
    if shortfalls.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failure::Fatal(shortfalls.join("; "))) }
}

/// The cluster of each key that has one, if the results are clusters: a checkpoint of a pipeline with `dedupe`, or a
/// file with the columns `key` and `cluster`.
fn members(args: &EvaluateArgs, is_checkpoint: bool) -> Result<Option<Vec<(String, String)>>, Failure> {
    if is_checkpoint {
        let results = read_results(&args.results).while_doing("opening the checkpoint")?;
        let is_clustered =
            !results.tables().clusterings().while_doing("reading the results from the checkpoint")?.is_empty();
        let clustered = || results.tables().clustered().while_doing("reading the results from the checkpoint");
        return if is_clustered { Ok(Some(clustered()?.into_iter().collect())) } else { Ok(None) };
    }
    ClusterTruth::open(&args.results)
        .map(|found| found.map(ClusterTruth::into_members))
        .while_doing("reading the truth")
}

fn evaluate_members(
    args: &EvaluateArgs,
    members: Vec<(String, String)>,
    truth: &ClusterTruth,
) -> Result<ExitCode, Failure> {
    let evaluation = evaluate_clusters(members, truth, args.worst);
    print_evaluation(args, &evaluation, evaluation.report(), |measure, floor| evaluation.shortfall(measure, &floor))
}

/// Compares the results of a checkpoint with a truth.
pub(crate) fn evaluate_checkpoint(results: &Path, truth: &Path, worst_max: usize) -> Result<Evaluation, Failure> {
    let truth = Truth::open(truth).while_doing("reading the truth")?;
    let results = read_results(results).while_doing("opening the checkpoint")?;
    let mut evaluator = Evaluator::new(&truth, worst_max);
    for batch in results.tables().latest().while_doing("reading the results from the checkpoint")? {
        let batch = batch.while_doing("reading the results from the checkpoint")?;
        let rows = ResultRow::from_batch(&batch).while_doing("reading the results from the checkpoint")?;
        rows.into_iter().for_each(|row| evaluator.add(row));
    }
    Ok(evaluator.finish())
}
