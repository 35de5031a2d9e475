//! Measures a benchmark in one process per size and repetition, then writes the table, the JSON, the plot and the comparison.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use matchflow_files::StagedFile;
use serde_json::Value;

use crate::compare::compare;
use crate::plot::plot;
use crate::{BenchError, BenchReport, BenchRounds, Benchmark, MeasuredPoint};

/// The role of the output files in messages.
pub const FIGURES: &str = "the file of figures";
/// What the plot is called in messages.
pub const PLOT: &str = "the plot";

/// Runs a benchmark. `measure` measures once, with the given number of rows; `message` shows progress to the user.
///
/// The processes run this program with the same arguments and `--point ROWS`.
pub fn run_rounds(
    benchmark: &Benchmark,
    args: &BenchRounds,
    message: &dyn Fn(&str),
    measure: impl FnOnce(u64) -> Result<Vec<MeasuredPoint>, BenchError>,
) -> Result<ExitCode, BenchError> {
    if let Some(rows) = args.point {
        let points: Value = measure(rows)?.iter().map(MeasuredPoint::to_json).collect();
        writeln!(std::io::stdout().lock(), "{points}")?;
        return Ok(ExitCode::SUCCESS);
    }
    // A report that cannot be compared is refused before measuring anything.
    let before = args.compare.as_deref().map(BenchReport::read).transpose()?;
    let points = measure_all(&sizes(benchmark, args)?, args.rounds.max(1), message)?;
    let report = BenchReport { part: benchmark.name.to_owned(), points };
    let mut out = std::io::stdout().lock();
    let json_to_stdout = args.json.as_deref() == Some(Path::new("-"));
    match &args.json {
        Some(_) if json_to_stdout => writeln!(out, "{:#}", report.to_json())?,
        Some(path) => write_file(path, FIGURES, &format!("{:#}\n", report.to_json()))?,
        None => {}
    }
    if !json_to_stdout {
        report.table(benchmark, &mut out)?;
    }
    if let Some(path) = &args.plot {
        write_file(path, PLOT, &plot(benchmark, &report)?)?;
    }
    if let Some(before) = before {
        compare(benchmark, &before, &report).iter().for_each(|line| message(line));
    }
    Ok(ExitCode::SUCCESS)
}

/// The number of rows of each size.
fn sizes(benchmark: &Benchmark, args: &BenchRounds) -> Result<Vec<u64>, BenchError> {
    let rows = args.rows.unwrap_or(benchmark.rows);
    let size = |factor: &f64| {
        let size = (rows as f64 * factor).round();
        if size >= 1.0 && size.is_finite() {
            return Ok(size as u64);
        }
        let problem = format!("invalid --scale: {factor} times {rows} rows is less than one row");
        Err(BenchError::Usage(format!("{problem}; expected factors such as `1,2,4`")))
    };
    args.scale.iter().map(size).collect()
}

fn measure_all(sizes: &[u64], rounds: usize, message: &dyn Fn(&str)) -> Result<Vec<MeasuredPoint>, BenchError> {
    let mut measured: Vec<MeasuredPoint> = Vec::new();
    for round in 1..=rounds {
        for rows in sizes {
            message(&format!("round {round} of {rounds}: {rows} rows"));
            measured.extend(measure_in_process(*rows)?);
        }
    }
    let mut by_point: Vec<Vec<MeasuredPoint>> = Vec::new();
    for point in measured {
        let is_same = |rounds: &&mut Vec<MeasuredPoint>| {
            rounds.first().is_some_and(|first| first.rows == point.rows && first.series == point.series)
        };
        match by_point.iter_mut().find(is_same) {
            Some(rounds) => rounds.push(point),
            None => by_point.push(vec![point]),
        }
    }
    Ok(by_point.iter().filter_map(|rounds| MeasuredPoint::median(rounds)).collect())
}

/// Measures in a new process: this program with its own arguments.
fn measure_in_process(rows: u64) -> Result<Vec<MeasuredPoint>, BenchError> {
    let starting = |error: std::io::Error| BenchError::failed("starting a measurement", &error);
    let mut command = Command::new(std::env::current_exe().map_err(starting)?);
    command.args(std::env::args_os().skip(1)).arg("--point").arg(rows.to_string());
    let output = command.stderr(Stdio::inherit()).output().map_err(starting)?;
    if output.status.code() == Some(2) {
        // Its message is on standard error, and states what to change.
        return Err(BenchError::Usage("benchmark stopped: see the error above".to_owned()));
    }
    let points: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let points = points.as_ref().filter(|_| output.status.success()).and_then(Value::as_array);
    let failed = || BenchError::Failed(format!("benchmark stopped: the run with {rows} rows failed (see above)"));
    Ok(points.ok_or_else(failed)?.iter().filter_map(MeasuredPoint::from_json).collect())
}

fn write_file(path: &Path, role: &'static str, text: &str) -> Result<(), BenchError> {
    let write = || {
        let (staged, mut file) = StagedFile::create(path, role)?;
        file.write_all(text.as_bytes())?;
        staged.publish()
    };
    write().map(drop).map_err(|error| BenchError::Failed(format!("`{}` cannot be written: {error}", path.display())))
}
