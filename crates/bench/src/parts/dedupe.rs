//! `matchflow bench dedupe`: the duplicates of a large file, then of the same file with a few rows changed.
//!
//! Both are runs of the command itself, on files and one checkpoint: the second run resumes from the first. Loading is
//! everything before the first row is compared: reading, the index, the earlier clusters.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::data::{data_folder, generate};
use crate::{BenchDedupeArgs, BenchError, BenchHost, Benchmark, Figure, FigureKind, MeasuredPoint};

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "dedupe",
    rows: 1_000_000,
    series: "run",
    figures: &[
        Figure { name: "rows_compared", label: "rows compared", sense: FigureKind::Size },
        Figure { name: "total_s", label: "total, s", sense: FigureKind::Cost },
        Figure { name: "load_s", label: "load, s", sense: FigureKind::Cost },
        Figure { name: "compare_s", label: "compare, s", sense: FigureKind::Cost },
        // From pairs to clusters, and storing the changed clusters in the checkpoint.
        Figure { name: "clusters_s", label: "clusters, s", sense: FigureKind::Cost },
        Figure { name: "after_load_s", label: "after the load, s", sense: FigureKind::Cost },
        Figure { name: "speedup", label: "times faster than all rows, after the load", sense: FigureKind::Rate },
        Figure { name: "clusters_changed", label: "clusters changed", sense: FigureKind::Size },
    ],
};

/// Measures both runs.
pub(crate) fn measure(
    args: &BenchDedupeArgs,
    rows: u64,
    host: &dyn BenchHost,
) -> Result<Vec<MeasuredPoint>, BenchError> {
    let folder = data_folder(args.folder.as_deref(), host)?.join(format!("dedupe-{rows}-{}", args.seed));
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let original = folder.join("suppliers.csv");
    let changed = folder.join("changed.csv");
    make_suppliers(args, rows, &folder, host)?;
    change_rows(&original, &changed, rows, args.changed)?;
    let checkpoint = folder.join("dedupe.duckdb");
    match std::fs::remove_file(&checkpoint) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let all_rows = run(args, &original, &checkpoint)?;
    let changed_rows = run(args, &changed, &checkpoint)?;
    let point = |series: &str, times: &RunTimes| {
        let figures = [
            times.rows_compared,
            times.total_s,
            times.load_s,
            times.compare_s,
            times.clusters_s,
            times.after_load_s(),
            all_rows.after_load_s() / times.after_load_s(),
            times.clusters_changed,
        ];
        MeasuredPoint::new(&BENCHMARK, series, rows, &figures)
    };
    Ok(vec![point("all rows", &all_rows), point("changed rows", &changed_rows)])
}

/// The times of one run.
struct RunTimes {
    total_s: f64,
    load_s: f64,
    compare_s: f64,
    clusters_s: f64,
    rows_compared: f64,
    clusters_changed: f64,
}

impl RunTimes {
    /// From the end of the load until everything is durable.
    fn after_load_s(&self) -> f64 {
        self.compare_s + self.clusters_s
    }
}

/// Generates the supplier file if it is missing.
fn make_suppliers(args: &BenchDedupeArgs, rows: u64, folder: &Path, host: &dyn BenchHost) -> Result<(), BenchError> {
    if folder.join("suppliers.csv").is_file() {
        return Ok(());
    }
    host.message(&format!("generating {rows} suppliers in {}", folder.display()));
    // Three establishments per supplier: most companies supply once or not at all.
    let establishments = rows.saturating_mul(3).clamp(1, 60_000_000);
    let numbers = [("--suppliers", rows), ("--establishments", establishments), ("--seed", args.seed)];
    generate(folder, &["--format", "csv", "--duplicates", "0.1"], &numbers)?;
    // Nothing is compared with the registry, which is the larger file.
    Ok(std::fs::remove_file(folder.join("registry.parquet"))?)
}

/// Copies the file with evenly distributed rows changed: a word is added to their names.
fn change_rows(from: &Path, to: &Path, rows: u64, changed: u64) -> Result<(), BenchError> {
    let every = (rows / changed.max(1)).max(1);
    let mut out = BufWriter::new(File::create(to)?);
    let mut left = changed;
    for (number, line) in BufReader::new(File::open(from)?).lines().enumerate() {
        let mut line = line?;
        if number > 0 && left > 0 && (number as u64).is_multiple_of(every) {
            // The third cell is the name; the first two are codes without quotes.
            let mut cells: Vec<&str> = line.splitn(4, ';').collect();
            let name = cells.get(2).map(|name| format!("{} NOUVEAU", name.trim_matches('"'))).unwrap_or_default();
            if let Some(cell) = cells.get_mut(2) {
                *cell = &name;
            }
            line = cells.join(";");
            left -= 1;
        }
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn run(args: &BenchDedupeArgs, source: &Path, checkpoint: &Path) -> Result<RunTimes, BenchError> {
    let set = |key: &str, file: &Path| format!("{key}={}", file.display());
    let csv = checkpoint.with_extension("csv");
    let settings = [
        "source.xlsx=null".to_owned(),
        set("source.csv.path", source),
        set("sink.checkpoint", checkpoint),
        "sink.fallback=none".to_owned(),
        format!("outputs=[{{csv: {}}}]", csv.display()),
    ];
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("run").arg(&args.pipeline).args(["--progress", "json"]);
    for setting in &settings {
        command.arg("--set").arg(setting);
    }
    let output = command.stdin(Stdio::null()).output()?;
    let events_text = String::from_utf8_lossy(&output.stderr).into_owned();
    let events: Vec<Value> = events_text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let event = |name: &str| events.iter().find(|event| event.get("event").and_then(Value::as_str) == Some(name));
    let (Some(end), Some(clusters)) = (event("end"), event("clusters")) else {
        return Err(BenchError::Failed(format!("a run of the benchmark failed: {events_text}")));
    };
    let number = |event: &Value, key: &str| event.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let elapsed_s = number(end, "elapsed_s");
    let load_s = number(end, "load_s");
    let clusters_s = number(clusters, "changes_s") + number(clusters, "written_s");
    let counts = end.get("counts").cloned().unwrap_or_default();
    let outcomes = ["matched", "review", "unmatched", "failed"];
    Ok(RunTimes {
        total_s: elapsed_s + clusters_s,
        load_s,
        compare_s: elapsed_s - load_s,
        clusters_s,
        rows_compared: outcomes.iter().map(|outcome| number(&counts, outcome)).sum(),
        clusters_changed: number(clusters, "clusters_changed"),
    })
}
