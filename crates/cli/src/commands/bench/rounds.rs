//! Measures a part: a process a size and round; then the table, the JSON, the plot and the comparison.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde_json::Value;

use super::compare::compare;
use super::plot::plot;
use super::report::{Part, Point, Report};
use crate::args::BenchRounds;
use crate::failure::Failure;

/// Runs a benchmark. `measure` measures once, with so many rows.
pub(super) fn bench(
    part: &Part,
    args: &BenchRounds,
    measure: impl FnOnce(u64) -> Result<Vec<Point>, Failure>,
) -> Result<ExitCode, Failure> {
    if let Some(rows) = args.point {
        let points: Value = measure(rows)?.iter().map(Point::to_json).collect();
        writeln!(std::io::stdout().lock(), "{points}")?;
        return Ok(ExitCode::SUCCESS);
    }
    // What cannot be compared is said before anything is measured.
    let before = args.compare.as_deref().map(Report::read).transpose()?;
    let report = Report { part: part.name.to_owned(), points: points(&sizes(part, args)?, args.rounds.max(1))? };
    let mut out = std::io::stdout().lock();
    let to_stdout = args.json.as_deref() == Some(Path::new("-"));
    match &args.json {
        Some(_) if to_stdout => writeln!(out, "{:#}", report.to_json())?,
        Some(path) => write(path, &format!("{:#}\n", report.to_json()))?,
        None => {}
    }
    if !to_stdout {
        report.table(part, &mut out)?;
    }
    if let Some(path) = &args.plot {
        write(path, &plot(part, &report))?;
    }
    if let Some(before) = before {
        compare(part, &before, &report).iter().for_each(|line| message!("{line}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows of each size.
fn sizes(part: &Part, args: &BenchRounds) -> Result<Vec<u64>, Failure> {
    let rows = args.rows.unwrap_or(part.rows);
    let size = |scale: &f64| {
        let size = (rows as f64 * scale).round();
        let wrong = || Failure::Usage(format!("error: {scale} times {rows} rows are none: --scale takes `1,2,4`"));
        if size >= 1.0 && size.is_finite() { Ok(size as u64) } else { Err(wrong()) }
    };
    args.scale.iter().map(size).collect()
}

fn points(sizes: &[u64], rounds: usize) -> Result<Vec<Point>, Failure> {
    let mut measured: Vec<Point> = Vec::new();
    for round in 1..=rounds {
        for rows in sizes {
            message!("round {round} of {rounds}: {rows} rows");
            measured.extend(measure_apart(*rows)?);
        }
    }
    let mut together: Vec<Vec<Point>> = Vec::new();
    for point in measured {
        let same = |rounds: &&mut Vec<Point>| {
            rounds.first().is_some_and(|first| first.rows == point.rows && first.series == point.series)
        };
        match together.iter_mut().find(same) {
            Some(rounds) => rounds.push(point),
            None => together.push(vec![point]),
        }
    }
    Ok(together.iter().filter_map(|rounds| Point::middle(rounds)).collect())
}

/// Measures in a process of its own: this command again, with what this one was given.
fn measure_apart(rows: u64) -> Result<Vec<Point>, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::fatal(&error))?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).arg("--point").arg(rows.to_string());
    let ended = command.stderr(Stdio::inherit()).output().map_err(|error| Failure::fatal(&error))?;
    let points: Option<Value> = serde_json::from_slice(&ended.stdout).ok();
    let points = points.as_ref().filter(|_| ended.status.success()).and_then(Value::as_array);
    let points = points.ok_or_else(|| Failure::Fatal(format!("the measurement with {rows} rows did not end well")))?;
    Ok(points.iter().filter_map(Point::from_json).collect())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::Fatal(format!("`{}` cannot be written: {error}", path.display())))
}
