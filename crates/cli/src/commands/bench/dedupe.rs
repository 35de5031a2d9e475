//! `matchflow bench dedupe`: duplicates of a large file, then the same file with a few rows changed.
//!
//! Both are runs of the command itself, on files and a checkpoint: the second one finds what the first one left. The load is
//! what happens before the first row is compared: reading, the index, the clusters of before. What follows settles the rows.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchDedupeArgs;
use crate::failure::Failure;

pub(super) const PART: Part = Part {
    name: "dedupe",
    rows: 1_000_000,
    series: "run",
    figures: &[
        Figure { name: "rows_compared", label: "rows compared", sense: Sense::Size },
        Figure { name: "whole_s", label: "whole run, s", sense: Sense::Cost },
        Figure { name: "load_s", label: "load, s", sense: Sense::Cost },
        Figure { name: "compare_s", label: "compare, s", sense: Sense::Cost },
        // Pairs to clusters, and what changed to the checkpoint.
        Figure { name: "clusters_s", label: "clusters, s", sense: Sense::Cost },
        Figure { name: "settle_s", label: "after the load, s", sense: Sense::Cost },
        Figure { name: "all_to_it", label: "all rows to it, after the load", sense: Sense::Rate },
        Figure { name: "clusters_changed", label: "clusters changed", sense: Sense::Size },
    ],
};

/// Runs both.
pub(super) fn measure(args: &BenchDedupeArgs, rows: u64) -> Result<Vec<Point>, Failure> {
    let folder = args.folder.join(format!("dedupe-{rows}-{}", args.seed));
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let (first, second) = (folder.join("suppliers.csv"), folder.join("changed.csv"));
    make(args, rows, &folder)?;
    change(&first, &second, rows, args.changed)?;
    let checkpoint = folder.join("dedupe.duckdb");
    match std::fs::remove_file(&checkpoint) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let all = run(args, &first, &checkpoint)?;
    let changed = run(args, &second, &checkpoint)?;
    let point = |what: &str, took: &Took| {
        let Took { whole_s, load_s, compare_s, clusters_s, rows_compared, clusters_changed } = took;
        let (settle_s, all_s) = (took.settle_s(), all.settle_s());
        let figures =
            [*rows_compared, *whole_s, *load_s, *compare_s, *clusters_s, settle_s, all_s / settle_s, *clusters_changed];
        Point::new(&PART, what, rows, &figures)
    };
    Ok(vec![point("all rows", &all), point("changed rows", &changed)])
}

/// What one run took.
struct Took {
    whole_s: f64,
    load_s: f64,
    compare_s: f64,
    clusters_s: f64,
    rows_compared: f64,
    clusters_changed: f64,
}

impl Took {
    /// From the load to what is durable.
    fn settle_s(&self) -> f64 {
        self.compare_s + self.clusters_s
    }
}

/// Makes the supplier file, where it is not there.
fn make(args: &BenchDedupeArgs, rows: u64, folder: &Path) -> Result<(), Failure> {
    if folder.join("suppliers.csv").is_file() {
        return Ok(());
    }
    message!("making {rows} suppliers in {}", folder.display());
    let mut generate = Command::new(std::env::current_exe()?);
    generate.args(["generate", "--format", "csv", "--duplicates", "0.1", "--out"]).arg(folder);
    // Three establishments a supplier: most companies are suppliers once or not at all.
    let establishments = rows.saturating_mul(3).clamp(1, 60_000_000);
    let numbers = [("--suppliers", rows), ("--establishments", establishments), ("--seed", args.seed)];
    for (flag, value) in numbers {
        generate.arg(flag).arg(value.to_string());
    }
    let made = generate.stdout(Stdio::null()).status()?;
    match std::fs::remove_file(folder.join("registry.parquet")) {
        Ok(()) if made.success() => Ok(()),
        _ => Err(Failure::Fatal("error: the benchmark's files could not be made".to_owned())),
    }
}

/// The same file with rows changed, evenly spread: their names have a word more.
fn change(from: &Path, to: &Path, rows: u64, changed: u64) -> Result<(), Failure> {
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

fn run(args: &BenchDedupeArgs, source: &Path, checkpoint: &Path) -> Result<Took, Failure> {
    let set = |key: &str, file: &Path| format!("{key}={}", file.display());
    let csv: PathBuf = checkpoint.with_extension("csv");
    let settings = [
        "source.xlsx=null".to_owned(),
        set("source.csv.path", source),
        set("sink.checkpoint", checkpoint),
        "sink.fallback=none".to_owned(),
        format!("outputs=[{{csv: {}}}]", csv.display()),
    ];
    let mut run = Command::new(std::env::current_exe()?);
    run.arg("run").arg(&args.pipeline).args(["--progress", "json"]);
    settings.iter().for_each(|setting| {
        run.arg("--set").arg(setting);
    });
    let ended = run.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    let events: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let event = |name: &str| events.iter().find(|event| event.get("event").and_then(Value::as_str) == Some(name));
    let (Some(end), Some(clusters)) = (event("end"), event("clusters")) else {
        return Err(Failure::Fatal(format!("error: a run of the benchmark came to no end: {said}")));
    };
    let number = |event: &Value, key: &str| event.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let (elapsed_s, load_s) = (number(end, "elapsed_s"), number(end, "load_s"));
    let clusters_s = number(clusters, "changes_s") + number(clusters, "written_s");
    let counts = end.get("counts").cloned().unwrap_or_default();
    Ok(Took {
        whole_s: elapsed_s + clusters_s,
        load_s,
        compare_s: elapsed_s - load_s,
        clusters_s,
        rows_compared: ["matched", "review", "unmatched", "failed"]
            .iter()
            .map(|outcome| number(&counts, outcome))
            .sum(),
        clusters_changed: number(clusters, "clusters_changed"),
    })
}
