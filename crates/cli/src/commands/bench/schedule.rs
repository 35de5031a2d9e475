//! `matchflow bench schedule`: both schedules on the same work, one after the other: the seed's comparison, measured.
//!
//! Each run is a process of its own, `matchflow run --progress json`, on files made here; what it says is what is told.
//! The cases of remote ends send real HTTP through `webhook-arbiter` to the test server, which is in this process and
//! whose latencies follow from the request alone: both schedules meet the same ones. The ideal is the work divided by the
//! slots, or the longest row where that is more. A schedule that does not know what is long cannot always reach it: beside
//! it stands what the same rows take if each free slot takes the next one and nothing else costs anything.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use matchflow_mock_server::{Behaviour, Latency, MockServer, Received, Responder, json as reply};
use serde_json::{Value, json};

use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchScheduleArgs;
use crate::failure::Failure;

/// The seed of the latencies.
const SEED: u64 = 3;
/// Rows of the case that is bound by the processor; one of a hundred has 10,000 candidates, the others 20.
const CPU_ROWS: usize = 3_000;
const CANDIDATES_FEW: usize = 20;
const CANDIDATES_MANY: usize = 10_000;

/// What a case is bound by.
enum Bound {
    Remote(Latency),
    Processor,
}

/// What one run came to.
struct Ran {
    total_s: f64,
    ideal_s: f64,
    greedy_s: f64,
    end: Value,
    eta_error: f64,
    rows: usize,
}

pub(super) const PART: Part = Part {
    name: "schedule",
    rows: 5_000,
    series: "case, schedule",
    figures: &[
        Figure { name: "total_s", label: "total, s", sense: Sense::Cost },
        Figure { name: "ideal_s", label: "ideal, s", sense: Sense::Size },
        Figure { name: "to_ideal", label: "ratio", sense: Sense::Cost },
        Figure { name: "greedy_s", label: "next row to a free slot, s", sense: Sense::Size },
        Figure { name: "to_greedy", label: "ratio", sense: Sense::Cost },
        Figure { name: "first_result_s", label: "first result, s", sense: Sense::Cost },
        Figure { name: "first_commit_s", label: "first commit, s", sense: Sense::Cost },
        Figure { name: "uncommitted_rows_max", label: "most finished, not committed", sense: Sense::Cost },
        Figure { name: "eta_error", label: "ETA error", sense: Sense::Cost },
        Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
    ],
};

/// Runs the cases; `rows` go to the remote end.
pub(super) fn measure(args: &BenchScheduleArgs, rows: u64) -> Result<Vec<Point>, Failure> {
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
            let said = |key: &str| ran.end.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
            let (first_result_s, first_commit_s) = (said("first_result_s"), said("first_commit_s"));
            let figures = [
                ran.total_s,
                ran.ideal_s,
                ran.total_s / ran.ideal_s,
                ran.greedy_s,
                ran.total_s / ran.greedy_s,
                first_result_s,
                first_commit_s,
                said("uncommitted_rows_max"),
                ran.eta_error,
                ran.rows as f64 / ran.total_s,
            ];
            points.push(Point::new(&PART, &format!("{name}; {schedule}"), ran.rows as u64, &figures));
        }
    }
    Ok(points)
}

fn run(args: &BenchScheduleArgs, rows: usize, bound: &Bound, schedule: &str) -> Result<Ran, Failure> {
    let work = args.work.join(schedule);
    match std::fs::remove_dir_all(&work) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Failure::fatal(&error)),
        _ => std::fs::create_dir_all(&work).map_err(|error| Failure::fatal(&error))?,
    }
    let server = match bound {
        Bound::Remote(latency) => {
            let behaviour = Behaviour { seed: SEED, latency: *latency, ..Behaviour::default() };
            Some(MockServer::start(behaviour, first_candidate()).map_err(|error| Failure::fatal(&error))?)
        }
        Bound::Processor => None,
    };
    let written = match &server {
        Some(server) => write_remote(args, rows, &work, schedule, &server.address().to_string()),
        None => write_processor(args, &work, schedule),
    };
    let pipeline = written.map_err(|error| Failure::fatal(&error))?;
    let (progress, end) = matchflow_run(&pipeline)?;
    let rows = if server.is_some() { rows } else { CPU_ROWS };
    let second = |key: &str| end.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    // The registry is no part of the comparison.
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
    Ok(Ran { total_s, ideal_s, greedy_s, eta_error, rows, end })
}

/// Work divided by slots, or the longest row.
fn ideal(latencies: &[f64], slots: usize) -> f64 {
    let longest = latencies.iter().copied().fold(0.0, f64::max);
    longest.max(latencies.iter().sum::<f64>() / slots.max(1) as f64)
}

/// What the rows take in their order if every free slot takes the next one.
fn greedy(latencies: &[f64], slots: usize) -> f64 {
    let mut free_at = vec![0.0_f64; slots.max(1)];
    for latency in latencies {
        if let Some(first) = free_at.iter_mut().min_by(|left, right| left.total_cmp(right)) {
            *first += latency;
        }
    }
    free_at.into_iter().fold(0.0, f64::max)
}

/// How far the ETA was off, in the middle of what was told, as a share of the whole run. A CSV file does not say how many
/// rows it has, so the ETA is made here of the rate told.
fn eta_error(progress: &[Value], rows: f64, whole_s: f64) -> f64 {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_f64);
    let error = |told: &Value| {
        let rate = number(told, "rate").filter(|rate| *rate > 0.0)?;
        let eta_s = (rows - number(told, "done")?).max(0.0) / rate;
        Some((number(told, "elapsed_s")? + eta_s - whole_s).abs() / whole_s)
    };
    let mut errors: Vec<f64> = progress.iter().filter_map(error).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs the pipeline in a process of its own: its progress and its end, as it tells them.
fn matchflow_run(pipeline: &Path) -> Result<(Vec<Value>, Value), Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::fatal(&error))?;
    let mut command = Command::new(program);
    command.arg("run").arg(pipeline).args(["--progress", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| Failure::fatal(&error))?;
    let mut told = Vec::new();
    for line in child.stderr.take().into_iter().flat_map(|errors| BufReader::new(errors).lines()) {
        let line = line.map_err(|error| Failure::fatal(&error))?;
        told.push(serde_json::from_str::<Value>(&line).unwrap_or(Value::String(line)));
    }
    let status = child.wait().map_err(|error| Failure::fatal(&error))?;
    let of = |kind: &str| -> Vec<Value> {
        told.iter().filter(|event| event.get("event").is_some_and(|event| event == kind)).cloned().collect()
    };
    match of("end").pop().filter(|_| status.success()) {
        Some(end) => Ok((of("progress"), end)),
        None => Err(Failure::Fatal(format!("`{}` did not run to its end: {told:?}", pipeline.display()))),
    }
}

/// Answers `webhook-arbiter`: the first candidate of each row.
fn first_candidate() -> Responder {
    Arc::new(|received: &Received| {
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

/// The files of a case whose rows all go to the remote end.
fn write_remote(
    args: &BenchScheduleArgs,
    rows: usize,
    work: &Path,
    schedule: &str,
    address: &str,
) -> std::io::Result<PathBuf> {
    let suppliers = (0..rows).map(|row| format!("F{row},MAISON NUMERO {row},,69003\n"));
    let registry =
        "80012345700015,800123457,COMPTOIR DES SOIES,,69003\n80023456900013,800234569,GARAGE DU LAC,,69003\n";
    let arbiter = plug_in(args, "webhook-arbiter")?;
    let stages = format!(
        "  - candidates: {{ exact: {{ postcode: postcode }} }}
  - score: {{ name: {{ plugin: {exact}, compare: name }} }}
  - decide: {{ accept: 1, review: 0 }}
  - arbitrate:
      plugin: {arbiter}
      parameters: {{ url: \"http://{address}/match\" }}
      hosts: [\"{address}\"]
      concurrency: {in_flight}
",
        exact = plug_in(args, "exact")?,
        in_flight = args.in_flight,
    );
    write(args, work, schedule, suppliers.collect(), registry, &stages, 1)
}

/// The files of a case in which few rows have most of the work.
fn write_processor(args: &BenchScheduleArgs, work: &Path, schedule: &str) -> std::io::Result<PathBuf> {
    let postcode = |row: usize| if row.is_multiple_of(100) { "75001" } else { "69003" };
    let suppliers = (0..CPU_ROWS).map(|row| {
        format!("F{row},MAISON NUMERO {row} ET FILS,{row} RUE DES ARTISANS BATIMENT {row},{}\n", postcode(row))
    });
    let entries = |postcode: &'static str, count: usize, first: usize| {
        (first..first + count).map(move |entry| {
            format!(
                "{entry:09}00015,{entry:09},ETABLISSEMENTS NUMERO {entry} SUCCESSEURS,\
                 {entry} AVENUE DES ARTISANS DU BATIMENT,{postcode}\n"
            )
        })
    };
    let few = entries("69003", CANDIDATES_FEW, 100_000_000);
    let registry: String = few.chain(entries("75001", CANDIDATES_MANY, 200_000_000)).collect();
    let stages = format!(
        "  - candidates: {{ exact: {{ postcode: postcode }}, keep: {CANDIDATES_MANY} }}
  - score:
      name: {{ plugin: {}, compare: name }}
      address: {{ plugin: {}, compare: address }}
  - decide: {{ accept: 0.9 }}
",
        plug_in(args, "company-name")?,
        plug_in(args, "address")?
    );
    write(args, work, schedule, suppliers.collect(), &registry, &stages, 8)
}

fn plug_in(args: &BenchScheduleArgs, name: &str) -> std::io::Result<String> {
    Ok(args.plugins.join(format!("{name}.wasm")).canonicalize()?.display().to_string())
}

fn write(
    args: &BenchScheduleArgs,
    work: &Path,
    schedule: &str,
    suppliers: String,
    registry: &str,
    stages: &str,
    chunk: usize,
) -> std::io::Result<PathBuf> {
    let pipeline = format!(
        "name: schedule
source: {{ csv: {{ path: suppliers.csv }}, id: Code, fields: {{ name: Nom, address: Adresse, postcode: Postal }} }}
reference:
  csv: {{ path: registry.csv }}
  id: siret
  group: siren
  fields: {{ name: name, address: address, postcode: postcode }}
stages:
{stages}sink: {{ checkpoint: schedule.duckdb }}
execution: {{ schedule: {schedule}, in_flight: {}, chunk: {chunk} }}
",
        args.in_flight
    );
    std::fs::write(work.join("suppliers.csv"), format!("Code,Nom,Adresse,Postal\n{suppliers}"))?;
    std::fs::write(work.join("registry.csv"), format!("siret,siren,name,address,postcode\n{registry}"))?;
    let path = work.join("schedule.yaml");
    std::fs::write(&path, pipeline)?;
    Ok(path)
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
        let told = |elapsed: f64, done: u64| serde_json::json!({ "elapsed_s": elapsed, "done": done, "rate": 10.0 });
        let error = eta_error(&[told(1.0, 10), told(2.0, 10), told(5.0, 60)], 100.0, 10.0);
        assert!((error - 0.1).abs() < 1e-9, "{error}");
    }
}
