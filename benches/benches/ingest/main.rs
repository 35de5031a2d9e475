//! The cost of reading a workbook, compared with inflating it and with calamine:
//! `cargo bench -p matchflow-benches --bench ingest -- [ROWS [ROWS OF THE LARGE FILE]]`.
//!
//! Two supplier files of ROWS x 15 (shared strings, inline strings) and one of 1,000,000 x 12 are made once, from a seed,
//! under `target/bench-data`. The steps take turns, so that background load affects all of them; medians are reported.
//! A step's rate is in cells per second of CPU time over all its threads: the rate of one core. Each step runs in a
//! separate process to measure its peak memory.
#![allow(clippy::unwrap_used)]

mod steps;
mod workbook;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use steps::STEPS;
use workbook::Shape;

const TURNS: usize = 5;
/// Argument that makes this program run a single step, `step NAME FILE COLUMNS`, and print its peak memory.
const ALONE: &str = "step";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [ALONE, name, path, columns] = arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        let step = STEPS.iter().find(|step| step.name == *name).unwrap();
        (step.run)(Path::new(path), columns.parse().unwrap());
        println!("{}", peak_mib());
        return;
    }
    let (rows, large) = (matchflow_benches::size(0, 300_000).unwrap(), matchflow_benches::size(1, 1_000_000).unwrap());
    for shape in [
        Shape { rows, columns: 15, is_shared: true },
        Shape { rows, columns: 15, is_shared: false },
        Shape { rows: large, columns: 12, is_shared: true },
    ] {
        measure(&shape);
    }
    println!("\npeak memory by rows (12 columns, shared strings of few values), MiB");
    for rows in [large / 100, large / 10, large] {
        let (path, _) = made(&Shape { rows, columns: 12, is_shared: true });
        let peaks =
            ["fields", "records", "calamine cells", "calamine dense"].map(|name| (name, peak_of(name, &path, 12)));
        println!("{rows:>10} rows: {}", peaks.map(|(name, mib)| format!("{name} {mib}")).join(", "));
    }
}

fn made(shape: &Shape) -> (PathBuf, u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-data/ingest");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(shape.file_name());
    if !path.exists() {
        shape.write(&path).unwrap();
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    (path, bytes)
}

fn measure(shape: &Shape) {
    let (path, bytes) = made(shape);
    println!("\n{}: {} MB packed", shape.file_name(), bytes / 1_000_000);
    let mut taken: Vec<Vec<(f64, f64)>> = vec![Vec::new(); STEPS.len()];
    let mut cells = 0;
    for _ in 0..TURNS {
        for (step, taken) in STEPS.iter().zip(&mut taken) {
            let (start, cpu) = (Instant::now(), cpu_s());
            let count = (step.run)(&path, shape.columns);
            taken.push((start.elapsed().as_secs_f64(), cpu_s() - cpu));
            if step.counts {
                assert!(cells == 0 || cells == count, "{}: {count} cells, the others read {cells}", step.name);
                cells = count;
            }
        }
    }
    let medians: Vec<(f64, f64)> = taken.into_iter().map(median).collect();
    let of = |name: &str| STEPS.iter().position(|step| step.name == name).and_then(|at| medians.get(at)).unwrap().1;
    println!(
        "{cells} cells; medians of {TURNS}, M cells/s: of a core (CPU), by the clock; x of calamine's cells and of inflate (CPU)"
    );
    for (step, (wall_s, cpu_s)) in STEPS.iter().zip(&medians) {
        let rate = |seconds: f64| cells as f64 / seconds / 1e6;
        println!(
            "  {:16} {cpu_s:6.2} s CPU {wall_s:6.2} s  {:6.2} {:6.2}   {:5.2} x calamine  {:5.2} of inflate  {:4} MiB",
            step.name,
            rate(*cpu_s),
            rate(*wall_s),
            of("calamine cells") / cpu_s,
            of("inflate") / cpu_s,
            peak_of(step.name, &path, shape.columns),
        );
    }
}

fn median(mut taken: Vec<(f64, f64)>) -> (f64, f64) {
    let middle = taken.len() / 2;
    taken.sort_by(|left, right| left.0.total_cmp(&right.0));
    let wall = taken.get(middle).map_or(0.0, |taken| taken.0);
    taken.sort_by(|left, right| left.1.total_cmp(&right.1));
    (wall, taken.get(middle).map_or(0.0, |taken| taken.1))
}

/// CPU time of all threads of this process, user and system, from 1/100 s ticks; 0 where the system doesn't report it.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Peak memory of a process that runs only this step.
fn peak_of(step: &str, path: &Path, columns: usize) -> u64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let answer = command.args([ALONE, step]).arg(path).arg(columns.to_string()).output().unwrap();
    String::from_utf8_lossy(&answer.stdout).trim().parse().unwrap_or(0)
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
