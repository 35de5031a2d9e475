//! Where a run spent its time: the table at its end, the same as JSON, and the trace.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use matchflow_flow::{Progress, StageTime, StageWait, Summary, ThreadRole, memory_peak_bytes};
use matchflow_model::language::Language;
use matchflow_model::plan::ExecutionPlan;
use serde_json::{Value, json};

use crate::console;
use crate::failure::Failure;

/// Shorter waits are omitted.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// Prints where the time went; programs read it from the `end` event.
pub(crate) fn print_times(execution: &ExecutionPlan, summary: &Summary, progress: &Progress) {
    let table = table(progress, summary, execution);
    console::detail(&table);
}

/// The threads of all processes, which have the same number each.
pub(crate) fn threads_of_all(execution: &ExecutionPlan, processes: usize) -> ExecutionPlan {
    ExecutionPlan {
        workers: execution.workers * processes,
        scoring_threads: execution.scoring_threads * processes,
        ..execution.clone()
    }
}

/// The table: one line per stage, and the utilisation of the threads.
pub(crate) fn table(progress: &Progress, summary: &Summary, execution: &ExecutionPlan) -> String {
    let stages = &progress.stages();
    let width = stages.iter().map(|stage| stage.stage.chars().count()).max().unwrap_or_default().max(5);
    let mut lines = vec![format!("{:<width$} {:>11} {:>9} {:>13}  waited for", "stage", "rows", "busy", "rows/s busy")];
    lines.extend(stages.iter().map(|stage| {
        let rows = Language::default().grouped(stage.rows);
        let rate = Language::default().grouped(stage.rate().round() as u64);
        let busy = seconds(stage.busy);
        let waits: Vec<String> = stage.waits.iter().filter(|waited| waited.time >= WAIT_MIN).map(wait).collect();
        let line = format!("{:<width$} {rows:>11} {busy:>9} {rate:>13}  {}", stage.stage, waits.join(", "));
        line.trim_end().to_owned()
    }));
    let share = |role: ThreadRole, threads: usize| {
        let busy: Duration = stages.iter().filter(|stage| stage.role == role).map(|stage| stage.busy).sum();
        100.0 * busy.as_secs_f64() / (summary.elapsed.as_secs_f64() * threads.max(1) as f64).max(f64::EPSILON)
    };
    let workers = execution.workers;
    let scoring = execution.scoring_threads;
    let load = mib(progress.load_memory_bytes());
    let peak = memory_peak_mib()
        .map(|peak| format!("; peak memory {peak:.0} MiB, {load:.0} MiB when the registry was ready"))
        .unwrap_or_default();
    lines.push(format!(
        "busy: {workers} workers {:.0} %, {scoring} scoring threads {:.0} %, commits {:.0} % of {}{peak}",
        share(ThreadRole::Worker, workers),
        share(ThreadRole::ScoringThread, scoring),
        share(ThreadRole::Commit, 1),
        seconds(summary.elapsed)
    ));
    lines.join("\n")
}

/// The time taken to write the results, and the peak memory so far.
pub(crate) fn output_time(time: Duration) -> String {
    let peak = memory_peak_mib().map(|peak| format!("; peak memory {peak:.0} MiB")).unwrap_or_default();
    format!("results written in {}{peak}", seconds(time))
}

/// The table as JSON.
pub(crate) fn json(stages: &[StageTime]) -> Value {
    let wait = |waited: &StageWait| {
        let seconds = if waited.on.is_row_wait() { "seconds_a_row" } else { "seconds" };
        json!({ "for": waited.on.label(), seconds: waited.time.as_secs_f64() })
    };
    let stage = |stage: &StageTime| {
        json!({ "stage": stage.stage, "rows": stage.rows, "busy_s": stage.busy.as_secs_f64(), "rate": stage.rate(),
                "waits": stage.waits.iter().map(wait).collect::<Vec<_>>() })
    };
    stages.iter().map(stage).collect()
}

/// Creates the trace file. A path that cannot be written fails before the run, not after it.
pub(crate) fn create_trace(path: &Path) -> Result<File, Failure> {
    matchflow_files::create(path, "the trace").map_err(|error| {
        Failure::Usage(format!("error: the trace file `{}` cannot be written: {error}", path.display()))
    })
}

/// Writes the recorded trace. A full disk costs the trace, not the results.
pub(crate) fn write_trace(file: File, progress: &Progress) {
    let mut to = BufWriter::new(file);
    if let Err(error) = progress.write_trace(&mut to).and_then(|()| to.flush()) {
        message!("warning: the trace is incomplete: {error}");
    }
}

/// Peak memory of this process, if the system reports it (Linux).
pub(crate) fn memory_peak_mib() -> Option<f64> {
    memory_peak_bytes().map(mib)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn wait(waited: &StageWait) -> String {
    let each = if waited.on.is_row_wait() { " per row" } else { "" };
    format!("{} {}{each}", waited.on.label(), seconds(waited.time))
}

/// About three digits, with a suitable unit.
fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds >= 100.0 => format!("{seconds:.0} s"),
        _ if seconds >= 1.0 => format!("{seconds:.1} s"),
        _ if seconds >= 0.01 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{:.1} ms", seconds * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use matchflow_flow::Wait;

    use super::*;

    fn stages() -> Vec<StageTime> {
        let stage = |stage: &str, role, rows, busy_ms, waits| StageTime {
            stage: stage.to_owned(),
            role,
            rows,
            busy: Duration::from_millis(busy_ms),
            waits,
        };
        let wait = |on, ms| StageWait { on, time: Duration::from_millis(ms) };
        vec![
            stage("read suppliers", ThreadRole::Reader, 100_000, 500, vec![wait(Wait::RowsInFlight, 9_500)]),
            stage("BROAD", ThreadRole::Worker, 40_000, 16_000, vec![wait(Wait::Worker, 30), wait(Wait::Registry, 0)]),
        ]
    }

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let times = [(250, "250 ms"), (5, "5.0 ms"), (1_234, "1.2 s"), (123_456, "123 s")];
        times.iter().for_each(|(ms, text)| assert_eq!(seconds(Duration::from_millis(*ms)), *text));
    }

    #[test]
    fn programs_get_waits_of_threads_and_of_rows_under_their_own_names() {
        let json = json(&stages());
        assert_eq!(json[0]["waits"][0], json!({ "for": "rows in flight", "seconds": 9.5 }));
        assert_eq!(json[1]["waits"][0], json!({ "for": "a worker", "seconds_a_row": 0.03 }));
        assert_eq!((&json[1]["rows"], &json[1]["rate"]), (&40_000.into(), &2_500.0.into()));
    }
}
