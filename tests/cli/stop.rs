//! Stopping a run in the middle, politely and not, and going on.

use std::fs;

use crate::progress::parts;
use crate::support::{Running, World};
use crate::tables::{count, csv_rows, repeated};

/// Enough for seconds of work: a signal sent at the first epoch comes in the middle.
const ROWS: u64 = 6_000;
const RUN: [&str; 6] = ["run", "suppliers.yaml", "--set", "sink.batch_size=20", "--set", "execution.in_flight=500"];
const CSV: &str = "out/suppliers-results.csv";
const CHECKPOINT: &str = "out/suppliers.duckdb";

/// The sample's pipeline on larger files.
fn large() -> World {
    let world = World::sample();
    let rows = ROWS.to_string();
    world.succeed(&["generate", "--suppliers", &rows, "--establishments", &rows, "--seed", "3", "--out", "data"]);
    world
}

/// The results of a run that nothing disturbs; its checkpoint is removed.
fn undisturbed(world: &World) -> Vec<u8> {
    world.succeed(&RUN);
    let csv = world.read(CSV);
    fs::remove_dir_all(world.path("out")).unwrap();
    csv
}

fn start(world: &World) -> Running {
    world.start(&RUN)
}

fn committed(world: &World) -> u64 {
    count(world, CHECKPOINT, "SELECT count(*) FROM results")
}

#[test]
fn signals_commit_what_is_finished_and_the_next_run_goes_on() {
    let world = large();
    let expected = undisturbed(&world);
    let mut before = 0;
    for signal in ["INT", "TERM"] {
        let mut run = start(&world);
        run.wait_for_line(|line| parts(line).is_some());
        run.signal(signal);
        let ended = run.end();
        assert_eq!(ended.code, Some(130), "{signal}: {ended:?}");
        let now = committed(&world);
        assert!(before < now && now < ROWS, "{signal}: {before} rows were committed, now {now}");
        let says = format!("{} rows of this run are committed; the next run goes on from there", now - before);
        assert!(ended.stderr.contains(&says) && ended.stderr.contains("stopping"), "{signal}: {ended:?}");
        assert!(ended.stderr.contains(&format!(" {before} done by earlier runs")), "{signal}: {ended:?}");
        assert_eq!(world.files("out"), ["suppliers.duckdb"], "{signal}: an unfinished run writes no results");
        before = now;
    }
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM runs WHERE status = 'interrupted'"), 2);
    let rest = world.succeed(&RUN);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (before, ROWS - before), "{rest:?}");
    assert!(world.read(CSV) == expected, "a stopped run came to other results");
}

#[test]
fn a_second_signal_ends_the_process_and_costs_nothing_committed() {
    let world = large();
    let mut run = start(&world);
    run.wait_for_line(|line| parts(line).is_some());
    run.signal("INT");
    run.wait_for_line(|line| line.contains("stopping"));
    run.signal("INT");
    // Whether the second signal or the orderly end came first, the code is the same.
    assert_eq!(run.end().code, Some(130));
    let done = committed(&world);
    assert!(done > 0 && done < ROWS);
    assert_eq!(world.succeed(&RUN).before(" skipped"), done);
    assert_eq!(csv_rows(&world, CSV).len() as u64, ROWS);
}

/// A worker that is in the middle of something long, as in building a large index, keeps nobody waiting.
#[test]
fn a_signal_ends_a_run_whose_workers_do_not_listen() {
    for place in ["index", "vocabulary", "search:2", "plug-in:2", "decide:2"] {
        for workers in ["1", "2"] {
            let world = World::sample();
            let run = world.start_paused(place, &["run", "suppliers.yaml", "-w", workers]);
            run.signal("TERM");
            // The gate stays closed: the worker never comes back.
            let ended = run.end();
            assert_eq!(ended.code, Some(130), "{place}: {ended:?}");
            assert!(ended.stderr.contains("rows of this run are committed"), "{place}: {ended:?}");
            let interrupted = "SELECT count(*) FROM runs WHERE status = 'interrupted'";
            assert_eq!(count(&world, CHECKPOINT, interrupted), 1, "{place}");
        }
    }
}

/// A row that is stuck delays no commit but its own: with 2,500 rows and commits of 100, 24 go through.
#[test]
fn a_stuck_row_delays_no_commit_of_others() {
    let world = World::sample();
    let arguments = ["run", "suppliers.yaml", "--set", "execution.chunk=1", "--set", "execution.scoring_threads=2"];
    let mut run = world.start_paused("plug-in:40", &arguments);
    run.wait_for_line(|line| parts(line).is_some_and(|(done, _)| done == 2_400));
    world.open_gate();
    let ended = run.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.after("this run: "), 2_500, "{ended:?}");
}

#[test]
fn rows_finished_before_a_signal_are_committed_though_another_is_stuck() {
    let world = World::sample();
    // One row a chunk and a commit of 1,000: what is committed at the end is what was finished.
    let one_row = ["--set", "execution.chunk=1", "--set", "sink.batch_size=1000"];
    let run = world.start_paused("plug-in:40", &[&["run", "suppliers.yaml"][..], &one_row].concat());
    run.signal("INT");
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(committed(&world) > 0, "{ended:?}");
}

#[test]
fn a_signal_while_results_are_written_leaves_no_half_of_them() {
    let world = World::sample();
    let mut run = world.start_paused("while exporting", &["run", "suppliers.yaml"]);
    run.signal("INT");
    run.wait_for_line(|line| line.contains("stopping"));
    world.open_gate();
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stderr.contains("every row is committed; the next run writes the results"), "{ended:?}");
    assert_eq!(world.files("out"), ["suppliers.duckdb"]);
    fs::remove_file(world.path("gate")).unwrap();
    assert_eq!(world.succeed(&["run", "suppliers.yaml"]).before(" skipped"), 2_500);
}

/// The size of the log of a checkpoint in bytes; it grows with each commit.
fn log_bytes(world: &World) -> u64 {
    fs::metadata(world.path("out/suppliers.duckdb.wal")).map_or(0, |facts| facts.len())
}

#[test]
fn a_killed_run_loses_no_commit_and_doubles_no_row() {
    let world = large();
    let expected = undisturbed(&world);
    let mut before = 0;
    // From a fixed seed, some in the middle of a commit: a run is killed once its log has grown by so many bytes.
    let mut random = 0x9e37_79b9_u64;
    for round in 0..6 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let grown_bytes = 1 + (random >> 33) % 400_000;
        let mut run = start(&world);
        run.wait_for_line(|line| line.contains("done by earlier runs"));
        let start_bytes = log_bytes(&world);
        while log_bytes(&world) < start_bytes + grown_bytes {
            assert!(run.is_running(), "round {round}: the run ended before its log grew by {grown_bytes} bytes");
            std::thread::yield_now();
        }
        run.signal("KILL");
        let ended = run.end();
        assert_eq!(ended.code, None, "round {round}: {ended:?}");
        assert!(ended.stderr.contains(&format!(" {before} done by earlier runs")), "round {round}: {ended:?}");
        let now = committed(&world);
        assert!(before <= now && now < ROWS, "round {round}: {before} rows were committed, now {now}");
        assert_eq!(now % 20, 0, "round {round}: an epoch is there in part");
        before = now;
    }
    assert!(before > 0, "no round committed a row");
    let rest = world.succeed(&RUN);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (before, ROWS - before), "{rest:?}");
    assert!(world.read(CSV) == expected, "killed runs came to other results");
    let rows = csv_rows(&world, CSV);
    assert_eq!(repeated(rows.iter().map(|row| row["key"].as_str())), [""; 0]);
    assert_eq!(committed(&world), ROWS, "no row was committed twice");
}
