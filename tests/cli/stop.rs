//! Stopping a run in the middle, gracefully or not, and continuing.

use std::fs;

use crate::progress::parts;
use crate::support::World;
use crate::tables::{count, csv_rows, rows_text};

const ROWS: u64 = 2_500;
const RUN: [&str; 6] = ["run", "suppliers.yaml", "--set", "sink.batch_size=20", "--set", "execution.in_flight=200"];
const CSV: &str = "out/suppliers-results.csv";
const CHECKPOINT: &str = "out/suppliers.duckdb";
/// Where runs pause: at most 300 chunks of three rows have been read by this point, and some rows are committed, since
/// there are more than may be in flight.
const IN_THE_MIDDLE: &str = "source:300";

/// The results of an undisturbed run; its checkpoint is removed.
fn undisturbed(world: &World) -> Vec<u8> {
    world.succeed(&RUN);
    let csv = world.read(CSV);
    fs::remove_dir_all(world.path("out")).unwrap();
    csv
}

fn committed(world: &World) -> u64 {
    count(world, CHECKPOINT, "SELECT count(*) FROM results")
}

#[test]
fn signals_commit_what_is_finished_and_the_next_run_continues() {
    let world = World::sample();
    let expected = undisturbed(&world);
    let mut before = 0;
    for signal in ["INT", "TERM"] {
        let mut run = world.start_paused(IN_THE_MIDDLE, &RUN);
        run.signal(signal);
        run.wait_for_line(|line| line.contains("stopping"));
        world.open_gate();
        let ended = run.end();
        fs::remove_file(world.path("gate")).unwrap();
        assert_eq!(ended.code, Some(130), "{signal}: {ended:?}");
        let now = committed(&world);
        assert!(before < now && now < ROWS, "{signal}: {before} rows were committed, now {now}");
        let says = format!("{} committed; the next run resumes from there", rows_text(now - before));
        assert!(ended.stderr.contains(&says), "{signal}: {ended:?}");
        assert!(ended.stderr.contains(&format!(" {before} done by earlier runs")), "{signal}: {ended:?}");
        // No results, and a log left to the next run: folding it in may take longer than a user waits.
        assert_eq!(world.files("out"), ["suppliers.duckdb", "suppliers.duckdb.wal"], "{signal}");
        before = now;
    }
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM runs WHERE status = 'interrupted'"), 2);
    let rest = world.succeed(&RUN);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (before, ROWS - before), "{rest:?}");
    assert!(world.read(CSV) == expected, "a stopped run came to other results");
    assert!(!world.path("out/suppliers.duckdb.wal").exists());
}

#[test]
fn a_second_signal_ends_the_process_and_costs_nothing_committed() {
    let world = World::sample();
    let mut run = world.start_paused(IN_THE_MIDDLE, &RUN);
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

/// The commit thread never waits for a worker that does not read its progress.
#[test]
fn a_signal_ends_a_run_whose_worker_ignores_commits() {
    let world = World::sample();
    let one = ["--set", "sink.batch_size=1", "--set", "execution.chunk=1", "--set", "execution.in_flight=4"];
    let run = world.start_paused("outcomes:40", &[&["run", "suppliers.yaml", "-w", "1"][..], &one].concat());
    run.signal("TERM");
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(committed(&world) >= 35, "{ended:?}");
}

/// The run waits neither for a reader blocked in a read nor for a watch in the middle of a compilation.
#[test]
fn a_run_does_not_wait_for_threads_that_are_not_needed() {
    let world = World::sample();
    let run = world.start_paused("watch plug-ins", &["run", "suppliers.yaml", "--watch-plugins"]);
    assert_eq!(run.end().code, Some(0), "the gate stays closed");
    let world = World::sample();
    let run = world.start_paused("read suppliers:2", &["run", "suppliers.yaml"]);
    run.signal("TERM");
    assert_eq!(run.end().code, Some(130), "the gate stays closed");
}

/// A worker busy with something long, such as building a large index, does not delay the end.
#[test]
fn a_signal_ends_a_run_with_unresponsive_workers() {
    for place in ["index", "vocabulary", "search:2", "plug-in:2", "decide:2"] {
        for workers in ["1", "2"] {
            let world = World::sample();
            let run = world.start_paused(place, &["run", "suppliers.yaml", "-w", workers]);
            run.signal("TERM");
            // The gate stays closed: the worker never returns.
            let ended = run.end();
            assert_eq!(ended.code, Some(130), "{place}: {ended:?}");
            assert!(ended.stderr.contains(" committed; the next run resumes from there"), "{place}: {ended:?}");
            let interrupted = "SELECT count(*) FROM runs WHERE status = 'interrupted'";
            assert_eq!(count(&world, CHECKPOINT, interrupted), 1, "{place}");
        }
    }
}

/// A stuck row delays only its own commit: with 2,500 rows and commits of 100, 24 go through.
#[test]
fn a_stuck_row_delays_no_commit_of_other_rows() {
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
fn rows_finished_before_a_signal_are_committed_even_if_another_is_stuck() {
    let world = World::sample();
    // One row per chunk and a commit of 1,000: all finished rows are committed at the end.
    let one_row = ["--set", "execution.chunk=1", "--set", "sink.batch_size=1000"];
    let run = world.start_paused("plug-in:40", &[&["run", "suppliers.yaml"][..], &one_row].concat());
    run.signal("INT");
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(committed(&world) > 0, "{ended:?}");
}

#[test]
fn a_signal_while_results_are_written_leaves_no_partial_files() {
    let world = World::sample();
    let mut run = world.start_paused("while exporting", &["run", "suppliers.yaml"]);
    run.signal("INT");
    run.wait_for_line(|line| line.contains("stopping"));
    world.open_gate();
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stderr.contains("all rows are committed; the next run writes the results"), "{ended:?}");
    assert_eq!(world.files("out"), ["suppliers.duckdb"]);
    fs::remove_file(world.path("gate")).unwrap();
    assert_eq!(world.succeed(&["run", "suppliers.yaml"]).before(" skipped"), 2_500);
}
