//! Runs under an external memory limit (`ulimit -d`).

use std::process::Command;

use crate::small::small;
use crate::support::{Ended, World};
use crate::tables::{count, csv_rows, repeated};

const RUN: [&str; 3] = ["run", "suppliers.yaml", "--set=sink.batch_size=20"];
const CSV: &str = "out/suppliers-results.csv";
const CHECKPOINT: &str = "out/suppliers.duckdb";
/// Enough for the sample: the allocator alone reserves half of it.
const ENOUGH_MIB: u64 = 1_200;

/// The command with this limit on its data segment, set by `sh`.
fn run_within(world: &World, mib: u64) -> Ended {
    let command = world.command(&RUN);
    let mut limited = Command::new("sh");
    let script = "ulimit -d \"$1\" && shift && exec \"$@\"";
    limited.args(["-c", script, "sh"]).arg((mib * 1024).to_string());
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    Ended::of(limited.output().unwrap())
}

#[test]
fn a_run_out_of_memory_loses_nothing_and_continues_with_more() {
    let world = World::sample();
    world.succeed(&RUN);
    let expected = world.read(CSV);
    std::fs::remove_dir_all(world.path("out")).unwrap();
    let mut failed = 0;
    for mib in [60, 150, 250, 400, 550, 700] {
        let ended = run_within(&world, mib);
        if ended.code == Some(0) {
            break;
        }
        failed += 1;
        assert!(
            !ended.stderr.contains("damaged"),
            "{mib} MiB: a file that memory is too small for is sound: {ended:?}"
        );
        if world.path(CHECKPOINT).exists() {
            let rows = count(&world, CHECKPOINT, "SELECT count(*) FROM results");
            let keys = count(&world, CHECKPOINT, "SELECT count(DISTINCT \"key\") FROM results");
            assert_eq!(rows, keys, "{mib} MiB: a key is there twice");
        }
    }
    assert!(failed > 0, "60 MiB were enough: the limit does not hold");
    let ended = run_within(&world, ENOUGH_MIB);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(world.read(CSV) == expected, "other results than those of a run with all memory");
    assert_eq!(repeated(csv_rows(&world, CSV).iter().map(|row| row["key"].as_str())), [""; 0]);
}

/// A panic without memory for its backtrace ends the process instead of waiting for its own lock (the test would hang).
#[test]
fn a_run_without_memory_for_a_backtrace_ends() {
    let mut world = World::sample();
    world.set_variable("RUST_BACKTRACE", "1");
    let ended = [60, 100, 140, 150, 160, 200].map(|mib| run_within(&world, mib));
    assert!(ended.iter().any(|ended| ended.code != Some(0)), "60 MiB were enough: the limit does not hold: {ended:?}");
}

/// `ulimit -v`: without room for a pool of instances, each allocates what it needs; if there is no room even for that,
/// no row is blamed.
#[test]
fn an_address_space_limit_fails_no_row() {
    let world = small();
    let mut enough = false;
    for gib in [1, 2, 4, 8, 12, 32] {
        let command = world.command(&["run", "small.yaml", "--set", "execution.scoring_threads=2", "-w", "1"]);
        let mut limited = Command::new("sh");
        limited.args(["-c", "ulimit -v \"$1\" && shift && exec \"$@\"", "sh"]).arg((gib << 20).to_string());
        limited.arg(command.get_program()).args(command.get_args());
        limited.current_dir(command.get_current_dir().unwrap());
        limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ended = Ended::of(limited.output().unwrap());
        if gib == 1 {
            // DuckDB's allocator would crash.
            assert_eq!(ended.code, Some(71), "{ended:?}");
            assert!(ended.stderr.contains("1024 MiB of addresses") && !world.path("out").exists(), "{ended:?}");
        }
        if ended.code == Some(0) {
            assert_eq!(ended.after("failed "), 0, "{gib} GiB: {ended:?}");
            enough = true;
        } else {
            assert!(!enough, "{gib} GiB: less was enough: {ended:?}");
            assert_eq!(ended.code, Some(71), "{gib} GiB: {ended:?}");
        }
        if world.path("out/small.duckdb").exists() {
            assert_eq!(count(&world, "out/small.duckdb", "SELECT count(*) FROM results WHERE outcome = 'failed'"), 0);
            std::fs::remove_dir_all(world.path("out")).unwrap();
        }
    }
    assert!(enough, "32 GiB of address space are not enough");
}
