//! Prints what commits cost: `cargo bench -p matchflow-benches --bench commit -- [ROWS]`.
#![allow(clippy::unwrap_used)]

#[path = "../../crates/sink/tests/common/mod.rs"]
#[allow(dead_code)]
mod common;

use std::time::Instant;

use matchflow_model::outcome::Outcome;
use matchflow_model::store::EpochStore;
use matchflow_sink::{Checkpoint, RunInfo, RunStatus, RunSummary};

fn main() {
    let rows = matchflow_benches::size(0, 20_000).unwrap() as u64;
    println!(
        "{:>10} {:>8} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "batch", "rows", "ms/commit", "p99 ms", "rows/s", "finish ms", "read ms"
    );
    for batch in [10, 100, 1_000, 10_000] {
        measure(batch, rows);
    }
}

fn measure(batch: u64, rows: u64) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let info = RunInfo {
        pipeline: "commit".to_owned(),
        plan_digest: String::new(),
        config_digest: "0".repeat(64),
        source: "Frs.xlsx".into(),
        reference: "registry.parquet".into(),
        reference_digest: String::new(),
        plugins: "{}".to_owned(),
    };
    let mut checkpoint = Checkpoint::open(&folder.path().join("c.duckdb"), None, info).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    let mut times_ms = Vec::new();
    for number in 0..rows / batch {
        let decisions: Vec<_> = (0..batch)
            .map(|row| number * batch + row)
            .map(|row| common::decision(&format!("F{row}"), row, Outcome::Matched))
            .collect();
        let epoch = common::epoch(number, &decisions);
        let start = Instant::now();
        checkpoint.commit(&epoch).unwrap();
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let start = Instant::now();
    checkpoint.finish(&RunSummary::default(), RunStatus::Complete).unwrap();
    let finish_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let read: usize = checkpoint.latest().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(read as u64, rows);
    let read_ms = start.elapsed().as_secs_f64() * 1e3;
    let total_ms: f64 = times_ms.iter().sum();
    times_ms.sort_by(f64::total_cmp);
    let p99 = times_ms.get(times_ms.len() * 99 / 100).copied().unwrap_or_default();
    println!(
        "{batch:>10} {rows:>8} {:>10.2} {p99:>10.2} {:>10.0} {finish_ms:>10.0} {read_ms:>10.0}",
        total_ms / times_ms.len() as f64,
        rows as f64 / total_ms * 1e3
    );
}
