//! Both schedules on the same work, one after the other: `cargo run --release -p matchflow-benches --bin schedule`.
//!
//! Each run is a separate process, `matchflow run --progress json`, on files made here; the figures are those that it
//! reports. The cases with a remote end send real HTTP through `webhook-arbiter` to the mock server, which runs in this
//! process and whose latencies depend only on the request: both schedules get the same ones. The ideal is the work
//! divided by the slots, or the longest row if that is more. A schedule that does not know which rows are long cannot
//! always reach it, so the greedy time is given too: each free slot takes the next row, with no other overhead.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use matchflow_bench::{BenchError, BenchRounds, Benchmark, Figure, FigureKind, MeasuredPoint, run_rounds};
use matchflow_mock_server::{Behaviour, Latency, MockServer, ReceivedRequest, Responder, json as reply};
use serde_json::{Value, json};

mod files;

use files::{CPU_ROWS, write_processor, write_remote};

/// The seed of the latencies.
const SEED: u64 = 3;

/// The limit on the throughput of a case.
enum Bound {
    Remote(Latency),
    Processor,
}

/// One run of a case.
struct ScheduleRun {
    total_s: f64,
    ideal_s: f64,
    greedy_s: f64,
    end: Value,
    eta_error: f64,
    rows: usize,
}

const BENCHMARK: Benchmark = Benchmark {
    name: "schedule",
    rows: 5_000,
    series: "case, schedule",
    figures: &[
        Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
        Figure { name: "ideal_s", label: "ideal, s", sense: FigureKind::Size },
        Figure { name: "to_ideal", label: "ratio", sense: FigureKind::Cost },
        Figure { name: "greedy_s", label: "greedy, s", sense: FigureKind::Size },
        Figure { name: "to_greedy", label: "ratio", sense: FigureKind::Cost },
        Figure { name: "first_result_s", label: "first result, s", sense: FigureKind::Cost },
        Figure { name: "first_commit_s", label: "first commit, s", sense: FigureKind::Cost },
        Figure { name: "uncommitted_rows_max", label: "max finished, not committed", sense: FigureKind::Cost },
        Figure { name: "eta_error", label: "ETA error", sense: FigureKind::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
    ],
};

/// Compares both schedules over remote ends of several kinds and over skewed CPU work.
#[derive(Debug, Parser)]
#[command(name = "schedule", max_term_width = 100)]
struct ScheduleArgs {
    #[command(flatten)]
    rounds: BenchRounds,
    /// Rows in flight, and concurrent requests
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
    /// Runs only the cases whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The folder of the built plug-ins
    #[arg(long, value_name = "DIR", default_value = "plugins/dist")]
    plugins: PathBuf,
    /// The folder for the files of the benchmark; emptied before each run
    #[arg(long, value_name = "DIR", default_value = "target/bench-data/schedule")]
    work: PathBuf,
}

fn main() -> ExitCode {
    let args = ScheduleArgs::parse();
    let message = |text: &str| eprintln!("{text}");
    match run_rounds(&BENCHMARK, &args.rounds, &message, |rows| measure(&args, rows)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The built command: next to this program.
fn command_path() -> Result<PathBuf, BenchError> {
    let path = std::env::current_exe()?.with_file_name(format!("matchflow{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(path);
    }
    Err(BenchError::Usage(format!("`{}` is missing: run `cargo build --release -p matchflow` first", path.display())))
}

/// Runs the cases; `rows` is the number of rows sent to the remote end.
fn measure(args: &ScheduleArgs, rows: u64) -> Result<Vec<MeasuredPoint>, BenchError> {
    let ms = Duration::from_millis;
    let cases = [
        ("uniform, 25 to 75 ms", Bound::Remote(Latency::Uniform { from: ms(25), to: ms(75) })),
        ("log-normal, median 50 ms, sigma 1.5", Bound::Remote(Latency::LogNormal { median: ms(50), sigma: 1.5 })),
        ("50 ms, 1 % at 20 times", Bound::Remote(Latency::Tail { base: ms(50), share: 0.01, factor: 20.0 })),
        ("processor, 1 % with 10,000 candidates", Bound::Processor),
    ];
    let mut points = Vec::new();
    for (name, bound) in &cases {
        if args.only.as_ref().is_some_and(|text| !name.contains(text.as_str())) {
            continue;
        }
        for schedule in ["chunked", "unordered"] {
            let ran = run(args, rows as usize, bound, schedule)?;
            let end = |key: &str| ran.end.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
            let figures = [
                ran.total_s,
                ran.ideal_s,
                ran.total_s / ran.ideal_s,
                ran.greedy_s,
                ran.total_s / ran.greedy_s,
                end("first_result_s"),
                end("first_commit_s"),
                end("uncommitted_rows_max"),
                ran.eta_error,
                ran.rows as f64 / ran.total_s,
            ];
            points.push(MeasuredPoint::new(&BENCHMARK, &format!("{name}; {schedule}"), ran.rows as u64, &figures));
        }
    }
    Ok(points)
}

fn run(args: &ScheduleArgs, rows: usize, bound: &Bound, schedule: &str) -> Result<ScheduleRun, BenchError> {
    let work = args.work.join(schedule);
    match std::fs::remove_dir_all(&work) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => std::fs::create_dir_all(&work)?,
    }
    let server = match bound {
        Bound::Remote(latency) => {
            let behaviour = Behaviour { seed: SEED, latency: *latency, ..Behaviour::default() };
            Some(MockServer::start(behaviour, first_candidate())?)
        }
        Bound::Processor => None,
    };
    let written = match &server {
        Some(server) => write_remote(args, rows, &work, schedule, &server.address().to_string()),
        None => write_processor(args, &work, schedule),
    };
    let pipeline = written?;
    let (progress, end) = matchflow_run(&pipeline)?;
    let rows = if server.is_some() { rows } else { CPU_ROWS };
    let second = |key: &str| end.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    // Loading the registry is not part of the comparison.
    let total_s = second("elapsed_s") - second("load_s");
    let (ideal_s, greedy_s) = match &server {
        Some(server) => {
            let exchanges = server.log().exchanges();
            let latencies: Vec<f64> = exchanges.iter().map(|one| one.latency.as_secs_f64()).collect();
            (ideal(&latencies, args.in_flight), greedy(&latencies, args.in_flight))
        }
        None => {
            let ideal = second("scoring_s") / second("scoring_threads");
            (ideal, ideal)
        }
    };
    let eta_error = eta_error(&progress, rows as f64, second("elapsed_s"));
    Ok(ScheduleRun { total_s, ideal_s, greedy_s, eta_error, rows, end })
}

/// Work divided by slots, or the longest row.
fn ideal(latencies: &[f64], slots: usize) -> f64 {
    let longest = latencies.iter().copied().fold(0.0, f64::max);
    longest.max(latencies.iter().sum::<f64>() / slots.max(1) as f64)
}

/// The time for the rows in their order if every free slot takes the next one.
fn greedy(latencies: &[f64], slots: usize) -> f64 {
    let mut free_at = vec![0.0_f64; slots.max(1)];
    for latency in latencies {
        if let Some(first) = free_at.iter_mut().min_by(|left, right| left.total_cmp(right)) {
            *first += latency;
        }
    }
    free_at.into_iter().fold(0.0, f64::max)
}

/// The median error of the ETA as a fraction of the run time. A CSV file does not state its number of rows, so the ETA
/// is computed here from the reported rate.
fn eta_error(progress: &[Value], rows: f64, total_s: f64) -> f64 {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_f64);
    let error = |event: &Value| {
        let rate = number(event, "rate").filter(|rate| *rate > 0.0)?;
        let eta_s = (rows - number(event, "done")?).max(0.0) / rate;
        Some((number(event, "elapsed_s")? + eta_s - total_s).abs() / total_s)
    };
    let mut errors: Vec<f64> = progress.iter().filter_map(error).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs the pipeline with the command and returns its progress events and its end event.
fn matchflow_run(pipeline: &Path) -> Result<(Vec<Value>, Value), BenchError> {
    let mut command = Command::new(command_path()?);
    command.arg("run").arg(pipeline).args(["--progress", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let mut events = Vec::new();
    for line in child.stderr.take().into_iter().flat_map(|errors| BufReader::new(errors).lines()) {
        let line = line?;
        events.push(serde_json::from_str::<Value>(&line).unwrap_or(Value::String(line)));
    }
    let status = child.wait()?;
    let events_of = |kind: &str| -> Vec<Value> {
        events.iter().filter(|event| event.get("event").is_some_and(|event| event == kind)).cloned().collect()
    };
    match events_of("end").pop().filter(|_| status.success()) {
        Some(end) => Ok((events_of("progress"), end)),
        None => Err(BenchError::Failed(format!("`{}` failed: {events:?}", pipeline.display()))),
    }
}

/// Answers `webhook-arbiter` with the first candidate of each row.
fn first_candidate() -> Responder {
    Arc::new(|received: &ReceivedRequest| {
        let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let decision = |row: &Value| {
            let id = row.pointer("/candidates/0/id");
            json!({ "row": row.get("row"), "id": id, "confidence": 0.9, "reason": "the first" })
        };
        let rows = body.get("rows").and_then(Value::as_array);
        let decisions: Vec<Value> = rows.into_iter().flatten().map(decision).collect();
        reply(200, &json!({ "decisions": decisions }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_is_the_work_by_slots_or_the_longest_row() {
        assert_eq!(ideal(&[1.0, 1.0, 1.0, 1.0], 2), 2.0);
        assert_eq!(ideal(&[5.0, 1.0], 2), 5.0);
        assert_eq!(greedy(&[1.0, 1.0, 4.0], 2), 5.0);
        assert_eq!(greedy(&[4.0, 1.0, 1.0], 2), 4.0);
    }

    #[test]
    fn the_eta_is_compared_with_the_end() {
        let event = |elapsed: f64, done: u64| json!({ "elapsed_s": elapsed, "done": done, "rate": 10.0 });
        let error = eta_error(&[event(1.0, 10), event(2.0, 10), event(5.0, 60)], 100.0, 10.0);
        assert!((error - 0.1).abs() < 1e-9, "{error}");
    }
}
