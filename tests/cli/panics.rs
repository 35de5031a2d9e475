//! A panic anywhere: the run ends with its first cause, finished rows are committed, and the next run goes on.

use std::time::{Duration, Instant};

use crate::small::{ROWS, small};
use crate::support::{Running, World};
use crate::tables::count;

const CHECKPOINT: &str = "out/small.duckdb";

/// Operators and threads, with the time at which they panic; some are passed once in a run, some at every row.
const PLACES: [&str; 15] = [
    "read suppliers",
    "read registry",
    "clean registry",
    "index",
    "vocabulary",
    "source:3",
    "clean:3",
    "ask:3",
    "search:3",
    "gather:3",
    "score:3",
    "plug-in:3",
    "decide:3",
    "outcomes:3",
    "writer:3",
];

fn arguments(workers: &str) -> Vec<&str> {
    vec!["run", "small.yaml", "-w", workers, "--set", "execution.chunk=1", "--set", "execution.in_flight=2"]
}

/// Runs until the panic and tells how long the process lived after it.
fn panicked(world: &World, place: &str, workers: &str) -> (crate::support::Ended, Duration) {
    let mut command = world.command(&arguments(workers));
    command.env("MATCHFLOW_FAULT", format!("panic@{place}"));
    let mut run = Running::of(command);
    run.wait_for_line(|line| line.contains("wants a panic at"));
    let since = Instant::now();
    (run.end(), since.elapsed())
}

fn ends_with_its_cause(workers: &str) {
    let mut slowest = Duration::ZERO;
    for place in PLACES {
        let world = small();
        let (ended, after) = panicked(&world, place, workers);
        slowest = slowest.max(after);
        let name = place.split(':').next().unwrap();
        assert_eq!(ended.code, Some(1), "{place}: {ended:?}");
        let cause = format!("panicked: MATCHFLOW_FAULT wants a panic at {name}");
        let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(error.ends_with(&cause), "{place}: the first cause is told: {ended:?}");
        let committed = count(&world, CHECKPOINT, "SELECT count(*) FROM results");
        assert!(committed < ROWS, "{place}: {ended:?}");
        if committed > 0 {
            let told = format!("rows of this run that are committed and stay: {committed}\n");
            assert!(ended.stderr.contains(&told), "{place}: {ended:?}");
        }
        assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM runs WHERE status = 'failed'"), 1, "{place}");
        let rest = world.succeed(&arguments(workers));
        assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (committed, ROWS - committed), "{place}");
    }
    println!("{workers} workers: the slowest process ended {} ms after its panic", slowest.as_millis());
}

#[test]
fn a_panic_anywhere_ends_the_run_of_one_worker() {
    ends_with_its_cause("1");
}

#[test]
fn a_panic_anywhere_ends_the_run_of_two_workers() {
    ends_with_its_cause("2");
}

#[test]
fn a_panic_anywhere_ends_the_run_of_four_workers() {
    ends_with_its_cause("4");
}

#[test]
fn rows_finished_before_a_panic_are_committed() {
    let world = small();
    // Batches of 100 would all be committed at the end: the panic comes before.
    let mut arguments = arguments("2");
    arguments.extend(["--set", "sink.batch_size=100"]);
    let ended = world.run_with_fault("panic@outcomes:5", &arguments);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let committed = count(&world, CHECKPOINT, "SELECT count(*) FROM results");
    assert!((1..=4).contains(&committed), "{committed} of four finished rows are committed: {ended:?}");
}
