//! A panic anywhere: the run ends with its first cause, finished rows are committed, and the next run continues.

use std::time::{Duration, Instant};

use matchflow_mock_server::Behaviour;

use crate::arbiters;
use crate::small::{ROWS, small};
use crate::support::{Ended, Running, World};
use crate::tables::{committed_text, count};

const CHECKPOINT: &str = "out/small.duckdb";

/// Operators and threads, with the pass on which they panic; some are passed once per run, some for every row.
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

/// The places in runs that ask arbiters. At all of them, a row has been finished before.
const ASKING: [&str; 4] = ["arbitrate:3", "arbiter thread:3", "http:3", "record an answer:3"];

fn arguments<'a>(pipeline: &'a str, workers: &'a str) -> Vec<&'a str> {
    vec!["run", pipeline, "-w", workers, "--set", "execution.chunk=1", "--set", "execution.in_flight=2"]
}

/// Runs until the panic; returns how long the process lived after it.
fn panicked(world: &World, place: &str, arguments: &[&str]) -> (Ended, Duration) {
    let mut command = world.command(arguments);
    command.env("MATCHFLOW_FAULT", format!("panic@{place}"));
    let mut run = Running::of(command);
    run.wait_for_line(|line| line.contains("requests a panic at"));
    let since = Instant::now();
    (run.end(), since.elapsed())
}

/// The cause reported by a run that panics at a place, and the number of rows committed before.
fn check(world: &World, place: &str, checkpoint: &str, arguments: &[&str], rows: u64) -> (String, u64, Duration) {
    let (ended, after) = panicked(world, place, arguments);
    assert_eq!(ended.code, Some(1), "{place}: {ended:?}");
    let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    let committed = count(world, checkpoint, "SELECT count(*) FROM results");
    assert!(committed < rows, "{place}: {ended:?}");
    if committed > 0 {
        let told = committed_text(committed);
        assert!(ended.stderr.contains(&told), "{place}: {ended:?}");
    }
    assert_eq!(count(world, checkpoint, "SELECT count(*) FROM runs WHERE status = 'failed'"), 1, "{place}");
    let rest = world.succeed(arguments);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (committed, rows - committed), "{place}");
    (error.to_owned(), committed, after)
}

fn ends_with_its_cause(workers: &str) {
    let mut slowest = Duration::ZERO;
    for place in PLACES {
        let (error, _, after) = check(&small(), place, CHECKPOINT, &arguments("small.yaml", workers), ROWS);
        slowest = slowest.max(after);
        let cause = format!("panicked: MATCHFLOW_FAULT requests a panic at {}", place.split(':').next().unwrap());
        assert!(error.ends_with(&cause), "{place}: the first cause is told: {error}");
    }
    println!("{workers} workers: the slowest process ended {} ms after its panic", slowest.as_millis());
}

#[test]
fn a_panic_where_arbiters_are_asked_ends_the_run_with_its_cause() {
    for (place, workers) in ASKING.into_iter().flat_map(|place| ["1", "2", "4"].map(|workers| (place, workers))) {
        let server = arbiters::judge(Behaviour::default());
        let world = arbiters::world(12, &server, "llm-arbiter", "");
        let arguments = arguments("asked.yaml", workers);
        let (error, committed, _) = check(&world, place, arbiters::CHECKPOINT, &arguments, 12);
        let cause = format!("panicked: MATCHFLOW_FAULT requests a panic at {}", place.split(':').next().unwrap());
        assert!(error.contains(&cause), "{place}: the first cause is told: {error}");
        assert!(committed > 0, "{place}: of the first three rows one was finished");
        assert!(server.log().repeats().len() <= 2, "{place}: at most those in flight are asked about again");
    }
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
    for (schedule, in_flight) in [("unordered", "2"), ("chunked", "2"), ("chunked", "10")] {
        let world = small();
        // Batches of 100 would all be committed at the end; the panic comes earlier.
        let set = [
            "sink.batch_size=100",
            &format!("execution.schedule={schedule}"),
            &format!("execution.in_flight={in_flight}"),
        ];
        let arguments = ["run", "small.yaml", "-w", "2", "--set", "execution.chunk=1"];
        let arguments = arguments.into_iter().chain(set.into_iter().flat_map(|set| ["--set", set])).collect::<Vec<_>>();
        let ended = world.run_with_fault("panic@outcomes:5", &arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let committed = count(&world, CHECKPOINT, "SELECT count(*) FROM results");
        assert_eq!(committed, 4, "{schedule}, {in_flight}: the finished rows are committed: {ended:?}");
    }
}
