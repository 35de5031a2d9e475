//! Prints what commits cost: `cargo bench -p matchflow-benches --bench commit -- [ROWS]`.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::time::Instant;

use matchflow_checkpoint::{Checkpoint, RunInfo, RunStatus, RunSummary};
use matchflow_model::outcome::Outcome;
use matchflow_model::store::EpochStore;
use matchflow_testkit::outcomes;

/// Syncs timed for each size.
const SYNCS: u32 = 50;

fn main() {
    let rows = matchflow_benches::size(0, 20_000).unwrap() as u64;
    println!(
        "| epoch | ms an epoch | p99 | append | commit | of it the disk's sync | log, MB | folding it in, ms | rows/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for batch in [10, 100, 1_000, 10_000] {
        measure(batch, rows);
    }
}

fn measure(batch: u64, rows: u64) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let info = matchflow_testkit::run_info!("commit");
    let path = folder.path().join("c.duckdb");
    let mut checkpoint = Checkpoint::open(&path, None, info).unwrap().checkpoint;
    checkpoint.begin().unwrap();
    let mut times_ms = Vec::new();
    for number in 0..rows / batch {
        let decisions: Vec<_> = (0..batch)
            .map(|row| number * batch + row)
            .map(|row| outcomes::decision(&format!("F{row}"), row, Outcome::Matched))
            .collect();
        let epoch = outcomes::epoch(number, &decisions);
        let start = Instant::now();
        checkpoint.commit(&epoch).unwrap();
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let log_bytes = std::fs::metadata(folder.path().join("c.duckdb.wal")).unwrap().len();
    let epochs = times_ms.len() as f64;
    let sync_ms = sync_ms(folder.path(), (log_bytes as f64 / epochs) as usize);
    let start = Instant::now();
    checkpoint.finish(&RunSummary::default(), RunStatus::Complete).unwrap();
    let fold_ms = start.elapsed().as_secs_f64() * 1e3;
    let read: usize = checkpoint.latest().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(read as u64, rows);
    let cost = checkpoint.cost();
    let each_ms = |time: std::time::Duration| time.as_secs_f64() * 1e3 / epochs;
    let total_ms: f64 = times_ms.iter().sum();
    times_ms.sort_by(f64::total_cmp);
    let p99 = times_ms.get(times_ms.len() * 99 / 100).copied().unwrap_or_default();
    println!(
        "| {batch} | {:.2} | {p99:.2} | {:.2} | {:.2} | {sync_ms:.2} | {:.1} | {fold_ms:.0} | {:.0} |",
        total_ms / epochs,
        each_ms(cost.append),
        each_ms(cost.commit),
        log_bytes as f64 / 1e6,
        rows as f64 / total_ms * 1e3
    );
}

/// The time in ms to append this many bytes to a file in the folder and sync it.
fn sync_ms(folder: &std::path::Path, bytes: usize) -> f64 {
    let mut file = std::fs::File::create(folder.join("sync")).unwrap();
    let block = vec![7_u8; bytes];
    let start = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(SYNCS)
}
