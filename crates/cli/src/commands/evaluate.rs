//! `matchflow evaluate`.

use std::io::Write;
use std::process::ExitCode;

use matchflow_evaluate::{Evaluation, Evaluator, ResultRow, Truth, evaluate_file};
use matchflow_sink::read_results;

use crate::args::EvaluateArgs;
use crate::failure::Failure;

/// Prints how good results are; fails where they are below a floor.
pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<ExitCode, Failure> {
    let is_checkpoint = args.results.extension().is_some_and(|extension| extension == "duckdb");
    let evaluation = if is_checkpoint {
        of_checkpoint(args)?
    } else {
        evaluate_file(&args.results, &args.truth, args.worst).map_err(|error| Failure::fatal(&error))?
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        let json = serde_json::to_string_pretty(&evaluation).map_err(|error| Failure::fatal(&error))?;
        writeln!(out, "{json}")?;
    } else {
        write!(out, "{}", evaluation.report(args.sections()))?;
    }
    let shortfalls = args.floors().filter_map(|(measure, floor)| evaluation.shortfall(measure, floor));
    let shortfalls: Vec<String> = shortfalls.map(|shortfall| shortfall.to_string()).collect();
    if shortfalls.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failure::Fatal(shortfalls.join("; "))) }
}

fn of_checkpoint(args: &EvaluateArgs) -> Result<Evaluation, Failure> {
    let truth = Truth::open(&args.truth).map_err(|error| Failure::fatal(&error))?;
    let results = read_results(&args.results).map_err(|error| Failure::fatal(&error))?;
    let mut evaluator = Evaluator::new(&truth, args.worst);
    for batch in results.tables().latest().map_err(|error| Failure::fatal(&error))? {
        let batch = batch.map_err(|error| Failure::fatal(&error))?;
        let rows = ResultRow::from_batch(&batch).map_err(|error| Failure::fatal(&error))?;
        rows.into_iter().for_each(|row| evaluator.add(row));
    }
    Ok(evaluator.finish())
}
